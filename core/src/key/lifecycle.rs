//! How keys and versions get from state to state: pure functions, judged again under the writer's lock.

use super::imported::lacks_material;
use super::{
    Due, KeyFacts, KeyOrigin, KeyState, RotationSchedule, ScheduledDeletion, VersionCause, VersionFacts,
    VersionState, due, permits,
};
use crate::error::{Error, StateConflict};
use crate::format::manifest::Timers;
use crate::limits::{AUTOMATIC_ROTATION_REST_MS, MOUNTS_ADD_MS_MAX, ROTATION_CONFLICT_MS};
use crate::policy::Action;
use crate::time::DAY_MS;

/// What becomes of a key's facts alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FactsChange {
    /// Usable again.
    Enable,
    /// Not usable.
    Disable,
    /// On its way out, for so many days.
    ScheduleDeletion(u16),
    /// Not on its way out any more.
    CancelDeletion,
    /// To be destroyed at once, its waiting period being over.
    ConfirmDeletion,
    /// Its waiting period was found to be over.
    FindDeletionDue,
    /// Its destruction begins, and takes more than one commit.
    BeginDestruction,
    /// New material every so many days from now on.
    EnableRotation(u16),
    /// No more of that.
    DisableRotation,
    /// Either, for every spec.
    ScheduleRotation(Option<u16>),
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
    /// On its way out, for so many days.
    ScheduleDestruction(u16),
    /// Not on its way out any more: revoked.
    CancelDestruction,
    /// Destroyed at once, its waiting period being over.
    ConfirmDestruction,
    /// Its waiting period was found to be over.
    FindDestructionDue,
    /// Destroyed, its time having come.
    Destroy,
}

impl FactsChange {
    /// The facts after the change.
    ///
    /// # Errors
    /// The state of the key forbids it, as it is now.
    pub(crate) fn apply(self, facts: KeyFacts, timers: &Timers) -> Result<KeyFacts, Error> {
        if let Some(action) = self.action() {
            permits(action, &facts)?;
        }
        let deletion = facts.deletion.ok_or(Error::Conflict);
        Ok(match self {
            FactsChange::Enable if lacks_material(&facts) => {
                KeyFacts { state: KeyState::PendingImport, ..facts }
            }
            FactsChange::Enable => KeyFacts { state: KeyState::Enabled, ..facts },
            FactsChange::Disable => KeyFacts { state: KeyState::Disabled, ..facts },
            FactsChange::EnableRotation(days) | FactsChange::ScheduleRotation(Some(days)) => {
                KeyFacts { rotation: Some(RotationSchedule::from_now(days, timers)), ..facts }
            }
            FactsChange::DisableRotation | FactsChange::ScheduleRotation(None) => {
                KeyFacts { rotation: None, ..facts }
            }
            FactsChange::ScheduleDeletion(days) => {
                let deletion = Some(ScheduledDeletion::schedule(days, timers));
                KeyFacts { state: KeyState::PendingDeletion, deletion, ..facts }
            }
            FactsChange::CancelDeletion => {
                deletion?.check_cancel()?;
                KeyFacts { state: state_at_rest(&facts), deletion: None, ..facts }
            }
            FactsChange::ConfirmDeletion => {
                KeyFacts { deletion: Some(deletion?.confirmed(timers)?), ..facts }
            }
            FactsChange::FindDeletionDue => {
                KeyFacts { deletion: Some(deletion?.found_due(timers)?), ..facts }
            }
            FactsChange::BeginDestruction => KeyFacts { deletion: Some(deletion?.begun(timers)?), ..facts },
        })
    }

