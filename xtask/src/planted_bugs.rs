//! Every safety check beside the bug that is planted for it. A check without a row here is not done.

/// A bug, and the test that must fail while it is in.
pub(crate) struct PlantedBug {
    /// What the bug does, in a few words; unique.
    pub name: &'static str,
    /// The file it goes into, from the repository's root.
    pub file: &'static str,
    /// Text that stands in the file exactly once.
    pub find: &'static str,
    /// What takes its place.
    pub replace: &'static str,
    /// Arguments of `cargo` that run the check, for example `test -p strongroom-tests tamper::`.
    pub check: &'static str,
}

/// All of them, grouped by what they attack.
pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    // The flow and the sealing primitive.
    PlantedBug {
        name: "SR-1 open does not compare the commitment",
        file: "core/src/crypto/sr1.rs",
        find: "if !C::equal(&stated, &*commitment) {",
        replace: "if false && !C::equal(&stated, &*commitment) {",
        check: "test -p strongroom-tests",
    },
    // The boundaries of the crates.
    PlantedBug {
        name: "core uses std",
        file: "core/src/lib.rs",
        find: "#![no_std]",
        replace: "#![no_std]\nextern crate std;",
        check: "xtask probe",
    },
    PlantedBug {
        name: "core uses alloc",
        file: "core/src/lib.rs",
        find: "#![no_std]",
        replace: "#![no_std]\nextern crate alloc;",
        check: "xtask probe",
    },
    PlantedBug {
        name: "core names alloc",
        file: "core/src/lib.rs",
        find: "#![no_std]",
        replace: "#![no_std]\nextern crate alloc;",
        check: "xtask layering",
    },
    PlantedBug {
        name: "a hash is imported outside the crypto folder",
        file: "core/src/realm.rs",
        find: "use crate::error::",
        replace: "use sha2 as _;\nuse crate::error::",
        check: "xtask layering",
    },
    PlantedBug {
        name: "a package does not forbid unsafe code",
        file: "core/Cargo.toml",
        find: "[lints]\nworkspace = true",
        replace: "",
        check: "xtask unsafe-check",
    },
    PlantedBug {
        name: "unsafe code in a test",
        file: "tests/src/lib.rs",
        find: "//! Nothing here",
        replace: "const _: u8 = unsafe { 0 };\n//! Nothing here",
        check: "xtask unsafe-check",
    },
    PlantedBug {
        name: "a licence that is not allowed",
        file: "deny.toml",
        find: "    \"BSD-3-Clause\",\n",
        replace: "",
        check: "xtask dependencies",
    },
    // The formats.
    PlantedBug {
        name: "records are sealed under the label of nodes",
        file: "core/src/crypto/labels.rs",
        find: "b\"SRrc\"",
        replace: "b\"SRtn\"",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "the manifest key with a cell has the label without",
        file: "core/src/crypto/labels.rs",
        find: "b\"SRmk root cell\"",
        replace: "b\"SRmk root\"",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "slots are sealed for the purpose of the manifest",
        file: "core/src/crypto/labels.rs",
        find: "Purpose::Slot => 5,",
        replace: "Purpose::Slot => 4,",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "the kcv is in the other byte order",
        file: "core/src/crypto/sr1.rs",
        find: "(opened, [a, b, c, d, e, f, g, h])",
        replace: "(opened, [h, g, f, e, d, c, b, a])",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "the message key does not depend on S",
        file: "core/src/crypto/sr1.rs",
        find: "writer.put(salt);",
        replace: "writer.put(&[0; 16]);",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "the encryption context is not sorted",
        file: "core/src/format/context.rs",
        find: "name(left).as_bytes().cmp(name(right).as_bytes())",
        replace: "left.cmp(right)",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "a name may stand twice in an encryption context",
        file: "core/src/format/context.rs",
        find: "|left, right| name(left) < name(right)",
        replace: "|left, right| name(left) <= name(right)",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "a recorded context may be out of order",
        file: "core/src/format/context.rs",
        find: "Some(before) if before >= name => Err(Malformed)",
        replace: "Some(before) if before == name => Err(Malformed)",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "the bounds of Argon2 passes are not checked",
        file: "core/src/format/slot.rs",
        find: "(1..=argon2::PASSES_MAX).contains(&passes)",
        replace: "(0..=u32::MAX).contains(&passes)",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "a slot that was put back opens the vault",
        file: "core/src/vault/mount.rs",
        find: "if !chosen.manifest.slot_hashes.contains(&hash) {",
        replace: "if false && !chosen.manifest.slot_hashes.contains(&hash) {",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "versions are named in the other byte order",
        file: "core/src/tree/address.rs",
        find: "key_record::BACKING_KEY, &version.to_be_bytes())",
        replace: "key_record::BACKING_KEY, &version.to_le_bytes())",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "padding may hold anything",
        file: "core/src/format/bytes.rs",
        find: "self.0.iter().all(|byte| *byte == 0)",
        replace: "self.0.iter().all(|_| true)",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "a version of another suite is read",
        file: "core/src/format/key_record.rs",
        find: "if reader.u8()? != SUITE {",
        replace: "if reader.u8()? < SUITE {",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "unknown flags of the manifest are ignored",
        file: "core/src/format/manifest.rs",
        find: "flags & !3 != 0",
        replace: "flags & !7 != 0",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "a node writes out a byte too many of its children's addresses",
        file: "core/src/tree/node.rs",
        find: "usize::from(parent_level.saturating_add(1) >> 1)",
        replace: "usize::from(parent_level >> 1)",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "unknown flags of a ciphertext are ignored",
        file: "core/src/format/ciphertext.rs",
        find: "if reader.array()? != [FORMAT, sr1::SUITE, 0, 0] {",
        replace: "let [format, suite, _, zero] = reader.array()?;\n        if [format, suite, zero] != [FORMAT, sr1::SUITE, 0] {",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "an audit MAC does not cover the mount",
        file: "core/src/format/audit_entry.rs",
        find: "&[vault_id, mount_id, &sequence.to_be_bytes(), &self.hash]",
        replace: "&[vault_id, &sequence.to_be_bytes(), &self.hash]",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "an audit entry's MAC is not compared",
        file: "core/src/format/audit_entry.rs",
        find: "&& C::equal(&link.mac, &entry.mac)",
        replace: "",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "unknown flags of an event are ignored",
        file: "core/src/format/audit_entry.rs",
        find: "flags & !0x0f != 0",
        replace: "flags & !0x1f != 0",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "a condition block is skipped",
        file: "core/src/policy/form.rs",
        find: "if reader.u32()? != 0 {",
        replace: "let skipped = usize::try_from(reader.u32()?).map_err(|_| MalformedPolicy)?;\n        if reader.take(skipped).is_err() {",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "a marker of one listing opens another",
        file: "core/src/vault/state.rs",
        find: "&[labels::MARKER, &[action.number()], owner]",
        replace: "&[labels::MARKER, &[action.number() & 0], owner]",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "a malformed node does not name itself",
        file: "core/src/tree/read.rs",
        find: "self.damaged.set(Some(*node));",
        replace: "",
        check: "test -p strongroom-tests vectors::",
    },
    PlantedBug {
        name: "a material id does not depend on the version",
        file: "core/src/vault/state.rs",
        find: "key_id.as_bytes(), &version.to_be_bytes(), kcv];",
        replace: "key_id.as_bytes(), &[0; 4], kcv];",
        check: "test -p strongroom-tests python_decoder::",
    },
];
