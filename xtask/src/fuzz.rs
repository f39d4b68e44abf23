//! Every fuzz target for a while, from seeds made by the code under test.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, corpus, only_known, option, process};

/// Options of libFuzzer: a single input may take so many seconds, and the process so much memory.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=2048"];

/// Runs the targets one after the other. New inputs go to a scratch folder, emptied first; findings to `fuzz/artifacts`.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &["--seconds", "--only", "--seed"])?;
    let seconds: u32 = option(arguments, "--seconds")?
        .map_or(Ok(10), str::parse)
        .map_err(|_| "--seconds needs a number".to_owned())?;
    let only = option(arguments, "--only")?.unwrap_or_default();
    // Zero: libFuzzer takes one of its own, and says which.
    let seed: u32 = option(arguments, "--seed")?
        .map_or(Ok(0), str::parse)
        .map_err(|_| "--seed needs a number".to_owned())?;
    let targets: Vec<String> = tree
        .files()?
        .iter()
        .filter_map(|file| file.strip_prefix("fuzz/fuzz_targets/")?.strip_suffix(".rs"))
        .filter(|target| target.contains(only))
        .map(str::to_owned)
        .collect();
    if targets.is_empty() {
        return Err("no target is selected".to_owned());
    }
    let sanitizer = sanitizer(tree)?;
    let scratch = tree.path("fuzz/target/inputs");
    empty(&scratch)?;
    corpus::write(&scratch)?;
    for target in &targets {
        let inputs = scratch.join(target);
        std::fs::create_dir_all(&inputs).map_err(|error| format!("{}: {error}", inputs.display()))?;
        println!("fuzz: {target}, {seconds} s, sanitizer {sanitizer}");
        let mut command = cargo_fuzz(tree);
        command.args(["run", "--sanitizer", sanitizer, target]).arg(&inputs).arg("--").args(LIMITS);
        let dictionary = tree.path("fuzz/dictionaries").join(target).with_extension("dict");
        if dictionary.is_file() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        command.args([format!("-max_total_time={seconds}"), format!("-seed={seed}")]);
        process::run(command.args(["-print_final_stats=1", "-verbosity=0"]))?;
    }
    println!("fuzz: {} targets, nothing found", targets.len());
    Ok(())
}

/// An input found on older code may be sealed by it: it would open, and the target would not know why.
fn empty(folder: &Path) -> Outcome {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(format!("{}: {error}", folder.display())),
        _ => Ok(()),
    }
}

/// Builds all targets, with the address sanitizer where the toolchain has its runtime.
fn sanitizer(tree: &Tree) -> Result<&'static str, String> {
    let build = |sanitizer| process::run(cargo_fuzz(tree).args(["build", "--sanitizer", sanitizer]));
    match build("address") {
        Ok(()) => Ok("address"),
        Err(_) => build("none").map(|()| "none"),
    }
}

/// `cargo fuzz` on a stable toolchain: the sanitizer's and the coverage's flags are unstable.
fn cargo_fuzz(tree: &Tree) -> Command {
    let mut command = process::cargo();
    command.arg("fuzz").current_dir(tree.root()).env("RUSTC_BOOTSTRAP", "1");
    command
}
