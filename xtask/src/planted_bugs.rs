//! Every safety check beside the bug that is planted for it. A check without a row here is not done.

/// A bug, and the test that must fail while it is in.
pub struct PlantedBug {
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
pub const PLANTED_BUGS: &[PlantedBug] = &[
    // The flow and the sealing primitive.
    PlantedBug {
        name: "SR-1 open does not compare the commitment",
        file: "core/src/crypto/sr1.rs",
        find: "if !C::equal(&stated, &*commitment) {",
        replace: "if false && !C::equal(&stated, &*commitment) {",
        check: "test -p strongroom-tests",
    },
];
