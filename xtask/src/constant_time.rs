//! No branch and no address depends on a secret: a vault whose secrets memcheck holds for undefined.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, portable, process, valgrind};

const FOLDER: &str = "tests/constant_time";
/// What valgrind ends with when it has found something; no program of ours ends so.
const FOUND: i32 = 99;

/// Runs the story of a vault under memcheck, with the primitives of this machine and with the portable ones, and before it two
/// leaks that must be found.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    crate::only_known(arguments, &[], &[])?;
    if !valgrind::is_here()? {
        return Ok(());
    }
    for is_portable in [false, true] {
        let program = build(tree, is_portable)?;
        let which = if is_portable { "portable primitives" } else { "primitives of this machine" };
        for leak in ["branch", "address"] {
            let ended = memcheck(tree, &program, leak).output().map_err(|error| error.to_string())?;
            if ended.status.code() != Some(FOUND) {
                return Err(format!("{which}: the planted leak by {leak} was not found: {}", ended.status));
            }
        }
        process::run(&mut memcheck(tree, &program, "story"))?;
        println!(
            "constant-time: {which}: 0 branches and addresses depend on a secret; 2 of 2 planted leaks found"
        );
    }
    Ok(())
}

fn build(tree: &Tree, is_portable: bool) -> Result<PathBuf, String> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--locked", "--release", "--quiet"]).current_dir(tree.path(FOLDER));
    let mut target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| tree.path(FOLDER).join("target"), |folder| tree.root().join(folder));
    if is_portable {
        target = portable::choose(&mut cargo, &target);
    } else {
        cargo.env("CARGO_TARGET_DIR", &target);
    }
    process::run(&mut cargo)?;
    Ok(target.join("release/strongroom-constant-time"))
}

fn memcheck(tree: &Tree, program: &Path, what: &str) -> Command {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--num-callers=12", &format!("--error-exitcode={FOUND}")]);
    valgrind.arg(format!("--suppressions={}", tree.path(FOLDER).join("allowed.supp").display()));
    valgrind.arg(program).arg(what);
    valgrind
}
