//! Every client of docs/clients.md against the endpoint: more of them than `cargo test` takes.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// Runs the tests of the server's package, and says what was run.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--only"])?;
    let only = option(arguments, "--only")?.unwrap_or_default();
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--package", "strongroom-server", "--test", "clients", "--", "--nocapture", only])
        .env("STRONGROOM_CLIENTS", "all")
        .env("STRONGROOM_REQUIRE_EXTERNAL", "1");
    process::run(cargo.current_dir(tree.root()))
}
