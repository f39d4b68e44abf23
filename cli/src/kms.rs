//! Whoever answers the API of KMS: the vault in its file, or an endpoint that has it open. The one place where a command asks
//! either, so that no command knows which.
//!
//! `asked` and the files of the families have a method for each operation; `endpoint` speaks with an endpoint, `exception` says
//! what its refusals are here.

mod aliases;
mod answers;
mod asked;
mod callers;
mod data;
mod endpoint;
mod exception;
mod grants;
mod imports;
mod keys;
mod macs;
mod nearest;
mod options;
mod policies;
mod streams;
mod tags;
mod versions;

use strongroom_core::key::KeyReference;
use strongroom_std::operation::DescribeKey;

use crate::error::CommandError;
use crate::exit::Kind;
use crate::session::{Session, Unlocking, VaultOptions, is_principal};

pub(crate) use self::answers::{Key, Usage, Version};
pub(crate) use self::asked::{Answer, Asked};
pub(crate) use self::callers::{AccessKey, KeptCaller, NewCaller};
pub(crate) use self::endpoint::Endpoint;
pub(crate) use self::options::EndpointOptions;

/// Whoever answers.
#[derive(Clone, Copy)]
pub(crate) enum Kms<'s> {
    /// The vault in its file, open.
    File(&'s Session),
    /// An endpoint.
    Endpoint(&'s Endpoint),
}

/// Asks whoever the options name. What the work answers is handed on only once all is on the disk.
pub(crate) fn with_kms<T>(
    options: &VaultOptions,
    work: impl FnOnce(Kms<'_>) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    with_kms_input(options, || Ok(()), |kms, ()| work(kms))
}

/// The same with input, which is read to its end before anybody is asked.
pub(crate) fn with_kms_input<I, T>(
    options: &VaultOptions,
    read: impl FnOnce() -> Result<I, CommandError>,
    work: impl FnOnce(Kms<'_>, I) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let opener = Opener::of(options)?;
    let input = read()?;
    opener.with_kms(|kms| work(kms, input))
}

/// Whoever the options name, for those who ask more than once.
pub(crate) enum Opener<'o> {
    /// The vault in its file, to be opened each time.
    File(Unlocking<'o>),
    /// An endpoint.
    Endpoint(Endpoint),
}

impl<'o> Opener<'o> {
    /// Asks for what opens a vault, if it is one.
    pub(crate) fn of(options: &'o VaultOptions) -> Result<Self, CommandError> {
        Ok(match options.endpoint()? {
            Some(endpoint) => Opener::Endpoint(endpoint),
            None => Opener::File(options.unlocking()?),
        })
    }

    /// Asks. What the work answers is handed on only once all is on the disk.
    pub(crate) fn with_kms<T>(
        &self,
        work: impl FnOnce(Kms<'_>) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        match self {
            Opener::File(unlocking) => unlocking.with_vault(|session| work(Kms::File(session))),
            Opener::Endpoint(endpoint) => work(Kms::Endpoint(endpoint)),
        }
    }
}

impl Kms<'_> {
    /// Asks in the name of whoever asks, and says why it was refused as far as that is told.
    pub(crate) fn ask<T>(self, ask: impl FnOnce(&Asked<'_>) -> Answer<T>) -> Result<T, CommandError> {
        match self {
            Kms::File(session) => session.ask(|vault, caller| {
                ask(&Asked::Vault(vault, caller)).map_err(|refused| refused.of_the_vault())
            }),
            Kms::Endpoint(endpoint) => Ok(ask(&Asked::Endpoint(endpoint))?),
        }
    }

    /// Asks about a key. If nobody knows it, the nearest one that the caller may list is suggested.
    pub(crate) fn ask_about<T>(
        self,
        key: &str,
        ask: impl FnOnce(&Asked<'_>) -> Answer<T>,
    ) -> Result<T, CommandError> {
        self.ask(ask).map_err(|error| self.suggest_key(key, error))
    }

    /// Adds the name that was probably meant to an error about a key that is not there.
    pub(crate) fn suggest_key(self, key: &str, error: CommandError) -> CommandError {
        if !matches!(error.kind, Kind::NotFound | Kind::Denied) {
            return error;
        }
        match nearest::key(self, key) {
            Some(nearest) => error.next(format!("did you mean `{nearest}`?")),
            None => error,
        }
    }

    /// The id of a key that may be named by an alias, for operations that take ids only. Of an alias of another account, which
    /// only an endpoint knows, the ARN of the key.
    pub(crate) fn key_id(self, key: &str) -> Result<String, CommandError> {
        let is_alias = match self {
            Kms::File(session) => {
                matches!(KeyReference::parse(key, session.vault().realm()), KeyReference::Alias(_))
            }
            Kms::Endpoint(_) => key.starts_with("alias/") || key.contains(":alias/"),
        };
        if !is_alias {
            return Ok(key.to_owned());
        }
        let described = self.ask_about(key, |asked| asked.describe_key(DescribeKey::new(key)))?;
        Ok(match self {
            Kms::Endpoint(_) if key.starts_with("arn:") => described.arn,
            Kms::Endpoint(_) | Kms::File(_) => described.facts.key_id.to_string(),
        })
    }

    /// The principal of a kept caller, or the ARN itself.
    pub(crate) fn principal(self, name: &str) -> Result<String, CommandError> {
        match self {
            Kms::File(session) => session.principal(name),
            Kms::Endpoint(_) if is_principal(name) => Ok(name.to_owned()),
            Kms::Endpoint(_) => Err(CommandError::new(format_args!(
                "`{name}` is no ARN, and an endpoint keeps its callers to itself"
            ))
            .next("name the principal by its ARN: arn:aws:iam::ACCOUNT:user/NAME")),
        }
    }
}

/// What whoever asks an endpoint for such a command is told.
pub(crate) fn needs_the_file() -> CommandError {
    CommandError::new("this works on the vault's file, and an endpoint has no such operation").next(
        "run it where the file is, without --endpoint; while `strongroom serve` has the vault open, stop that first",
    )
}
