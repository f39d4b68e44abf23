//! The key slots of an open vault: what the medium has of them, and drafts of what they are to be.
//!
//! The manifest knows each slot by its hash. Bytes that are not what it knows are reported and never carried on, and the
//! other slots do not mind: a change of the slots writes those that are intact, from whichever copy has them.

use heapless::Vec;

use super::Vault;
use crate::error::{Error, Part};
use crate::format::manifest::Manifest;
use crate::format::slot::{SLOT_AREA_LEN_MAX, Slot, SlotKind, SlotOf, SlotParameters};
use crate::limits::SLOTS_MAX;
use crate::platform::{Entropy, Platform};
use crate::secret::Secret;
use crate::tree::{SLOTS, copy_of};

/// Slot ids and hashes, as the manifest has them.
pub(crate) type SlotHashes = Vec<(u8, [u8; 32]), SLOTS_MAX>;

/// Most entries of a listing: what the manifest knows, and what else two copies can hold.
const LISTED_MAX: usize = 3 * SLOTS_MAX;

/// What is known of a key slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedSlot {
    /// The number of the slot.
    pub slot_id: u8,
    /// Its kind and parameters; `None` where the medium has no slot, or one that cannot be read.
    pub kind: Option<SlotKind>,
    /// Whether it opens the vault.
    pub state: SlotState,
}

/// Whether a key slot opens the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlotState {
    /// It does, with its secret.
    Good,
    /// It is one of the vault's, but no copy on the medium has it. Its secret opens nothing until the slot is changed.
    Lost,
    /// The medium has it, but it is none of the vault's: it is altered, or an old one that was put back. It is refused.
    Stale,
}

/// The key slots of a vault.
#[derive(Clone, Debug, Default)]
pub struct ListedSlots(Vec<ListedSlot, LISTED_MAX>);

impl ListedSlots {
    /// The vault's own slots by their numbers, then the stale ones.
    #[must_use]
    pub fn as_slice(&self) -> &[ListedSlot] {
        &self.0
    }
}

/// What the slots of a vault are to be: made while no lock is held, since stretching takes its time, and committed if the
/// slots are then still those that it was made from.
pub(crate) struct SlotDraft {
    vault_id: [u8; 16],
    /// What the manifest knew.
    seen: SlotHashes,
    /// What is to be written, by ascending number.
    slots: Vec<Slot, SLOTS_MAX>,
    /// Slots that the manifest goes on knowing although no copy has them.
    lost: SlotHashes,
    /// Slots that are left out.
    dropped: Vec<u8, SLOTS_MAX>,
    /// The new root key, if there is one.
    root_key: Option<Secret<32>>,
    /// Some secret is to open the vault no more.
    ends_a_secret: bool,
}

impl core::fmt::Debug for SlotDraft {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SlotDraft({} slots)", self.slots.len())
    }
}

impl SlotDraft {
    /// Nothing; to be filled by [`Vault::draft_slots`].
    pub(crate) const fn new() -> Self {
        SlotDraft {
            vault_id: [0; 16],
            seen: Vec::new(),
            slots: Vec::new(),
            lost: Vec::new(),
            dropped: Vec::new(),
            root_key: None,
            ends_a_secret: false,
        }
    }

    pub(super) fn seen(&self) -> &SlotHashes {
        &self.seen
    }

    pub(super) fn slots(&self) -> &Vec<Slot, SLOTS_MAX> {
        &self.slots
    }

    pub(super) fn root_key(&self) -> Option<&Secret<32>> {
        self.root_key.as_ref()
    }

    pub(super) fn ends_a_secret(&self) -> bool {
        self.ends_a_secret
    }

    pub(crate) fn dropped(&self) -> &Vec<u8, SLOTS_MAX> {
        &self.dropped
    }

