//! What requests cost in instructions, which valgrind counts, beside what was committed.
//!
//! Time on a busy machine says little; instructions are the same in each run of the same code. They are those of the portable
//! primitives, so that they do not depend on what the processor has.

mod counts;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use self::counts::{Counts, Difference};
use crate::tree::Tree;
use crate::{Outcome, portable, process, valgrind};

/// The counts that were committed.
const FILE: &str = "benches/instructions.txt";
const PACKAGE: &str = "strongroom-instructions";
/// How often a request is made: this often, and twice as often. What the second run takes more is theirs alone.
const TIMES: u64 = 16;
/// As on a processor without extensions: glibc copies bytes with what it finds, and its choice would be counted.
const TUNABLES: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX2_Usable,-AVX512F_Usable,\
                        -AVX_Fast_Unaligned_Load,-ERMS,-FSRM,-BMI2,-SSSE3,-SSE4_1,-SSE4_2";

/// Counts each request, and compares; with `--update`, writes what was counted.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    crate::only_known(arguments, &["--update"], &[])?;
    if !valgrind::is_here()? {
        return Ok(());
    }
    let compiler = compiler()?;
    let program = build(tree)?;
    let mut counts = Counts::new(compiler);
    for name in process::output(&mut Command::new(&program))?.lines() {
        counts.add(name, each(&program, name)?);
    }
    if arguments.iter().any(|argument| argument == "--update") {
        let wrong = |error: std::io::Error| format!("{FILE}: {error}");
        std::fs::write(tree.path(FILE), counts.to_text()).map_err(wrong)?;
        println!("{counts}\n\ninstructions: {FILE} is written");
        return Ok(());
    }
    let committed =
        Counts::read(&tree.read(FILE)?).ok_or(format!("{FILE} cannot be read; write it with --update"))?;
    if committed.compiler != counts.compiler {
        println!("{counts}\n");
        println!(
            "SKIPPED: {FILE} was counted with {}, this is {}; compare by hand, and write it with --update",
            committed.compiler, counts.compiler
        );
        return Ok(());
    }
    let differences = counts.beside(&committed);
    differences.iter().for_each(|difference| println!("{difference}"));
    println!();
    judge(&differences)
}

fn judge(differences: &[Difference]) -> Outcome {
    let named = |wanted: fn(&Difference) -> bool| {
        let found = differences.iter().filter(|one| wanted(one));
        let names: Vec<String> = found
            .map(|one| {
                one.name.clone()
                    + &one.percent().map_or_else(String::new, |percent| format!(" ({percent:+.1} %)"))
            })
            .collect();
        (!names.is_empty()).then(|| names.join("; "))
    };
    if let Some(names) = named(Difference::is_unknown) {
        return Err(format!("not in both, {FILE} and what is counted: {names}; write it with --update"));
    }
    if let Some(names) = named(Difference::is_above) {
        return Err(format!(
            "more than was committed: {names}; find out why, or write {FILE} with --update if it is meant"
        ));
    }
    if let Some(names) = named(Difference::is_below) {
        println!("less than was committed: {names}; write {FILE} with --update, so that it stays so");
    }
    println!("instructions: {} requests, none above what was committed", differences.len());
    Ok(())
}

/// The compiler and what it compiles for: another one makes other code.
fn compiler() -> Result<String, String> {
    let said = process::output(Command::new("rustc").arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    match (said.lines().next(), host) {
        (Some(version), Some(host)) => Ok(format!("{version} for {host}")),
        _ => Err("rustc does not say what it is".to_owned()),
    }
}

fn build(tree: &Tree) -> Result<PathBuf, String> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--locked", "--release", "--quiet", "--package", PACKAGE]).current_dir(tree.root());
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| tree.path("target"), |folder| tree.root().join(folder));
    let target = portable::choose(&mut cargo, &target);
    process::run(&mut cargo)?;
    Ok(target.join("release").join(PACKAGE))
}

/// Instructions of one request.
fn each(program: &Path, name: &str) -> Result<u64, String> {
    let few = count(program, name, TIMES)?;
    let many = count(program, name, TIMES.saturating_mul(2))?;
    let more = many.checked_sub(few).filter(|more| *more > 0);
    more.and_then(|more| more.checked_div(TIMES))
        .ok_or(format!("{name}: twice as many requests take no more"))
}

/// Instructions of a whole run. Cachegrind counts them, and writes no file.
fn count(program: &Path, name: &str, times: u64) -> Result<u64, String> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
    valgrind.arg(program).args([name, &times.to_string()]).env_clear().env("GLIBC_TUNABLES", TUNABLES);
    valgrind.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let output = valgrind.stdin(Stdio::null()).output().map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{name}: {}\n{said}", output.status));
    }
    counts::total(&said).ok_or(format!("{name}: valgrind does not say how many\n{said}"))
}
