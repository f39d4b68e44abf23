//! Who is asked, and how a request is refused.

use strongroom_core::error::Reason;
use strongroom_server::client::ClientError;
use strongroom_std::{Caller, Error, Vault};

use super::endpoint::Endpoint;
use super::exception;
use crate::error::CommandError;

/// Who is asked, once it is known in whose name. The operations are in the files of their families.
pub(crate) enum Asked<'a> {
    /// The vault, in the name of a caller.
    Vault(&'a Vault, &'a Caller<'a>),
    /// An endpoint, which knows by the signature who asks.
    Endpoint(&'a Endpoint),
}

/// An answer, or why there is none.
pub(crate) type Answer<T> = Result<T, Refused>;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The vault in the file said so.
    Vault(Error),
    /// The endpoint did, or it cannot be asked.
    Endpoint(Box<CommandError>),
}

impl Refused {
    /// Whether a ciphertext does not open, and it may be for another encryption context.
    pub(crate) fn is_about_the_context(&self) -> bool {
        match self {
            Refused::Vault(error) => {
                matches!(error, Error::InvalidCiphertext(Reason::ContextOrHeaderDiffers | Reason::Withheld))
            }
            Refused::Endpoint(error) => error.is_coded(Error::InvalidCiphertext(Reason::Withheld).code()),
        }
    }

    /// What the vault said, where it was the vault that was asked.
    pub(super) fn of_the_vault(self) -> Error {
        match self {
            Refused::Vault(error) => error,
            Refused::Endpoint(_) => Error::Bug,
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Vault(error)
    }
}

impl From<CommandError> for Refused {
    fn from(error: CommandError) -> Self {
        Refused::Endpoint(Box::new(error))
    }
}

impl From<ClientError> for Refused {
    fn from(error: ClientError) -> Self {
        exception::told(error).into()
    }
}

impl From<Refused> for CommandError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Vault(error) => error.into(),
            Refused::Endpoint(error) => *error,
        }
    }
}
