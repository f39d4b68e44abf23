//! Versions and rotation.

use strongroom_core::key::{KeySpec, KeyState, VersionCause, VersionState};

use super::answer::{Answer, Outcome, Schedule, VersionEntry};
use super::may::{Code, INVALID_STATE, check, check_quota};
use super::state::Model;
use super::step::{KeyName, User};
use super::times::MINUTE;

const LIST_LIMIT_MAX: usize = 1000;
/// So close to an automatic rotation none is made on demand.
const TOO_SOON_MS: u64 = 20 * MINUTE;

impl Model {
    pub fn rotate_key_on_demand(&mut self, by: User, name: KeyName) -> Outcome {
        let number = self.manage(by, name, "RotateKeyOnDemand")?;
        let (times, quota) = (self.times, self.quotas.on_demand_rotations_per_key);
        let key = &mut self.keys[number];
        if key.is_imported() {
            let waiting = key.pending_rotation().ok_or(INVALID_STATE)?;
            if key.version(waiting).state != VersionState::Usable {
                return Err(INVALID_STATE);
            }
            check_quota(quota, key.on_demand_rotations as usize)?;
            let version = key.version_mut(waiting);
            version.cause = VersionCause::OnDemand;
            version.since_ms = Some(times.wall_ms);
            key.current = waiting;
        } else {
            let has_rested = key.rotates_from_observed_ms <= times.observed_ms + TOO_SOON_MS;
            let is_soon = |rotation: Schedule| rotation.next_ms <= times.timer_ms + TOO_SOON_MS;
            if has_rested && key.rotation.is_some_and(is_soon) {
                return Err("ConflictException");
            }
            check_quota(quota, key.on_demand_rotations as usize)?;
            key.draw_version(number, VersionCause::OnDemand, times.wall_ms);
        }
        key.on_demand_rotations += 1;
        self.told(number)
    }

    pub fn set_rotation(&mut self, by: User, name: KeyName, operation: &str, days: Option<u16>) -> Outcome {
        check(days.is_none_or(|days| (90..=2560).contains(&days)))?;
        let key = self.manage(by, name, operation)?;
        self.keys[key].rotation = days.map(|days| self.times.rotation_every(days));
        self.told(key)
    }

    /// While a key is pending deletion it does not rotate, and says so.
    pub fn get_key_rotation_status(&mut self, by: User, name: KeyName) -> Outcome {
        let number = self.manage(by, name, "GetKeyRotationStatus")?;
        let key = &self.keys[number];
        let is_told = key.spec == KeySpec::SymmetricDefault && key.state != KeyState::PendingDeletion;
        Ok(Answer::Schedule(key.rotation.filter(|_| is_told)))
    }

    pub fn list_key_rotations(&mut self, by: User, name: KeyName, is_all: bool, limit: usize) -> Outcome {
        check((1..=LIST_LIMIT_MAX).contains(&limit))?;
        let number = self.manage(by, name, "ListKeyRotations")?;
        let key = &self.keys[number];
        if is_all && key.spec != KeySpec::SymmetricDefault {
            return Err("UnsupportedOperationException");
        }
        let is_rotation = |entry: &VersionEntry| {
            key.spec == KeySpec::SymmetricDefault
                && !entry.is_pending_rotation
                && matches!(
                    entry.cause,
                    VersionCause::OnDemand | VersionCause::Automatic | VersionCause::Created
                )
        };
        let entries = key.entries().into_iter().filter(|entry| is_all || is_rotation(entry));
        Ok(Answer::Versions(entries.collect()))
    }

    pub fn create_key_version(&mut self, by: User, name: KeyName) -> Outcome {
        let key = self.manage(by, name, "CreateKeyVersion")?;
        self.keys[key].draw_version(key, VersionCause::Created, self.times.wall_ms);
        self.told(key)
    }

    pub fn list_key_versions(&mut self, by: User, name: KeyName, limit: usize) -> Outcome {
        check((1..=LIST_LIMIT_MAX).contains(&limit))?;
        let key = self.manage(by, name, "ListKeyVersions")?;
        Ok(Answer::Versions(self.keys[key].entries()))
    }

    /// The key, if it has such a version.
    fn manage_version(&mut self, by: User, name: KeyName, version: u32, row: &str) -> Result<usize, Code> {
        check(version > 0)?;
        let key = self.manage(by, name, row)?;
        check(version <= self.keys[key].newest())?;
        Ok(key)
    }

    pub fn revoke_key_version(&mut self, by: User, name: KeyName, version: u32) -> Outcome {
        let number = self.manage_version(by, name, version, "RevokeKeyVersion")?;
        let key = &mut self.keys[number];
        let is_current = version == key.current;
        let version = key.version_mut(version);
        match version.state {
            VersionState::Usable if !is_current => version.state = VersionState::Revoked,
            VersionState::Revoked => {}
            _ => return Err(INVALID_STATE),
        }
        self.told(number)
    }

    pub fn restore_key_version(&mut self, by: User, name: KeyName, version: u32) -> Outcome {
        let number = self.manage_version(by, name, version, "RestoreKeyVersion")?;
        let version = self.keys[number].version_mut(version);
        match version.state {
            VersionState::Usable | VersionState::Revoked => version.state = VersionState::Usable,
            _ => return Err(INVALID_STATE),
        }
        self.told(number)
    }

    /// Neither the current version nor one that waits for its rotation.
    pub fn schedule_version_destruction(
        &mut self,
        by: User,
        name: KeyName,
        version: u32,
        days: u16,
    ) -> Outcome {
        check((7..=30).contains(&days))?;
        let number = self.manage_version(by, name, version, "ScheduleKeyVersionDestruction")?;
        let key = &mut self.keys[number];
        let is_old = version < key.current;
        let version = key.version_mut(version);
        let is_kept = matches!(version.state, VersionState::Usable | VersionState::Revoked);
        if !is_old || !is_kept {
            return Err(INVALID_STATE);
        }
        version.state = VersionState::PendingDestruction;
        version.destruction = Some(self.times.deletion_in(days));
        self.told(number)
    }

    pub fn cancel_version_destruction(&mut self, by: User, name: KeyName, version: u32) -> Outcome {
        let number = self.manage_version(by, name, version, "ScheduleKeyVersionDestruction")?;
        let version = self.keys[number].version_mut(version);
        if version.state != VersionState::PendingDestruction {
            return Err(INVALID_STATE);
        }
        version.state = VersionState::Revoked;
        version.destruction = None;
        self.told(number)
    }

    pub fn confirm_version_destruction(&mut self, by: User, name: KeyName, version: u32) -> Outcome {
        let number = self.manage_version(by, name, version, "ScheduleKeyVersionDestruction")?;
        let key = &mut self.keys[number];
        if !key.version(version).destruction.is_some_and(|destruction| destruction.is_due(&self.times)) {
            return Err(INVALID_STATE);
        }
        key.destroy_version(version);
        Ok(Answer::Done)
    }
}
