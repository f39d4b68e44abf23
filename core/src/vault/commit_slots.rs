//! Changing the key slots: both copies of the slot area, the manifest and the event, in one commit.

use super::Vault;
use super::commit::Stage;
use super::manifest_key;
use super::slots::SlotDraft;
use super::state::Mounted;
use crate::error::Error;
use crate::format::audit_entry::Event;
use crate::format::slot::{SLOT_AREA_LEN_MAX, SlotArea};
use crate::platform::{Platform, Transaction};
use crate::tree::{SLOTS, copy_of};

impl<P: Platform> Vault<P> {
    /// Puts the slots of a draft in place of those that it was made from. Where a secret ends with that, and the platform
    /// has an eraser, older manifests are beyond reach on return.
    ///
    /// # Errors
    /// [`Error::Busy`]: the slots have changed since the draft was made.
    #[inline(never)]
    pub(super) fn apply_to_slots(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        draft: &SlotDraft,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        if mounted.manifest.slot_hashes != *draft.seen() {
            return Err(Error::Busy);
        }
        let slot_hashes = draft.hashes::<P>()?;
        let area = SlotArea { vault_id: mounted.manifest.vault_id, slots: draft.slots().clone() };
        let mut buffer = [0; SLOT_AREA_LEN_MAX];
        let len = area.write(&mut buffer)?;
        let bytes = buffer.get(..len).ok_or(Error::Bug)?;
        self.add_pending(mounted, event)?;

        // From here on an error ends the session: memory is ahead of the medium.
        // Into the room that is there: a list that is moved brings what lay on the stack in the rest of its own.
        mounted.manifest.slot_hashes.clear();
        mounted.manifest.slot_hashes.extend_from_slice(&slot_hashes).map_err(|_| Error::Bug)?;
        if let Some(root_key) = draft.root_key() {
            mounted.root_key.set_from(root_key);
            if mounted.cell.is_none() {
                mounted.manifest_key =
                    manifest_key::derive(&mounted.manifest.vault_id, &mounted.root_key, None);
            }
        }
        let stage: &mut Stage<'_, P::Primitives> = &mut |_, transaction: &mut dyn Transaction| {
            transaction.put(&SLOTS, bytes)?;
            transaction.put(&copy_of(&SLOTS), bytes)
        };
        let landed = if draft.ends_a_secret() && mounted.cell.is_some() {
            self.replace_cell(mounted, stage)
        } else {
            self.land(mounted, stage)
        };
        if landed.is_err() {
            self.end(mounted)?;
        }
        landed
    }
}
