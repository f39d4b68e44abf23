//! Whole vaults in flash, cut off power wherever they write, more often than `cargo test` does it.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// First cuts in each operation on each geometry: some 50,000 pairs in all, and a million.
const PAIRS: &str = "100";
const PAIRS_FULL: &str = "2000";

/// Runs the torture of the tests package, optimized.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &["--full"], &["--pairs"])?;
    let is_full = arguments.iter().any(|argument| argument == "--full");
    let pairs = option(arguments, "--pairs")?.unwrap_or(if is_full { PAIRS_FULL } else { PAIRS });
    pairs.parse::<usize>().map_err(|_| "--pairs needs a number".to_owned())?;
    let mut cargo = Command::new("cargo");
    // With the dependencies of the other tests: a profile of its own would build them all again.
    cargo
        .args(["test", "--quiet", "--config", "profile.dev.package.strongroom-tests.opt-level=2"])
        .args(["--package", "strongroom-tests", "--test", "torture", "--", "power::", "--nocapture"])
        .env("STRONGROOM_TORTURE_PAIRS", pairs);
    process::run(cargo.current_dir(tree.root()))
}
