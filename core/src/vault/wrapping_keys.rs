//! The end of wrapping keys that no import has used: a tick takes them out after their day.

use zeroize::Zeroize;

use super::import_records::Records;
use super::timers::Reading;
use super::{Snapshot, Vault};
use crate::error::Error;
use crate::key::KeyId;
use crate::limits::WRAPPING_KEYS_MAX;
use crate::platform::{Address, Platform};
use crate::tree::Plan;

/// What a look at the wrapping keys of a key came to.
pub(super) enum Looked {
    /// Some had expired, and are gone.
    Ended,
    /// None had; the next does then, in timer time.
    Passed(Option<u64>),
}

impl<P: Platform> Vault<P> {
    /// Takes out the wrapping keys of a key that have expired, in one commit.
    #[inline(never)]
    pub(super) fn end_wrapping_keys(&self, key_id: &KeyId) -> Result<Looked, Error> {
        let platform = &self.platform;
        self.lend_writer(|writer, scratch| {
            let looked = writer.usable().and_then(|mounted| {
                self.hand_over_pending(mounted)?;
                let snapshot = Snapshot::take(platform)?;
                let owner = snapshot.keys.names.owner(key_id);
                let view = snapshot.view(platform.storage());
                let records: Records<'_, P> = Records { snapshot: &snapshot, view, owner, key_id: *key_id };
                let timers = mounted.timer_base.now(Reading::take(platform));
                let mut next = None;
                let mut expired = heapless::Vec::<Address, WRAPPING_KEYS_MAX>::new();
                records.wrapping_keys(scratch, |address, record| {
                    match record {
                        Some(record) if record.ticket.is_expired(&timers) => {
                            // There is room for every place.
                            let _ = expired.push(address);
                        }
                        Some(record) => {
                            next = next.into_iter().chain([record.ticket.next_ms(&timers)]).min();
                        }
                        None => {}
                    }
                    None::<()>
                })?;
                if expired.is_empty() {
                    return Ok(Looked::Passed(next));
                }
                let mut plan = Plan::new();
                plan.start(&records.view)?;
                for address in &expired {
                    plan.remove(&records.view, address)?;
                }
                self.land_plan(mounted, &mut plan, &mut [])?;
                Ok(Looked::Ended)
            });
            scratch.zeroize();
            looked
        })?
    }
}
