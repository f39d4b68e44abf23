//! What time does to a key by itself.

use super::{KeyFacts, KeyState, ScheduledDeletion, VersionChange};
use crate::format::manifest::Timers;

/// What has come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Its schedule asks for new material.
    Rotation,
    /// Imported material has expired.
    Expiry,
    /// Its waiting period is over.
    Deletion,
    /// So is the last day of waiting, or somebody has confirmed it.
    Destruction,
}

/// What is due on a key now. Once that is settled there may be more.
pub(crate) fn due(facts: &KeyFacts, timers: &Timers) -> Option<Due> {
    if facts.deletion.is_some_and(|deletion| deletion.is_over(timers)) {
        return Some(Due::Destruction);
    }
    let is_past = |ms: u64| ms <= timers.timer_ms;
    // Before what expires: a damaged record of the key can hold that up, and must not hold up the key's end.
    if facts.deletion.is_some_and(|deletion| deletion.is_due(timers)) {
        return Some(Due::Deletion);
    }
    if facts.expires_ms.is_some_and(is_past) {
        return Some(Due::Expiry);
    }
    // A key that cannot be used keeps its schedule and does not follow it.
    let rotates = facts.state == KeyState::Enabled && facts.rotation.is_some_and(|r| is_past(r.next_ms));
    let has_rested = facts.rotates_from_observed_ms <= timers.observed_ms;
    (rotates && has_rested).then_some(Due::Rotation)
}

/// Whether time can do anything to the key at all: only then the clocks are read.
pub(crate) fn has_dates(facts: &KeyFacts) -> bool {
    facts.rotation.is_some() || facts.expires_ms.is_some() || facts.deletion.is_some()
}

/// The next date of a key, in timer time: until then nothing is due on it.
pub(crate) fn next_ms(facts: &KeyFacts, timers: &Timers) -> Option<u64> {
    let deletion = facts.deletion.map(|deletion| deletion.next_ms(timers));
    let rotation =
        facts.rotation.filter(|_| facts.state == KeyState::Enabled).map(|rotation| rotation.next_ms);
    [deletion, rotation, facts.expires_ms].into_iter().flatten().min()
}

/// What is due on a version that waits for its destruction.
pub(crate) fn due_version(destruction: &ScheduledDeletion, timers: &Timers) -> Option<VersionChange> {
    match destruction {
        destruction if destruction.is_over(timers) => Some(VersionChange::Destroy),
        destruction if destruction.is_due(timers) => Some(VersionChange::FindDestructionDue),
        _ => None,
    }
}
