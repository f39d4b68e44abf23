//! Bundles of a vault: written to anything that takes bytes, restored into a new file, and drilled.

use std::fmt;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use strongroom_core::backup::BundleSummary;
use strongroom_core::crypto::RustCrypto;
use strongroom_core::error::StorageError;
use strongroom_core::limits::BUNDLE_SEGMENT_LEN_MAX;
use strongroom_core::operation::Backup;
use strongroom_core::platform::Platform;
use strongroom_core::policy::Caller;
use strongroom_core::{Error, NewSlot, Secret, SlotParameters, Unlock, backup};

use crate::cryptography::UnlockSecret;
use crate::desktop::DesktopPlatform;
use crate::error::OpenError;
use crate::file::SealedFile;
use crate::vault::{CoreVault, Settings, Vault};

/// Why a bundle could not be written, restored or drilled.
#[derive(Debug)]
#[non_exhaustive]
pub enum BackupError {
    /// The bundle could not be read or written.
    Io(io::Error),
    /// The new file could not be made; there is none.
    File(OpenError),
    /// The vault refused, or the bundle is of no use; see its documentation.
    Vault(Error),
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BackupError::Io(_) => "the bundle could not be read or written",
            BackupError::File(_) => "the file of the restored vault could not be made",
            BackupError::Vault(_) => "the vault refused, or the bundle is of no use",
        })
    }
}

impl std::error::Error for BackupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BackupError::Io(error) => Some(error),
            BackupError::File(error) => Some(error),
            BackupError::Vault(error) => Some(error),
        }
    }
}

/// Keeps what the operating system said, while the vault hears that the medium failed.
#[derive(Default)]
pub(crate) struct Kept(Option<io::Error>);

impl Kept {
    pub(crate) fn keep<T>(&mut self, done: io::Result<T>) -> Result<T, Error> {
        done.map_err(|error| {
            self.0 = Some(error);
            Error::Storage(StorageError::Medium)
        })
    }

    /// What went wrong.
    pub(crate) fn tell(self, error: Error) -> BackupError {
        self.0.map_or(BackupError::Vault(error), BackupError::Io)
    }
}

/// Writes everything that a vault on any platform holds into a bundle: see [`Vault::backup`].
pub(crate) fn write_bundle<P: Platform>(
    vault: &strongroom_core::Vault<P>,
    caller: &Caller<'_>,
    to: &mut dyn Write,
    secrets: &[&UnlockSecret],
) -> Result<BundleSummary, BackupError> {
    let mut slots = Vec::new();
    for secret in secrets {
        slots.push(NewSlot { kind: secret.new_slot().map_err(BackupError::Vault)? });
    }
    let unlock = &mut |slot: &SlotParameters, out: &mut Secret<32>| {
        secrets.get(usize::from(slot.slot_id)).map_or(Ok(false), |secret| secret.stretch(slot, out))
    };
    let (mut to, mut kept) = (BufWriter::new(to), Kept::default());
    let sink = &mut |bytes: &[u8]| kept.keep(to.write_all(bytes));
    let written = vault.backup(caller, Backup { secrets: &slots }, unlock, sink);
    match written {
        Ok(summary) => to.flush().map(|()| summary).map_err(BackupError::Io),
        Err(error) => Err(kept.tell(error)),
    }
}

impl Vault {
    /// Writes everything that the vault holds into a bundle, which each of the secrets opens. They need not be secrets of the
    /// vault. A passphrase is stretched as it says. While the bundle is written, changes of the vault wait and reading goes
    /// on; `to` must not use the vault.
    ///
    /// # Errors
    /// [`BackupError::Io`], [`BackupError::Vault`], see [`strongroom_core::Vault::backup`]. What was written has no end mark,
    /// and nothing will take it for a bundle.
    pub fn backup(
        &self,
        caller: &Caller<'_>,
        to: &mut dyn Write,
        secrets: &[&UnlockSecret],
    ) -> Result<BundleSummary, BackupError> {
        write_bundle(&*self.core(), caller, to, secrets)
    }

    /// Makes a vault of a bundle, in a new file that `secret` opens, and opens it.
    ///
    /// # Errors
    /// [`BackupError`]; there is no new file then.
    pub fn restore(
        path: &Path,
        from: &mut dyn Read,
        bundle_secret: &UnlockSecret,
        secret: &UnlockSecret,
    ) -> Result<(Self, BundleSummary), BackupError> {
        Self::restore_with(path, from, bundle_secret, secret, &Settings::default())
    }

    /// As [`Vault::restore`], with settings.
    ///
    /// # Errors
    /// [`BackupError`]; there is no new file then.
    pub fn restore_with(
        path: &Path,
        from: &mut dyn Read,
        bundle_secret: &UnlockSecret,
        secret: &UnlockSecret,
        settings: &Settings,
    ) -> Result<(Self, BundleSummary), BackupError> {
        let (mut from, mut kept) = (BufReader::new(from), Kept::default());
        let source = &mut |buffer: &mut [u8]| kept.keep(read_some(&mut from, buffer));
        let unlock_bundle =
            &mut |slot: &SlotParameters, out: &mut Secret<32>| bundle_secret.stretch(slot, out);
        let restored = Self::restored_into(path, secret, settings, |core, slots, unlock| {
            core.restore(slots, unlock, source, unlock_bundle)
        });
        restored?.map_err(|error| kept.tell(error))
    }

    /// Has a vault made in a new file, which goes again where there is none.
    pub(crate) fn restored_into(
        path: &Path,
        secret: &UnlockSecret,
        settings: &Settings,
        restore: impl FnOnce(&CoreVault, &[NewSlot], &mut Unlock<'_>) -> Result<BundleSummary, Error>,
    ) -> Result<Result<(Self, BundleSummary), Error>, BackupError> {
        let kind = secret.new_slot().map_err(BackupError::Vault)?;
        let file = SealedFile::create(path, settings).map_err(BackupError::File)?;
        let core = CoreVault::new(DesktopPlatform::new(file, settings));
        match restore(&core, &[NewSlot { kind }], &mut |slot, out| secret.stretch(slot, out)) {
            Ok(summary) => {
                Self::start(path, core).map(|vault| Ok((vault, summary))).map_err(BackupError::File)
            }
            Err(error) => {
                drop(core);
                // Ours, and not a vault.
                let _ = std::fs::remove_file(path);
                Ok(Err(error))
            }
        }
    }
}

/// Reads a bundle to its end as a restore would, and opens the material of every version in it. No file is made, and the vault
/// it came from is not needed.
///
/// # Errors
/// [`BackupError`]: a restore would fail the same way.
pub fn drill(from: &mut dyn Read, secret: &UnlockSecret) -> Result<BundleSummary, BackupError> {
    let mut buffer = vec![0; BUNDLE_SEGMENT_LEN_MAX];
    let (mut from, mut kept) = (BufReader::new(from), Kept::default());
    let source = &mut |buffer: &mut [u8]| kept.keep(read_some(&mut from, buffer));
    let unlock = &mut |slot: &SlotParameters, out: &mut Secret<32>| secret.stretch(slot, out);
    backup::drill::<RustCrypto>(source, unlock, &mut buffer).map_err(|error| kept.tell(error))
}

/// Reads once, and again where that was interrupted.
pub(crate) fn read_some(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
