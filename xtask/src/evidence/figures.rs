//! What commands said when they were last recorded: files in `docs/evidence/`, which `cargo xtask record` writes.

use std::time::Duration;

use crate::process;
use crate::tree::Tree;

/// Where the records are, one file each.
pub(crate) const FOLDER: &str = "docs/evidence";
/// The record of tests: how many ran for each filter.
pub(crate) const TESTS: &str = "tests";

/// What a command said in the end, and when, on what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub command: String,
    pub date: String,
    pub commit: String,
    pub machine: String,
    pub took: String,
    /// The lines that it closed with.
    pub closing: Vec<String>,
}

impl Record {
    /// A record of what has just been run on this tree, on this machine.
    pub(crate) fn now(
        tree: &Tree,
        command: &str,
        took: Duration,
        closing: Vec<String>,
    ) -> Result<Self, String> {
        let git = |arguments: &[&str]| {
            process::output(std::process::Command::new("git").args(arguments).current_dir(tree.root()))
        };
        // The records themselves, and the page made of them, say nothing of what was run.
        let changed = git(&["status", "--porcelain", "--", ".", ":!docs/evidence", ":!docs/evidence.md"])?;
        let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
        let changed = if changed.trim().is_empty() { "" } else { ", with changes that were not committed" };
        let cores = std::thread::available_parallelism().map_or(1, core::num::NonZero::get);
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown");
        Ok(Record {
            command: command.to_owned(),
            date: process::output(std::process::Command::new("date").args(["-u", "+%F"]))?.trim().to_owned(),
            commit: format!("{}{changed}", commit.trim()),
            machine: format!(
                "{cores} cores, {} {}, load {load} at the end",
                std::env::consts::OS,
                std::env::consts::ARCH
            ),
            took: format!("{} s", took.as_secs()),
            closing,
        })
    }

    /// Writes it over the record of the same name.
    pub(crate) fn write(&self, tree: &Tree, name: &str) -> Result<String, String> {
        let Record { command, date, commit, machine, took, closing } = self;
        let file = format!("{FOLDER}/{name}.txt");
        let text = format!(
            "command  {command}\ndate     {date}\ncommit   {commit}\nmachine  {machine}\ntook     {took}\n\n{}\n",
            closing.join("\n")
        );
        let wrong = |error: std::io::Error| format!("{file}: {error}");
        std::fs::create_dir_all(tree.path(FOLDER)).map_err(wrong)?;
        std::fs::write(tree.path(&file), text).map_err(wrong)?;
        Ok(file)
    }

    /// The record of this name, or nothing if there is none yet.
    pub(crate) fn of(tree: &Tree, name: &str) -> Result<Option<Self>, String> {
        let file = format!("{FOLDER}/{name}.txt");
        if !tree.path(&file).is_file() {
            return Ok(None);
        }
        Record::read(&tree.read(&file)?).map(Some).ok_or(format!("{file} is no record"))
    }

    fn read(text: &str) -> Option<Self> {
        let (head, closing) = text.split_once("\n\n")?;
        let mut lines = head.lines();
        let mut value = |name: &str| Some(lines.next()?.strip_prefix(name)?.trim_start().to_owned());
        Some(Record {
            command: value("command")?,
            date: value("date")?,
            commit: value("commit")?,
            machine: value("machine")?,
            took: value("took")?,
            closing: closing.lines().map(str::to_owned).collect(),
        })
    }
}

/// The lines that a command closes with, of all that it printed: those that bear its name, or else the last that are no
/// talk of `cargo` and its tests.
pub(crate) fn closing(name: &str, output: &str) -> Vec<String> {
    /// More than this is a table, whose end says little.
    const LINES_MAX: usize = 40;
    let mark = format!("{name}: ");
    let lines: Vec<&str> = output.lines().map(without_dots).filter(|line| !is_talk(line)).collect();
    let marked: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with(&mark)).collect();
    let kept = if marked.is_empty() { lines } else { marked };
    let first = kept.len().saturating_sub(LINES_MAX);
    kept.into_iter().skip(first).map(|line| line.trim_end().to_owned()).collect()
}

/// How many tests passed, if any did and none failed.
pub(crate) fn passed(output: &str) -> Option<usize> {
    let results: Vec<&str> = output.lines().filter_map(|line| line.strip_prefix("test result: ")).collect();
    let count = |result: &&str| result.strip_prefix("ok. ")?.split(' ').next()?.parse::<usize>().ok();
    let counts: Vec<usize> = results.iter().map(count).collect::<Option<_>>()?;
    Some(counts.into_iter().fold(0usize, usize::saturating_add)).filter(|sum| *sum > 0)
}

/// The dots that stand for tests before what one of them prints.
fn without_dots(line: &str) -> &str {
    line.trim_start_matches('.')
}

fn is_talk(line: &str) -> bool {
    let line = line.trim();
    let starts = ["running ", "test result: ", "test ", "Compiling ", "Finished ", "Running ", "successes:"];
    line.is_empty() || starts.iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{Record, closing, passed};

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let text = "command  cargo xtask bits\ndate     2026-11-23\ncommit   986fe5c\nmachine  2 cores\ntook     7 s\n\nbits: 1\nbits: 2\n";
        let record = Record::read(text).unwrap();
        assert_eq!((record.command.as_str(), record.took.as_str()), ("cargo xtask bits", "7 s"));
        assert_eq!(record.closing, ["bits: 1", "bits: 2"]);
        assert_eq!(Record::read("command  a\n\nb\n"), None);
    }

    #[test]
    fn closing_lines_are_those_with_the_name_or_the_last() {
        let output = "running 2 tests\n..bits: 3 flipped\nseed 4\n\ntest result: ok. 2 passed; 0 failed\n";
        assert_eq!(closing("bits", output), ["bits: 3 flipped"]);
        assert_eq!(closing("other", output), ["bits: 3 flipped", "seed 4"]);
    }

    #[test]
    fn tests_count_only_if_all_passed_and_some_ran() {
        let ok = |count: usize| format!("test result: ok. {count} passed; 0 failed; 9 filtered out\n");
        assert_eq!(passed(&format!("{}noise\n{}", ok(2), ok(0))), Some(2));
        assert_eq!(passed(&ok(0)), None);
        assert_eq!(passed(&format!("{}test result: FAILED. 1 passed; 1 failed\n", ok(2))), None);
        assert_eq!(passed(""), None);
    }
}
