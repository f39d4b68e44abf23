//! The fault kit: suites that look away.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a contract suite lets a violation pass",
        file: "std-shim/src/faults/contract/report.rs",
        find: "        check().map_err(|found| Violation { clause, found })?;\n",
        replace: "        let _ = check();\n",
        check: "test -p strongroom-tests contract::broken_",
    },
    PlantedBug {
        name: "the storage suite does not look at what a full storage holds",
        file: "std-shim/src/faults/contract/storage.rs",
        find: "        holds(storage, 1, Some(&[revision.saturating_sub(1)]))?;\n",
        replace: "",
        check: "test -p strongroom-tests contract::broken_storage",
    },
    PlantedBug {
        name: "the storage suite does not open the medium again",
        file: "std-shim/src/faults/contract/storage.rs",
        find: "    report.check(Clause::CommitIsDurable, || commits_are_there_when_opened_again(&make()))?;\n",
        replace: "",
        check: "test -p strongroom-tests contract::broken_storage",
    },
    PlantedBug {
        name: "the suite of audit sinks does not look at what a failed flush left",
        file: "std-shim/src/faults/contract/audit_sink.rs",
        find: "    holds(sink, &[b\"one\".to_vec(), b\"two\".to_vec(), b\"three\".to_vec()])\n",
        replace: "    Ok(())\n",
        check: "test -p strongroom-tests contract::broken_sink",
    },
    PlantedBug {
        name: "the suite of caches does not count the copies given up",
        file: "std-shim/src/faults/contract/cache.rs",
        find: "&shown.saturating_add(held), &41)",
        replace: "&shown.saturating_add(held).max(41), &41)",
        check: "test -p strongroom-tests contract::broken_cache",
    },
    PlantedBug {
        name: "the suite of states does not ask which copy is lent",
        file: "std-shim/src/faults/contract/state.rs",
        find: "expect(reached.contains(&copy), ||",
        replace: "expect(reached.contains(&copy) || !reached.is_empty(), ||",
        check: "test -p strongroom-tests contract::broken_state",
    },
    PlantedBug {
        name: "the suite of generators does not mind what comes twice",
        file: "std-shim/src/faults/contract/entropy.rs",
        find: "expect(seen.insert(block.to_vec()), ||",
        replace: "expect(seen.insert(block.to_vec()) || !block.is_empty(), ||",
        check: "test -p strongroom-tests contract::broken_entropy_and_clock",
    },
    PlantedBug {
        name: "the suite of clocks does not mind a clock that runs too fast",
        file: "std-shim/src/faults/contract/clock.rs",
        find: "expect((least..=most).contains(&passed), ||",
        replace: "expect((least..).contains(&passed) && most > 0, ||",
        check: "test -p strongroom-tests contract::broken_entropy_and_clock",
    },
    PlantedBug {
        name: "the suite of counters does not mind one that moves back",
        file: "std-shim/src/faults/contract/freshness.rs",
        find: "expect(after >= now, ||",
        replace: "expect(after >= to, ||",
        check: "test -p strongroom-tests contract::broken_anchors",
    },
    PlantedBug {
        name: "the suite of erasers does not search the medium",
        file: "std-shim/src/faults/contract/eraser.rs",
        find: "expect(!holds(&medium(), &content(cell, round)), ||",
        replace: "expect(!medium().is_empty(), ||",
        check: "test -p strongroom-tests contract::broken_anchors",
    },
    PlantedBug {
        name: "the enumerator of power cuts forgets what was acknowledged",
        file: "std-shim/src/faults/power_cuts.rs",
        find: "seen == new || seen == old && !is_done",
        replace: "seen == new || seen == old",
        check: "test -p strongroom-tests contract::power_cuts",
    },
    PlantedBug {
        name: "the enumerator of power cuts does not cut recoveries",
        file: "std-shim/src/faults/power_cuts.rs",
        find: "let Some(stride) = self.again else",
        replace: "let Some(stride) = self.again.filter(|_| false) else",
        check: "test -p strongroom-tests contract::power_cuts",
    },
];
