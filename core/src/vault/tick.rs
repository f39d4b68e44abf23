//! Going through what has come due, in bounded steps: how a device without threads keeps its dates.

use zeroize::Zeroizing;

use super::due_index::day_of;
use super::timers::Reading;
use super::wrapping_keys::Looked;
use super::{Snapshot, Vault};
use crate::audit::denials::Counted;
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::due_record::{DUE_RECORD_LEN, DueRecord, WRAPPING_KEYS};
use crate::key::{due, due_version, next_ms};
use crate::keyring;
use crate::platform::{Address, Platform};
use crate::tree::{owner_of, within};

/// How many days without anything due one step passes over.
const EMPTY_DAYS_MAX: u32 = 1024;

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ticked {
    /// Things that were due and are done: rotations, expiries, ends found due, destructions, or parts of one, and the ends of
    /// wrapping keys and offers that were never used.
    pub settled: u32,
    /// Keys that could not be settled; later ticks try again.
    pub failed: u32,
    /// There was more to look at than this tick was allowed to: call again.
    pub is_more_due: bool,
}

/// Where the sweep through the days stands. In memory only: a mount starts at the first day again.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sweep {
    /// The day and the last entry looked at, while one is going on.
    at: Option<(u32, Option<Address>)>,
    /// Something was left behind on an earlier day.
    is_left_behind: bool,
}

/// What a sweep comes to next.
pub(super) enum Next {
    Entry(Address, DueRecord),
    /// An entry that cannot be read.
    Unreadable,
    /// More days.
    Days,
    /// Today's last entry was the last one.
    End,
}

