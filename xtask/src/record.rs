//! Runs a command, and keeps what it closes with for `docs/evidence.md`: a file in `docs/evidence/`, with the date, the commit
//! and the machine.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::evidence::figures::{Record, TESTS, closing, passed};
use crate::evidence::proofs;
use crate::tree::Tree;
use crate::{COMMANDS, Outcome, process};

/// Runs one of our commands with its arguments, or with `--tests` every test that the page names.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    let (name, rest) = arguments.split_first().ok_or("it needs a command to run, or --tests")?;
    let file = if name == "--tests" {
        crate::only_known(rest, &[], &[])?;
        tests(tree)?
    } else {
        command(tree, name, rest)?
    };
    println!("record: {file}; `cargo xtask evidence` takes it over");
    Ok(())
}

/// One command, shown while it runs.
fn command(tree: &Tree, name: &str, arguments: &[String]) -> Result<String, String> {
    if !COMMANDS.iter().any(|command| command.name == name) {
        return Err(format!("there is no command `{name}`"));
    }
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut child = Command::new(program);
    child.arg(name).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let start = Instant::now();
    let mut child = child.current_dir(tree.root()).spawn().map_err(|error| format!("{name}: {error}"))?;
    let mut output = String::new();
    for line in BufReader::new(child.stdout.take().ok_or("no output")?).lines() {
        let line = line.map_err(|error| format!("{name}: {error}"))?;
        println!("{line}");
        output.push_str(&line);
        output.push('\n');
    }
    let status = child.wait().map_err(|error| format!("{name}: {error}"))?;
    if !status.success() {
        return Err(format!("`{name}` failed, and is not recorded: {status}"));
    }
    let words = [name].into_iter().chain(arguments.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    // Where this tree lies is nobody's business.
    let output = output.replace(&format!("{}/", tree.root().display()), "");
    let lines = closing(name, &output);
    if lines.is_empty() || lines.iter().any(|line| line.contains("SKIPPED")) {
        return Err(format!("`{name}` says nothing that could be recorded"));
    }
    Record::now(tree, &format!("cargo xtask {words}"), start.elapsed(), lines)?.write(tree, name)
}

/// Every test that shows a promise, one filter after the other: how many of each there are, all of which passed.
fn tests(tree: &Tree) -> Result<String, String> {
    let start = Instant::now();
    let mut lines = Vec::new();
    for check in proofs::tests()? {
        let mut cargo = process::cargo();
        cargo.args(check.split_whitespace()).current_dir(tree.root());
        let output = process::output(&mut cargo)?;
        let count = passed(&output).ok_or(format!("`cargo {check}` runs no test"))?;
        println!("{count:>5}  cargo {check}");
        lines.push(format!("{count:>5}  cargo {check}"));
    }
    Record::now(tree, "cargo xtask record --tests", start.elapsed(), lines)?.write(tree, TESTS)
}
