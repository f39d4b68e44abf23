//! Resource quotas and request rates.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a quota is passed by one",
        file: "core/src/quota/mod.rs",
        find: "now >= quota",
        replace: "now > quota",
        check: "test -p strongroom-tests quotas::",
    },
    PlantedBug {
        name: "keys made before are not counted",
        file: "core/src/vault/settings.rs",
        find: "            settings.keys = self.count_keys(&snapshot, scratch)?;",
        replace: "            settings.keys = 0;",
        check: "test -p strongroom-tests quotas::",
    },
    PlantedBug {
        name: "counts of grants outlive the quota they were kept for",
        file: "core/src/vault/settings.rs",
        find: "            settings.grants_since = snapshot.revision.saturating_add(1);",
        replace: "            settings.grants_since = 1;",
        check: "test -p strongroom-tests quotas::",
    },
    PlantedBug {
        name: "on-demand rotations are not bounded",
        file: "core/src/vault/commit_key.rs",
        find: "                check_one_more(quota, now.on_demand_rotations)?;",
        replace: "                let _ = quota;",
        check: "test -p strongroom-tests quotas::",
    },
    PlantedBug {
        name: "tags are not bounded",
        file: "core/src/vault/commit_key.rs",
        find: "            check_one_more(mounted.settings?.quotas.tags_per_key, after.saturating_sub(1))?;",
        replace: "",
        check: "test -p strongroom-tests quotas::",
    },
    PlantedBug {
        name: "a key that is gone counts for ever",
        file: "core/src/vault/destroy.rs",
        find: "            mounted.settings = Ok(settings);",
        replace: "            let _ = settings;",
        check: "test -p strongroom-tests quotas::",
    },
    PlantedBug {
        name: "quotas are forgotten when the vault is closed",
        file: "core/src/vault/mount.rs",
        find: "            mounted.settings = self.read_settings(mounted).or_else(|_| self.read_settings(mounted));\n",
        replace: "",
        check: "test -p strongroom-tests quotas::",
    },
    PlantedBug {
        name: "request rates bound nothing",
        file: "core/src/flow/parse.rs",
        find: "        Ok(()) if has_rates => vault",
        replace: "        Ok(()) if false && has_rates => vault",
        check: "test -p strongroom-tests quotas::",
    },
    PlantedBug {
        name: "a clock that goes back fills the bucket",
        file: "core/src/quota/rate.rs",
        find: "let elapsed = now_ms.saturating_sub(bucket.at_ms);",
        replace: "let elapsed = now_ms.abs_diff(bucket.at_ms);",
        check: "test -p strongroom-core quota::",
    },
    PlantedBug {
        name: "tokens that a thread took are good for ever",
        file: "core/src/quota/rate.rs",
        find: "(left, until_ms) if left > 0 && now_ms < until_ms => {",
        replace: "(left, until_ms) if left > 0 => {",
        check: "test -p strongroom-core quota::",
    },
    PlantedBug {
        name: "settings that did not open once stay closed for the session",
        file: "core/src/vault/settings.rs",
        find: "        mounted.settings = self.read_settings(mounted);\n        let Ok(settings)",
        replace: "        let Ok(settings)",
        check: "test -p strongroom-tests quotas::a_read_that_fails",
    },
    PlantedBug {
        name: "rates are off until the settings are read again",
        file: "core/src/vault/mount.rs",
        find: "self.read_settings(mounted).or_else(|_| self.read_settings(mounted))",
        replace: "self.read_settings(mounted)",
        check: "test -p strongroom-tests quotas::rates_hold",
    },
];
