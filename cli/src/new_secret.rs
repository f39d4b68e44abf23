//! A secret that is to open something, and the key file that is made for it.

use std::fs;
use std::path::{Path, PathBuf};

use strongroom_std::{OpenError, RecoveryShare, UnlockSecret, generate_key_file, make_recovery_shares};

use crate::error::CommandError;
use crate::exit::Kind;
use crate::secrets::key_file;

/// A secret that is to open something.
pub(crate) struct NewSecret {
    pub(crate) secret: UnlockSecret,
    /// It, if it exists in shares.
    pub(crate) shares: Vec<RecoveryShare>,
    /// Made for it, and gone with it unless it is [`kept`](NewSecret::keep): it opens nothing yet.
    made: Option<MadeKeyFile>,
}

impl NewSecret {
    /// A secret that there was before.
    pub(crate) fn of(secret: UnlockSecret) -> Self {
        NewSecret { secret, shares: Vec::new(), made: None }
    }

    /// A secret in shares, which are drawn.
    pub(crate) fn in_shares(needed: u8, count: u8) -> Result<Self, CommandError> {
        let (secret, shares) = make_recovery_shares(needed, count).map_err(CommandError::new)?;
        Ok(NewSecret { shares, ..NewSecret::of(secret) })
    }

    /// A key file, which is made.
    pub(crate) fn make_key_file(path: &Path) -> Result<Self, CommandError> {
        generate_key_file(path).map_err(|error| match error {
            OpenError::AlreadyExists(path) => {
                CommandError::of(Kind::InvalidState, format_args!("`{}` exists already", path.display()))
                    .next("leave --make-key-file out to use it, or name another file")
            }
            OpenError::Io(error) => CommandError::written(path, &error),
            other => other.into(),
        })?;
        let made = MadeKeyFile(Some(path.to_owned()));
        Ok(NewSecret { made: Some(made), ..NewSecret::of(key_file(path)?) })
    }

    /// It opens something now, or may.
    pub(crate) fn keep(&mut self) {
        if let Some(made) = &mut self.made {
            made.0 = None;
        }
    }
}

/// A key file that goes away.
struct MadeKeyFile(Option<PathBuf>);

impl Drop for MadeKeyFile {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}
