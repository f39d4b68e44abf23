//! Mutation testing of the policy evaluator: every small change to its code must be seen by a test.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// What is mutated: the evaluator, without the builder and the tables of names.
const FILES: [&str; 12] = [
    "core/src/policy/evaluate.rs",
    "core/src/policy/pattern.rs",
    "core/src/policy/variable.rs",
    "core/src/policy/keys.rs",
    "core/src/policy/resource.rs",
    "core/src/policy/principal.rs",
    "core/src/policy/condition/compare.rs",
    "core/src/policy/condition/truth.rs",
    "core/src/policy/requested_action.rs",
    "core/src/policy/condition/decimal.rs",
    "core/src/policy/condition/instant.rs",
    "core/src/policy/condition/network.rs",
];

/// The tests that look at it.
const TESTS: [&str; 6] = [
    "authorization::table",
    "authorization::small",
    "policy::",
    "conditions::",
    "key_policies::",
    "callers::",
];

/// Runs `cargo mutants` on the evaluator, or on one shard `K/N` of its mutants. Survivors stand in
/// `target/mutants/mutants.out/missed.txt`; they make the command fail.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--shard"])?;
    let shard = option(arguments, "--shard")?;
    process::output(Command::new("cargo").args(["mutants", "--version"]))
        .map_err(|_| "install it first: cargo install cargo-mutants --locked".to_owned())?;
    let mut cargo = Command::new("cargo");
    cargo.args(["mutants", "--package", "strongroom-core", "--no-shuffle", "--colors", "never"]);
    cargo.args(["--test-package", "strongroom-core", "--test-package", "strongroom-tests"]);
    cargo.args(["--output", "target/mutants", "--minimum-test-timeout", "60"]);
    for file in FILES {
        cargo.args(["--file", file]);
    }
    if let Some(shard) = shard {
        cargo.args(["--shard", shard]);
    }
    cargo.args(["--", "--"]).args(TESTS);
    process::run(cargo.current_dir(tree.root()))
}
