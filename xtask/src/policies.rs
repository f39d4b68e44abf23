//! Random policies and requests, many more than `cargo test` takes: both evaluators must answer the same.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// Runs the comparison of the tests package, optimized.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--pairs"])?;
    let pairs = option(arguments, "--pairs")?.unwrap_or("5000000");
    pairs.parse::<u64>().map_err(|_| "--pairs needs a number".to_owned())?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--quiet", "--release", "--package", "strongroom-tests", "--test", "evaluator", "--"])
        .args(["authorization::random::", "--nocapture"])
        .env("STRONGROOM_PAIRS", pairs);
    process::run(cargo.current_dir(tree.root()))
}
