//! The end of keys and versions.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a confirmation destroys before the date",
        file: "core/src/key/deletion.rs",
        find: "if self.destroy_at_observed_ms.is_none() && !self.is_due(timers) {",
        replace: "if false && !self.is_due(timers) {",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "a deletion whose destruction has begun is called off",
        file: "core/src/key/deletion.rs",
        find: "if self.has_begun() { Err",
        replace: "if false && self.has_begun() { Err",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "a key is destroyed in the moment it is found due",
        file: "core/src/key/deletion.rs",
        find: "let at = timers.observed_ms.saturating_add(LAST_WAIT_MS);",
        replace: "let at = timers.observed_ms.saturating_add(LAST_WAIT_MS.min(1));",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "the last day is timer time",
        file: "core/src/key/deletion.rs",
        find: "is_some_and(|at| at <= timers.observed_ms)",
        replace: "is_some_and(|at| at <= timers.timer_ms)",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "a waiting period of a day is accepted",
        file: "core/src/operation/keys/deletion.rs",
        find: "if !WAITING_PERIOD_DAYS.contains(&self.pending_window_in_days) {",
        replace: "if !(1..=*WAITING_PERIOD_DAYS.end()).contains(&self.pending_window_in_days) {",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "the beginning of a destruction is not noted",
        file: "core/src/vault/destroy.rs",
        find: "key_record::replace_facts(body.ok_or(Error::Bug)?, &begun)?;",
        replace: "key_record::replace_facts(body.ok_or(Error::Bug)?, &facts)?;",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "what leads to the grants of a destroyed key stays",
        file: "core/src/vault/destroy.rs",
        find: "match leads_there.map_or(Ok(false), |address| plan.remove(view, &address)) {",
        replace: "match leads_there.map_or(Ok(false), |_| Ok(false)) {",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "a destruction does not replace the cell",
        file: "core/src/vault/erase.rs",
        find: "if mounted.cell.is_none() {",
        replace: "if true || mounted.cell.is_none() {",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "a failed erasure goes on",
        file: "core/src/vault/erase.rs",
        find: "self.end(mounted)?;\n                Err(error)",
        replace: "Err(error)",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "a date is not filed",
        file: "core/src/vault/due_index.rs",
        find: "next.filter(|_| next != before",
        replace: "next.filter(|_| false && next != before",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "a day with something left is passed over for good",
        file: "core/src/vault/tick.rs",
        find: "sweep.is_left_behind |= stays;",
        replace: "sweep.is_left_behind |= stays && false;",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "the current version can be destroyed",
        file: "core/src/key/lifecycle.rs",
        find: "if !is_needed && version.has_material =>",
        replace: "if version.has_material =>",
        check: "test -p strongroom-tests deletion::",
    },
    PlantedBug {
        name: "a destroyed version keeps its material",
        file: "core/src/key/lifecycle.rs",
        find: "        has_material: false,\n        ..version",
        replace: "        ..version",
        check: "test -p strongroom-tests deletion::",
    },
];