impl<P: Platform> Vault<P> {
    /// Does what has come due: rotations, expiries, deletions found due, destructions. At most `steps` entries are looked
    /// at and `steps` changes made, each a durable commit with its own event; a call goes on where the one before it
    /// stopped, until there is no more. Whoever embeds the vault calls it, as it opens and closes the vault: about once an
    /// hour, and often enough that `is_more_due` ends.
    ///
    /// # Errors
    /// [`Error::Storage`], [`Error::Anchor`]: the session has ended. [`Error::Audit`], [`Error::Busy`], [`Error::Locked`]:
    /// a later call goes on. What is wrong with one key does not keep the others waiting, and is counted.
    pub fn tick(&self, steps: u32) -> Result<Ticked, Error> {
        self.flush_counts(Counted::InTime)?;
        let mut ticked = Ticked::default();
        let mut left = steps;
        if cfg!(feature = "peers") && steps > 0 {
            ticked.settled = self.end_offers()?;
        }
        loop {
            if left == 0 {
                ticked.is_more_due = true;
                return Ok(ticked);
            }
            match self.next_due()? {
                Next::End => return Ok(ticked),
                Next::Days => left = left.saturating_sub(1),
                Next::Unreadable => {
                    left = left.saturating_sub(1);
                    ticked.failed = ticked.failed.saturating_add(1);
                    self.pass(None, true)?;
                }
                Next::Entry(address, record) => {
                    left = left.saturating_sub(1);
                    match self.visit(&address, record) {
                        Ok(Visit::Settled) => ticked.settled = ticked.settled.saturating_add(1),
                        Ok(Visit::Passed { stays }) => self.pass(Some(address), stays)?,
                        Err(error) if is_of_one_key(&error) => {
                            ticked.failed = ticked.failed.saturating_add(1);
                            self.pass(Some(address), true)?;
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
        }
    }

    /// Looks for the next entry, and moves from day to day. A day that is over and has nothing left is never looked at again.
    pub(super) fn next_due(&self) -> Result<Next, Error> {
        let platform = &self.platform;
        self.lend_writer(|writer, _| {
            let mounted = writer.usable()?;
            let today = day_of(mounted.timer_base.now(Reading::take(platform)).timer_ms);
            let snapshot = Snapshot::take(platform)?;
            let names = &snapshot.keys.names;
            let view = snapshot.view(platform.storage());
            let first_day = mounted.manifest.due_day;
            let (mut day, mut after) = mounted.sweep.at.unwrap_or((first_day, None));
            for _ in 0..EMPTY_DAYS_MAX {
                let owner = names.due_day(day);
                let from = after.unwrap_or(within(&owner, &[]));
                match view.next_record(Some(&from))? {
                    Some(next) if owner_of(&next) == owner => {
                        mounted.sweep.at = Some((day, after));
                        let mut buffer = Zeroizing::new([0; DUE_RECORD_LEN + sr1::OVERHEAD]);
                        let read = match view.record(&next, &mut *buffer) {
                            Ok(plaintext) => plaintext.and_then(|plaintext| DueRecord::read(plaintext).ok()),
                            Err(Error::Damaged(Part::Record) | Error::Capacity) => None,
                            Err(other) => return Err(other),
                        };
                        let is_here =
                            |read: &DueRecord| names.due(&owner, &read.key_id, read.version) == next;
                        if let Some(record) = read.filter(is_here) {
                            return Ok(Next::Entry(next, record));
                        }
                        mounted.sweep.at = Some((day, Some(next)));
                        return Ok(Next::Unreadable);
                    }
                    _ => {}
                }
                if day >= today {
                    mounted.sweep = Sweep::default();
                    return Ok(Next::End);
                }
                day = day.saturating_add(1);
                after = None;
                if !mounted.sweep.is_left_behind {
                    // Carried by the next commit.
                    mounted.manifest.due_day = day;
                }
            }
            mounted.sweep.at = Some((day, after));
            Ok(Next::Days)
        })?
    }

    /// Goes on behind an entry.
    pub(super) fn pass(&self, address: Option<Address>, stays: bool) -> Result<(), Error> {
        self.lend_writer(|writer, _| {
            let sweep = &mut writer.usable()?.sweep;
            sweep.is_left_behind |= stays;
            if let (Some((_, after)), Some(address)) = (&mut sweep.at, address) {
                *after = Some(address);
            }
            Ok(())
        })?
    }

    /// Does one thing that is due behind an entry, or puts the entry right where nothing is.
    fn visit(&self, at: &Address, record: DueRecord) -> Result<Visit, Error> {
        let timers = self.timers()?;
        let next = if record.version == 0 {
            let facts = keyring::lend_key(&self.platform, &record.key_id, |facts, _| *facts)?;
            if let Some((facts, due)) = facts.and_then(|facts| Some((facts, due(&facts, &timers)?))) {
                return self.settled(self.settle_one(&facts.key_id, due));
            }
            facts.and_then(|facts| next_ms(&facts, &timers))
        } else if record.version == WRAPPING_KEYS {
            match self.end_wrapping_keys(&record.key_id)? {
                Looked::Ended => return Ok(Visit::Settled),
                Looked::Passed(next) => next,
            }
        } else {
            let destruction = self.destruction_of(&record.key_id, record.version)?;
            if let Some(change) = destruction.and_then(|destruction| due_version(&destruction, &timers)) {
                return self.settled(self.settle_version(&record.key_id, record.version, change));
            }
            destruction.map(|destruction| destruction.next_ms(&timers))
        };
        self.refile(at, record, next)?;
        let stays = next.is_some_and(|next| day_of(next.max(timers.timer_ms)) <= day_of(timers.timer_ms));
        Ok(Visit::Passed { stays })
    }

    /// Somebody else may have been faster: then the entry is looked at again.
    fn settled(&self, done: Result<(), Error>) -> Result<Visit, Error> {
        match done {
            Ok(()) | Err(Error::Conflict) => Ok(Visit::Settled),
            Err(error) => Err(error),
        }
    }
}

/// What became of an entry.
enum Visit {
    /// Something was done; there may be more.
    Settled,
    /// There is nothing to do about it now.
    Passed {
        /// Its day is not after today.
        stays: bool,
    },
}

/// Whether the trouble is with one key only.
pub(super) const fn is_of_one_key(error: &Error) -> bool {
    matches!(
        error,
        Error::Damaged(_) | Error::Capacity | Error::LimitExceeded | Error::InvalidState(_) | Error::NotFound
    )
}
