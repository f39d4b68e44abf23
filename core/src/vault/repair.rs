//! Repair: what the tree itself says is wrong is put right, and what cannot be is listed. Nothing that is damaged is ever
//! removed here: who wants a damaged key gone says so, see [`super::destroy_damaged`].
//!
//! Copies come first, then index records from the keys they are about, then a list of what does not open, then blobs that
//! nothing refers to. Each change is a commit of its own, with its own event.

use zeroize::Zeroize;

use super::commit::Stage;
use super::state::Mounted;
use super::{Snapshot, Vault, manifest_key, vault_time};
use crate::error::{Error, StorageError};
use crate::format::audit_entry::{Event, Touched};
use crate::format::slot::{SLOT_AREA_LEN_MAX, SlotArea};
use crate::key::KeyId;
use crate::platform::{Address, Platform, Storage, Transaction};
use crate::policy::Action;
use crate::tree::{MANIFEST, SLOTS, copy_of, first_in_tree, is_doubled};

/// What became of something that was found, or would become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// One of two copies did not open, and was written again from the other one.
    CopyRewritten,
    /// An entry of an index did not open or was not there, and was written again from the key that it is about.
    IndexRebuilt,
    /// Nothing refers to it, or it leads to a key or grant that is gone, and it was removed.
    Removed,
    /// It does not open and stays where it is. Whatever needs it answers [`Error::Damaged`]; everything else works.
    Quarantined,
}

/// What something that was found is, as far as that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordKind {
    /// A node of the key tree, with all that hangs below it.
    Node,
    /// The manifest.
    Manifest,
    /// The slot area.
    Slots,
    /// A key's own record: facts, policy, tags.
    Key,
    /// A version of a key, with its material.
    Version,
    /// A grant.
    Grant,
    /// The entry by which a retiring principal finds a grant.
    RetirableGrant,
    /// A caller that the vault keeps.
    Caller,
    /// An alias.
    Alias,
    /// The entry by which the vault finds what comes due.
    Due,
    /// Counts of uses.
    Usage,
    /// A wrapping key of an import.
    WrappingKey,
    /// The vault's settings.
    Settings,
    /// The count of a key's grants.
    GrantCount,
    /// The vault's identity.
    Identity,
    /// The vaults that it exchanges keys with.
    Peers,
    /// An offer to receive a key.
    Offer,
    /// Where a received key comes from.
    Lineage,
    /// A record of which the address alone is known.
    Unknown,
    /// A blob that is no part of the tree.
    Unreferenced,
}

/// One thing that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepairItem {
    /// Where it lies.
    pub address: Address,
    /// What became of it.
    pub remedy: Remedy,
    /// What it is.
    pub kind: RecordKind,
    /// The key that it belongs to, where that can be told.
    pub key_id: Option<KeyId>,
    /// The version, where it is about one.
    pub version: Option<u32>,
}

impl RepairItem {
    /// A place for one, with nothing in it.
    pub const EMPTY: Self = RepairItem {
        address: Address([0; 24]),
        remedy: Remedy::Quarantined,
        kind: RecordKind::Unknown,
        key_id: None,
        version: None,
    };
}

/// How much was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepairCounts {
    /// Things that were put right, or would be.
    pub mended: u64,
    /// Things that do not open and stay as they are.
    pub quarantined: u64,
}

/// What a repair finds, on its way to whoever asked for it.
pub(crate) struct Findings<'i> {
    items: &'i mut [RepairItem],
    /// How many of the items are filled.
    pub(crate) len: usize,
    pub(crate) counts: RepairCounts,
    is_dry_run: bool,
}

impl<'i> Findings<'i> {
    pub(crate) fn new(items: &'i mut [RepairItem], is_dry_run: bool) -> Self {
        Findings { items, len: 0, counts: RepairCounts::default(), is_dry_run }
    }

    pub(crate) fn is_dry_run(&self) -> bool {
        self.is_dry_run
    }

    /// Takes one in. Those for which there is no place are counted.
    pub(super) fn add(&mut self, item: RepairItem) {
        let count = match item.remedy {
            Remedy::Quarantined => &mut self.counts.quarantined,
            _ => &mut self.counts.mended,
        };
        *count = count.saturating_add(1);
        if let Some(place) = self.items.get_mut(self.len) {
            *place = item;
            self.len = self.len.saturating_add(1);
        }
    }

    /// Whether a dry run has said of this one that it would be put right.
    pub(super) fn would_mend(&self, address: &Address) -> bool {
        let items = self.items.get(..self.len).unwrap_or_default();
        items.iter().any(|item| item.address == *address && item.remedy == Remedy::IndexRebuilt)
    }
}

impl<P: Platform> Vault<P> {
    /// Goes through everything once, and holds off changes meanwhile. Reading goes on.
    pub(crate) fn repair_all(&self, findings: &mut Findings<'_>) -> Result<(), Error> {
        self.lend_writer(|writer, scratch| {
            let done = writer.usable().and_then(|mounted| {
                self.repair_copies(mounted, findings)?;
                self.cut_index_nodes(mounted, scratch, findings)?;
                self.repair_index(mounted, scratch, findings)?;
                self.list_quarantined(mounted, scratch, findings)?;
                self.remove_unreferenced(mounted, scratch, findings)
            });
            scratch.zeroize();
            done
        })?
    }

    /// One commit of a repair, with its event.
    pub(super) fn land_repair(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        item: &RepairItem,
        stage: &mut Stage<'_, P::Primitives>,
    ) -> Result<(), Error> {
        self.add_repair_event(mounted, item)?;
        self.land(mounted, stage)?;
        // Durable in the manifest already.
        let _ = self.settle_pending(mounted);
        Ok(())
    }