    /// What the manifest is to know, by ascending number.
    pub(super) fn hashes<P: Platform>(&self) -> Result<SlotHashes, Error> {
        let mut hashes = self.lost.clone();
        for slot in &self.slots {
            hashes.push((slot.id(), slot.hash::<P::Primitives>())).map_err(|_| Error::LimitExceeded)?;
        }
        hashes.sort_unstable_by_key(|(slot_id, _)| *slot_id);
        Ok(hashes)
    }

    /// The lowest number that no slot has.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`]: there are as many slots as there can be.
    pub(crate) fn free_id(&self) -> Result<u8, Error> {
        if self.seen.is_full() {
            return Err(Error::LimitExceeded);
        }
        (0..=u8::MAX).find(|slot_id| !self.knows(*slot_id)).ok_or(Error::LimitExceeded)
    }

    /// Whether the vault has a slot of this number, lost or not.
    pub(crate) fn knows(&self, slot_id: u8) -> bool {
        self.seen.iter().any(|(known, _)| *known == slot_id)
    }

    /// A slot that opens the vault.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is none of this number. [`Error::Damaged`]: it is lost.
    pub(crate) fn slot(&self, slot_id: u8) -> Result<&Slot, Error> {
        match self.slots.iter().find(|slot| slot.id() == slot_id) {
            Some(slot) => Ok(slot),
            None if self.knows(slot_id) => Err(Error::Damaged(Part::Slots)),
            None => Err(Error::NotFound),
        }
    }

    /// Takes a slot out.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub(crate) fn take_out(&mut self, slot_id: u8) -> Result<(), Error> {
        if !self.knows(slot_id) {
            return Err(Error::NotFound);
        }
        self.slots.retain(|slot| slot.id() != slot_id);
        self.lost.retain(|(lost, _)| *lost != slot_id);
        self.ends_a_secret = true;
        Ok(())
    }

    /// Puts a slot in.
    pub(crate) fn put_in(&mut self, slot: Slot) -> Result<(), Error> {
        self.slots.push(slot).map_err(|_| Error::LimitExceeded)?;
        self.slots.sort_unstable_by_key(Slot::id);
        Ok(())
    }

    /// Whether nothing would open the vault.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Draws a new root key, for which slots can then be put in one by one; all that there were are left out.
    pub(crate) fn start_anew(&mut self, kept: &[u8], entropy: &impl Entropy) -> Result<(), Error> {
        let root_key = self.root_key.insert(Secret::zeroed());
        root_key.draw(entropy)?;
        self.slots.clear();
        self.lost.clear();
        self.dropped.clear();
        for (slot_id, _) in self.seen.iter().filter(|(slot_id, _)| !kept.contains(slot_id)) {
            self.dropped.push(*slot_id).map_err(|_| Error::Bug)?;
        }
        self.ends_a_secret = true;
        Ok(())
    }

    /// Seals the new root key for one unlock secret.
    pub(crate) fn put_anew<P: Platform>(
        &mut self,
        parameters: &SlotParameters,
        stretched: &Secret<32>,
        platform: &P,
    ) -> Result<(), Error> {
        let root_key = self.root_key.as_ref().ok_or(Error::Bug)?;
        let slot = Slot::seal::<P::Primitives>(
            parameters,
            SlotOf::Vault(&self.vault_id),
            stretched,
            root_key,
            platform.entropy(),
        )?;
        self.put_in(slot)
    }

    /// Whether a secret opens one of the slots.
    pub(crate) fn opens<P: Platform>(&self, slot: &Slot, stretched: &Secret<32>) -> Result<bool, Error> {
        slot.open::<P::Primitives>(SlotOf::Vault(&self.vault_id), stretched, &mut Secret::zeroed())
    }
}