    /// What somebody must have asked for; `None` for what the vault does by itself.
    const fn action(self) -> Option<Action> {
        match self {
            FactsChange::Enable => Some(Action::EnableKey),
            FactsChange::Disable => Some(Action::DisableKey),
            FactsChange::EnableRotation(_) => Some(Action::EnableKeyRotation),
            FactsChange::DisableRotation => Some(Action::DisableKeyRotation),
            FactsChange::ScheduleRotation(_) => Some(Action::ScheduleKeyRotation),
            FactsChange::ScheduleDeletion(_) => Some(Action::ScheduleKeyDeletion),
            FactsChange::CancelDeletion => Some(Action::CancelKeyDeletion),
            FactsChange::ConfirmDeletion => Some(Action::ConfirmKeyDeletion),
            FactsChange::FindDeletionDue | FactsChange::BeginDestruction => None,
        }
    }
}

/// The state of a key whose deletion was called off: without all of its material it can do nothing even when enabled.
fn state_at_rest(facts: &KeyFacts) -> KeyState {
    if lacks_material(facts) { KeyState::PendingImport } else { KeyState::Disabled }
}

/// The facts of a key whose new version becomes the current one.
///
/// # Errors
/// The state of the key forbids it, as it is now; [`Error::Conflict`] for an automatic rotation that is not due any more, and
/// for one on demand shortly before; [`Error::LimitExceeded`].
pub(crate) fn with_new_version(
    facts: KeyFacts,
    cause: VersionCause,
    timers: &Timers,
) -> Result<KeyFacts, Error> {
    let KeyFacts { mut rotation, mut rotates_from_observed_ms, .. } = facts;
    if facts.origin == KeyOrigin::External {
        // Nobody draws material for a key whose material is imported.
        return Err(Error::InvalidState(StateConflict::NoMaterialPendingRotation));
    }
    match (cause, &mut rotation) {
        (VersionCause::Automatic, Some(schedule)) if due(&facts, timers) == Some(Due::Rotation) => {
            schedule.next_ms = next_rotation(schedule, timers.timer_ms);
            rotates_from_observed_ms = timers.observed_ms.saturating_add(AUTOMATIC_ROTATION_REST_MS);
        }
        (VersionCause::Automatic, _) => return Err(Error::Conflict),
        (VersionCause::OnDemand, schedule) => {
            permits(Action::RotateKeyOnDemand, &facts)?;
            let soon_ms = timers.timer_ms.saturating_add(ROTATION_CONFLICT_MS);
            let soon_observed_ms = timers.observed_ms.saturating_add(ROTATION_CONFLICT_MS);
            let has_rested = facts.rotates_from_observed_ms <= soon_observed_ms;
            if has_rested && schedule.is_some_and(|schedule| schedule.next_ms <= soon_ms) {
                return Err(Error::Conflict);
            }
        }
        _ => permits(Action::CreateKeyVersion, &facts)?,
    }
    let version = facts.newest_version.checked_add(1).ok_or(Error::LimitExceeded)?;
    let on_demand = u32::from(cause == VersionCause::OnDemand);
    Ok(KeyFacts {
        current_version: version,
        newest_version: version,
        on_demand_rotations: facts.on_demand_rotations.saturating_add(on_demand),
        rotation,
        rotates_from_observed_ms,
        ..facts
    })
}

impl RotationSchedule {
    fn from_now(period_days: u16, timers: &Timers) -> Self {
        let period = u64::from(period_days).saturating_mul(DAY_MS);
        RotationSchedule { period_days, next_ms: timers.timer_ms.saturating_add(period) }
    }
}

