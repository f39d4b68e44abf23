//! Requests that take more instructions than they did, and what tells them.

use super::PlantedBug;

pub(super) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "the key of a message is derived twice",
        file: "core/src/crypto/sr1.rs",
        find: "    commitment_out.copy_from_slice(&*commitment);",
        replace: "    key.derive(purpose, &salt, associated, &mut message_key, &mut commitment);
    commitment_out.copy_from_slice(&*commitment);",
        check: "run --quiet --release --package xtask -- instructions",
    },
    PlantedBug {
        name: "a tenth more instructions pass",
        file: "xtask/src/instructions/counts.rs",
        find: "const PERCENT_MAX: u64 = 2;",
        replace: "const PERCENT_MAX: u64 = 10;",
        check: "test -p xtask instructions::",
    },
    PlantedBug {
        name: "a request that nobody committed a count for passes",
        file: "xtask/src/instructions/counts.rs",
        find: "self.counted.is_none() || self.committed.is_none()",
        replace: "self.counted.is_none() && self.committed.is_none()",
        check: "test -p xtask instructions::",
    },
];
