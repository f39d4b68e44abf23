//! Benchmarks, built with all optimization and run from their own package; those beside peers from a workspace of their own.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, process};

/// Operations against the floor, then beside peers.
pub(crate) fn operations(tree: &Tree, arguments: &[String]) -> Outcome {
    benchmark(tree, "operations", arguments)?;
    if process::output(Command::new("cc").arg("--version")).is_err() {
        println!("SKIPPED: peers need a C compiler");
        return Ok(());
    }
    println!();
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--release", "--locked", "--manifest-path", "benches/peers/Cargo.toml"]);
    process::run(cargo.current_dir(tree.root()))
}

/// Decisions of policies alone.
pub(crate) fn decisions(tree: &Tree, arguments: &[String]) -> Outcome {
    benchmark(tree, "decisions", arguments)
}

/// One key with many versions.
pub(crate) fn versions(tree: &Tree, arguments: &[String]) -> Outcome {
    benchmark(tree, "versions", arguments)
}

/// Durable changes.
pub(crate) fn changes(tree: &Tree, arguments: &[String]) -> Outcome {
    benchmark(tree, "changes", arguments)
}

/// A file with many keys.
pub(crate) fn million(tree: &Tree, arguments: &[String]) -> Outcome {
    benchmark(tree, "million", arguments)
}

/// Files through the command, beside other commands.
pub(crate) fn streams(tree: &Tree, arguments: &[String]) -> Outcome {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--release", "--package", "strongroom-cli"]);
    process::run(cargo.current_dir(tree.root()))?;
    benchmark(tree, "streams", arguments)
}

/// What cost grows with; the pictures lie beside the page that shows them.
pub(crate) fn plots(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &[])?;
    start(tree, "plots", &["docs/plots".to_owned()])
}

fn benchmark(tree: &Tree, name: &str, arguments: &[String]) -> Outcome {
    if let Some(odd) = arguments.iter().find(|argument| argument.parse::<usize>().is_err()) {
        return Err(format!("`{odd}` is not a number"));
    }
    start(tree, name, arguments)
}

fn start(tree: &Tree, name: &str, arguments: &[String]) -> Outcome {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["run", "--quiet", "--release", "--package", "strongroom-benches", "--", name])
        .args(arguments);
    process::run(cargo.current_dir(tree.root()))
}
