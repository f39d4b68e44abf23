//! Eight threads on one file, in a process that is killed again and again, for longer than `cargo test` does it.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// Runs the hammer of the tests package, optimized, on a file in the folder for temporary files.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--minutes"])?;
    let minutes = option(arguments, "--minutes")?.unwrap_or("5");
    let minutes: u64 = minutes.parse().map_err(|_| "--minutes needs a number".to_owned())?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--quiet", "--config", "profile.dev.package.strongroom-tests.opt-level=2"])
        .args(["--package", "strongroom-tests", "--test", "processes", "--", "hammer::", "--nocapture"])
        .env("STRONGROOM_HAMMER_FOLDER", std::env::temp_dir())
        .env("STRONGROOM_HAMMER_SECONDS", minutes.saturating_mul(60).to_string());
    process::run(cargo.current_dir(tree.root()))
}
