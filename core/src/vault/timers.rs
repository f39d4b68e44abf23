//! What time it is for destruction, expiry and rotation (`protocols`, 6).
//!
//! While a vault is open its timers follow elapsed monotonic time, give or take a tolerance. What passed while it was
//! closed is the wall clock's word alone, so all of it that mounts may add is a day, until somebody accepts the time.

use crate::format::manifest::Timers;
use crate::limits::{MOUNTS_ADD_MS_MAX, TIMER_TOLERANCE_MS};
use crate::platform::{Clock, Platform};

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// The wall clock, if it says anything.
    pub(crate) wall_ms: Option<u64>,
    pub(crate) monotonic_ms: u64,
}

impl Reading {
    pub(crate) fn take<P: Platform>(platform: &P) -> Self {
        let clock = platform.clock();
        Reading { wall_ms: clock.wall_ms(), monotonic_ms: clock.monotonic_ms() }
    }
}

/// Where the timers stood when the clocks said what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimerBase {
    timers: Timers,
    reading: Reading,
}

impl TimerBase {
    /// Of a vault that is being made.
    pub(crate) fn create(reading: Reading) -> Self {
        let timers = Timers {
            timer_ms: reading.wall_ms.unwrap_or(0),
            observed_ms: 0,
            mounts_added_ms: 0,
            is_epoch: reading.wall_ms.is_none(),
        };
        TimerBase { timers, reading }
    }

    /// Of a vault that is being opened: the wall clock may add what is left of the day.
    pub(crate) fn mount(stored: Timers, reading: Reading) -> Self {
        let absent = reading.wall_ms.unwrap_or(0).saturating_sub(stored.timer_ms);
        let left = MOUNTS_ADD_MS_MAX.saturating_sub(stored.mounts_added_ms);
        let added = if stored.is_epoch { 0 } else { absent.min(left) };
        let timers = Timers {
            timer_ms: stored.timer_ms.saturating_add(added),
            mounts_added_ms: stored.mounts_added_ms.saturating_add(added),
            ..stored
        };
        TimerBase { timers, reading }
    }

    /// After somebody with the right to do so has said what time it is. It never moves back.
    pub(crate) fn accept(self, now: Reading, timer_ms: u64) -> Self {
        let timers = self.now(now);
        let timer_ms = timers.timer_ms.max(timer_ms);
        TimerBase { timers: Timers { timer_ms, mounts_added_ms: 0, ..timers }, reading: now }
    }

    /// Where the timers stand now.
    pub(crate) fn now(&self, now: Reading) -> Timers {
        let TimerBase { timers, reading } = self;
        let elapsed = now.monotonic_ms.saturating_sub(reading.monotonic_ms);
        let by_wall = match (reading.wall_ms, now.wall_ms) {
            (Some(then), Some(now)) => now.saturating_sub(then),
            _ => elapsed,
        };
        let least = elapsed.saturating_sub(TIMER_TOLERANCE_MS);
        let most = elapsed.saturating_add(TIMER_TOLERANCE_MS);
        let advance = if timers.is_epoch { 0 } else { by_wall.clamp(least, most) };
        Timers {
            timer_ms: timers.timer_ms.saturating_add(advance),
            observed_ms: timers.observed_ms.saturating_add(elapsed),
            ..*timers
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;
    const DAY: u64 = 24 * HOUR;

    fn at(wall_ms: u64, monotonic_ms: u64) -> Reading {
        Reading { wall_ms: Some(wall_ms), monotonic_ms }
    }

    #[test]
    fn a_frozen_or_racing_wall_clock_moves_the_timers_by_the_tolerance_at_most() {
        let base = TimerBase::create(at(1000 * DAY, 0));
        let frozen = base.now(at(1000 * DAY, 10 * DAY));
        assert_eq!(frozen.timer_ms, 1010 * DAY - TIMER_TOLERANCE_MS);
        let racing = base.now(at(9000 * DAY, 10 * DAY));
        assert_eq!(racing.timer_ms, 1010 * DAY + TIMER_TOLERANCE_MS);
        let back = base.now(at(1, 10 * DAY));
        assert_eq!(back.timer_ms, frozen.timer_ms);
        let gone = base.now(Reading { wall_ms: None, monotonic_ms: 10 * DAY });
        assert_eq!(gone.timer_ms, 1010 * DAY);
        assert_eq!(gone.observed_ms, 10 * DAY);
    }

    #[test]
    fn all_mounts_together_add_a_day() {
        let mut timers = TimerBase::create(at(1000 * DAY, 0)).now(at(1000 * DAY, 0));
        for year in 1..=7 {
            timers = TimerBase::mount(timers, at((1000 + 365 * year) * DAY, 0)).now(at(0, 0));
        }
        assert_eq!(timers.timer_ms, 1001 * DAY);
        let accepted = TimerBase::mount(timers, at(4000 * DAY, 0)).accept(at(4000 * DAY, 0), 4000 * DAY);
        let timers = accepted.now(at(4000 * DAY, 0));
        assert_eq!(timers.timer_ms, 4000 * DAY);
        assert_eq!(
            TimerBase::mount(timers, at(4000 * DAY + HOUR, 0)).now(at(0, 0)).timer_ms,
            4000 * DAY + HOUR
        );
    }

    #[test]
    fn without_a_clock_only_an_accepted_time_moves_the_timers() {
        let none = |monotonic_ms| Reading { wall_ms: None, monotonic_ms };
        let base = TimerBase::create(none(0));
        assert_eq!(base.now(none(DAY)).timer_ms, 0);
        let mounted = TimerBase::mount(base.now(none(DAY)), at(1000 * DAY, 0));
        assert_eq!(mounted.now(at(2000 * DAY, DAY)).timer_ms, 0);
        assert_eq!(mounted.accept(none(5), 7 * DAY).now(none(5)).timer_ms, 7 * DAY);
    }
}
