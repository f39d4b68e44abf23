//! Opening everything once: what is damaged, and how much.

use super::manifest_key;
use super::{Snapshot, Vault};
use crate::error::{Error, StorageError};
use crate::format::manifest::Manifest;
use crate::format::slot::{SLOT_AREA_LEN_MAX, SlotArea};
use crate::platform::{Address, Platform, Storage};
use crate::tree::{MANIFEST, SLOTS, copy_of, last_below};

/// What a verification found. A vault is whole if all but `records` is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Records that open.
    pub records: u64,
    /// Records, and tree nodes with all that hangs below them, that do not.
    pub damaged: u64,
    /// Second copies, of tree nodes, manifest and slot area, that are lost or differ. Nothing is lost with them yet.
    pub damaged_copies: u64,
}

impl<P: Platform> Vault<P> {
    /// Opens every record once and holds off changes meanwhile. Reading goes on.
    ///
    /// # Errors
    /// [`Error::Storage`], [`Error::Locked`], [`Error::SessionEnded`]. Damage is no error but an answer.
    pub fn verify(&self) -> Result<Verified, Error> {
        self.verify_with(&mut |_| false)
    }

    /// As [`Vault::verify`], and shows each address where a record, or a tree node with all that hangs below it, does not
    /// open. `damaged` answers whether to try once more: a storage may have another blob for it.
    ///
    /// # Errors
    /// Those of [`Vault::verify`].
    pub fn verify_with(&self, damaged: &mut dyn FnMut(&Address) -> bool) -> Result<Verified, Error> {
        let platform = &self.platform;
        self.lend_writer(|writer, scratch| {
            let mounted = writer.usable()?;
            let snapshot = Snapshot::take(platform)?;
            let view = snapshot.view(platform.storage());
            let mut verified = Verified::default();

            let mut after: Option<Address> = None;
            loop {
                let next = match view.next_record(after.as_ref()) {
                    Ok(None) => break,
                    Ok(Some(next)) => view.record(&next, scratch).map(|_| next),
                    Err(error) => Err(error),
                };
                match next {
                    Ok(record) => {
                        verified.records = verified.records.saturating_add(1);
                        after = Some(record);
                    }
                    // What was made too large for any buffer does not open either.
                    Err(Error::Damaged(_) | Error::Capacity) => {
                        let lost = view.damaged.take().ok_or(Error::Bug)?;
                        if damaged(&lost) {
                            continue;
                        }
                        verified.damaged = verified.damaged.saturating_add(1);
                        after = Some(last_below(&lost));
                    }
                    Err(other) => return Err(other),
                }
            }
            zeroize::Zeroize::zeroize(scratch);
            verified.damaged_copies = view.damaged_copies()?;

            for at in [MANIFEST, copy_of(&MANIFEST)] {
                let is_current = manifest_key::is_current(platform.storage(), &at, mounted)?;
                verified.damaged_copies = verified.damaged_copies.saturating_add(u64::from(!is_current));
            }
            for at in [SLOTS, copy_of(&SLOTS)] {
                let is_current = self.slots_are(&at, &mounted.manifest)?;
                verified.damaged_copies = verified.damaged_copies.saturating_add(u64::from(!is_current));
            }
            Ok(verified)
        })?
    }

    /// Whether a copy of the slot area holds exactly the slots that the manifest knows.
    pub(super) fn slots_are(&self, at: &Address, manifest: &Manifest) -> Result<bool, Error> {
        let mut buffer = [0; SLOT_AREA_LEN_MAX];
        let len = match self.platform.storage().read(at, &mut buffer) {
            Ok(Some(len)) => len,
            Ok(None) | Err(StorageError::BufferTooSmall { .. }) => return Ok(false),
            Err(other) => return Err(Error::Storage(other)),
        };
        let bytes = buffer.get(..len).ok_or(Error::Bug)?;
        Ok(SlotArea::read(bytes).is_ok_and(|area| {
            let stored = area.slots.iter().map(|slot| (slot.id(), slot.hash::<P::Primitives>()));
            area.vault_id == manifest.vault_id && stored.eq(manifest.slot_hashes.iter().copied())
        }))
    }
}
