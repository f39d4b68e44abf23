//! The key tree under tampering, and the parts that core ships for platforms.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    // The key tree under tampering.
    PlantedBug {
        name: "a replaced record keeps its key",
        file: "core/src/tree/plan.rs",
        find: "*neighbour = child;",
        replace: "drop(child);",
        check: "test -p strongroom-tests tamper::",
    },
    PlantedBug {
        name: "nodes are sealed under a key that is not drawn",
        file: "core/src/tree/plan.rs",
        find: "            let mut key = Secret::zeroed();\n            key.draw(entropy)?;",
        replace: "            let key = Secret::zeroed();",
        check: "test -p strongroom-tests tamper::",
    },
    PlantedBug {
        name: "a record that does not open is read as absent",
        file: "core/src/tree/read.rs",
        find: "self.open(Purpose::Record, address, address, &key, buffer).map(Some)",
        replace: "Ok(self.open(Purpose::Record, address, address, &key, buffer).ok())",
        check: "test -p strongroom-tests tamper::",
    },
    PlantedBug {
        name: "a missing record is read as absent",
        file: "core/src/tree/read.rs",
        find: "Some(key) => self.open(Purpose::Record, address, address, &key, buffer).map(Some),",
        replace: "Some(key) => match self.storage.read(address, &mut []) {\n                Ok(None) => Ok(None),\n                _ => self.open(Purpose::Record, address, address, &key, buffer).map(Some),\n            },",
        check: "test -p strongroom-tests tamper::",
    },
    PlantedBug {
        name: "the second copy of a node is ignored",
        file: "core/src/tree/read.rs",
        find: "Err(_) if is_doubled(address) => {",
        replace: "Err(_) if false => {",
        check: "test -p strongroom-tests tamper::",
    },
    PlantedBug {
        name: "a verification does not look at second copies",
        file: "core/src/vault/verify.rs",
        find: "damaged_copies: view.damaged_copies()?",
        replace: "damaged_copies: 0",
        check: "test -p strongroom-tests tamper::",
    },
    PlantedBug {
        name: "a verification does not compare the vault id of a slot area",
        file: "core/src/vault/verify.rs",
        find: "area.vault_id == manifest.vault_id && stored",
        replace: "stored",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "a verification ends at a record too large",
        file: "core/src/vault/verify.rs",
        find: "Err(Error::Damaged(_) | Error::Capacity) => {",
        replace: "Err(Error::Damaged(_)) => {",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "a walk that fails while a commit lands is damage",
        file: "core/src/keyring.rs",
        find: "if before.is_still() && before.is_same_as(&after) {",
        replace: "if before.is_still() || !before.is_same_as(&after) || true {",
        check: "test -p strongroom-tests tree::",
    },
    PlantedBug {
        name: "a listing skips what lies to the right",
        file: "core/src/tree/read.rs",
        find: "candidate = right.or(candidate);",
        replace: "candidate = candidate.or(right);",
        check: "test -p strongroom-tests tree::",
    },
    // The parts that core ships.
    PlantedBug {
        name: "RAM storage takes a commit on another revision",
        file: "core/src/ram/storage.rs",
        find: "if store.revision != expected_revision {",
        replace: "if false && store.revision != expected_revision {",
        check: "test -p strongroom-tests contract::",
    },
    PlantedBug {
        name: "RAM storage keeps half a commit",
        file: "core/src/ram/storage.rs",
        find: "                store.len = before;\n",
        replace: "",
        check: "test -p strongroom-tests contract::",
    },
    PlantedBug {
        name: "a RAM sink is scanned from its start",
        file: "core/src/ram/sink.rs",
        find: "if sequence >= from && !visit(entry) {",
        replace: "if !visit(entry) {",
        check: "test -p strongroom-tests contract::",
    },
    PlantedBug {
        name: "a RAM cache takes a stale key record",
        file: "core/src/ram/cache.rs",
        find: "                return Ok(Fill::Stale);",
        replace: "                let _ = Fill::Stale;",
        check: "test -p strongroom-tests contract::",
    },
    PlantedBug {
        name: "a RAM cache takes a stale version",
        file: "core/src/ram/cache.rs",
        find: "                return Fill::Stale;",
        replace: "                let _ = Fill::Stale;",
        check: "test -p strongroom-tests contract::",
    },
    PlantedBug {
        name: "a RAM cache forgets a key and keeps its versions",
        file: "core/src/ram/cache.rs",
        find: "if place.as_ref().is_some_and(|place| place.id == *id) {",
        replace: "if false && place.as_ref().is_some_and(|place| place.id == *id) {",
        check: "test -p strongroom-tests contract::",
    },
    PlantedBug {
        name: "salvage takes whatever blob it finds first",
        file: "std-shim/src/salvage/world.rs",
        find: "        next < self.count(&address)",
        replace: "        let _ = next;\n        false",
        check: "test -p strongroom-tests file::salvage",
    },
    PlantedBug {
        name: "salvage takes any manifest that opens",
        file: "std-shim/src/salvage/rescue.rs",
        find: "newest.as_ref().is_none_or(|newest| newest.revision < revision)",
        replace: "newest.as_ref().is_none_or(|newest| newest.revision > revision)",
        check: "test -p strongroom-tests file::salvage",
    },
];
