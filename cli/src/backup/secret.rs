//! What opens a bundle. Its options have names of their own, so that nobody takes the secret of the vault for it.

use std::path::{Path, PathBuf};

use clap::Args;
use strongroom_std::UnlockSecret;

use crate::error::CommandError;
use crate::exit::Kind;
use crate::new_secret::NewSecret;
use crate::secrets;

/// What a bundle is opened with. Without any of these a passphrase is asked for.
#[derive(Debug, Args)]
#[command(next_help_heading = "What opens the bundle")]
pub(crate) struct BundleSecretOptions {
    /// Read the passphrase of the bundle from this file descriptor: its first line
    #[arg(long, value_name = "N", conflicts_with_all = ["bundle_key_file", "bundle_shares"])]
    bundle_passphrase_fd: Option<u32>,
    /// Open the bundle with a key file
    #[arg(long, value_name = "PATH", conflicts_with = "bundle_shares")]
    bundle_key_file: Option<PathBuf>,
    /// Open the bundle with recovery shares: from a file, one a line, or asked for
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    bundle_shares: Option<PathBuf>,
}

/// What a new bundle is to be opened with. Without any of these a passphrase is asked for, twice.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is to open the bundle")]
pub(crate) struct NewBundleSecretOptions {
    /// Read the passphrase of the bundle from this file descriptor: its first line
    #[arg(long, value_name = "N", conflicts_with_all = ["bundle_key_file", "make_bundle_key_file", "new_bundle_shares"])]
    bundle_passphrase_fd: Option<u32>,
    /// Take a key file that there is: 32 random bytes or more
    #[arg(long, value_name = "PATH", conflicts_with_all = ["make_bundle_key_file", "new_bundle_shares"])]
    bundle_key_file: Option<PathBuf>,
    /// Make a new key file
    #[arg(long, value_name = "PATH", conflicts_with = "new_bundle_shares")]
    make_bundle_key_file: Option<PathBuf>,
    /// Draw recovery shares: 3/5 makes five, any three of which open the bundle
    #[arg(long, value_name = "NEEDED/COUNT", value_parser = secrets::shares_wanted)]
    pub(super) new_bundle_shares: Option<(u8, u8)>,
}

impl BundleSecretOptions {
    /// The secret that is to open a bundle.
    pub(super) fn secret(&self, bundle: &Path) -> Result<UnlockSecret, CommandError> {
        match (self.bundle_passphrase_fd, &self.bundle_key_file, &self.bundle_shares) {
            (Some(number), ..) => secrets::passphrase_behind(number),
            (None, Some(path), _) => secrets::key_file(path),
            (None, None, Some(path)) => secrets::recovery_shares(path),
            (None, None, None) => {
                let passphrase = secrets::prompt(&format!("Passphrase of {}: ", bundle.display()))?;
                Ok(UnlockSecret::passphrase(&passphrase))
            }
        }
    }
}

impl NewBundleSecretOptions {
    /// The secret of a new bundle.
    pub(super) fn secret(&self) -> Result<NewSecret, CommandError> {
        if let Some((needed, count)) = self.new_bundle_shares {
            return NewSecret::in_shares(needed, count);
        }
        match (self.bundle_passphrase_fd, &self.bundle_key_file, &self.make_bundle_key_file) {
            (Some(number), ..) => secrets::passphrase_behind(number).map(NewSecret::of),
            (None, Some(path), _) => secrets::key_file(path).map(NewSecret::of),
            (None, None, Some(path)) => NewSecret::make_key_file(path).map_err(|error| match error.kind {
                Kind::InvalidState => {
                    error.next("--bundle-key-file takes the one that there is; or name another")
                }
                _ => error,
            }),
            (None, None, None) => secrets::new_passphrase("Passphrase for the bundle: ").map(NewSecret::of),
        }
    }
}
