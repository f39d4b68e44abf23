//! Many keys from one file, applied, applied again, and planned after a drift: more of them than `cargo test` takes.

use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, only_known, option, process};

/// Keys that a file declares.
const KEYS: &str = "1000";

/// Runs the test of the tests package, and prints how long it took.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--keys"])?;
    let keys = option(arguments, "--keys")?.unwrap_or(KEYS);
    keys.parse::<core::num::NonZeroUsize>().map_err(|_| "--keys needs a number above 0".to_owned())?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--quiet", "--package", "strongroom-tests", "--test", "tests"])
        .args(["--", "keys_as_code::many_keys", "--nocapture"])
        .env("STRONGROOM_KEYS", keys);
    process::run(cargo.current_dir(tree.root()))
}
