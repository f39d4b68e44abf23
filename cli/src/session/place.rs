//! Where the vault lies: named, or by the environment, or at the one default place of the platform.

use std::env;
use std::path::PathBuf;

use clap::Args;
use etcetera::BaseStrategy;
use strongroom_std::OpenError;

use crate::error::CommandError;

/// Which vault.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The vault's file; else STRONGROOM_VAULT, else strongroom/default.vault in the user's data folder
    #[arg(long, value_name = "PATH", global = true, help_heading = "Vault")]
    vault: Option<PathBuf>,
    /// Wait so long for a vault that another process has open
    #[arg(
        long = "wait",
        value_name = "SECONDS",
        default_value_t = 0,
        hide_default_value = true,
        global = true,
        help_heading = "Vault"
    )]
    pub(crate) wait_seconds: u64,
}

impl Place {
    /// The path, whatever is there, and whether it is the default one.
    pub(crate) fn path(&self) -> Result<(PathBuf, bool), CommandError> {
        let named = self
            .vault
            .clone()
            .or_else(|| env::var_os("STRONGROOM_VAULT").filter(|path| !path.is_empty()).map(PathBuf::from));
        if let Some(path) = named {
            return Ok((path, false));
        }
        let folders = etcetera::base_strategy::choose_native_strategy().map_err(|_| {
            CommandError::new("there is no home folder to look for a vault in")
                .next("give --vault PATH, or set STRONGROOM_VAULT")
        })?;
        Ok((folders.data_dir().join("strongroom").join("default.vault"), true))
    }

    /// The path of a vault that is there.
    ///
    /// Before anybody types a passphrase.
    pub(crate) fn existing(&self) -> Result<PathBuf, CommandError> {
        let (path, _) = self.path()?;
        match path.try_exists() {
            Ok(false) => Err(OpenError::NotFound(path).into()),
            // What else is wrong, opening it says.
            Ok(true) | Err(_) => Ok(path),
        }
    }
}
