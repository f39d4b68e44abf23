//! What vault time may and may not do.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a mount believes the wall clock",
        file: "core/src/vault/timers.rs",
        find: "absent.min(left)",
        replace: "absent.max(left)",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "each mount may add a day",
        file: "core/src/vault/timers.rs",
        find: "mounts_added_ms: stored.mounts_added_ms.saturating_add(added),",
        replace: "mounts_added_ms: 0,",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "a racing wall clock hastens the timers",
        file: "core/src/vault/timers.rs",
        find: "by_wall.clamp(least, most)",
        replace: "by_wall.max(least)",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "a frozen wall clock holds the timers up",
        file: "core/src/vault/timers.rs",
        find: "by_wall.clamp(least, most)",
        replace: "by_wall.min(most)",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "an epoch moves by itself",
        file: "core/src/vault/timers.rs",
        find: "let advance = if timers.is_epoch { 0 } else",
        replace: "let advance = if false { 0 } else",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "without a clock the last day is looked for on a day that never comes",
        file: "core/src/key/deletion.rs",
        find: "Some(_) if timers.is_epoch => timers.timer_ms,",
        replace: "",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "an accepted time moves the timers back",
        file: "core/src/vault/timers.rs",
        find: "let timer_ms = timers.timer_ms.max(timer_ms);",
        replace: "",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "a vault without a clock is told an earlier time",
        file: "core/src/operation/vault/clock.rs",
        find: "(None, Some(time_ms)) if time_ms >= timers.timer_ms => time_ms,",
        replace: "(None, Some(time_ms)) => time_ms,",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "a vault with a clock is told another time",
        file: "core/src/operation/vault/clock.rs",
        find: "(Some(wall_ms), None) => wall_ms,",
        replace: "(Some(wall_ms), _) => wall_ms,",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "the mark stays where a bad reading put it",
        file: "core/src/vault/commit_clock.rs",
        find: "mounted.manifest.clock_mark_ms.min(wall_ms)",
        replace: "mounted.manifest.clock_mark_ms.max(wall_ms)",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "the log does not say how far the time was moved",
        file: "core/src/flow/execute.rs",
        find: "event.detail = done.detail;",
        replace: "",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "readers go on with the timers from before",
        file: "core/src/vault/commit_clock.rs",
        find: "published.set_timers(timer_base)",
        replace: "{ let _ = (published, timer_base); }",
        check: "test -p strongroom-tests time::",
    },
    PlantedBug {
        name: "the posture does not say that dates come late",
        file: "core/src/vault/posture.rs",
        find: "behind_ms if behind_ms <= TIMER_TOLERANCE_MS => Protection::TimersFollow,",
        replace: "behind_ms if behind_ms <= u64::MAX / 2 => Protection::TimersFollow,",
        check: "test -p strongroom-tests time::",
    },
];
