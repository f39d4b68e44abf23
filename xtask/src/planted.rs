//! Planted bugs: each row of [`PLANTED_BUGS`] goes into a copy of the tree, and its test must fail.
//!
//! A test that fails because the bug does not compile proves nothing. So a row whose check is `cargo test` or
//! `cargo run` must build first; only a row that is about not compiling (`build`, `check`, `clippy`, `doc`, `xtask`) may
//! fail to.

mod check;
mod copy;

use std::time::Instant;

use self::check::{Check, Verdict};
use self::copy::Copy;
use crate::planted_bugs::{PLANTED_BUGS, PlantedBug};
use crate::tree::Tree;
use crate::{Outcome, only_known, option};

/// Plants the selected rows one after the other.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &["--list"], &["--only", "--part"])?;
    let rows = select(option(arguments, "--only")?, option(arguments, "--part")?)?;
    if arguments.iter().any(|argument| argument == "--list") {
        for row in &rows {
            println!("{}\n    {}\n    cargo {}", row.name, row.file, row.check);
        }
        return Ok(());
    }
    unique_names()?;

    let copy = Copy::of(tree)?;
    let stale: Vec<&str> = rows.iter().filter(|row| copy.plant(row).is_err()).map(|row| row.name).collect();
    for row in &rows {
        copy.restore(tree, row)?;
    }
    let checks = baseline(&copy, &rows)?;

    let mut missed: Vec<String> = stale.iter().map(|name| format!("{name} (stale)")).collect();
    for row in &rows {
        if stale.contains(&row.name) {
            println!("STALE            {}: `find` is not in {} exactly once", row.name, row.file);
            continue;
        }
        let start = Instant::now();
        copy.plant(row)?;
        let check = checks.iter().find(|check| check.is(row.check)).ok_or("a check without a baseline")?;
        let verdict = check.judge(&copy);
        copy.restore(tree, row)?;
        let verdict = verdict?;
        let (word, remark) = match &verdict {
            Verdict::Caught(by) => ("caught", by.clone()),
            Verdict::Missed => ("MISSED", format!("`cargo {}` passes", row.check)),
            Verdict::DoesNotCompile => ("MISSED", "the bug does not compile".to_owned()),
        };
        println!("{word} {:>7.1} s  {}  [{remark}]", start.elapsed().as_secs_f32(), row.name);
        if !matches!(verdict, Verdict::Caught(_)) {
            missed.push(row.name.to_owned());
        }
    }
    let caught = rows.len().saturating_sub(missed.len());
    println!("planted: {} bugs, {caught} caught, {} missed", rows.len(), missed.len());
    if missed.is_empty() { Ok(()) } else { Err(format!("missed\n  {}", missed.join("\n  "))) }
}

/// The rows that `--only SUBSTRING` and `--part K/N` leave: every N-th, from the K-th on.
fn select(only: Option<&str>, part: Option<&str>) -> Result<Vec<&'static PlantedBug>, String> {
    let only = only.unwrap_or_default();
    let named = PLANTED_BUGS
        .iter()
        .filter(|row| row.name.contains(only) || row.file.contains(only) || row.check.contains(only));
    let (first, step) = match part {
        None => (1usize, 1usize),
        Some(part) => part
            .split_once('/')
            .and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)))
            .filter(|(k, n)| (1..=*n).contains(k))
            .ok_or(format!("`{part}` is not a part such as 1/4"))?,
    };
    let rows: Vec<_> = named.skip(first.saturating_sub(1)).step_by(step.max(1)).collect();
    if rows.is_empty() { Err("no row is selected".to_owned()) } else { Ok(rows) }
}

fn unique_names() -> Outcome {
    let mut names: Vec<&str> = PLANTED_BUGS.iter().map(|row| row.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => Err(format!("two rows are called {pair:?}")),
        None => Ok(()),
    }
}

/// Runs every check once on the tree without bugs: it must pass, and must test something.
fn baseline(copy: &Copy, rows: &[&PlantedBug]) -> Result<Vec<Check>, String> {
    let mut checks: Vec<Check> = Vec::new();
    for row in rows {
        if !checks.iter().any(|check| check.is(row.check)) {
            let start = Instant::now();
            checks.push(Check::passing(row.check, copy)?);
            println!("passes {:>7.1} s  cargo {}", start.elapsed().as_secs_f32(), row.check);
        }
    }
    Ok(checks)
}
