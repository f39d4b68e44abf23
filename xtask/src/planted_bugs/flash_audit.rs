//! The audit log in flash, under cuts, rot and lies, and at its end.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a log in flash goes on where a cut left something unseen",
        file: "core/src/flash/audit/ring.rs",
        find: "let offset = self.blocks.content_end(block)?.saturating_add(CELL_LEN);",
        replace: "let offset = self.blocks.content_end(block)?.min(self.end.map_or(0, |end| end.offset));",
        check: "test -p strongroom-tests --test torture flash::audit::cuts",
    },
    PlantedBug {
        name: "a log in flash believes an end that nobody read back",
        file: "core/src/flash/audit/ring/append.rs",
        find: "self.last.filter(|last| !last.is_settled) else",
        replace: "self.last.filter(|last| last.is_settled && last.len == 0) else",
        check: "test -p strongroom-tests --test torture flash::audit::cuts",
    },
    PlantedBug {
        name: "a commit in flash is taken for another frame's",
        file: "core/src/flash/audit/ring.rs",
        find: "if (of, start) == (sequence, at) => content,",
        replace: "if of == sequence && start > 0 => content,",
        check: "test -p strongroom-tests --test torture flash::audit::cuts",
    },
    PlantedBug {
        name: "an entry in flash that was written again comes twice",
        file: "core/src/flash/audit/ring.rs",
        find: "if self.repeats.iter().any(takes_its_place) {",
        replace: "if self.repeats.iter().filter(|later| takes_its_place(later)).count() > 99 {",
        check: "test -p strongroom-tests --test torture flash::audit",
    },
    PlantedBug {
        name: "a log in flash writes behind a block that may come back",
        file: "core/src/flash/audit/ring.rs",
        find: "(after, self.generation_max, self.must_move) = (Some(generation), generation, true);",
        replace: "(after, self.generation_max) = (Some(generation), generation);",
        check: "test -p strongroom-tests --test torture flash::audit::cuts",
    },
    PlantedBug {
        name: "a log in flash does not read back what it writes",
        file: "core/src/flash/audit/area.rs",
        find: "if self.read(block, offset)? == *cell { Ok(()) } else { Err(SinkFailed) }",
        replace: "if self.read(block, offset)?.len() == cell.len() { Ok(()) } else { Err(SinkFailed) }",
        check: "test -p strongroom-tests --test torture flash::audit::damage",
    },
    PlantedBug {
        name: "a log in flash trusts that a block was erased",
        file: "core/src/flash/audit/area.rs",
        find: "if self.content_end(block)? == 0 { Ok(()) } else { Err(SinkFailed) }",
        replace: "if self.content_end(block)? <= self.area.block_len { Ok(()) } else { Err(SinkFailed) }",
        check: "test -p strongroom-tests --test torture flash::audit::damage",
    },
    PlantedBug {
        name: "refused requests fill the log",
        file: "core/src/vault/audit_room.rs",
        find: "Err(_) => AUDIT_ROOM_KEPT.saturating_mul(2),",
        replace: "Err(_) => 0,",
        check: "test -p strongroom-tests --test torture flash::audit::full",
    },
    PlantedBug {
        name: "requests that change nothing fill the log",
        file: "core/src/vault/audit_room.rs",
        find: "Ok(()) => AUDIT_ROOM_KEPT,",
        replace: "Ok(()) => 0,",
        check: "test -p strongroom-tests --test torture flash::audit::full",
    },
    PlantedBug {
        name: "old entries go without a word",
        file: "core/src/vault/audit_room.rs",
        find: "if sequence <= mounted.log_dropped {",
        replace: "if sequence >= mounted.log_dropped {",
        check: "test -p strongroom-tests --test torture flash::audit::full",
    },
    PlantedBug {
        name: "every gap at the beginning of a log is declared",
        file: "core/src/audit/verifier.rs",
        find: "is_declared: found <= self.dropped_before })",
        replace: "is_declared: found <= self.dropped_before.max(found) })",
        check: "test -p strongroom-tests --test torture flash::audit::full",
    },
];
