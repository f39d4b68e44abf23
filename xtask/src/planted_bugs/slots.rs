//! Key slots and the root key.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "the last slot is removed",
        file: "core/src/operation/vault/slot.rs",
        find: "        if draft.is_empty() {",
        replace: "        if false && draft.is_empty() {",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "slots that changed meanwhile are overwritten",
        file: "core/src/vault/commit_slots.rs",
        find: "if mounted.manifest.slot_hashes != *draft.seen() {",
        replace: "if false && mounted.manifest.slot_hashes != *draft.seen() {",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "a slot that is not the manifest's is carried on",
        file: "core/src/vault/slots.rs",
        find: "if is_known && !slots.contains(slot) {",
        replace: "if !slots.contains(slot) {",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "a copy that cannot be read loses slots",
        file: "core/src/vault/slots.rs",
        find: "            if draft.slots.len() < draft.seen.len() {",
        replace: "            if false && draft.slots.len() < draft.seen.len() {",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "only one copy of the slots is written",
        file: "core/src/vault/commit_slots.rs",
        find: "            transaction.put(&SLOTS, bytes)?;\n",
        replace: "",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "a changed slot keeps its hash in the manifest",
        file: "core/src/vault/commit_slots.rs",
        find: "        mounted.manifest.slot_hashes = slot_hashes;\n",
        replace: "        let _ = slot_hashes;\n",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "the end of a secret erases nothing",
        file: "core/src/vault/commit_slots.rs",
        find: "if draft.ends_a_secret() && mounted.cell.is_some() {",
        replace: "if false && draft.ends_a_secret() && mounted.cell.is_some() {",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "a session goes on after a failed change of the slots",
        file: "core/src/vault/commit_slots.rs",
        find: "            self.end(mounted)?;\n",
        replace: "            let _ = &mounted;\n",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "a rekeyed manifest stays under the old root key",
        file: "core/src/vault/commit_slots.rs",
        find: "            if mounted.cell.is_none() {",
        replace: "            if false && mounted.cell.is_none() {",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "a rekey keeps a slot whose secret was mistyped",
        file: "core/src/operation/vault/rekey.rs",
        find: "if !is_presented || !draft.opens::<P>(slot, &stretched)? {",
        replace: "if !is_presented {",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "old slots beside a rekeyed manifest keep the vault closed",
        file: "core/src/vault/mount.rs",
        find: "Error::Damaged(Part::Slots | Part::Manifest)",
        replace: "Error::Damaged(Part::Slots)",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "a stale slot opens the vault",
        file: "core/src/vault/mount.rs",
        find: "        if !chosen.manifest.slot_hashes.contains(&hash) {",
        replace: "        if false && !chosen.manifest.slot_hashes.contains(&hash) {",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "a dry run that is not recorded answers",
        file: "core/src/flow/record.rs",
        find: "if matches!(executed.done, Ok(_) | Err(Error::DryRun)) {",
        replace: "if executed.done.is_ok() {",
        check: "test -p strongroom-tests slots::",
    },
    PlantedBug {
        name: "a slot asks for stretching before its bounds are checked",
        file: "core/src/operation/vault/slot.rs",
        find: "        self.kind.check()?;\n",
        replace: "",
        check: "test -p strongroom-tests slots::",
    },
];
