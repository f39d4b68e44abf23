//! A key as people and scripts read it.

use serde::Serialize;
use strongroom_std::KeyDescription;
use strongroom_std::key::ScheduledDeletion;

use crate::error::CommandError;
use crate::instant::{Instant, or_dash};
use crate::kms::Key;
use crate::output::{Output, hex};

/// A key as scripts read it. What is not there is `null`.
#[derive(Serialize)]
pub(crate) struct KeyInJson {
    key_id: String,
    arn: String,
    state: &'static str,
    spec: &'static str,
    usage: &'static str,
    origin: &'static str,
    created: Option<Instant>,
    current_version: u32,
    newest_version: u32,
    on_demand_rotations: u32,
    rotation: Option<RotationInJson>,
    deletion: Option<DeletionInJson>,
    expires: Option<Instant>,
    missing_materials: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_key_material_id: Option<Option<String>>,
}

#[derive(Serialize)]
pub(super) struct RotationInJson {
    pub(super) period_days: u16,
    pub(super) next: Instant,
}

#[derive(Serialize)]
pub(super) struct DeletionInJson {
    window_days: u16,
    due: Instant,
    is_last_day: bool,
}

impl DeletionInJson {
    pub(super) fn of(deletion: &ScheduledDeletion) -> Self {
        DeletionInJson {
            window_days: deletion.window_days,
            due: Instant(deletion.due_ms),
            is_last_day: deletion.destroy_at_observed_ms.is_some(),
        }
    }
}

impl KeyInJson {
    fn of(Key { facts, arn }: &Key) -> Self {
        KeyInJson {
            key_id: facts.key_id.to_string(),
            arn: arn.clone(),
            state: facts.state.name(),
            spec: facts.spec.name(),
            usage: facts.usage.name(),
            origin: facts.origin.name(),
            created: facts.created_ms.map(Instant),
            current_version: facts.current_version,
            newest_version: facts.newest_version,
            on_demand_rotations: facts.on_demand_rotations,
            rotation: facts.rotation.map(|rotation| RotationInJson {
                period_days: rotation.period_days,
                next: Instant(rotation.next_ms),
            }),
            deletion: facts.deletion.as_ref().map(DeletionInJson::of),
            expires: facts.expires_ms.map(Instant),
            missing_materials: facts.missing_materials,
            description: None,
            current_key_material_id: None,
        }
    }

    /// With what only DescribeKey answers.
    pub(super) fn described(key: &KeyDescription) -> Self {
        KeyInJson {
            description: Some(key.description.clone()),
            current_key_material_id: Some(key.current_key_material_id.as_ref().map(|id| hex(id))),
            ..KeyInJson::of(&Key { facts: key.facts, arn: key.arn.clone() })
        }
    }
}

/// Says what became of a key: a line for people, the key for scripts.
pub(crate) fn told(output: &mut Output, key: &Key, done: &str) -> Result<(), CommandError> {
    if output.is_json() {
        return output.json(&KeyInJson::of(key));
    }
    output.line(&format!("{} {done}", key.facts.key_id))?;
    Ok(())
}

/// A key in full.
pub(super) fn show(output: &mut Output, key: &KeyDescription) -> Result<(), CommandError> {
    if output.is_json() {
        return output.json(&KeyInJson::described(key));
    }
    let facts = &key.facts;
    let version = match (facts.current_version, facts.newest_version) {
        (0, _) => "none yet: import its material".to_owned(),
        (current, newest) if current == newest => current.to_string(),
        (current, newest) => format!("{current}; {newest} waits for `strongroom key rotate`"),
    };
    let mut told = vec![
        ("key", facts.key_id.to_string()),
        ("arn", key.arn.clone()),
        ("description", key.description.clone()),
        ("state", facts.state.name().to_owned()),
        ("spec", facts.spec.name().to_owned()),
        ("usage", facts.usage.name().to_owned()),
        ("origin", facts.origin.name().to_owned()),
        ("created", or_dash(facts.created_ms)),
        ("version", version),
    ];
    if let Some(id) = &key.current_key_material_id {
        told.push(("material", hex(id)));
    }
    told.push((
        "rotation",
        facts.rotation.map_or_else(
            || "off".to_owned(),
            |rotation| format!("every {} days, next {}", rotation.period_days, Instant(rotation.next_ms)),
        ),
    ));
    if let Some(deletion) = &facts.deletion {
        told.push(("deletion", deletion_words(deletion)));
    }
    if let Some(expires_ms) = facts.expires_ms {
        told.push(("expires", Instant(expires_ms).to_string()));
    }
    Ok(output.facts(&told)?)
}

/// When something is destroyed.
pub(super) fn deletion_words(deletion: &ScheduledDeletion) -> String {
    let last = if deletion.destroy_at_observed_ms.is_some() { "; its last day has begun" } else { "" };
    format!("due {}, after {} days{last}", Instant(deletion.due_ms), deletion.window_days)
}