impl<P: Platform> Vault<P> {
    /// Drafts the slots as they are.
    ///
    /// # Errors
    /// [`Error::Storage`]: the medium may have a slot that it does not give just now.
    pub(crate) fn draft_slots(&self, draft: &mut SlotDraft) -> Result<(), Error> {
        self.lend_writer(|writer, _| {
            let manifest = &writer.usable()?.manifest;
            *draft = SlotDraft {
                vault_id: manifest.vault_id,
                seen: manifest.slot_hashes.clone(),
                ..SlotDraft::new()
            };
            let slots = &mut draft.slots;
            let unread = self.walk_slots(manifest, &mut |slot, is_known| {
                if is_known && !slots.contains(slot) {
                    // The manifest knows no more than fit.
                    let _ = slots.push(*slot);
                }
            });
            if draft.slots.len() < draft.seen.len() {
                unread?;
            }
            draft.slots.sort_unstable_by_key(Slot::id);
            for known in &draft.seen {
                if !draft.slots.iter().any(|slot| slot.id() == known.0) {
                    draft.lost.push(*known).map_err(|_| Error::Bug)?;
                }
            }
            Ok(())
        })?
    }

    /// Seals the root key for one unlock secret.
    pub(crate) fn seal_slot(
        &self,
        parameters: &SlotParameters,
        stretched: &Secret<32>,
    ) -> Result<Slot, Error> {
        self.lend_writer(|writer, _| {
            let mounted = writer.usable()?;
            let (vault_id, entropy) = (&mounted.manifest.vault_id, self.platform.entropy());
            Slot::seal::<P::Primitives>(
                parameters,
                SlotOf::Vault(vault_id),
                stretched,
                &mounted.root_key,
                entropy,
            )
        })?
    }

    /// Lists the slots.
    pub(crate) fn slots(&self) -> Result<ListedSlots, Error> {
        self.lend_writer(|writer, _| {
            let manifest = &writer.usable()?.manifest;
            let mut good: Vec<ListedSlot, LISTED_MAX> = Vec::new();
            let mut stale: Vec<ListedSlot, LISTED_MAX> = Vec::new();
            let unread = self.walk_slots(manifest, &mut |slot, is_known| {
                let kind = slot.parameters().ok().map(|parameters| parameters.kind);
                let (list, state) =
                    if is_known { (&mut good, SlotState::Good) } else { (&mut stale, SlotState::Stale) };
                let entry = ListedSlot { slot_id: slot.id(), kind, state };
                if !list.contains(&entry) {
                    // Two copies hold no more.
                    let _ = list.push(entry);
                }
            });
            if good.len() < manifest.slot_hashes.len() {
                unread?;
            }
            for (slot_id, _) in &manifest.slot_hashes {
                if !good.iter().any(|listed| listed.slot_id == *slot_id) {
                    let lost = ListedSlot { slot_id: *slot_id, kind: None, state: SlotState::Lost };
                    good.push(lost).map_err(|_| Error::Bug)?;
                }
            }
            good.sort_unstable_by_key(|listed| listed.slot_id);
            good.extend_from_slice(&stale).map_err(|_| Error::Bug)?;
            Ok(ListedSlots(good))
        })?
    }

    /// Shows the slots of both copies, and whether the manifest knows them. What is shown is all of it, unless it fails.
    pub(super) fn walk_slots(
        &self,
        manifest: &Manifest,
        visit: &mut dyn FnMut(&Slot, bool),
    ) -> Result<(), Error> {
        let mut unread = Ok(());
        for at in [SLOTS, copy_of(&SLOTS)] {
            let mut buffer = [0; SLOT_AREA_LEN_MAX];
            match self.slot_area(&at, &mut buffer) {
                Ok(area) if area.vault_id == manifest.vault_id => {
                    for slot in &area.slots {
                        let known = (slot.id(), slot.hash::<P::Primitives>());
                        visit(slot, manifest.slot_hashes.contains(&known));
                    }
                }
                Err(error @ Error::Storage(_)) => unread = Err(error),
                // Damaged, lost, or of another vault: nothing of it is ours.
                Ok(_) | Err(_) => {}
            }
        }
        unread
    }
}
