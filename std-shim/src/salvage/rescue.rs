use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use strongroom_core::error::Part;
use strongroom_core::platform::{Address, Clock};
use strongroom_core::{Error, Verified};

use super::pages::Pages;
use super::world::SalvagePlatform;
use crate::attempts::Guess;
use crate::cryptography::UnlockSecret;
use crate::error::OpenError;
use crate::file::SealedFile;
use crate::threads::SystemClock;
use crate::vault::{Settings, refused};

/// Where the slots and the manifest lie (`docs/format.md`, 4.2).
const MANIFEST: Address = fixed(0x40);
const SLOTS: Address = fixed(0x41);

const fn fixed(level: u8) -> Address {
    let mut address = [0; 24];
    address[23] = level;
    Address(address)
}

/// What was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvaged {
    /// The revision of the newest manifest that opens. Changes behind it are not in the new file.
    pub revision: u64,
    /// Records that open, and those that do not: they are not in the new file.
    pub verified: Verified,
    /// Entries of the audit log that were found. Whether one is missing, its verification tells.
    pub audit_entries: u64,
}

/// Reads what can be read from a damaged vault file into a new file, which is the same vault: same id, same keys, same unlock
/// secrets. The damaged file is not changed; keep it until the new one has proved itself, and then destroy one of the two,
/// since both hold the same keys.
///
/// If the newest manifest is damaged in both copies an older state of the vault is taken, as far as old pages hold one:
/// compare [`Salvaged::revision`] with what you know. Wrong passphrases wait as they do when the vault is
/// opened. Memory: the audit log, and some 100 bytes for every blob.
///
/// # Errors
/// See [`OpenError`]. There is no new file then. [`OpenError::Damaged`]: no manifest opens, all is lost that no backup has.
pub fn salvage(damaged: &Path, into: &Path, secret: &UnlockSecret) -> Result<Salvaged, OpenError> {
    let guess = Guess::new(damaged, SystemClock::new().wall_ms());
    let saved = rescue(damaged, into, &mut guess.unlock(secret));
    guess.end(saved)
}

fn rescue(
    damaged: &Path,
    into: &Path,
    unlock: &mut strongroom_core::Unlock<'_>,
) -> Result<Salvaged, OpenError> {
    let file = File::open(damaged).map_err(|error| match error.kind() {
        ErrorKind::NotFound => OpenError::NotFound(damaged.to_owned()),
        _ => OpenError::Io(error),
    })?;
    let pages = Pages::read(file)?;
    let newest = newest(&pages, unlock).map_err(|error| refused(damaged, error))?;
    let vault = open(&pages, newest.slots, newest.manifest, unlock);
    let vault = vault.map_err(|error| refused(damaged, error))?;
    let storage = &vault.platform().storage;
    let verified =
        vault.verify_with(&mut |address| storage.choose_next(address)).map_err(OpenError::Vault)?;
    let entries = vault.platform().sink.entries(0);
    let (revision, blobs) = storage.contents().map_err(|error| OpenError::Vault(Error::Storage(error)))?;
    let new = SealedFile::create(into, &Settings::default())?;
    if let Err(error) = new.fill(revision, &blobs, &entries) {
        drop(new);
        // Ours, and not a vault.
        let _ = std::fs::remove_file(into);
        return Err(OpenError::Vault(Error::Storage(error)));
    }
    let audit_entries = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    Ok(Salvaged { revision: newest.revision, verified, audit_entries })
}

/// Which of the slot areas and manifests that were found.
struct Newest {
    revision: u64,
    slots: usize,
    manifest: usize,
}

/// The manifest of the highest revision that opens.
fn newest(pages: &Pages, unlock: &mut strongroom_core::Unlock<'_>) -> Result<Newest, Error> {
    let count = |address: &Address| pages.blobs.get(address).map_or(0, Vec::len);
    let mut newest: Option<Newest> = None;
    let mut refusal = if count(&SLOTS) == 0 { Error::NotAVault } else { Error::Damaged(Part::Manifest) };
    for slots in 0..count(&SLOTS) {
        for manifest in 0..count(&MANIFEST) {
            match open(pages, slots, manifest, unlock) {
                Ok(vault) => {
                    let revision = vault.platform().storage.first_revision().unwrap_or(0);
                    if newest.as_ref().is_none_or(|newest| newest.revision < revision) {
                        newest = Some(Newest { revision, slots, manifest });
                    }
                }
                Err(error) => refusal = error,
            }
        }
    }
    newest.ok_or(refusal)
}

type FoundVault<'p> = strongroom_core::Vault<SalvagePlatform<'p>>;

/// Opens what was found, with these of its slot areas and manifests.
fn open<'p>(
    pages: &'p Pages,
    slots: usize,
    manifest: usize,
    unlock: &mut strongroom_core::Unlock<'_>,
) -> Result<FoundVault<'p>, Error> {
    let platform = SalvagePlatform::new(pages);
    platform.storage.choose(&SLOTS, slots);
    platform.storage.choose(&MANIFEST, manifest);
    let vault = strongroom_core::Vault::new(platform);
    vault.mount(unlock).map(|()| vault)
}
