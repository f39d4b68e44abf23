//! The usage ledger: blocks go out to opened copies of a version, and come back when a copy is given up in order.
//!
//! A commit of the ledger carries no event and moves nobody's rights: it counts what an operation is about to do.

use heapless::Vec;
use zeroize::Zeroize;

use super::budget::budget_of;
use super::commit::NewRecord;
use super::state::Mounted;
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Part as DamagedPart};
use crate::format::audit_entry::Event;
use crate::format::usage_record::USAGE_RECORD_LEN;
use crate::key::{KeyFacts, KeyId};
use crate::limits::USAGE_BLOCK_MS;
use crate::platform::{Cache, Platform, State};
use crate::stack::blank_vec;
use crate::tree::Plan;
use crate::usage::{BudgetEnd, Part, Rest, UsageLine, Use};

/// How many rests wait in memory for the next commit of the ledger.
const RESTS_MAX: usize = 4;
/// A commit writes the lines of so many versions, and those of their keys.
const VERSIONS_PER_COMMIT: usize = 2;
/// An orderly close writes back so many versions at most, and overcounts the others.
const WRITTEN_BACK_AT_CLOSE: usize = 32;
/// What a copy is given where nothing is counted.
const UNLIMITED: u64 = u64::MAX >> 1;
/// The block of a key that has a budget, where nothing else is counted.
const BLOCK_OF_BUDGETS: u64 = 1024;

/// Parts of blocks that came back and are not written yet. What does not fit is lost: it stays counted.
pub(crate) struct Rests(Vec<Rest, RESTS_MAX>);

impl Default for Rests {
    fn default() -> Self {
        let (key_id, none) = (KeyId::from_bytes([0; 16]), Part::default());
        let blank = Rest { key_id, version: 0, sealing: none, opening: none, until_ms: 0, last: None };
        Rests(blank_vec(blank))
    }
}

impl Rests {
    fn position(&self, key_id: &KeyId, version: u32) -> Option<usize> {
        self.0.iter().position(|rest| rest.key_id == *key_id && rest.version == version)
    }

    fn has_room_for(&self, key_id: &KeyId, version: u32) -> bool {
        !self.0.is_full() || self.position(key_id, version).is_some()
    }

    /// Keeps what came back.
    pub(crate) fn put(&mut self, rest: &Rest) {
        let is_counted = |part: Part| part.granted < UNLIMITED;
        if rest.is_empty() || !is_counted(rest.sealing) || !is_counted(rest.opening) {
            return;
        }
        let same = self.0.iter_mut().find(|kept| (kept.key_id, kept.version) == (rest.key_id, rest.version));
        match same {
            Some(kept) => kept.add(rest),
            None => drop(self.0.push(*rest)),
        }
    }

    /// Forgets the uses of a key that is gone.
    pub(super) fn forget(&mut self, key_id: &KeyId) {
        while let Some(at) = self.0.iter().position(|rest| rest.key_id == *key_id) {
            self.0.swap_remove(at);
        }
    }

    fn take(&mut self, key_id: &KeyId, version: u32) -> Option<Rest> {
        self.position(key_id, version).map(|at| self.0.swap_remove(at))
    }
}

/// The answer to somebody who wants to count a use.
pub(crate) enum Reserved {
    /// For the copy that is to be used.
    Granted(Rest),
    /// The version has reached its budget, and this is the key with its new one.
    Rotated(KeyFacts),
}

/// The lines that one commit writes.
pub(super) struct Lines(pub(super) Vec<UsageLine, { 2 * VERSIONS_PER_COMMIT }>);

impl Lines {
    /// The line of a version, or of a key, as it is to be written.
    pub(super) fn line<P: Platform>(
        &mut self,
        platform: &P,
        snapshot: &Snapshot<P::Primitives>,
        key_id: &KeyId,
        version: u32,
        since_ms: Option<u64>,
    ) -> Result<&mut UsageLine, Error> {
        let at = match self.known_or_stored(platform, snapshot, key_id, version)? {
            Some(at) => at,
            None => self.push(UsageLine::new(*key_id, version, since_ms))?,
        };
        self.0.get_mut(at).ok_or(Error::Bug)
    }

    fn known_or_stored<P: Platform>(
        &mut self,
        platform: &P,
        snapshot: &Snapshot<P::Primitives>,
        key_id: &KeyId,
        version: u32,
    ) -> Result<Option<usize>, Error> {
        let known = self.0.iter().position(|line| line.key_id == *key_id && line.version == version);
        match known {
            Some(at) => Ok(Some(at)),
            None => read_line(platform, snapshot, key_id, version)?.map(|line| self.push(line)).transpose(),
        }
    }

    fn push(&mut self, line: UsageLine) -> Result<usize, Error> {
        self.0.push(line).map_err(|_| Error::Bug)?;
        Ok(self.0.len().saturating_sub(1))
    }

    /// What came back was granted out of lines that were durable then: where one is missing, its key is gone.
    fn give_back<P: Platform>(
        &mut self,
        platform: &P,
        snapshot: &Snapshot<P::Primitives>,
        rest: &Rest,
    ) -> Result<(), Error> {
        for version in [rest.version, 0] {
            let at = self.known_or_stored(platform, snapshot, &rest.key_id, version)?;
            if let Some(line) = at.and_then(|at| self.0.get_mut(at)) {
                line.give_back(rest);
            }
        }
        Ok(())
    }
}

/// Reads a line; `None` if nothing was ever counted.
pub(super) fn read_line<P: Platform>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    key_id: &KeyId,
    version: u32,
) -> Result<Option<UsageLine>, Error> {
    let address = snapshot.keys.names.usage(&snapshot.keys.names.owner(key_id), version);
    let mut buffer = [0; USAGE_RECORD_LEN + sr1::OVERHEAD];
    let Some(plaintext) = snapshot.view(platform.storage()).record(&address, &mut buffer)? else {
        return Ok(None);
    };
    let line = UsageLine::read(plaintext).map_err(|_| Error::Damaged(DamagedPart::Record))?;
    if line.key_id != *key_id || line.version != version {
        return Err(Error::Damaged(DamagedPart::Record));
    }
    Ok(Some(line))
}

/// Takes back what a copy held that was given up.
pub(crate) fn return_rest<P: Platform>(platform: &P, rest: &Rest) {
    // Busy or closed: then it stays counted.
    let _ = platform.state().lend_writer(|writer, _| {
        if let Ok(mounted) = writer.usable() {
            mounted.rests.put(rest);
        }
    });
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
