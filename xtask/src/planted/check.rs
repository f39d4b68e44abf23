//! One check: a `cargo` command, how it is built beforehand, and what its failure says.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::copy::Copy;
use crate::process::{self, Ended};

/// Longest time for building, or for a command that passes.
const BUILD_LIMIT: Duration = Duration::from_secs(1200);
/// A check that takes longer than this without optimization gets it.
const SLOW: Duration = Duration::from_secs(20);

/// A check that passes on the tree without bugs.
pub(crate) struct Check {
    arguments: &'static str,
    /// The command that must succeed before a failure counts.
    build: Option<Vec<String>>,
    /// Each bug is a build, and a build without optimization takes a third of the time. Few tests are too slow then.
    is_optimized: bool,
    /// After this long a run counts as hung.
    limit: Duration,
    /// It needs something that is not here, and says so; no bug can make it fail.
    is_skipped: bool,
}

/// What became of a planted bug.
pub(crate) enum Verdict {
    /// The check failed; what failed first.
    Caught(String),
    Missed,
    DoesNotCompile,
}

impl Check {
    /// Runs the check on a tree without bugs.
    pub(crate) fn passing(arguments: &'static str, copy: &Copy) -> Result<Self, String> {
        let build = build_of(arguments)?;
        let mut check =
            Check { arguments, build, is_optimized: false, limit: BUILD_LIMIT, is_skipped: false };
        check.demand_build(copy)?;
        let words = words(arguments);
        let is_test = check.build.is_some();
        if is_test && process::run_logged(&mut check.command(copy, &words), &copy.log(), SLOW)? == Ended::Late
        {
            check.is_optimized = true;
            check.demand_build(copy)?;
        }
        let start = Instant::now();
        let output = check.demand(copy, &words)?;
        check.limit = start.elapsed().saturating_mul(5).saturating_add(Duration::from_secs(60));
        if arguments.starts_with("test") && !output.lines().any(says_something_ran) {
            return Err(format!("`cargo {arguments}` runs no test"));
        }
        // Of tests only some are, each on its own.
        check.is_skipped =
            !arguments.starts_with("test") && output.lines().any(|line| line.starts_with("SKIPPED: "));
        Ok(check)
    }

    pub(crate) fn is_skipped(&self) -> bool {
        self.is_skipped
    }

    pub(crate) fn is(&self, arguments: &str) -> bool {
        self.arguments == arguments
    }

    /// Runs the check on a tree with a bug.
    pub(crate) fn judge(&self, copy: &Copy) -> Result<Verdict, String> {
        if let Some(build) = &self.build
            && process::run_logged(&mut self.command(copy, build), &copy.log(), BUILD_LIMIT)? != Ended::Well
        {
            return Ok(Verdict::DoesNotCompile);
        }
        // Without a build of its own, the check is the build.
        let limit = if self.build.is_some() { self.limit } else { BUILD_LIMIT };
        Ok(match process::run_logged(&mut self.command(copy, &words(self.arguments)), &copy.log(), limit)? {
            Ended::Well => Verdict::Missed,
            Ended::Late => Verdict::Caught("hangs".to_owned()),
            Ended::Badly => Verdict::Caught(first_failure(&logged(copy)?)),
        })
    }

    fn demand_build(&self, copy: &Copy) -> Result<(), String> {
        self.build.as_ref().map_or(Ok(()), |build| self.demand(copy, build).map(|_| ()))
    }

    /// Runs a command that has to succeed, and returns its output.
    fn demand(&self, copy: &Copy, words: &[String]) -> Result<String, String> {
        let ended = process::run_logged(&mut self.command(copy, words), &copy.log(), BUILD_LIMIT)?;
        let output = logged(copy)?;
        if ended == Ended::Well {
            Ok(output)
        } else {
            Err(format!("without any bug, `cargo {}` fails:\n{output}", words.join(" ")))
        }
    }

    /// The command in the copy. `xtask` is this very program, which need not be built again for every bug.
    fn command(&self, copy: &Copy, words: &[String]) -> Command {
        let (mut command, words) = match (words.split_first(), std::env::current_exe()) {
            (Some((first, rest)), Ok(program)) if first == "xtask" => (Command::new(program), rest),
            _ => (process::cargo(), words),
        };
        command.args(words).current_dir(copy.tree()).env("CARGO_TARGET_DIR", copy.target());
        command.env("CARGO_TERM_COLOR", "never").env("CARGO_PROFILE_DEV_DEBUG", "0");
        if !self.is_optimized {
            command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0");
        }
        command
    }
}

fn words(arguments: &str) -> Vec<String> {
    arguments.split_whitespace().map(str::to_owned).collect()
}

/// The command that builds what a check runs, or nothing if the check is about building.
fn build_of(arguments: &str) -> Result<Option<Vec<String>>, String> {
    let mut words = words(arguments);
    // What follows `--` is for the test or program.
    words.truncate(words.iter().position(|word| word == "--").unwrap_or(words.len()));
    match words.first().map(String::as_str) {
        // Doc tests cannot be built alone, and their library can.
        Some("test") if words.iter().any(|word| word == "--doc") => {
            let package = words.windows(2).find(|pair| pair.first().is_some_and(|word| word == "-p"));
            let package = package.ok_or(format!("`{arguments}` names no package with -p"))?;
            Ok(Some([&["check".to_owned()], package].concat()))
        }
        Some("test") => {
            words.insert(1, "--no-run".to_owned());
            Ok(Some(words))
        }
        Some("run") => {
            if let Some(first) = words.first_mut() {
                *first = "build".to_owned();
            }
            Ok(Some(words))
        }
        Some("build" | "check" | "clippy" | "doc" | "xtask") => Ok(None),
        _ => Err(format!("`{arguments}` is no command that a row may have")),
    }
}

fn logged(copy: &Copy) -> Result<String, String> {
    std::fs::read(copy.log())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .map_err(|error| format!("{}: {error}", copy.log().display()))
}

/// `test result: ok. 3 passed; …` with a number other than 0.
fn says_something_ran(line: &str) -> bool {
    line.strip_prefix("test result: ok. ").is_some_and(|rest| !rest.starts_with("0 passed"))
}

/// The first failed test, or the first error.
fn first_failure(output: &str) -> String {
    let failed = |line: &&str| line.starts_with("test ") && line.ends_with("FAILED");
    let wrong = |line: &&str| line.starts_with("error") || line.contains(": ");
    let line = output.lines().find(failed).or(output.lines().find(wrong)).unwrap_or("fails silently");
    line.trim_start_matches("test ").trim_end_matches("FAILED").trim_end_matches([' ', '.']).to_owned()
}
