use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use strongroom_core::error::Part;
use strongroom_core::operation::ListSlots;
use strongroom_core::platform::{Address, Clock};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, FoundState, SlotState, Verified};

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

/// So many ways to choose among entries of the same numbers are tried.
const WAYS_MAX: usize = 256;

const fn fixed(level: u8) -> Address {
    let mut address = [0; 24];
    address[23] = level;
    Address(address)
}

/// What was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvaged {
    /// The revision of the newest state that opens with the secret. Changes behind it are not in the new file.
    pub revision: u64,
    /// The newest revision that was seen. If it is a later one, the secret was removed or changed since
    /// [`Salvaged::revision`]: with one that the vault still takes more can be saved.
    pub newest_revision: u64,
    /// The number of the slot that the secret opened.
    pub slot_id: u8,
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
/// compare [`Salvaged::revision`] with what you know. So is the state of its time for a secret that was removed since; then
/// [`Salvaged::newest_revision`] is a later one. Of several entries of the audit log with one number the one is taken that
/// the vault wrote, as far as its head tells. The new log says that it was salvaged. Wrong passphrases wait as they do when
/// the vault is opened. Memory: some 100 bytes for every version of a blob or entry, and what is in the new file.
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
    let (states, newest_revision) = states(&pages, unlock).map_err(|error| refused(damaged, error))?;
    let mut states = states.into_iter();
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
    choose_entries(&vault).and_then(|()| vault.record_salvage(state.revision)).map_err(OpenError::Vault)?;
    let entries = vault.platform().sink.entries(0)?;
    let (revision, blobs) = storage.contents().map_err(|error| OpenError::Vault(Error::Storage(error)))?;
    let new = SealedFile::create(into, &Settings::default())?;
    if let Err(error) = new.fill(revision, &blobs, &entries) {
        drop(new);
        // Ours, and not a vault.
        let _ = std::fs::remove_file(into);
        return Err(OpenError::Vault(Error::Storage(error)));
    }
    let audit_entries = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let State { revision, slot_id, .. } = state;
    Ok(Salvaged { revision, newest_revision, slot_id, verified, audit_entries })
}

/// A state that opens: which of the slot areas and manifests that were found.
struct State {
    revision: u64,
    slot_id: u8,
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

/// Has the log give those entries that the vault's head follows from, if there are such. How many ways to choose are tried
/// is bounded: behind the committed head the vault has chosen already.
fn choose_entries(vault: &FoundVault<'_>) -> Result<(), Error> {
    let sink = &vault.platform().sink;
    let ambiguous = sink.ambiguous();
    if ambiguous.is_empty() || vault.log_matches()? {
        return Ok(());
    }
    for way in 0..WAYS_MAX {
        let mut left = way;
        for (sequence, count) in &ambiguous {
            sink.choose(*sequence, left.checked_rem(*count).unwrap_or(0));
            left = left.checked_div(*count).unwrap_or(0);
        }
        if vault.log_matches()? {
            return Ok(());
        }
    }
    // Its verification says where it was altered.
    Ok(())
}

/// The states that open, the newest first, and the newest revision that was seen.
fn states(pages: &Pages, unlock: &mut strongroom_core::Unlock<'_>) -> Result<(Vec<State>, u64), Error> {
    let count = |address: &Address| pages.blobs.get(address).map_or(0, Vec::len);
    let (mut states, mut newest) = (Vec::new(), 0);
    let mut refusal = if count(&SLOTS) == 0 { Error::NotAVault } else { Error::Damaged(Part::Manifest) };
    for slots in 0..count(&SLOTS) {
        for manifest in 0..count(&MANIFEST) {
            let found = closed(pages, slots, manifest).find_state(unlock);
            let newer = found.map_or(0, |found| found.revision);
            newest = newest.max(newer);
            let opened = match found {
                Ok(FoundState { is_current: false, .. }) => Err(Error::SlotStale),
                Ok(found) => open(pages, slots, manifest, unlock).map(|vault| (found, vault)),
                Err(error) => Err(error),
            };
            match opened {
                Ok((FoundState { revision, slot_id, .. }, vault)) => {
                    states.push(State {
                        revision,
                        slot_id,
                        good_slots: good_slots(&vault)?,
                        slots,
                        manifest,
                    });
                }
                // A wrong secret says more than what older pages lack.
                Err(_) if refusal == Error::WrongSecret => {}
                Err(error) => refusal = error,
            }
        }
    }
    states.sort_by_key(|state| std::cmp::Reverse(state.rank()));
    if states.is_empty() { Err(refusal) } else { Ok((states, newest)) }
}

type FoundVault<'p> = strongroom_core::Vault<SalvagePlatform<'p>>;

/// What was found, with these of its slot areas and manifests.
fn closed(pages: &Pages, slots: usize, manifest: usize) -> FoundVault<'_> {
    let platform = SalvagePlatform::new(pages);
    platform.storage.choose(&SLOTS, slots);
    platform.storage.choose(&MANIFEST, manifest);
    strongroom_core::Vault::new(platform)
}

/// Opens it. On the heap: it is too large to be moved about on the stack.
fn open<'p>(
    pages: &'p Pages,
    slots: usize,
    manifest: usize,
    unlock: &mut strongroom_core::Unlock<'_>,
) -> Result<Box<FoundVault<'p>>, Error> {
    let vault = Box::new(closed(pages, slots, manifest));
    vault.mount(unlock).map(|()| vault)
}
