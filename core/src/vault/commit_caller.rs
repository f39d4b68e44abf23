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
        self.add_pending(mounted, event)?;
        match len {
            Some(len) => {
                self.land_plan(mounted, &mut plan, &mut [NewRecord { address, buffer: scratch, len }])?;
            }
            None => self.land_plan(mounted, &mut plan, &mut [])?,
        }
        // From here on nobody asks as a caller that was read before.
        if let Err(error) = platform.state().publish(Published::outdate_callers) {
            self.end(mounted)?;
            return Err(error);
        }
        Ok(())
    }
}
