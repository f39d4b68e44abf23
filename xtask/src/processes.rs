//! The tests that start processes of their own, optimized: one that is killed again and again, one whose memory is searched.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// Eight threads on one file in the folder for temporary files, for longer than `cargo test` does it.
pub(crate) fn hammer(tree: &Tree, arguments: &[String]) -> Outcome {
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

/// The search of memory, built as users build: what is left on the stack depends on it.
pub(crate) fn memory(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &[])?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--quiet", "--release", "--package", "strongroom-tests", "--test", "processes"])
        .args(["--", "memory::", "--nocapture"]);
    process::run(cargo.current_dir(tree.root()))
}
