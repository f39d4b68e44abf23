//! The life of a key, as random sequences see it: bugs that only show after several steps.

use super::PlantedBug;

const CHECK: &str = "test -p strongroom-tests --test sequences random";

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a cancelled deletion enables the key",
        file: "core/src/key/lifecycle.rs",
        find: "state: state_at_rest(&facts), deletion: None",
        replace: "state: match state_at_rest(&facts) { KeyState::Disabled => KeyState::Enabled, other => other }, deletion: None",
        check: CHECK,
    },
    PlantedBug {
        name: "an automatic rotation that is due does not come",
        file: "core/src/key/due.rs",
        find: "let rotates = facts.state == KeyState::Enabled",
        replace: "let rotates = facts.current_version > 3 && facts.state == KeyState::Enabled",
        check: CHECK,
    },
    PlantedBug {
        name: "one alias outlives its key",
        file: "core/src/vault/destroy.rs",
        find: "for alias in &aliases {",
        replace: "for alias in aliases.iter().skip(1) {",
        check: CHECK,
    },
    PlantedBug {
        name: "a deletion is due a day early",
        file: "core/src/key/deletion.rs",
        find: "self.destroy_at_observed_ms.is_none() && self.due_ms <= timers.timer_ms",
        replace: "self.destroy_at_observed_ms.is_none() && self.due_ms <= timers.timer_ms.saturating_add(DAY_MS)",
        check: CHECK,
    },
    PlantedBug {
        name: "material that is imported again expires as it did before",
        file: "core/src/vault/commit_import.rs",
        find: "VersionFacts { expires_ms: new.expires_ms, has_material: true, ..record.facts }",
        replace: "VersionFacts { has_material: true, ..record.facts }",
        check: CHECK,
    },
    PlantedBug {
        name: "MACs are held against the current version alone",
        file: "core/src/operation/macs/verify_mac.rs",
        find: "if version == 0 || left == 0 {",
        replace: "if version == 0 || left == 0 || back > 0 {",
        check: CHECK,
    },
    PlantedBug {
        name: "a dry run does not foresee an expiry",
        file: "core/src/vault/due.rs",
        find: "due(&facts, &timers) != Some(Due::Expiry)",
        replace: "due(&facts, &timers) == Some(Due::Expiry)",
        check: CHECK,
    },
    PlantedBug {
        name: "a dry run for a grant meets no quota",
        file: "core/src/operation/grants/grant.rs",
        find: "if is_new && scene.is_dry_run {",
        replace: "if is_new && scene.is_dry_run && found.is_some() {",
        check: CHECK,
    },
    PlantedBug {
        name: "a version that gives way at its budget leaves the next one without",
        file: "core/src/vault/ledger.rs",
        find: "                    BudgetEnd::Rotate => {\n",
        replace: "                    BudgetEnd::Rotate if version > 1 => return Err(Error::LimitExceeded),\n                    BudgetEnd::Rotate => {\n",
        check: CHECK,
    },
    PlantedBug {
        name: "a slot that is changed keeps what it had beside it",
        file: "core/src/operation/vault/slot.rs",
        find: "            Some(slot_id) => draft.take_out(slot_id).map(|()| slot_id)?,",
        replace: "            Some(_) => draft.free_id()?,",
        check: CHECK,
    },
    PlantedBug {
        name: "the key of an audit log can be taken twice",
        file: "core/src/vault/commit_audit.rs",
        find: "                mounted.manifest.audit.first_key = Secret::zeroed();\n",
        replace: "                let _: Secret<32> = Secret::zeroed();\n",
        check: CHECK,
    },
];
