//! Every bit of an image, and of everything sealed, flipped: `cargo test` takes some of them.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// Runs the flips of the tests package, optimized.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--step"])?;
    let step = option(arguments, "--step")?.unwrap_or("1");
    step.parse::<core::num::NonZeroUsize>().map_err(|_| "--step needs a number above 0".to_owned())?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--quiet", "--config", "profile.dev.package.strongroom-tests.opt-level=2"])
        .args(["--package", "strongroom-tests", "--test", "attacks", "--", "bits::", "--nocapture"])
        .env("STRONGROOM_BIT_STEP", step);
    process::run(cargo.current_dir(tree.root()))
}
