//! The usage ledger: blocks go out to opened copies of a version, and come back when a copy is given up in order.
//!
//! A commit of the ledger carries no event and moves nobody's rights: it counts what an operation is about to do.

use heapless::Vec;
use zeroize::Zeroize;

use super::budget::budget_of;
use super::commit::NewRecord;
use super::state::Mounted;
use super::usage_lines::{Lines, VERSIONS_PER_COMMIT, read_line};
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::Error;
use crate::format::audit_entry::Event;
use crate::format::usage_record::USAGE_RECORD_LEN;
use crate::key::{KeyFacts, KeyId};
use crate::limits::USAGE_BLOCK_MS;
use crate::platform::{Cache, Platform};
use crate::tree::Plan;
use crate::usage::{BudgetEnd, Part, Rest, UsageLine, Use};

/// An orderly close writes back so many versions at most, and overcounts the others.
const WRITTEN_BACK_AT_CLOSE: usize = 32;
/// What a copy is given where nothing is counted.
pub(super) const UNLIMITED: u64 = u64::MAX >> 1;
/// The block of a key that has a budget, where nothing else is counted.
const BLOCK_OF_BUDGETS: u64 = 1024;

/// The answer to somebody who wants to count a use.
pub(crate) enum Reserved {
    /// For the copy that is to be used.
    Granted(Rest),
    /// The version has reached its budget, and this is the key with its new one.
    Rotated(KeyFacts),
}

impl<P: Platform> Vault<P> {
    /// Counts a block of uses beforehand, durably, unless some that were counted are left. `came_back` is what the copy held.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`]: the budget of the version is used up. Others: nothing may be used.
    pub(crate) fn reserve_usage(
        &self,
        what: Use,
        came_back: &Rest,
        time_ms: Option<u64>,
    ) -> Result<Reserved, Error> {
        let platform = &self.platform;
        let (key_id, version) = (came_back.key_id, came_back.version);
        let block = match platform.usage_block() {
            0 if self.budget(&key_id)?.is_none() => {
                let unlimited = Part::whole(UNLIMITED);
                let granted =
                    Rest { sealing: unlimited, opening: unlimited, until_ms: u64::MAX, ..*came_back };
                return Ok(Reserved::Granted(granted));
            }
            0 => BLOCK_OF_BUDGETS,
            block => block,
        };
        let is_over = |rest: &Rest| time_ms.unwrap_or(0) > rest.until_ms;
        self.lend_writer(|writer, scratch| {
            let mounted = writer.usable()?;
            mounted.rests.put(came_back);
            let snapshot = Snapshot::take(platform)?;
            if read_line(platform, &snapshot, &key_id, 0)?.is_none() {
                // The first use there was, or the key is gone meanwhile.
                let address = snapshot.keys.names.key(&snapshot.keys.names.owner(&key_id));
                let exists = snapshot.view(platform.storage()).record(&address, scratch)?.is_some();
                scratch.zeroize();
                if !exists {
                    mounted.rests.forget(&key_id);
                    return Err(Error::NotFound);
                }
            }
            let mut at_hand: Option<Rest> = None;
            let mut lines = Lines(Vec::new());
            let mut left = block;
            // Once with what is at hand, once with what other threads' copies hold.
            for has_collected in [false, true] {
                lines.0.clear();
                at_hand = mounted.rests.take(&key_id, version);
                if let Some(rest) = &at_hand {
                    if rest.of(what).left > 0 && !is_over(rest) {
                        return Ok(Reserved::Granted(*rest));
                    }
                    let (_, spent) = split(rest, is_over(rest));
                    lines.give_back(platform, &snapshot, &spent)?;
                }
                let line = *lines.line(platform, &snapshot, &key_id, version, time_ms)?;
                let limit = budget_of(lines.line(platform, &snapshot, &key_id, 0, time_ms)?).sealings;
                left = if what == Use::Sealing { line.left_below(what, limit).min(block) } else { block };
                if left > 0 {
                    break;
                }
                if let Some(rest) = &at_hand {
                    mounted.rests.put(rest);
                }
                if has_collected {
                    break;
                }
                self.collect_rests(mounted, Some(&key_id))?;
            }
            if left == 0 {
                let end = budget_of(lines.line(platform, &snapshot, &key_id, 0, time_ms)?).end;
                return match end {
                    BudgetEnd::Rotate => {
                        self.rotate_spent(mounted, scratch, &key_id, version).map(Reserved::Rotated)
                    }
                    BudgetEnd::Refuse => Err(Error::LimitExceeded),
                };
            }
            let until_ms = time_ms.map_or(u64::MAX, |time_ms| time_ms.saturating_add(USAGE_BLOCK_MS));
            for version in [version, 0] {
                let line = lines.line(platform, &snapshot, &key_id, version, time_ms)?;
                line.reserve(what, left, until_ms);
            }
            if let Some(other) = mounted.rests.0.pop() {
                lines.give_back(platform, &snapshot, &other)?;
            }
            self.land_lines(mounted, &snapshot, &lines, None)?;
            let mut granted = Rest {
                key_id,
                version,
                sealing: Part::default(),
                opening: Part::default(),
                until_ms,
                last: None,
            };
            match what {
                Use::Sealing => granted.sealing = Part::whole(left),
                Use::Opening => granted.opening = Part::whole(left),
            }
            let kept = at_hand.and_then(|rest| split(&rest, is_over(&rest)).0);
            if let Some(still_good) = &kept {
                granted.add(still_good);
            }
            Ok(Reserved::Granted(granted))
        })?
    }

