//! What the project says of itself: promises beside what shows them, the public API, the corpora; and steps that cannot be left out.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "anybody makes a permit",
        file: "core/src/flow/authorize.rs",
        find: "    pub(super) operation: O,\n    pub(super) key: Option<KeyFacts>,\n    pub(super) source_key: Option<KeyFacts>,\n    pub(super) trip: &'t mut Baggage<'a>,\n",
        replace: "    /// What.\n    pub operation: O,\n    /// On what.\n    pub key: Option<KeyFacts>,\n    /// From what.\n    pub source_key: Option<KeyFacts>,\n    /// With what.\n    pub trip: &'t mut Baggage<'a>,\n",
        check: "test -p strongroom-core --doc flow",
    },
    PlantedBug {
        name: "output is at hand before it is recorded",
        file: "core/src/flow/execute.rs",
        find: "impl<T> core::fmt::Debug for Executed",
        replace: "impl<'o, T> Executed<'_, '_, 'o, T> {\n    /// The plaintext.\n    #[must_use]\n    pub fn into_plaintext(mut self) -> &'o [u8] {\n        let plaintext: &'o mut [u8] = core::mem::take(&mut self.buffers.plaintext);\n        plaintext\n    }\n}\n\nimpl<T> core::fmt::Debug for Executed",
        check: "test -p strongroom-core --doc flow",
    },
    PlantedBug {
        name: "a promise is made that nothing shows",
        file: "SECURITY.md",
        find: "Denials are recorded. Output",
        replace: "Denials are recorded. Nothing is ever lost. Output",
        check: "xtask evidence --check",
    },
    PlantedBug {
        name: "a promise says more than the page that shows it",
        file: "SECURITY.md",
        find: "| puts back one older record | it does not open |",
        replace: "| puts back one older record | it does not open, ever |",
        check: "xtask evidence --check",
    },
    PlantedBug {
        name: "the page of evidence is written by hand",
        file: "docs/evidence.md",
        find: "Made by `cargo xtask evidence`",
        replace: "Made with care, and by `cargo xtask evidence`",
        check: "xtask evidence --check",
    },
    PlantedBug {
        name: "a promise is shown by a command that there is not",
        file: "xtask/src/evidence/proofs.rs",
        find: "let command = command.ok_or(",
        replace: "let command = command.or(COMMANDS.first()).ok_or(",
        check: "test -p xtask evidence::proofs",
    },
    PlantedBug {
        name: "a promise is shown by nothing at all",
        file: "xtask/src/evidence/proofs.rs",
        find: "if self.commands.is_empty() && self.planted.is_empty() {",
        replace: "if self.promise.is_empty() {",
        check: "test -p xtask evidence::proofs",
    },
    PlantedBug {
        name: "tests that failed count as a figure",
        file: "xtask/src/evidence/figures.rs",
        find: "results.iter().map(count).collect::<Option<_>>()?;",
        replace: "results.iter().filter_map(count).collect();",
        check: "test -p xtask evidence::figures",
    },
    PlantedBug {
        name: "the core is said to build with an older Rust than its libraries",
        file: "core/Cargo.toml",
        find: "rust-version = \"1.88\"",
        replace: "rust-version = \"1.85\"",
        check: "xtask msrv",
    },
    PlantedBug {
        name: "the public API grows unseen",
        file: "core/src/flow/execute.rs",
        find: "pub(crate) plaintext: &'o mut [u8],",
        replace: "/// The plaintext.\n    pub plaintext: &'o mut [u8],",
        check: "xtask public-api",
    },
    PlantedBug {
        name: "a crate behind the first of a line is not seen in the public API",
        file: "xtask/src/public_api/foreign.rs",
        find: "line.match_indices(\"::\").filter_map(",
        replace: "line.match_indices(\"::\").take(1).filter_map(",
        check: "test -p xtask public_api::foreign",
    },
    PlantedBug {
        name: "the key check value is the beginning of the key",
        file: "core/src/crypto/sr1.rs",
        find: "let [a, b, c, d, e, f, g, h, ..] = *derived;",
        replace: "let [a, b, c, d, e, f, g, h, ..] = key.expose(|key| *key);",
        check: "xtask fuzz --seconds 5 --seed 1 --only ciphertext",
    },
    PlantedBug {
        name: "sealed bytes are kept in a corpus",
        file: "xtask/src/fuzz/corpora.rs",
        find: "first & bit == 0)",
        replace: "first & bit == bit)",
        check: "test -p xtask fuzz::corpora",
    },
    PlantedBug {
        name: "parsers of half their regions are called covered",
        file: "xtask/src/coverage/report.rs",
        find: "covered: sum.covered.saturating_add(one.covered),",
        replace: "covered: sum.covered.saturating_add(one.regions),",
        check: "test -p xtask coverage::report",
    },
];
