//! How keys and versions get from state to state: pure functions, judged again under the writer's lock.

use super::imported::lacks_material;
use super::{
    Due, KeyFacts, KeyState, RotationSchedule, VersionCause, VersionFacts, VersionState, due, permits,
};
use crate::error::{Error, StateConflict};
use crate::format::manifest::Timers;
use crate::policy::Action;
use crate::time::DAY_MS;

/// What becomes of a key's facts alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FactsChange {
    /// Usable again.
    Enable,
    /// Not usable.
    Disable,
}

/// What becomes of one version.
#[derive(Clone, Copy, Debug)]
pub(crate) enum VersionChange {
    /// Refused from now on.
    Revoke,
    /// Usable again.
    Restore,
    /// Imported, and from now on the key's current one: wall time, if there is any.
    MakeCurrent(Option<u64>),
}

impl FactsChange {
    /// The facts after the change.
    ///
    /// # Errors
    /// The state of the key forbids it, as it is now.
    pub(crate) fn apply(self, facts: KeyFacts) -> Result<KeyFacts, Error> {
        let (action, state) = match self {
            FactsChange::Enable if lacks_material(&facts) => (Action::EnableKey, KeyState::PendingImport),
            FactsChange::Enable => (Action::EnableKey, KeyState::Enabled),
            FactsChange::Disable => (Action::DisableKey, KeyState::Disabled),
        };
        permits(action, &facts)?;
        Ok(KeyFacts { state, ..facts })
    }
}

/// The facts of a key whose new version becomes the current one.
///
/// # Errors
/// The state of the key forbids it, as it is now; [`Error::Conflict`] for an automatic rotation that is not due any more;
/// [`Error::LimitExceeded`].
pub(crate) fn with_new_version(
    facts: KeyFacts,
    cause: VersionCause,
    timers: &Timers,
) -> Result<KeyFacts, Error> {
    let mut rotation = facts.rotation;
    match (cause, &mut rotation) {
        (VersionCause::Automatic, Some(schedule)) if due(&facts, timers) == Some(Due::Rotation) => {
            schedule.next_ms = next_rotation(schedule, timers.timer_ms);
        }
        (VersionCause::Automatic, _) => return Err(Error::Conflict),
        (VersionCause::OnDemand, _) => permits(Action::RotateKeyOnDemand, &facts)?,
        _ => permits(Action::CreateKeyVersion, &facts)?,
    }
    let version = facts.newest_version.checked_add(1).ok_or(Error::LimitExceeded)?;
    let on_demand = u32::from(cause == VersionCause::OnDemand);
    Ok(KeyFacts {
        current_version: version,
        newest_version: version,
        on_demand_rotations: facts.on_demand_rotations.saturating_add(on_demand),
        rotation,
        ..facts
    })
}

/// The next date of the schedule that is a day ahead at least: what was missed is not made up for.
fn next_rotation(schedule: &RotationSchedule, now_ms: u64) -> u64 {
    let period = u64::from(schedule.period_days).saturating_mul(DAY_MS);
    let earliest = now_ms.saturating_add(DAY_MS);
    let missed = earliest.saturating_sub(schedule.next_ms).div_ceil(period.max(1)).max(1);
    schedule.next_ms.saturating_add(missed.saturating_mul(period))
}

impl VersionChange {
    /// The key and its version after the change.
    ///
    /// # Errors
    /// The state of the key or of the version forbids it, as they are now.
    pub(crate) fn apply(
        self,
        facts: KeyFacts,
        version: VersionFacts,
    ) -> Result<(KeyFacts, VersionFacts), Error> {
        let conflict = Err(Error::InvalidState(StateConflict::Version));
        match (self, version.state) {
            // Without its current version the key could do nothing: a new one comes first.
            (VersionChange::Revoke, VersionState::Usable) if version.version == facts.current_version => {
                conflict
            }
            (VersionChange::Revoke, VersionState::Usable | VersionState::Revoked) => {
                permits(Action::RevokeKeyVersion, &facts)?;
                Ok((facts, VersionFacts { state: VersionState::Revoked, ..version }))
            }
            (VersionChange::Restore, VersionState::Usable | VersionState::Revoked) => {
                permits(Action::RestoreKeyVersion, &facts)?;
                Ok((facts, VersionFacts { state: VersionState::Usable, ..version }))
            }
            (VersionChange::MakeCurrent(since_ms), state) => {
                permits(Action::RotateKeyOnDemand, &facts)?;
                if facts.newest_version == facts.current_version || version.version != facts.newest_version {
                    return Err(Error::InvalidState(StateConflict::NoMaterialPendingRotation));
                }
                if state != VersionState::Usable || !version.has_material {
                    return conflict;
                }
                let facts = KeyFacts {
                    current_version: facts.newest_version,
                    on_demand_rotations: facts.on_demand_rotations.saturating_add(1),
                    ..facts
                };
                let cause = VersionCause::OnDemand;
                Ok((facts, VersionFacts { cause, current_since_ms: since_ms, ..version }))
            }
            (
                VersionChange::Revoke | VersionChange::Restore,
                VersionState::PendingDestruction | VersionState::Destroyed,
            ) => conflict,
        }
    }
}
