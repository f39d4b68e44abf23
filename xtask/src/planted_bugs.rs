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
];
