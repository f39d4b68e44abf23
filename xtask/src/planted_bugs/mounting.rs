//! Opening a vault.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "an image older than the counter opens",
        file: "core/src/vault/choose.rs",
        find: "Some(counter) if image != counter &&",
        replace: "Some(counter) if false && image != counter &&",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "a mount in step with the counter commits once",
        file: "core/src/vault/mount.rs",
        find: "        if in_step {",
        replace: "        if false && in_step {",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "the counter is not advanced",
        file: "core/src/vault/commit.rs",
        find: "freshness.advance(fresh).map_err(|_| Error::Anchor)",
        replace: "Ok(())",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "a session goes on after a failed commit",
        file: "core/src/vault/commit.rs",
        find: "        mounted.ended = true;\n        if let Some(staging) = self.platform.storage().staging() {\n            staging.discard();\n        }\n        self.platform.state().publish(|published| {\n            self.write_last_counts(published);\n            published.end();\n        })?;",
        replace: "",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "the second copy of the slots is ignored",
        file: "core/src/vault/choose.rs",
        find: "(Err(first), Some(other)) if about_slots(&first) => {",
        replace: "(Err(first), Some(other)) if false && about_slots(&first) => {",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "only one manifest is read",
        file: "core/src/vault/choose.rs",
        find: "for at in [MANIFEST, copy_of(&MANIFEST)] {",
        replace: "for at in [MANIFEST] {",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "the older of two manifests is chosen",
        file: "core/src/vault/manifest_key.rs",
        find: "newest.revision < manifest.revision",
        replace: "newest.revision > manifest.revision",
        check: "test -p strongroom-tests tamper::",
    },
    PlantedBug {
        name: "an unreadable manifest keeps the vault closed",
        file: "core/src/vault/choose.rs",
        find: "Err(error @ Error::Storage(_)) => *unreadable = error,",
        replace: "Err(error @ Error::Storage(_)) => return Err(error),",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "the old cell is not erased",
        file: "core/src/vault/erase.rs",
        find: "        eraser.erase(old).map_err(|_| Error::Anchor)?;\n        let mut gone = Secret::zeroed();\n        if read_cell::<P::Primitives>(eraser, old, &mut gone)? {\n            return Err(Error::Anchor);\n        }\n",
        replace: "",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "the cell in use is replaced in place",
        file: "core/src/vault/erase.rs",
        find: "let fresh = old.other();",
        replace: "let fresh = old;",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "a vault is created over what is there",
        file: "core/src/vault/create.rs",
        find: "        if occupied {",
        replace: "        if false && occupied {",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "the bounds of Argon2 memory are not checked",
        file: "core/src/format/slot.rs",
        find: "if lanes_ok && memory_ok && passes_ok {",
        replace: "if lanes_ok && (memory_ok || true) && passes_ok {",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "an opening that fails leaves the vault open",
        file: "core/src/vault/mount.rs",
        find: "        if opened.is_err() {",
        replace: "        if false && opened.is_err() {",
        check: "test -p strongroom-tests mount::",
    },
    PlantedBug {
        name: "the vault's own events are offered once",
        file: "core/src/vault/audit.rs",
        find: "            self.flush_entries(mounted)?;\n            self.give_to_sink(&event)?;\n",
        replace: "            return Err(Error::Audit);\n",
        check: "test -p strongroom-tests mount::sessions",
    },
];
