//! Making the image of a device, on the host.
//!
//! Keys are made in a vault in a file, which goes again, and restored into the image as from a backup: they are sealed all the
//! way, and the image is a vault of its own, with an id, a root key and a log of its own.

use std::fmt;
use std::path::Path;

use strongroom_core::policy::Caller;
use strongroom_core::{Error, NewSlot, Realm};
use zeroize::Zeroizing;

use super::Layout;
use super::image::{DeviceImage, OpenedImage};
use crate::backup::BackupError;
use crate::cryptography::UnlockSecret;
use crate::error::OpenError;
use crate::keys_as_code::{ApplyError, Declaration, Plan, PlanError};
use crate::vault::{NewVault, Vault};

/// Why there is no image.
#[derive(Debug)]
#[non_exhaustive]
pub enum ProvisionError {
    /// The vault in a file, in which the keys are made, could not be.
    File(OpenError),
    /// What is declared cannot be planned.
    Plan(PlanError),
    /// What is declared was refused.
    Apply(ApplyError),
    /// The vault could not be read.
    Backup(BackupError),
    /// The image refused: [`Error::Capacity`] and [`Error::Storage`] where the device has no room, see its layout.
    Image(Error),
}

impl fmt::Display for ProvisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProvisionError::File(_) => "the vault in which the keys are made could not be",
            ProvisionError::Plan(_) => "what is declared cannot be planned",
            ProvisionError::Apply(_) => "what is declared was refused",
            ProvisionError::Backup(_) => "the vault could not be read",
            ProvisionError::Image(_) => "the image has no room for it, or its layout is wrong",
        })
    }
}

impl std::error::Error for ProvisionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ProvisionError::File(error) => Some(error),
            ProvisionError::Plan(error) => Some(error),
            ProvisionError::Apply(error) => Some(error),
            ProvisionError::Backup(error) => Some(error),
            ProvisionError::Image(error) => Some(error),
        }
    }
}

/// The file in which the keys of an image are made; it goes with this.
struct Temporary<'p>(&'p Path);

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        // Sealed under a secret that is gone.
        let _ = std::fs::remove_file(self.0);
    }
}

impl<const WORD: usize> DeviceImage<WORD> {
    /// An image with what a file declares: keys, aliases, policies, grants, tags, callers; `secret` opens it. `folder` is for a
    /// sealed file that is gone afterwards; several at once need folders of their own.
    ///
    /// # Errors
    /// [`ProvisionError`].
    pub fn provision(
        declaration: &Declaration,
        realm: &Realm,
        folder: &Path,
        layout: &Layout,
        secret: &UnlockSecret,
    ) -> Result<Self, ProvisionError> {
        let path = folder.join(".provisioning.vault");
        let throwaway = throwaway().map_err(ProvisionError::Image)?;
        let vault = Vault::create(&path, &NewVault { realm: realm.clone() }, &throwaway);
        let vault = vault.map_err(ProvisionError::File)?;
        let file = Temporary(&path);
        let root = format!("arn:{}:iam::{}:root", realm.partition(), realm.account());
        let root = Caller::new(&root).map_err(ProvisionError::Image)?;
        let plan = Plan::of(&vault, &root, declaration).map_err(ProvisionError::Plan)?;
        plan.apply(&vault, &root, false, |_| {}).map_err(ProvisionError::Apply)?;
        let image = Self::of_vault(&vault, &root, layout, secret);
        // Closed before its file goes.
        drop(vault);
        drop(file);
        image
    }

    /// An image with all that a vault holds; `secret` opens it. `caller` needs permission for a backup.
    ///
    /// # Errors
    /// [`ProvisionError`].
    pub fn of_vault(
        vault: &Vault,
        caller: &Caller<'_>,
        layout: &Layout,
        secret: &UnlockSecret,
    ) -> Result<Self, ProvisionError> {
        let throwaway = throwaway().map_err(ProvisionError::Image)?;
        let mut bundle = Vec::new();
        vault.backup(caller, &mut bundle, &[&throwaway]).map_err(ProvisionError::Backup)?;
        let image = restore(&bundle, &throwaway, layout, secret);
        image.map_err(ProvisionError::Image)
    }
}

fn restore<const WORD: usize>(
    bundle: &[u8],
    bundle_secret: &UnlockSecret,
    layout: &Layout,
    secret: &UnlockSecret,
) -> Result<DeviceImage<WORD>, Error> {
    let blank = DeviceImage::<WORD>::blank(layout);
    let opened = OpenedImage::<WORD>::on(blank.as_bytes().to_vec(), layout)?;
    let slots = [NewSlot { kind: secret.new_slot()? }];
    let mut rest = bundle;
    opened.vault().restore(
        &slots,
        &mut |slot, out| secret.stretch(slot, out),
        &mut |buffer| {
            let len = rest.len().min(buffer.len());
            let (front, behind) = rest.split_at_checked(len).ok_or(Error::Bug)?;
            buffer.get_mut(..len).ok_or(Error::Bug)?.copy_from_slice(front);
            rest = behind;
            Ok(len)
        },
        &mut |slot, out| bundle_secret.stretch(slot, out),
    )?;
    opened.close()
}

/// A secret that nobody else will know.
fn throwaway() -> Result<UnlockSecret, Error> {
    let mut content = Zeroizing::new([0; 32]);
    let entropy = crate::threads::OsEntropy;
    strongroom_core::platform::Entropy::fill(&entropy, &mut *content).map_err(|_| Error::Entropy)?;
    UnlockSecret::key_file(&*content)
}