/// The next date of the schedule that is two days ahead at least: what was missed is not made up for, and what mounts add
/// to the timers brings no second rotation near.
fn next_rotation(schedule: &RotationSchedule, now_ms: u64) -> u64 {
    let period = u64::from(schedule.period_days).saturating_mul(DAY_MS);
    let earliest = now_ms.saturating_add(DAY_MS).saturating_add(MOUNTS_ADD_MS_MAX);
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
        timers: &Timers,
    ) -> Result<(KeyFacts, VersionFacts), Error> {
        if let Some(action) = self.action() {
            permits(action, &facts)?;
        }
        let conflict = Err(Error::InvalidState(StateConflict::Version));
        let waiting = |version: &VersionFacts| version.destruction.ok_or(Error::Bug);
        // Without its current version the key could do nothing: a new one comes first. One that waits for its rotation is
        // about to be it.
        let is_needed = version.version >= facts.current_version;
        match (self, version.state) {
            (VersionChange::Revoke, VersionState::Usable) if version.version == facts.current_version => {
                conflict
            }
            (VersionChange::Revoke, VersionState::Usable | VersionState::Revoked) => {
                Ok((facts, VersionFacts { state: VersionState::Revoked, ..version }))
            }
            (VersionChange::Restore, VersionState::Usable | VersionState::Revoked) => {
                Ok((facts, VersionFacts { state: VersionState::Usable, ..version }))
            }
            (VersionChange::MakeCurrent(since_ms), state) => {
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
            (VersionChange::ScheduleDestruction(days), VersionState::Usable | VersionState::Revoked)
                if !is_needed =>
            {
                let destruction = Some(ScheduledDeletion::schedule(days, timers));
                Ok((facts, VersionFacts { state: VersionState::PendingDestruction, destruction, ..version }))
            }
            (VersionChange::CancelDestruction, VersionState::PendingDestruction) => {
                Ok((facts, VersionFacts { state: VersionState::Revoked, destruction: None, ..version }))
            }
            (VersionChange::FindDestructionDue, VersionState::PendingDestruction) => {
                let destruction = Some(waiting(&version)?.found_due(timers)?);
                Ok((facts, VersionFacts { destruction, ..version }))
            }
            (VersionChange::ConfirmDestruction, VersionState::PendingDestruction) => {
                waiting(&version)?.confirmed(timers)?;
                Ok(destroyed(facts, version))
            }
            (VersionChange::Destroy, VersionState::PendingDestruction) => {
                waiting(&version)?.begun(timers)?;
                Ok(destroyed(facts, version))
            }
            // Somebody else was faster.
            (VersionChange::FindDestructionDue | VersionChange::Destroy, _) => Err(Error::Conflict),
            _ => conflict,
        }
    }

    /// What somebody must have asked for; `None` for what the vault does by itself.
    const fn action(self) -> Option<Action> {
        match self {
            VersionChange::Revoke => Some(Action::RevokeKeyVersion),
            VersionChange::Restore => Some(Action::RestoreKeyVersion),
            VersionChange::MakeCurrent(_) => Some(Action::RotateKeyOnDemand),
            VersionChange::ScheduleDestruction(_) => Some(Action::ScheduleKeyVersionDestruction),
            VersionChange::CancelDestruction => Some(Action::CancelKeyVersionDestruction),
            VersionChange::ConfirmDestruction => Some(Action::ConfirmKeyVersionDestruction),
            VersionChange::FindDestructionDue | VersionChange::Destroy => None,
        }
    }
}