    /// Says in the log what the next commit puts right.
    pub(super) fn add_repair_event(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        item: &RepairItem,
    ) -> Result<(), Error> {
        self.settle_pending(mounted)?;
        let touched = |key_id| Touched { key_id, version: item.version.unwrap_or(0) };
        let event = Event {
            time_ms: vault_time(&self.platform, mounted.manifest.clock_mark_ms),
            key: item.key_id.map(touched),
            detail: 1,
            ..self.own_event(Action::Repair)?
        };
        self.add_pending(mounted, &event)
    }

    /// Manifest, slot area, and the nodes that are stored twice.
    fn repair_copies(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        findings: &mut Findings<'_>,
    ) -> Result<(), Error> {
        let platform = &self.platform;
        let copy =
            |address, kind| RepairItem { address, remedy: Remedy::CopyRewritten, kind, ..RepairItem::EMPTY };
        let mut bad_manifest = None;
        for at in [MANIFEST, copy_of(&MANIFEST)] {
            if !manifest_key::is_current(platform.storage(), &at, mounted)? {
                let item = copy(at, RecordKind::Manifest);
                findings.add(item);
                bad_manifest = Some(item);
            }
        }
        if let Some(item) = bad_manifest.filter(|_| !findings.is_dry_run) {
            // Every commit writes both.
            self.land_repair(mounted, &item, &mut |_, _| Ok(()))?;
        }

        for at in [SLOTS, copy_of(&SLOTS)] {
            if self.slots_are(&at, &mounted.manifest)? {
                continue;
            }
            let mut good = [0; SLOT_AREA_LEN_MAX];
            let Some(len) = self.good_slots(mounted, &mut good)? else {
                findings.add(RepairItem { remedy: Remedy::Quarantined, ..copy(at, RecordKind::Slots) });
                continue;
            };
            let item = copy(at, RecordKind::Slots);
            findings.add(item);
            let area = good.get(..len).ok_or(Error::Bug)?;
            if !findings.is_dry_run {
                self.land_repair(mounted, &item, &mut |_, transaction: &mut dyn Transaction| {
                    transaction.put(&at, area)
                })?;
            }
        }

        // Commits of nothing but a copy leave the tree as it is.
        let snapshot = Snapshot::take(platform)?;
        snapshot.view(platform.storage()).each_damaged_copy(&mut |at, good| {
            let Some(good) = good else { return Ok(()) };
            let item = copy(*at, RecordKind::Node);
            findings.add(item);
            if findings.is_dry_run {
                return Ok(());
            }
            self.land_repair(mounted, &item, &mut |_, transaction: &mut dyn Transaction| {
                transaction.put(at, good)
            })
        })
    }

    /// The slot area as it must be, if the medium has all of it: both copies may lack a slot, and not the same one.
    fn good_slots(
        &self,
        mounted: &Mounted<P::Primitives>,
        buffer: &mut [u8; SLOT_AREA_LEN_MAX],
    ) -> Result<Option<usize>, Error> {
        let manifest = &mounted.manifest;
        let mut slots = heapless::Vec::new();
        self.walk_slots(manifest, &mut |slot, is_known| {
            if is_known && !slots.contains(slot) {
                // The manifest knows no more than fit.
                let _ = slots.push(*slot);
            }
        })?;
        if slots.len() < manifest.slot_hashes.len() {
            return Ok(None);
        }
        slots.sort_unstable_by_key(crate::format::slot::Slot::id);
        SlotArea { vault_id: manifest.vault_id, slots }.write(buffer).map(Some)
    }

    /// Blobs at which the tree has nothing. Where a damaged node hides what there is, they stay.
    fn remove_unreferenced(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        findings: &mut Findings<'_>,
    ) -> Result<(), Error> {
        let storage = self.platform.storage();
        let room = scratch.as_chunks_mut::<24>().0.len();
        let mut skipped = 0usize;
        loop {
            let (mut seen, mut taken) = (0usize, 0usize);
            let places = scratch.as_chunks_mut::<24>().0;
            storage.walk(&mut |address| {
                if seen >= skipped && taken < room {
                    if let Some(place) = places.get_mut(taken) {
                        *place = address.0;
                    }
                    taken = taken.saturating_add(1);
                }
                seen = seen.saturating_add(1);
            })?;
            let mut removed = 0usize;
            for place in 0..taken {
                let Some(address) = scratch.as_chunks::<24>().0.get(place).copied().map(Address) else {
                    break;
                };
                if !self.is_unreferenced(&address)? {
                    continue;
                }
                let (remedy, kind) = (Remedy::Removed, RecordKind::Unreferenced);
                let item = RepairItem { address, remedy, kind, ..RepairItem::EMPTY };
                findings.add(item);
                if !findings.is_dry_run {
                    self.land_repair(mounted, &item, &mut |_, transaction: &mut dyn Transaction| {
                        transaction.remove(&address)
                    })?;
                    removed = removed.saturating_add(1);
                }
            }
            if taken < room {
                return Ok(());
            }
            skipped = skipped.saturating_add(taken).saturating_sub(removed);
        }
    }

    fn is_unreferenced(&self, address: &Address) -> Result<bool, Error> {
        let Some(first) = first_in_tree(address) else { return Ok(false) };
        let snapshot = Snapshot::take(&self.platform)?;
        match snapshot.view(self.platform.storage()).holds(&first) {
            Ok(is_there) => Ok(!is_there || (*address != first && !is_doubled(&first))),
            Err(Error::Damaged(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }
}

/// Whether this is damage of what was read, and not of what is around it.
pub(super) const fn is_damage(error: &Error) -> bool {
    // What was made too large for any buffer does not open either.
    matches!(error, Error::Damaged(_) | Error::Capacity | Error::Storage(StorageError::BufferTooSmall { .. }))
}
