//! Where the vault looks for what comes due: by day, so that a tick need not open every key.
//!
//! A key has an entry on the day of its next date, and each version that waits for its destruction has one too. Whatever
//! sets a date writes the entry in the same commit. Nothing takes an entry out when its date moves: who visits it reads the
//! key, and puts it right. An entry on an earlier day than needed does no harm; one that is missing would.
//!
//! The manifest remembers the first day that may still hold an entry. No entry is written before it.

use super::Snapshot;
use super::Vault;
use super::commit::NewRecord;
use super::state::Mounted;
use super::timers::Reading;
use crate::crypto::sr1;
use crate::error::Error;
use crate::format::due_record::{DUE_RECORD_LEN, DueRecord};
use crate::format::manifest::Timers;
use crate::key::{KeyFacts, VersionFacts, next_ms};
use crate::platform::{Address, Platform};
use crate::time::DAY_MS;
use crate::tree::{Names, Plan};

/// The day of a date in timer time.
pub(super) fn day_of(timer_ms: u64) -> u32 {
    u32::try_from(timer_ms.checked_div(DAY_MS).unwrap_or(0)).unwrap_or(u32::MAX)
}

/// The day on which a key must be found, where its next date has changed.
pub(super) fn new_day_of_key(before: Option<&KeyFacts>, facts: &KeyFacts, timers: &Timers) -> Option<u32> {
    let next = next_ms(facts, timers).map(day_of);
    next.filter(|_| next != before.and_then(|before| next_ms(before, timers)).map(day_of))
}

/// The day on which a version must be found.
pub(super) fn day_of_version(version: &VersionFacts, timers: &Timers) -> Option<u32> {
    version.destruction.map(|destruction| day_of(destruction.next_ms(timers)))
}

/// A due record on its way into the tree.
pub(super) struct Filed {
    pub(super) address: Address,
    buffer: [u8; DUE_RECORD_LEN + sr1::OVERHEAD],
    len: usize,
}

impl Filed {
    /// The entry of a key or version on a day, or on the first that there is.
    pub(super) fn new<C: crate::crypto::Primitives>(
        names: &Names<C>,
        day: u32,
        first_day: u32,
        record: DueRecord,
    ) -> Result<Self, Error> {
        let address = names.due(&names.due_day(day.max(first_day)), &record.key_id, record.version);
        let mut buffer = [0; DUE_RECORD_LEN + sr1::OVERHEAD];
        let len = record.write(buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?;
        Ok(Filed { address, buffer, len })
    }

    pub(super) fn record(&mut self) -> NewRecord<'_> {
        NewRecord { address: self.address, buffer: &mut self.buffer, len: self.len }
    }
}

impl<P: Platform> Vault<P> {
    /// Puts an entry right: takes it out, and files it on the day that it belongs to, if any.
    #[inline(never)]
    pub(super) fn refile(&self, at: &Address, record: DueRecord, next_ms: Option<u64>) -> Result<(), Error> {
        let platform = &self.platform;
        self.lend_writer(|writer, _| {
            let mounted: &mut Mounted<P::Primitives> = writer.usable()?;
            self.hand_over_pending(mounted)?;
            let snapshot = Snapshot::take(platform)?;
            let view = snapshot.view(platform.storage());
            let mut plan = Plan::new();
            plan.start(&view)?;
            let timers = mounted.timer_base.now(Reading::take(platform));
            let first_day = mounted.manifest.due_day;
            // What lies behind its date already is looked at again today.
            let day = next_ms.map(|next_ms| day_of(next_ms.max(timers.timer_ms)));
            match day {
                None => {
                    plan.remove(&view, at)?;
                    self.land_plan(mounted, &mut plan, &mut [])
                }
                Some(day) => {
                    let mut filed = Filed::new(&snapshot.keys.names, day, first_day, record)?;
                    if filed.address == *at {
                        return Ok(());
                    }
                    plan.remove(&view, at)?;
                    plan.put(&view, &filed.address, platform.entropy())?;
                    self.land_plan(mounted, &mut plan, &mut [filed.record()])
                }
            }
        })?
    }
}
