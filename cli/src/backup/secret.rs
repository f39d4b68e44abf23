//! What opens a bundle. Its options have names of their own, so that nobody takes the secret of the vault for it.

use std::path::{Path, PathBuf};

use clap::Args;
use strongroom_std::{OpenError, UnlockSecret};

use crate::error::CommandError;
use crate::exit::Kind;
use crate::input;
use crate::new_secret::NewSecret;
use crate::secrets;
use crate::session::{Place, Session};

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
    /// Open a bundle that was sealed to this vault; the secret is then that of the vault
    #[arg(long, value_name = "PATH")]
    pub(super) bundle_vault: Option<PathBuf>,
    /// Ask that vault in the name of a kept caller, or of a principal by its ARN; else as its root user
    #[arg(long, value_name = "CALLER", requires = "bundle_vault")]
    pub(super) bundle_as: Option<String>,
}

/// What opens a bundle.
pub(super) enum Opener {
    Secret(UnlockSecret),
    /// The vault that it is sealed to.
    Vault(Session),
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
    /// Seal it to the vault that is pinned by this name, which restores it once, while its offer lasts
    #[arg(
        long,
        value_name = "PEER",
        requires = "offer",
        conflicts_with_all = ["bundle_passphrase_fd", "bundle_key_file", "make_bundle_key_file", "new_bundle_shares"],
    )]
    to_peer: Option<String>,
    /// What `strongroom peer offer` made there
    #[arg(long, value_name = "FILE", requires = "to_peer")]
    offer: Option<PathBuf>,
}

/// What a new bundle is sealed to.
pub(super) enum SealedTo<'a> {
    Secret(NewSecret),
    /// A pinned vault and its offer.
    Peer(&'a str, Vec<u8>),
}

impl BundleSecretOptions {
    /// What opens a bundle: a secret, or a vault, which is opened.
    pub(super) fn opener(&self, bundle: &Path, place: &Place) -> Result<Opener, CommandError> {
        let Some(path) = &self.bundle_vault else { return self.secret(bundle).map(Opener::Secret) };
        if path.try_exists().is_ok_and(|exists| !exists) {
            return Err(OpenError::NotFound(path.clone()).into());
        }
        let secret = self.secret(path)?;
        Session::open(place, path, &secret, self.bundle_as.as_deref()).map(Opener::Vault)
    }

    fn secret(&self, bundle: &Path) -> Result<UnlockSecret, CommandError> {
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
    /// What a new bundle is to be sealed to.
    pub(super) fn sealed_to(&self) -> Result<SealedTo<'_>, CommandError> {
        match (&self.to_peer, &self.offer) {
            (Some(peer), Some(offer)) => Ok(SealedTo::Peer(peer, input::read(offer)?)),
            _ => self.secret().map(SealedTo::Secret),
        }
    }

    fn secret(&self) -> Result<NewSecret, CommandError> {
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
