//! A wall clock that the host sets once, and that a timer of the board carries on. NOT SECURE: the host may say anything.

use core::cell::Cell;

use strongroom_core::platform::Clock;

use crate::board;

/// Milliseconds of the board's timer, and what they are on the wall.
#[derive(Debug)]
pub struct HostSet {
    /// The wall clock when the timer was at 0.
    wall_at_start_ms: Cell<Option<u64>>,
}

impl HostSet {
    /// Does not know the time until it is told.
    pub const fn new() -> Self {
        HostSet { wall_at_start_ms: Cell::new(None) }
    }

    /// Sets the wall clock.
    pub fn set(&self, wall_ms: Option<u64>) {
        self.wall_at_start_ms.set(wall_ms.map(|now_ms| now_ms.saturating_sub(board::uptime_ms())));
    }
}

impl Clock for HostSet {
    fn wall_ms(&self) -> Option<u64> {
        self.wall_at_start_ms.get().map(|start_ms| start_ms.saturating_add(board::uptime_ms()))
    }

    fn monotonic_ms(&self) -> u64 {
        board::uptime_ms()
    }
}