    /// Empties every copy of a key's versions, or of all versions, into the rests, as far as there is room. What has no
    /// room stays where it is.
    pub(super) fn collect_rests(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        key_id: Option<&KeyId>,
    ) -> Result<(), Error> {
        self.platform.cache().lend_versions(key_id, &mut |key| {
            let held = key.usage.rest();
            if !held.is_empty() && mounted.rests.has_room_for(&held.key_id, held.version) {
                mounted.rests.put(&key.usage.take());
            }
        })
    }

    /// Writes back exactly what is held for a key, or for any, for so many versions at most.
    pub(super) fn write_back(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        key_id: Option<&KeyId>,
        versions_max: usize,
    ) -> Result<(), Error> {
        for _ in 0..versions_max.div_ceil(VERSIONS_PER_COMMIT) {
            self.collect_rests(mounted, key_id)?;
            let snapshot = Snapshot::take(&self.platform)?;
            let mut lines = Lines(Vec::new());
            let mut came_back = 0u8;
            for _ in 0..VERSIONS_PER_COMMIT {
                let is_meant = |rest: &Rest| key_id.is_none_or(|key_id| rest.key_id == *key_id);
                let Some(at) = mounted.rests.0.iter().position(is_meant) else { break };
                let rest = mounted.rests.0.swap_remove(at);
                lines.give_back(&self.platform, &snapshot, &rest)?;
                came_back = came_back.saturating_add(1);
            }
            if came_back == 0 {
                break;
            }
            if !lines.0.is_empty() {
                self.land_lines(mounted, &snapshot, &lines, None)?;
            }
        }
        Ok(())
    }

    /// The exact figures, as far as an orderly close has time for.
    pub(super) fn write_back_at_close(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        self.write_back(mounted, None, WRITTEN_BACK_AT_CLOSE)
    }

    /// One commit of lines and manifest. With the event of a request it is a change like others, without one it has nothing but
    /// counts.
    #[inline(never)]
    pub(super) fn land_lines(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        snapshot: &Snapshot<P::Primitives>,
        lines: &Lines,
        event: Option<&Event<'_>>,
    ) -> Result<(), Error> {
        const LEN: usize = USAGE_RECORD_LEN + sr1::OVERHEAD;
        let entropy = self.platform.entropy();
        let mut buffers = [[0; LEN]; 2 * VERSIONS_PER_COMMIT];
        let mut plan = Plan::new();
        plan.start(&snapshot.view(self.platform.storage()))?;
        let mut records: Vec<NewRecord<'_>, { 2 * VERSIONS_PER_COMMIT }> = Vec::new();
        for (line, buffer) in lines.0.iter().zip(&mut buffers) {
            let names = &snapshot.keys.names;
            let address = names.usage(&names.owner(&line.key_id), line.version);
            plan.put(&snapshot.view(self.platform.storage()), &address, entropy)?;
            let len = line.write(buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?;
            let record = NewRecord { address, buffer: &mut buffer[..], len };
            records.push(record).map_err(|_| Error::Bug)?;
        }
        match event {
            Some(event) => {
                self.add_pending(mounted, event)?;
                self.land_plan(mounted, &mut plan, &mut records)
            }
            None => self.land_plan_quietly(mounted, &mut plan, &mut records),
        }
    }

    /// Whether uses are counted. Those under a budget are counted in any case, but what was before it, or will be after
    /// it, is not.
    pub(crate) fn tracks_usage(&self) -> bool {
        self.platform.usage_block() > 0
    }

    /// What is known of a version's uses now, or, for version 0, of all of a key's: the ledger less what copies have left.
    pub(crate) fn usage(&self, key_id: &KeyId, version: u32) -> Result<UsageLine, Error> {
        let platform = &self.platform;
        // Under the writer's lock no block comes or goes.
        self.lend_writer(|writer, _| {
            let mounted = writer.usable()?;
            let snapshot = Snapshot::take(platform)?;
            let stored = read_line(platform, &snapshot, key_id, version)?;
            let mut line = stored.unwrap_or(UsageLine::new(*key_id, version, None));
            let is_meant = |rest: &Rest| rest.key_id == *key_id && (version == 0 || rest.version == version);
            for rest in mounted.rests.0.iter().filter(|rest| is_meant(rest)) {
                line.give_back(rest);
            }
            platform.cache().lend_versions(Some(key_id), &mut |key| {
                let rest = key.usage.rest();
                if !is_meant(&rest) {
                    return;
                }
                for (counted, part) in [(&mut line.sealing, rest.sealing), (&mut line.opening, rest.opening)]
                {
                    if part.granted >= UNLIMITED {
                        counted.most = counted.most.saturating_add(part.granted.saturating_sub(part.left));
                    }
                }
                let is_counted = rest.sealing.granted < UNLIMITED && rest.opening.granted < UNLIMITED;
                if is_counted { line.give_back(&rest) } else { line.note_last(rest.last) }
            })?;
            Ok(line)
        })?
    }
}

/// Parts a copy's rest into what may still be drawn on and what is over.
fn split(rest: &Rest, is_over: bool) -> (Option<Rest>, Rest) {
    let mut still_good = Rest { sealing: Part::default(), opening: Part::default(), ..*rest };
    let mut spent = still_good;
    for (part, good, over) in [
        (rest.sealing, &mut still_good.sealing, &mut spent.sealing),
        (rest.opening, &mut still_good.opening, &mut spent.opening),
    ] {
        *(if part.left > 0 && !is_over { good } else { over }) = part;
    }
    (Some(still_good).filter(|rest| !rest.is_empty()), spent)
}
