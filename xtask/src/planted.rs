//! Planted bugs: each row of [`planted_bugs`] goes into a copy of the tree, and its test must fail.
//!
//! A test that fails because the bug does not compile proves nothing. So a row whose check is `cargo test` or
//! `cargo run` must build first; only a row that is about not compiling (`build`, `check`, `clippy`, `doc`, `xtask`) may
//! fail to.

mod check;

use std::time::{Duration, Instant};

use self::check::{Check, Verdict};
use crate::copy::Copy;
use crate::planted_bugs::{PlantedBug, planted_bugs};
use crate::tree::Tree;
use crate::{Outcome, only_known, option};

/// Plants the selected rows one after the other.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &["--list"], &["--only", "--minutes"])?;
    let rows = select(option(arguments, "--only")?.unwrap_or_default())?;
    let minutes = option(arguments, "--minutes")?.map(str::parse::<u64>).transpose();
    let minutes = minutes.map_err(|_| "--minutes needs a number".to_owned())?;
    let end =
        minutes.map(|minutes| Instant::now().checked_add(Duration::from_secs(minutes.saturating_mul(60))));
    if arguments.iter().any(|argument| argument == "--list") {
        for row in &rows {
            println!("{}\n    {}\n    cargo {}", row.name, row.file, row.check);
        }
        return Ok(());
    }
    unique_names()?;

    let copy = Copy::of(tree, "planted")?;
    let mut missed: Vec<&str> = Vec::new();
    let mut skipped: Vec<&str> = Vec::new();
    for row in &rows {
        if !copy.has_place_for(row)? {
            println!("MISSED         -    {}  [`find` is not in {} exactly once]", row.name, row.file);
            missed.push(row.name);
        }
    }
    let mut checks: Vec<Check> = Vec::new();
    for row in &rows {
        if missed.contains(&row.name) {
            continue;
        }
        if end.flatten().is_some_and(|end| Instant::now() > end) {
            skipped.push(row.name);
            continue;
        }
        // Without a bug it must pass; only checks whose turn comes are tried.
        if !checks.iter().any(|check| check.is(row.check)) {
            let start = Instant::now();
            checks.push(Check::passing(row.check, &copy)?);
            println!("passes {:>7.1} s  cargo {}", start.elapsed().as_secs_f32(), row.check);
        }
        let check = checks.iter().find(|check| check.is(row.check)).ok_or("a check without a baseline")?;
        if check.is_skipped() {
            skipped.push(row.name);
            continue;
        }
        let start = Instant::now();
        copy.plant(row)?;
        let verdict = check.judge(&copy);
        copy.restore(tree, row)?;
        let (word, remark) = match verdict? {
            Verdict::Caught(by) => ("caught", by),
            Verdict::Missed => ("MISSED", format!("`cargo {}` passes", row.check)),
            Verdict::DoesNotCompile => ("MISSED", "the bug does not compile".to_owned()),
        };
        println!("{word} {:>7.1} s  {}  [{remark}]", start.elapsed().as_secs_f32(), row.name);
        if word == "MISSED" {
            missed.push(row.name);
        }
    }
    for name in &skipped {
        println!("not run    -    {name}");
    }
    let (bugs, skipped, missed_count) = (rows.len(), skipped.len(), missed.len());
    let caught = bugs.saturating_sub(skipped).saturating_sub(missed_count);
    println!(
        "planted: {bugs} bugs, {caught} caught, {missed_count} missed, {skipped} not run for lack of time or of what they need"
    );
    if missed.is_empty() { Ok(()) } else { Err(format!("missed\n  {}", missed.join("\n  "))) }
}

/// The rows with this text in name, file or check.
pub(crate) fn select(only: &str) -> Result<Vec<&'static PlantedBug>, String> {
    let named = |row: &&PlantedBug| [row.name, row.file, row.check].iter().any(|text| text.contains(only));
    let rows: Vec<_> = planted_bugs().filter(named).collect();
    if rows.is_empty() { Err(format!("no row has `{only}` in it")) } else { Ok(rows) }
}

fn unique_names() -> Outcome {
    let mut names: Vec<&str> = planted_bugs().map(|row| row.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => Err(format!("two rows are called {pair:?}")),
        None => Ok(()),
    }
}
