//! Everything of a mount before its first write: which slot opens, and which manifest its root key leads to (`protocols`, 1, 3).

use super::manifest_key::{self, read_cell};
use super::{Unlock, Vault};
use crate::error::{Error, Part, StorageError};
use crate::format::manifest::Manifest;
use crate::format::slot::{SLOT_AREA_LEN_MAX, Slot, SlotArea, SlotOf};
use crate::platform::{Address, Cell, Eraser, Freshness, Platform, Storage};
use crate::secret::Secret;
use crate::tree::{MANIFEST, SLOTS, copy_of};

/// The manifest that a root key leads to, and the cell it was sealed under.
#[derive(Default)]
pub(super) struct Chosen {
    pub(super) manifest: Option<Manifest>,
    pub(super) cell: Option<(Cell, Secret<32>)>,
}

/// What an unlock secret leads to: enough to know the same manifest again.
pub(super) struct Found {
    pub(super) vault_id: [u8; 16],
    pub(super) root_key: Secret<32>,
    pub(super) state: StateId,
}

/// One state of one vault: a session lands each revision once, under one cell.
pub(super) type StateId = ([u8; 16], u64, Option<Cell>);

impl Chosen {
    pub(super) fn manifest(&self) -> Result<&Manifest, Error> {
        self.manifest.as_ref().ok_or(Error::Bug)
    }

    pub(super) fn state(&self) -> Option<StateId> {
        let cell = self.cell.as_ref().map(|(cell, _)| *cell);
        self.manifest.as_ref().map(|manifest| (manifest.mount_id, manifest.revision, cell))
    }
}

impl<P: Platform> Vault<P> {
    /// Everything before the first write. A slot area that does not open may be the damaged one of its two copies.
    #[inline(never)]
    pub(super) fn choose(&self, unlock: &mut Unlock<'_>) -> Result<Found, Error> {
        self.check_primitives()?;
        let (area, other) = self.slot_areas()?;
        let about_slots = |error: &Error| {
            matches!(
                error,
                Error::WrongSecret
                    | Error::SlotStale
                    | Error::SlotParameters
                    // What an old slot gives opens no manifest any more once the vault was rekeyed.
                    | Error::Damaged(Part::Slots | Part::Manifest)
            )
        };
        match (self.choose_by(&area, unlock), other) {
            (Err(first), Some(other)) if about_slots(&first) => {
                self.choose_by(&other, unlock).map_err(|second| match (first, second) {
                    // What an intact copy would say: a stale slot was opened, a wrong secret opens none.
                    (Error::SlotStale | Error::Damaged(Part::Manifest), _)
                    | (Error::WrongSecret, Error::SlotParameters | Error::Damaged(Part::Slots)) => first,
                    _ => second,
                })
            }
            (chosen, _) => chosen,
        }
    }

    #[inline(never)]
    fn choose_by(&self, area: &SlotArea, unlock: &mut Unlock<'_>) -> Result<Found, Error> {
        let mut chosen = Chosen::default();
        let root_key = self.open_by_a_slot(area, unlock, &mut chosen)?;
        self.check_fresh(chosen.manifest()?.fresh)?;
        Ok(Found { vault_id: area.vault_id, root_key, state: chosen.state().ok_or(Error::Bug)? })
    }

