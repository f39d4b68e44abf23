//! Random sequences of all operations against the naive model, more and longer than `cargo test` takes.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// Runs the comparison of the tests package, optimized.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--sequences", "--steps"])?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--quiet", "--release", "--package", "strongroom-tests", "--test", "sequences", "--"])
        .args(["random_sequences", "--nocapture"]);
    for (name, variable, most) in
        [("--sequences", "STRONGROOM_SEQUENCES", "5000"), ("--steps", "STRONGROOM_STEPS", "400")]
    {
        let number = option(arguments, name)?.unwrap_or(most);
        number.parse::<u64>().map_err(|_| format!("{name} needs a number"))?;
        cargo.env(variable, number);
    }
    process::run(cargo.current_dir(tree.root()))
}