/// A tombstone, and the key that has it. Material that was missing before is not waited for any more.
fn destroyed(facts: KeyFacts, version: VersionFacts) -> (KeyFacts, VersionFacts) {
    let missing_materials = facts.missing_materials.saturating_sub(u32::from(!version.has_material));
    let is_whole_again = facts.state == KeyState::PendingImport && missing_materials == 0;
    let state = if is_whole_again { KeyState::Enabled } else { facts.state };
    let tombstone = VersionFacts {
        state: VersionState::Destroyed,
        destruction: None,
        expires_ms: None,
        has_material: false,
        ..version
    };
    (KeyFacts { missing_materials, state, ..facts }, tombstone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{KeyId, KeySpec, KeyUsage};

    fn timers(timer_ms: u64) -> Timers {
        Timers { timer_ms, observed_ms: 0, mounts_added_ms: 0, is_epoch: false }
    }

    fn facts(origin: KeyOrigin) -> KeyFacts {
        KeyFacts {
            key_id: KeyId::from_bytes([1; 16]),
            created_ms: None,
            state: KeyState::Enabled,
            spec: KeySpec::SymmetricDefault,
            usage: KeyUsage::EncryptDecrypt,
            origin,
            current_version: 1,
            newest_version: 1,
            on_demand_rotations: 0,
            rotation: Some(RotationSchedule { period_days: 90, next_ms: 90 * DAY_MS }),
            deletion: None,
            expires_ms: None,
            missing_materials: 0,
            rotates_from_observed_ms: 0,
        }
    }

    #[test]
    fn nobody_draws_material_for_a_key_whose_material_is_imported() {
        let none = Err(Error::InvalidState(StateConflict::NoMaterialPendingRotation));
        for cause in [VersionCause::OnDemand, VersionCause::Created, VersionCause::Automatic] {
            let facts = facts(KeyOrigin::External);
            assert_eq!(with_new_version(facts, cause, &timers(90 * DAY_MS)), none, "{cause:?}");
        }
    }

    #[test]
    fn an_automatic_rotation_that_is_not_due_any_more_is_not_done() {
        let facts = facts(KeyOrigin::AwsKms);
        let rotate = |facts, now| with_new_version(facts, VersionCause::Automatic, &timers(now));
        assert_eq!(rotate(facts, 90 * DAY_MS - 1), Err(Error::Conflict));
        let rotated = rotate(facts, 90 * DAY_MS).unwrap();
        assert_eq!((rotated.current_version, rotated.rotation.unwrap().next_ms), (2, 180 * DAY_MS));
        assert_eq!(rotate(rotated, 90 * DAY_MS), Err(Error::Conflict));
        for state in [KeyState::Disabled, KeyState::PendingDeletion, KeyState::PendingImport] {
            assert_eq!(rotate(KeyFacts { state, ..facts }, 90 * DAY_MS), Err(Error::Conflict));
        }
    }

    #[test]
    fn a_key_rests_for_a_day_of_observed_time_after_it_rotated_by_itself() {
        let at = |timer_ms, observed_ms| Timers { observed_ms, ..timers(timer_ms) };
        let rotate = |facts, timers| with_new_version(facts, VersionCause::Automatic, &timers);
        let rotated = rotate(facts(KeyOrigin::AwsKms), at(90 * DAY_MS, 7)).unwrap();
        assert_eq!(rotated.rotates_from_observed_ms, DAY_MS + 7);
        assert_eq!(rotate(rotated, at(900 * DAY_MS, DAY_MS + 6)), Err(Error::Conflict));
        let on_demand = with_new_version(rotated, VersionCause::OnDemand, &at(900 * DAY_MS, 7));
        assert_eq!(
            on_demand.unwrap().current_version,
            3,
            "nothing comes for a day that it could be in the way of"
        );
        assert_eq!(rotate(rotated, at(900 * DAY_MS, DAY_MS + 7)).unwrap().current_version, 3);
    }

    #[test]
    fn between_two_automatic_rotations_a_day_is_observed_whatever_mounts_add() {
        let facts = facts(KeyOrigin::AwsKms);
        for late_ms in
            [0, 1, 40 * DAY_MS, 88 * DAY_MS, 89 * DAY_MS, 90 * DAY_MS - 1, 90 * DAY_MS, 900 * DAY_MS]
        {
            let now = 90 * DAY_MS + late_ms;
            let rotated = with_new_version(facts, VersionCause::Automatic, &timers(now)).unwrap();
            let next = rotated.rotation.unwrap().next_ms;
            assert!(next >= now + 2 * DAY_MS && next <= now + 92 * DAY_MS, "{late_ms}");
            assert_eq!(next % (90 * DAY_MS), 0, "on a date of the schedule");
            let conflict = Err(Error::Conflict);
            let soon = timers(now + DAY_MS + MOUNTS_ADD_MS_MAX - 1);
            assert_eq!(with_new_version(rotated, VersionCause::Automatic, &soon), conflict);
        }
    }
}
