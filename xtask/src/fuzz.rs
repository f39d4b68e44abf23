//! Every fuzz target for a while, from seeds made by the code under test.

mod corpora;

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, corpus, only_known, option, process};

/// Options of libFuzzer: a single input may take so many seconds, and the process so much memory.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=2048"];

/// The corpora that are kept: minimized, a folder for each target.
pub(crate) const CORPORA: &str = "fuzz/corpus";

/// Runs the targets one after the other. New inputs go to a scratch folder, emptied first; findings to `fuzz/artifacts`.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &["--keep"], &["--seconds", "--minutes", "--only", "--seed"])?;
    let number = |name: &str, default: u32| -> Result<u32, String> {
        let told = option(arguments, name)?.map(str::parse).transpose();
        Ok(told.map_err(|_| format!("{name} needs a number"))?.unwrap_or(default))
    };
    let minutes = number("--minutes", 0)?;
    let seconds = if minutes == 0 { number("--seconds", 10)? } else { minutes.saturating_mul(60) };
    // Zero: libFuzzer takes one of its own, and says which.
    let seed = number("--seed", 0)?;
    let is_kept = arguments.iter().any(|argument| argument == "--keep");
    let targets = targets(tree, option(arguments, "--only")?.unwrap_or_default())?;
    let sanitizer = sanitizer(tree)?;
    let scratch = tree.path("fuzz/target/inputs");
    empty(&scratch)?;
    corpus::write(tree, &scratch)?;
    for target in &targets {
        let inputs = scratch.join(target);
        std::fs::create_dir_all(&inputs).map_err(|error| format!("{}: {error}", inputs.display()))?;
        println!("fuzz: {target}, {seconds} s, sanitizer {sanitizer}");
        let kept = tree.path(CORPORA).join(target);
        let mut command = cargo_fuzz(tree);
        command.args(["run", "--sanitizer", sanitizer, target]).arg(&inputs);
        command.args(kept.is_dir().then_some(&kept)).arg("--").args(LIMITS);
        let dictionary = tree.path("fuzz/dictionaries").join(target).with_extension("dict");
        if dictionary.is_file() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        command.args([format!("-max_total_time={seconds}"), format!("-seed={seed}")]);
        process::run(command.args(["-print_final_stats=1", "-verbosity=0"]))?;
        if is_kept {
            corpora::keep(&mut cargo_fuzz(tree), sanitizer, target, &inputs, &kept)?;
        }
    }
    println!("fuzz: {} targets, nothing found", targets.len());
    Ok(())
}

/// The names of the targets that have this in them.
pub(crate) fn targets(tree: &Tree, only: &str) -> Result<Vec<String>, String> {
    let files = tree.files()?;
    let names = files.iter().filter_map(|file| file.strip_prefix("fuzz/fuzz_targets/")?.strip_suffix(".rs"));
    let targets: Vec<String> = names.filter(|target| target.contains(only)).map(str::to_owned).collect();
    if targets.is_empty() { Err("no target is selected".to_owned()) } else { Ok(targets) }
}

/// An input found on older code may be sealed by it: it would open, and the target would not know why.
pub(crate) fn empty(folder: &Path) -> Outcome {
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
