//! Running other programs.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// Runs a program with our own output, and fails if it does.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let name = name(command);
    let status = command.stdin(Stdio::null()).status().map_err(|error| format!("`{name}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{name}` failed: {status}")) }
}

/// Runs a program and returns what it wrote to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = name(command);
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("`{name}`: {error}"))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|_| format!("`{name}` did not write text"))
    } else {
        Err(format!("`{name}` failed: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
    }
}

/// How a program ended that was given limited time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Well,
    Badly,
    /// Its time was up; it and everything it had started was killed.
    Late,
}

/// Runs a program for at most `limit`, with all its output in the file `log`.
pub(crate) fn run_logged(command: &mut Command, log: &Path, limit: Duration) -> Result<Ended, String> {
    let name = name(command);
    let wrong = |error: std::io::Error| format!("`{name}`: {error}");
    let file = File::create(log).map_err(wrong)?;
    command.stdin(Stdio::null()).stdout(file.try_clone().map_err(wrong)?).stderr(file);
    // A group of its own, so that the tests which cargo started can be ended with it.
    let mut child = command.process_group(0).spawn().map_err(wrong)?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(wrong)? {
            return Ok(if status.success() { Ended::Well } else { Ended::Badly });
        }
        if start.elapsed() > limit {
            run(Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]))?;
            child.wait().map_err(wrong)?;
            return Ok(Ended::Late);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// `cargo`, the one that runs us.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn name(command: &Command) -> String {
    let words = core::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