    /// Whether an image with this number is in step with the counter, or one ahead of it.
    pub(super) fn check_fresh(&self, image: u64) -> Result<(), Error> {
        match self.platform.freshness().read().map_err(|_| Error::Anchor)? {
            Some(counter) if image != counter && Some(image) != counter.checked_add(1) => {
                Err(Error::RolledBack { image, counter })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Reads the slot area: a copy that can be read, and the other one where it can be read too and differs.
    #[inline(never)]
    pub(super) fn slot_areas(&self) -> Result<(SlotArea, Option<SlotArea>), Error> {
        let mut bytes = [[0; SLOT_AREA_LEN_MAX]; 2];
        let [first, second] = &mut bytes;
        // A vault that lost both copies is told from no vault by its manifest.
        match (self.slot_area(&SLOTS, first), self.slot_area(&copy_of(&SLOTS), second)) {
            (Ok(area), Ok(other)) => Ok((area, Some(other).filter(|_| first != second))),
            (Ok(area), Err(_)) | (Err(_), Ok(area)) => Ok((area, None)),
            (Err(Error::NotAVault), Err(Error::NotAVault)) => {
                let present =
                    |at: &Address| matches!(self.platform.storage().read(at, &mut []), Err(_) | Ok(Some(_)));
                let is_vault = present(&MANIFEST) || present(&copy_of(&MANIFEST));
                Err(if is_vault { Error::Damaged(Part::Slots) } else { Error::NotAVault })
            }
            (Err(Error::NotAVault), Err(error)) | (Err(error), Err(_)) => Err(error),
        }
    }

    /// Reads one copy of the slot area, by way of a buffer of that length.
    pub(super) fn slot_area(
        &self,
        at: &Address,
        buffer: &mut [u8; SLOT_AREA_LEN_MAX],
    ) -> Result<SlotArea, Error> {
        match self.platform.storage().read(at, buffer) {
            Ok(Some(len)) => SlotArea::read(buffer.get(..len).ok_or(Error::Bug)?),
            Ok(None) => Err(Error::NotAVault),
            Err(StorageError::BufferTooSmall { .. }) => Err(Error::Damaged(Part::Slots)),
            Err(other) => Err(Error::Storage(other)),
        }
    }

    /// The copy with the highest revision that opens, under each cell that can be read. It is large, and goes where it is to
    /// stay.
    pub(super) fn newest_manifest(
        &self,
        vault_id: &[u8; 16],
        root_key: &Secret<32>,
        newest: &mut Chosen,
    ) -> Result<(), Error> {
        let mut unreadable = Error::Damaged(Part::Manifest);
        (newest.manifest, newest.cell) = (None, None);
        if self.platform.eraser().is_present() {
            for cell in [Cell::A, Cell::B] {
                self.consider(Some(cell), vault_id, root_key, newest, &mut unreadable)?;
            }
        } else {
            self.consider(None, vault_id, root_key, newest, &mut unreadable)?;
        }
        if newest.manifest.is_some() { Ok(()) } else { Err(unreadable) }
    }

    /// Takes the manifest that is sealed under a cell, if it is there and is newer.
    fn consider(
        &self,
        cell: Option<Cell>,
        vault_id: &[u8; 16],
        root_key: &Secret<32>,
        newest: &mut Chosen,
        unreadable: &mut Error,
    ) -> Result<(), Error> {
        let mut value = Secret::zeroed();
        if let Some(cell) = cell
            && !read_cell::<P::Primitives>(self.platform.eraser(), cell, &mut value)?
        {
            return Ok(());
        }
        let key = manifest_key::derive::<P::Primitives>(vault_id, root_key, cell.map(|_| &value));
        for at in [MANIFEST, copy_of(&MANIFEST)] {
            match manifest_key::read_newer(self.platform.storage(), &at, vault_id, &key, &mut newest.manifest)
            {
                Ok(false) => {}
                Ok(true) => {
                    let mut kept = Secret::zeroed();
                    kept.set_from(&value);
                    newest.cell = cell.map(|cell| (cell, kept));
                }
                // The medium may give only one copy.
                Err(error @ Error::Storage(_)) => *unreadable = error,
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Shows `unlock` every slot until one opens that the manifest knows. Slots with refused parameters and old ones that
    /// were put back do not hide the others.
    fn open_by_a_slot(
        &self,
        area: &SlotArea,
        unlock: &mut Unlock<'_>,
        chosen: &mut Chosen,
    ) -> Result<Secret<32>, Error> {
        let mut opened = None;
        let tried = self.each_slot(area, unlock, chosen, &mut |root_key, slot, manifest| {
            let hash = (slot.id(), slot.hash::<P::Primitives>());
            if manifest.slot_hashes.contains(&hash) {
                let mut kept = Secret::zeroed();
                kept.set_from(root_key);
                opened = Some(kept);
            }
            opened.is_none()
        });
        opened.map_or_else(|| Err(tried.err().unwrap_or(Error::SlotStale)), Ok)
    }

    /// Tells of every slot that opens its number, whether it is one of the state that it leads to, and the revision of that.
    pub(super) fn each_opened(
        &self,
        area: &SlotArea,
        unlock: &mut Unlock<'_>,
        tell: &mut dyn FnMut(u8, bool, u64),
    ) -> Result<(), Error> {
        let (mut is_any, mut chosen) = (false, Chosen::default());
        let tried = self.each_slot(area, unlock, &mut chosen, &mut |_, slot, manifest| {
            let hash = (slot.id(), slot.hash::<P::Primitives>());
            tell(slot.id(), manifest.slot_hashes.contains(&hash), manifest.revision);
            is_any = true;
            true
        });
        if is_any { Ok(()) } else { tried }
    }

    /// Shows `unlock` every slot, and `visit` each that opens, with the manifest that it leads to, until that is content; that
    /// manifest is the chosen one then. An error says most of why no slot leads to a manifest.
    fn each_slot(
        &self,
        area: &SlotArea,
        unlock: &mut Unlock<'_>,
        chosen: &mut Chosen,
        visit: &mut dyn FnMut(&Secret<32>, &Slot, &Manifest) -> bool,
    ) -> Result<(), Error> {
        let (mut refused, mut weight) = (Err(Error::WrongSecret), 0u8);
        let mut refuse = |answer, its_weight| {
            // The first of those that say most.
            if its_weight > weight {
                (refused, weight) = (answer, its_weight);
            }
        };
        for slot in &area.slots {
            let parameters = match slot.parameters() {
                Ok(parameters) => parameters,
                Err(error) => {
                    refuse(Err(error), 1);
                    continue;
                }
            };
            let (mut stretched, mut root_key) = (Secret::zeroed(), Secret::zeroed());
            if !unlock(&parameters, &mut stretched)? {
                continue;
            }
            if !slot.open::<P::Primitives>(SlotOf::Vault(&area.vault_id), &stretched, &mut root_key)? {
                // A secret that does not fit is the likelier reason, whatever is wrong with other slots.
                refuse(Err(Error::WrongSecret), 2);
                continue;
            }
            match self.newest_manifest(&area.vault_id, &root_key, chosen) {
                Ok(()) => {
                    if !visit(&root_key, slot, chosen.manifest()?) {
                        return Ok(());
                    }
                    refuse(Ok(()), 4);
                }
                // What an old slot gives opens no manifest any more once the vault was rekeyed.
                Err(error @ Error::Damaged(Part::Manifest)) => refuse(Err(error), 3),
                Err(other) => return Err(other),
            }
        }
        refused
    }
}
