//! The content of a device's flash.

use std::io::Write;

use strongroom_core::Error;
use strongroom_core::backup::BundleSummary;
use strongroom_core::policy::Caller;

use super::Layout;
use super::flash::ImageFlash;
use super::platform::ImagePlatform;
use crate::backup::{BackupError, write_bundle};
use crate::cryptography::UnlockSecret;

/// The bytes of a device's flash, whose words are `WORD` bytes long (4 for shorter ones).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceImage<const WORD: usize> {
    bytes: Vec<u8>,
}

impl<const WORD: usize> DeviceImage<WORD> {
    /// Erased flash.
    #[must_use]
    pub fn blank(layout: &Layout) -> Self {
        DeviceImage { bytes: vec![0xff; usize::try_from(layout.flash_len).unwrap_or_default()] }
    }

    /// What was read from a device; it must be as long as the layout says, or longer.
    #[must_use]
    pub const fn of(bytes: Vec<u8>) -> Self {
        DeviceImage { bytes }
    }

    /// What is to be flashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Opens a copy of the image, with the device's secret. What is done there is in the copy alone, the entries in its audit log
    /// included: do not flash it back unless the device has stood still.
    ///
    /// # Errors
    /// [`Error::NotAVault`], [`Error::WrongSecret`], [`Error::Damaged`], [`Error::Storage`]: the layout is not that of the
    /// image.
    pub fn open(&self, layout: &Layout, secret: &UnlockSecret) -> Result<OpenedImage<WORD>, Error> {
        let opened = OpenedImage::on(self.bytes.clone(), layout)?;
        opened.vault.mount(&mut |slot, out| secret.stretch(slot, out))?;
        Ok(opened)
    }
}

/// The vault in a copy of an image, open.
#[derive(Debug)]
pub struct OpenedImage<const WORD: usize> {
    flash: ImageFlash<WORD>,
    vault: strongroom_core::Vault<ImagePlatform<WORD>>,
}

impl<const WORD: usize> OpenedImage<WORD> {
    /// A vault on these bytes, not open yet.
    pub(super) fn on(bytes: Vec<u8>, layout: &Layout) -> Result<Self, Error> {
        let flash = ImageFlash::new(bytes);
        let vault = strongroom_core::Vault::new(ImagePlatform::new(&flash, layout)?);
        Ok(OpenedImage { flash, vault })
    }

    /// The vault: every operation of the core, with `verify` among them.
    #[must_use]
    pub const fn vault(&self) -> &strongroom_core::Vault<ImagePlatform<WORD>> {
        &self.vault
    }

    /// Writes everything that the image holds into a bundle, which each of the secrets opens, as
    /// [`Vault::backup`](crate::Vault::backup) does; [`Vault::restore`](crate::Vault::restore) makes a vault in a file of it.
    ///
    /// # Errors
    /// [`BackupError`]: what was written has no end mark, and nothing will take it for a bundle.
    pub fn backup(
        &self,
        caller: &Caller<'_>,
        to: &mut dyn Write,
        secrets: &[&UnlockSecret],
    ) -> Result<BundleSummary, BackupError> {
        write_bundle(&self.vault, caller, to, secrets)
    }

    /// Closes the vault, and answers the image as it is then.
    ///
    /// # Errors
    /// [`Error::Audit`], [`Error::Storage`].
    pub fn close(self) -> Result<DeviceImage<WORD>, Error> {
        self.vault.close()?;
        Ok(DeviceImage { bytes: self.flash.to_bytes() })
    }
}
