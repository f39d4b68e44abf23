use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use strongroom_core::error::Part;
use strongroom_core::operation::ListSlots;
use strongroom_core::platform::{Address, Clock};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, SlotState, Verified};

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
/// compare [`Salvaged::revision`] with what you know. So is the state of its time for a secret that was removed since. Wrong passphrases wait as they do when the vault is
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
    let mut states = states(&pages, unlock).map_err(|error| refused(damaged, error))?.into_iter();
    let (state, vault, verified) = loop {
        let Some(state) = states.next() else { return Err(OpenError::Damaged(damaged.to_owned())) };
        let vault = open(&pages, state.slots, state.manifest, unlock);
        let vault = vault.map_err(|error| refused(damaged, error))?;
        let storage = &vault.platform().storage;
        let verified = vault.verify_with(&mut |address| storage.choose_next(address));
        let verified = verified.map_err(OpenError::Vault)?;
        // A commit that the power cut off has a manifest and no tree.
        let has_a_tree = verified.records > 0 || verified.damaged == 0;
        if has_a_tree || states.len() == 0 {
            break (state, vault, verified);
        }
    };
    let storage = &vault.platform().storage;
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
    Ok(Salvaged { revision: state.revision, verified, audit_entries })
}

/// A state that opens: which of the slot areas and manifests that were found.
struct State {
    revision: u64,
    /// An older slot area may open a newer manifest, and lack what other secrets open.
    good_slots: usize,
    slots: usize,
    manifest: usize,
}

impl State {
    fn rank(&self) -> (u64, usize) {
        (self.revision, self.good_slots)
    }
}

/// How many of its slots the vault has.
fn good_slots(vault: &FoundVault<'_>) -> Result<usize, Error> {
    let realm = vault.realm()?;
    let root = format!("arn:{}:iam::{}:root", realm.partition(), realm.account());
    let slots = vault.list_slots(&Caller::new(&root)?, ListSlots)?;
    Ok(slots.as_slice().iter().filter(|slot| slot.state == SlotState::Good).count())
}

/// The states that open, the newest first.
fn states(pages: &Pages, unlock: &mut strongroom_core::Unlock<'_>) -> Result<Vec<State>, Error> {
    let count = |address: &Address| pages.blobs.get(address).map_or(0, Vec::len);
    let mut states = Vec::new();
    let mut refusal = if count(&SLOTS) == 0 { Error::NotAVault } else { Error::Damaged(Part::Manifest) };
    for slots in 0..count(&SLOTS) {
        for manifest in 0..count(&MANIFEST) {
            match open(pages, slots, manifest, unlock) {
                Ok(vault) => {
                    let revision = vault.platform().storage.first_revision().unwrap_or(0);
                    states.push(State { revision, good_slots: good_slots(&vault)?, slots, manifest });
                }
                // A wrong secret says more than what older pages lack.
                Err(_) if refusal == Error::WrongSecret => {}
                Err(error) => refusal = error,
            }
        }
    }
    states.sort_by_key(|state| std::cmp::Reverse(state.rank()));
    if states.is_empty() { Err(refusal) } else { Ok(states) }
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
