//! From the words of the vault to those of the model.

use strongroom_core::key::{KeyFacts, RotationSchedule, ScheduledDeletion};
use strongroom_core::operation::KeyVersion;

use super::Real;
use crate::model::answer::{Deletion, Facts, Schedule, VersionEntry};

impl Real<'_> {
    pub(super) fn facts(&self, facts: &KeyFacts) -> Facts {
        assert_eq!(facts.usage, facts.spec.usage());
        Facts {
            key: self.number(facts.key_id),
            state: facts.state,
            spec: facts.spec,
            origin: facts.origin,
            created_ms: facts.created_ms,
            current: facts.current_version,
            newest: facts.newest_version,
            on_demand_rotations: facts.on_demand_rotations,
            rotation: facts.rotation.map(schedule),
            deletion: facts.deletion.map(deletion),
            expires_ms: facts.expires_ms,
            missing_materials: facts.missing_materials,
        }
    }
}

pub(super) fn schedule(rotation: RotationSchedule) -> Schedule {
    Schedule { days: rotation.period_days, next_ms: rotation.next_ms }
}

fn deletion(deletion: ScheduledDeletion) -> Deletion {
    Deletion {
        days: deletion.window_days,
        due_ms: deletion.due_ms,
        destroy_at_observed_ms: deletion.destroy_at_observed_ms,
    }
}

pub(super) fn entry(version: &KeyVersion<'_>) -> VersionEntry {
    VersionEntry {
        version: version.facts.version,
        state: version.facts.state,
        cause: version.facts.cause,
        since_ms: version.facts.current_since_ms,
        expires_ms: version.facts.expires_ms,
        destruction: version.facts.destruction.map(deletion),
        has_material: version.facts.has_material,
        is_primary: version.is_primary,
        is_pending_rotation: version.is_pending_rotation,
    }
}
