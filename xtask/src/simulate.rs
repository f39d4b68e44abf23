//! A vault with all that can fail about it against the naive model, more and longer than `cargo test` takes.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// As many as each commit is checked with.
const SEEDS: &str = "200";
const STEPS: &str = "1000";

/// Runs the simulation of the tests package, optimized; with `--seed` one sequence of it, every step told.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--seeds", "--steps", "--seed"])?;
    let seed = option(arguments, "--seed")?;
    let test = if seed.is_some() { "replay_of_a_simulation" } else { "a_vault_goes_as_the_model_says" };
    let mut cargo = Command::new("cargo");
    // With the dependencies of the other tests: a profile of its own would build them all again.
    cargo.args(["test", "--quiet", "--config", "profile.dev.package.strongroom-tests.opt-level=2"]).args([
        "--package",
        "strongroom-tests",
        "--test",
        "simulate",
        "--",
        test,
        "--nocapture",
    ]);
    for (variable, number) in [
        ("STRONGROOM_SIMULATE_SEEDS", option(arguments, "--seeds")?.or(Some(SEEDS))),
        ("STRONGROOM_SIMULATE_STEPS", option(arguments, "--steps")?.or(Some(STEPS))),
        ("STRONGROOM_SIMULATE_SEED", seed),
    ] {
        let Some(number) = number else { continue };
        let parsed = match number.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => number.parse(),
        };
        let parsed = parsed.map_err(|_| format!("`{number}` is no number"))?;
        cargo.env(variable, parsed.to_string());
    }
    process::run(cargo.current_dir(tree.root()))
}
