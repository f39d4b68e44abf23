//! The end of a key whose own record does not open: nobody can read what its policy says or when its time comes, so that
//! who may use the vault for that decides, and at once.
//!
//! First goes what leads to it and can still be read, in as many commits as that takes: aliases, entries of what comes due,
//! what retiring principals find its grants by. Whoever asks again after a power cut goes on. The last commit takes out the
//! entry of its owner, at the one place that leads there and without opening what is below, and carries the event.

use zeroize::{Zeroize, Zeroizing};

use super::state::Mounted;
use super::{Destruction, Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Part, StateConflict};
use crate::format::alias_record::ALIAS_RECORD_LEN;
use crate::format::audit_entry::{Event, Touched};
use crate::format::due_record::DueRecord;
use crate::format::grant_record::RetirableRecord;
use crate::format::key_record::KeyRecord;
use crate::key::{Alias, KeyId};
use crate::platform::{Address, Platform, Storage};
use crate::tree::{Names, Owner, Plan, View, first_in_tree, is_below, last_below};

/// Records that lead to the key and are taken out in one commit.
const LEADS_PER_COMMIT: usize = 4;
/// Blobs below the key that are removed with it; a repair removes what is left.
const BLOBS_PER_COMMIT: usize = 8;

impl<P: Platform> Vault<P> {
    /// Whether a key is there and its record does not open.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is no such key. [`Error::InvalidState`] with [`StateConflict::NotDamaged`].
    pub(crate) fn check_damaged(&self, key_id: &KeyId) -> Result<(), Error> {
        self.lend_writer(|_, scratch| {
            let snapshot = Snapshot::take(&self.platform)?;
            let checked = self.check_damaged_in(&snapshot, key_id, scratch);
            scratch.zeroize();
            checked
        })?
    }

    fn check_damaged_in(
        &self,
        snapshot: &Snapshot<P::Primitives>,
        key_id: &KeyId,
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        let names = &snapshot.keys.names;
        let view = snapshot.view(self.platform.storage());
        let owner = names.owner(key_id);
        match view.record(&names.key(&owner), scratch) {
            Ok(Some(found)) => match KeyRecord::read(found) {
                Ok(record) if record.facts.key_id == *key_id => {
                    Err(Error::InvalidState(StateConflict::NotDamaged))
                }
                Ok(_) | Err(_) => Ok(()),
            },
            Ok(None) => match view.is_taken(&owner)? {
                true => Ok(()),
                false => Err(Error::NotFound),
            },
            Err(Error::Damaged(_)) => Ok(()),
            Err(other) => Err(other),
        }
    }

    #[inline(never)]
    pub(super) fn apply_damaged_destruction(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        key_id: &KeyId,
        event: &Event<'_>,
    ) -> Result<Destruction, Error> {
        let platform = &self.platform;
        // A medium may have given it wrongly once.
        self.check_damaged_in(&Snapshot::take(platform)?, key_id, scratch)?;
        while self.take_out_leads(mounted, key_id)? {}

        let snapshot = Snapshot::take(platform)?;
        let owner = snapshot.keys.names.owner(key_id);
        let view = snapshot.view(platform.storage());
        let mut plan = Plan::new();
        plan.start(&view)?;
        if !plan.remove_owner(&view, &owner)? {
            return Err(Error::NotFound);
        }
        let mut counted = self.uncount(mounted, &mut plan)?;
        self.sweep_owner(&mut plan, &owner)?;
        let touched = Some(Touched { key_id: *key_id, version: 0 });
        self.add_pending(mounted, &Event { key: touched, ..*event })?;
        let destruction = match &mut counted {
            Some((_, settings)) => self.land_destruction(mounted, &mut plan, &mut [settings.as_new()])?,
            None => self.land_destruction(mounted, &mut plan, &mut [])?,
        };
        if let Some((settings, _)) = counted {
            mounted.settings = Ok(settings);
        }
        self.forget_destroyed(mounted, key_id)?;
        Ok(destruction)
    }

    /// Has blobs below an owner removed that are about to have nothing that refers to them.
    fn sweep_owner(&self, plan: &mut Plan, owner: &Owner) -> Result<(), Error> {
        let mut left = BLOBS_PER_COMMIT;
        self.platform.storage().walk(&mut |address| {
            let is_of_owner = first_in_tree(address) == Some(*address) && is_below(owner, address);
            if is_of_owner && left > 0 && plan.sweep(address) {
                left = left.saturating_sub(1);
            }
        })?;
        Ok(())
    }

    /// Takes out some of what leads to a key, in one commit; `false` if there was nothing.
    fn take_out_leads(&self, mounted: &mut Mounted<P::Primitives>, key_id: &KeyId) -> Result<bool, Error> {
        let platform = &self.platform;
        let snapshot = Snapshot::take(platform)?;
        let view = snapshot.view(platform.storage());
        let mut plan = Plan::new();
        plan.start(&view)?;
        let mut count = 0usize;
        let mut after: Option<Address> = None;
        while count < LEADS_PER_COMMIT {
            let next = match view.next_record(after.as_ref()) {
                Ok(None) => break,
                Ok(Some(next)) => next,
                Err(Error::Damaged(_)) => {
                    after = Some(last_below(&view.damaged.take().ok_or(Error::Bug)?));
                    continue;
                }
                Err(other) => return Err(other),
            };
            after = Some(next);
            if !leads_to::<P>(&view, &snapshot.keys.names, &next, key_id)? {
                continue;
            }
            match plan.remove(&view, &next) {
                Ok(_) => count = count.saturating_add(1),
                // The next commit goes on, if this one does anything.
                Err(Error::Capacity) if count > 0 => break,
                Err(other) => return Err(other),
            }
        }
        if count > 0 {
            self.land_plan(mounted, &mut plan, &mut [])?;
        }
        Ok(count > 0)
    }
}

/// Whether a record elsewhere says that it leads to a key.
fn leads_to<P: Platform>(
    view: &View<'_, P::Primitives, P::Storage>,
    names: &Names<P::Primitives>,
    address: &Address,
    key_id: &KeyId,
) -> Result<bool, Error> {
    let mut buffer = Zeroizing::new([0; ALIAS_RECORD_LEN + sr1::OVERHEAD]);
    let found = match view.record(address, &mut *buffer) {
        Ok(Some(found)) => found,
        Ok(None) | Err(Error::Damaged(Part::Record) | Error::Capacity) => return Ok(false),
        Err(other) => return Err(other),
    };
    if is_below(&names.owner(key_id), address) {
        return Ok(false);
    }
    let found = &*found;
    let alias = Alias::read(found).ok().map(|alias| alias.target_key_id);
    let due = DueRecord::read(found).ok().map(|due| due.key_id);
    let retirable = RetirableRecord::read(found).ok().map(|retirable| retirable.key_id);
    Ok(alias.or(due).or(retirable) == Some(*key_id))
}
