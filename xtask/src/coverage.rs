//! How much of each parser the corpora of the fuzz targets run through, in regions of code.
//!
//! The targets are built with the compiler's own instrumentation and run over seeds and corpora, without fuzzing.

mod report;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tree::Tree;
use crate::{Outcome, corpus, fuzz, only_known, process};

use self::report::Report;

/// What reads bytes that somebody else wrote, and where it is: paths begin so.
const PARSERS: &[(&str, &[&str])] = &[
    ("ciphertexts, encryption contexts", &["core/src/format/ciphertext.rs", "core/src/format/context.rs"]),
    ("everything stored: records, slots", &["core/src/format/", "core/src/tree/"]),
    (
        "compiled policies",
        &["core/src/policy/form.rs", "core/src/policy/check.rs", "core/src/policy/whole.rs"],
    ),
    (
        "the evaluator of policies",
        &[
            "core/src/policy/evaluate.rs",
            "core/src/policy/pattern.rs",
            "core/src/policy/condition/",
            "core/src/policy/variable.rs",
            "core/src/policy/principal.rs",
            "core/src/policy/resource.rs",
        ],
    ),
    ("the compiler of policies", &["std-shim/src/policy_json/"]),
    (
        "the audit log",
        &["core/src/format/audit_entry.rs", "core/src/format/audit_chain.rs", "core/src/audit/"],
    ),
    ("bundles of a backup", &["core/src/backup/"]),
    ("what goes between vaults", &["core/src/peer/"]),
    ("imports", &["core/src/import/"]),
    ("streams", &["core/src/stream/", "core/src/format/stream.rs"]),
    ("both logs in flash", &["core/src/flash/"]),
    ("the line to a device", &["core/src/device/"]),
    ("requests to the endpoint", &["server/src/wire/shape.rs", "server/src/wire/arguments.rs"]),
    // `refusals.rs` is left out: it reads nothing, and says in words what was wrong.
    (
        "signatures of requests",
        &[
            "server/src/signature/canonical.rs",
            "server/src/signature/claims.rs",
            "server/src/signature/mod.rs",
            "server/src/signature/signer.rs",
            "server/src/signature/when.rs",
        ],
    ),
];
/// What each parser is to reach.
const GOAL_PERCENT: usize = 90;
/// So many inputs are run by one process: a command line has an end.
const INPUTS_MAX: usize = 500;

/// Builds, runs, and prints a line for each parser.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &["--files"], &[])?;
    let (profdata, cov) = (tool("llvm-profdata")?, tool("llvm-cov")?);
    let folder = tree.path("fuzz/target/coverage");
    let (inputs, raw) = (folder.join("inputs"), folder.join("raw"));
    let built = folder.join("built");
    for old in [&inputs, &raw, &built] {
        fuzz::empty(old)?;
    }
    corpus::write(tree, &inputs)?;

    let mut cargo = process::cargo();
    cargo.args(["build", "--release", "--locked", "--quiet"]).current_dir(tree.path("fuzz"));
    cargo.env("CARGO_TARGET_DIR", &folder).env("RUSTFLAGS", "-Cinstrument-coverage --cfg=fuzzing");
    // Build scripts are built likewise, and would leave their profiles in the tree.
    cargo.env("LLVM_PROFILE_FILE", built.join("%p.profraw"));
    // Otherwise small functions are compiled in the crates that call them, and their own crate says that they never ran.
    cargo.env("CARGO_INCREMENTAL", "1");
    // It is run once only, so that building takes longer than running.
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    process::run(&mut cargo)?;

    let targets = fuzz::targets(tree, "")?;
    let mut programs = Vec::new();
    let mut count = 0usize;
    for target in &targets {
        let program = folder.join("release").join(target);
        let mut files = files(&inputs.join(target))?;
        files.extend(self::files(&tree.path(fuzz::CORPORA).join(target))?);
        count = count.saturating_add(files.len());
        for some in files.chunks(INPUTS_MAX) {
            let mut command = Command::new(&program);
            command.env("LLVM_PROFILE_FILE", raw.join(format!("{target}-%p.profraw"))).args(some);
            let log = folder.join("log");
            let ended = process::run_logged(&mut command, &log, std::time::Duration::from_secs(600))?;
            if ended != process::Ended::Well {
                return Err(format!("`{target}` fails on what it is known to pass: {}", log.display()));
            }
        }
        programs.push(program);
    }
    let merged = folder.join("merged.profdata");
    process::run(
        Command::new(profdata).args(["merge", "--sparse", "-o"]).arg(&merged).args(self::files(&raw)?),
    )?;
    println!("coverage: {count} inputs of {} targets", targets.len());
    let report = Report::read(&export(&cov, &merged, &programs)?, tree.root())?;
    print(&report, arguments.iter().any(|argument| argument == "--files"))?;
    Ok(())
}

/// A line for each parser, and for each of its files if they are asked for.
fn print(report: &Report, with_files: bool) -> Outcome {
    println!("{:<40}{:>9}{:>9}{:>7}", "parser", "regions", "covered", "%");
    let mut below = 0usize;
    for (name, places) in PARSERS {
        let sum = report.sum(places);
        let percent = sum.percent().ok_or(format!("no region of `{name}` is in the programs"))?;
        below = below.saturating_add(usize::from(percent < GOAL_PERCENT));
        println!("{name:<40}{:>9}{:>9}{percent:>7}", sum.regions, sum.covered);
        for (file, part) in report.files(places).filter(|_| with_files) {
            let percent = part.percent().unwrap_or_default();
            println!("  {file:<38}{:>9}{:>9}{percent:>7}", part.regions, part.covered);
        }
    }
    let parsers: Vec<&str> = PARSERS.iter().flat_map(|(_, places)| places.iter().copied()).collect();
    let all = report.sum(&parsers);
    println!(
        "coverage: {} of {} regions of all parsers, {} %; {below} of {} parsers below the goal of {GOAL_PERCENT} %",
        all.covered,
        all.regions,
        all.percent().unwrap_or_default(),
        PARSERS.len()
    );
    Ok(())
}

/// What the tool tells of every file, as JSON.
fn export(cov: &Path, merged: &Path, programs: &[PathBuf]) -> Result<String, String> {
    let mut command = Command::new(cov);
    command
        .args(["export", "--summary-only", "--format=text"])
        .arg(format!("--instr-profile={}", merged.display()));
    for program in programs {
        command.arg("--object").arg(program);
    }
    process::output(&mut command)
}

/// The files in a folder; none if there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(wrong)?;
    let mut files =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    files.sort();
    Ok(files)
}

/// A program of the LLVM that the compiler has: profiles of another one are not read.
fn tool(name: &str) -> Result<PathBuf, String> {
    let told = process::output(Command::new("rustc").arg("-vV"))?;
    let line = |start: &str| told.lines().find_map(|line| line.strip_prefix(start)).unwrap_or_default();
    let major = line("LLVM version: ").split('.').next().unwrap_or_default();
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let places = [
        PathBuf::from(format!("{}/lib/rustlib/{}/bin/{name}", sysroot.trim(), line("host: "))),
        PathBuf::from(format!("/usr/lib/llvm-{major}/bin/{name}")),
    ];
    places.into_iter().find(|place| place.is_file()).ok_or(format!(
        "{name} of LLVM {major} is missing: `rustup component add llvm-tools`, or Debian's package llvm-{major}"
    ))
}
