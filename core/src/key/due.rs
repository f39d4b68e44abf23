//! What time does to a key by itself.

use super::{KeyFacts, KeyState};
use crate::format::manifest::Timers;

/// What has come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Its schedule asks for new material.
    Rotation,
    /// Imported material has expired.
    Expiry,
}

/// What is due on a key now. Once that is settled there may be more.
pub(crate) fn due(facts: &KeyFacts, timers: &Timers) -> Option<Due> {
    let is_past = |ms: u64| ms <= timers.timer_ms;
    if facts.expires_ms.is_some_and(is_past) {
        return Some(Due::Expiry);
    }
    // A key that cannot be used keeps its schedule and does not follow it.
    let rotates = facts.state == KeyState::Enabled && facts.rotation.is_some_and(|r| is_past(r.next_ms));
    rotates.then_some(Due::Rotation)
}

/// Whether time can do anything to the key at all: only then the clocks are read.
pub(crate) fn has_dates(facts: &KeyFacts) -> bool {
    facts.rotation.is_some() || facts.expires_ms.is_some() || facts.deletion.is_some()
}
