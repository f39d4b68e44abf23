//! Changing named callers: the record and the event, in one commit.

use super::commit::NewRecord;
use super::state::Mounted;
use super::{Published, Snapshot, Vault, access_keys_of};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::audit_entry::Event;
use crate::format::caller_record::CallerRecord;
use crate::platform::{Platform, State};
use crate::tree::Plan;

/// What becomes of a named caller.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CallerChange<'a> {
    /// A new one, or another in its place.
    Put(CallerRecord<'a>),
    /// Gone.
    Remove(&'a str),
}

impl<P: Platform> Vault<P> {
    #[inline(never)]
    pub(super) fn apply_to_callers(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        change: &CallerChange<'_>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let platform = self.platform();
        let snapshot = Snapshot::take(platform)?;
        let view = snapshot.view(platform.storage());
        let name = match change {
            CallerChange::Put(record) => record.name,
            CallerChange::Remove(name) => name,
        };
        let address = snapshot.keys.names.caller(name);
        let room = scratch.len();
        let mut plan = Plan::new();
        plan.start(&view)?;
        let len = match change {
            CallerChange::Put(record) => {
                let body = scratch.get_mut(sr1::HEAD_LEN..).ok_or(Error::Capacity)?;
                let len = record.write(body).map_err(|_| Error::Capacity)?;
                if sr1::OVERHEAD.saturating_add(len) > room {
                    return Err(Error::Capacity);
                }
                plan.put(&view, &address, platform.entropy())?;
                Some(len)
            }
            CallerChange::Remove(_) => {
                match view.record(&address, scratch) {
                    Ok(None) => return Err(Error::NotFound),
                    // A record that is damaged can be taken out all the same.
                    Ok(Some(_)) | Err(Error::Damaged(Part::Record)) => {}
                    Err(other) => return Err(other),
                }
                // Access keys of nobody would be those of the next one of this name.
                if !access_keys_of::<P>(&view, &snapshot, name)?.is_empty() {
                    return Err(Error::DeleteConflict);
                }
                plan.remove(&view, &address)?;
                let trust = snapshot.keys.names.trust(name);
                if view.holds(&trust)? {
                    plan.remove(&view, &trust)?;
                }
                None
            }
        };
        let record = len.map(|len| NewRecord { address, buffer: scratch, len });
        self.land_callers(mounted, &mut plan, record, event)?;
        // From here on nobody asks as a caller that was read before.
        self.outdate_callers(mounted)
    }

    /// Lands a change of who may ask: one record that is written, or none.
    pub(super) fn land_callers(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        plan: &mut Plan,
        record: Option<NewRecord<'_>>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        self.add_pending(mounted, event)?;
        match record {
            Some(record) => self.land_plan(mounted, plan, &mut [record]),
            None => self.land_plan(mounted, plan, &mut []),
        }
    }

    /// Has whoever was established before be established anew. Where that fails the session ends.
    pub(super) fn outdate_callers(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        let outdated = self.platform.state().publish(Published::outdate_callers);
        if outdated.is_err() {
            self.end(mounted)?;
        }
        outdated
    }
}
