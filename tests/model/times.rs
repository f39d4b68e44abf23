//! What time it is (architecture, 8.2), and what time does to keys by itself.

use strongroom_core::key::{KeyState, VersionCause, VersionState};
use strongroom_core::limits::TIMER_TOLERANCE_MS;

use super::answer::{Deletion, Schedule};
use super::state::Model;

pub const MINUTE: u64 = 60_000;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

/// The three times of a vault whose clock is right.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub wall_ms: u64,
    /// What dates are compared with.
    pub timer_ms: u64,
    /// How long the vault was open, in all.
    pub observed_ms: u64,
    /// How much mounts may still add to the timers.
    mounts_may_add_ms: u64,
    /// How far the wall clock has run ahead since the vault was opened.
    ahead_ms: u64,
}

impl Times {
    pub fn new(wall_ms: u64) -> Self {
        Times { wall_ms, timer_ms: wall_ms, observed_ms: 0, mounts_may_add_ms: DAY, ahead_ms: 0 }
    }

    /// The vault is open meanwhile.
    pub fn wait(&mut self, ms: u64) {
        self.wall_ms += ms;
        self.timer_ms += ms;
        self.observed_ms += ms;
    }

    /// The wall clock jumps ahead while the vault is open: its timers go along no further than the tolerance.
    pub fn jump(&mut self, ms: u64) {
        let followed = |ahead: u64| ahead.min(TIMER_TOLERANCE_MS);
        self.wall_ms += ms;
        self.timer_ms += followed(self.ahead_ms + ms) - followed(self.ahead_ms);
        self.ahead_ms += ms;
    }

    /// Power goes: what was not committed is forgotten, but not what time it is.
    pub fn crash(&mut self, committed: Times) {
        *self = Times { wall_ms: self.wall_ms, ..committed };
    }

    /// The vault is closed meanwhile, and opened again.
    pub fn remount(&mut self, ms: u64) {
        self.wall_ms += ms;
        self.ahead_ms = 0;
        let added = (self.wall_ms - self.timer_ms).min(self.mounts_may_add_ms);
        self.timer_ms += added;
        self.mounts_may_add_ms -= added;
    }

    /// The timers go to where the wall clock is; answers by how much.
    pub fn accept(&mut self) -> u64 {
        let jump = self.wall_ms - self.timer_ms;
        self.timer_ms = self.wall_ms;
        self.mounts_may_add_ms = DAY;
        self.ahead_ms = 0;
        jump
    }

    pub fn deletion_in(&self, days: u16) -> Deletion {
        let due_ms = self.timer_ms + u64::from(days) * DAY;
        Deletion { days, due_ms, destroy_at_observed_ms: None }
    }

    pub fn rotation_every(&self, days: u16) -> Schedule {
        Schedule { days, next_ms: self.timer_ms + u64::from(days) * DAY }
    }
}

impl Deletion {
    pub fn is_due(&self, times: &Times) -> bool {
        self.destroy_at_observed_ms.is_some() || self.due_ms <= times.timer_ms
    }

    /// Due, and found to be so a day ago or more.
    pub fn is_over(&self, times: &Times) -> bool {
        self.destroy_at_observed_ms.is_some_and(|at| at <= times.observed_ms)
    }

    /// From now on the last day runs.
    fn find(&mut self, times: &Times) {
        if self.is_due(times) && self.destroy_at_observed_ms.is_none() {
            self.destroy_at_observed_ms = Some(times.observed_ms + DAY);
        }
    }
}

impl Schedule {
    /// Dates that were missed are not made up for. Between two rotations a day is observed, and mounts may add another.
    fn pass(&mut self, now_ms: u64) {
        self.next_ms += u64::from(self.days) * DAY;
        while self.next_ms < now_ms + 2 * DAY {
            self.next_ms += u64::from(self.days) * DAY;
        }
    }
}

impl Model {
    /// What has come due on a key is done before it is used: expiry, the end of the waiting period found, rotation. Its
    /// end itself is left to tick.
    pub fn settle(&mut self, number: usize) {
        let (times, is_dry_run) = (self.times, self.is_dry_run);
        let key = &mut self.keys[number];
        if key.deletion.is_some_and(|deletion| deletion.is_over(&times)) {
            return;
        }
        for version in (1..=key.newest()).rev() {
            if key.version(version).expires_ms.is_some_and(|at| at <= times.timer_ms) {
                key.drop_material(version);
            }
        }
        if let Some(deletion) = &mut key.deletion {
            deletion.find(&times);
        }
        let rotates = key.rotation.is_some_and(|rotation| rotation.next_ms <= times.timer_ms);
        let has_rested = key.rotates_from_observed_ms <= times.observed_ms;
        if rotates && has_rested && key.state == KeyState::Enabled && !is_dry_run {
            key.draw_version(number, VersionCause::Automatic, times.wall_ms);
            key.rotates_from_observed_ms = times.observed_ms + DAY;
            if let Some(rotation) = &mut key.rotation {
                rotation.pass(times.timer_ms);
            }
        }
    }

    /// Everything that has come due, on all keys and versions.
    pub fn tick(&mut self) {
        let times = self.times;
        for number in self.live_keys() {
            if self.keys[number].deletion.is_some_and(|deletion| deletion.is_over(&times)) {
                self.destroy(number);
                continue;
            }
            self.settle(number);
            let key = &mut self.keys[number];
            for version in 1..=key.newest() {
                let Some(deletion) = &mut key.version_mut(version).destruction else { continue };
                if deletion.is_over(&times) {
                    assert_eq!(key.version(version).state, VersionState::PendingDestruction);
                    key.destroy_version(version);
                } else {
                    deletion.find(&times);
                }
            }
        }
    }
}
