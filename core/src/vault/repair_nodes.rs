//! Nodes that only entries of one index hang below: where one does not open it is cut off, and what hung there is written
//! again from the keys, see [`super::repair_index`]. That loses nothing while every key can be read, and is not done
//! otherwise.

use zeroize::Zeroizing;

use super::due_index::day_of;
use super::repair::{Findings, RecordKind, Remedy, RepairItem, is_damage};
use super::state::Mounted;
use super::timers::Reading;
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::Error;
use crate::format::grant_record::GRANT_RECORD_LEN_MAX;
use crate::grant::Grant;
use crate::platform::{Address, Platform};
use crate::tree::{Owner, Plan, RECORD_LEVEL, View, is_below, last_below, owner_of};

/// Nodes that one repair cuts off; another one goes on.
const NODES_MAX: usize = 16;
/// Days behind today for which something can be filed: longer than any rotation period.
const DAYS_AHEAD: u32 = 4096;

type Lost = heapless::Vec<Address, NODES_MAX>;

impl<P: Platform> Vault<P> {
    /// Cuts off nodes of indexes that do not open.
    pub(super) fn cut_index_nodes(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        findings: &mut Findings<'_>,
    ) -> Result<(), Error> {
        let snapshot = Snapshot::take(&self.platform)?;
        let Some(lost) = self.lost_index_nodes(mounted, &snapshot, scratch)? else { return Ok(()) };
        for address in lost {
            let (remedy, kind) = (Remedy::IndexRebuilt, RecordKind::Node);
            let item = RepairItem { address, remedy, kind, ..RepairItem::EMPTY };
            findings.add(item);
            if findings.is_dry_run() {
                continue;
            }
            let snapshot = Snapshot::take(&self.platform)?;
            let mut plan = Plan::new();
            let view = snapshot.view(self.platform.storage());
            plan.start(&view)?;
            if plan.cut(&view, &address)? {
                self.add_repair_event(mounted, &item)?;
                self.land_plan(mounted, &mut plan, &mut [])?;
                // Durable in the manifest already.
                let _ = self.settle_pending(mounted);
            }
        }
        Ok(())
    }

    /// The nodes of indexes that do not open; `None` if some key cannot be read, or might be hidden.
    fn lost_index_nodes(
        &self,
        mounted: &Mounted<P::Primitives>,
        snapshot: &Snapshot<P::Primitives>,
        scratch: &mut [u8],
    ) -> Result<Option<Lost>, Error> {
        let view = snapshot.view(self.platform.storage());
        let names = &snapshot.keys.names;
        let mut lost = Lost::new();
        let mut after: Option<Address> = None;
        loop {
            let next = match view.next_record(after.as_ref()) {
                Ok(None) => return Ok(Some(lost)),
                Ok(Some(next)) => view.record(&next, scratch).map(|_| next),
                Err(error) => Err(error),
            };
            match next {
                Ok(record) => after = Some(record),
                Err(error) if is_damage(&error) => {
                    let at = view.damaged.take().ok_or(Error::Bug)?;
                    let owner = owner_of(&at);
                    let is_node = at.0[23] < RECORD_LEVEL;
                    let is_of_index = is_below(&owner, &at) && self.is_index(mounted, snapshot, &owner)?;
                    if is_node && !is_of_index || at == names.key(&owner) {
                        return Ok(None);
                    }
                    if is_node {
                        // Those for which there is no room are cut off by the next repair.
                        let _ = lost.push(at);
                    }
                    after = Some(last_below(&at));
                }
                Err(other) => return Err(other),
            }
        }
    }

    /// Whether an owner has nothing but entries of an index that follow from keys.
    fn is_index(
        &self,
        mounted: &Mounted<P::Primitives>,
        snapshot: &Snapshot<P::Primitives>,
        owner: &Owner,
    ) -> Result<bool, Error> {
        let names = &snapshot.keys.names;
        let view = snapshot.view(self.platform.storage());
        let today = day_of(mounted.timer_base.now(Reading::take(&self.platform)).timer_ms);
        let mut days = mounted.manifest.due_day..=today.saturating_add(DAYS_AHEAD);
        Ok(names.aliases() == *owner
            || days.any(|day| names.due_day(day) == *owner)
            || has_retirable_grant::<P>(&view, snapshot, owner)?)
    }
}

/// Whether a grant that can be read has the retiring principal that this owner is.
fn has_retirable_grant<P: Platform>(
    view: &View<'_, P::Primitives, P::Storage>,
    snapshot: &Snapshot<P::Primitives>,
    owner: &Owner,
) -> Result<bool, Error> {
    let mut buffer = Zeroizing::new([0; GRANT_RECORD_LEN_MAX + sr1::OVERHEAD]);
    let mut after: Option<Address> = None;
    loop {
        let next = match view.next_record(after.as_ref()) {
            Ok(None) => return Ok(false),
            Ok(Some(next)) => next,
            Err(Error::Damaged(_)) => {
                after = Some(last_below(&view.damaged.take().ok_or(Error::Bug)?));
                continue;
            }
            Err(other) => return Err(other),
        };
        after = Some(next);
        let grant = match view.record(&next, &mut *buffer) {
            Ok(found) => found.and_then(|found| Grant::read(found).ok().flatten()),
            Err(error) if is_damage(&error) => None,
            Err(other) => return Err(other),
        };
        let principal = grant.and_then(|grant| grant.retiring_principal);
        if principal.is_some_and(|principal| snapshot.keys.names.retiring(principal) == *owner) {
            return Ok(true);
        }
    }
}
