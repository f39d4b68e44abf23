//! The command `strongroom`. It translates between files, lines and people on one side and the vault's rules on the
//! other, and decides nothing itself.
//!
//! Exit status: 0 yes, 1 no or findings, 2 wrong usage or input that cannot be read.

mod arguments;
mod error;
mod input;
mod output;
mod policy;

use std::process::ExitCode;

use clap::Parser;

use self::arguments::{Arguments, Command};
use self::error::CommandError;
use self::output::Output;

/// What a command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Done, or yes.
    Yes,
    /// No, or there are findings.
    No,
}

fn main() -> ExitCode {
    let mut output = Output::new();
    match run(&mut output) {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Err(error) => {
            output.complain(&error);
            ExitCode::from(2)
        }
    }
}

fn run(output: &mut Output) -> Result<Answer, CommandError> {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are asked for; anything else is wrong usage.
        Err(shown) if !shown.use_stderr() => {
            output.text(&shown.render().to_string())?;
            output.flush()?;
            return Ok(Answer::Yes);
        }
        Err(wrong) => return Err(CommandError::usage(wrong.render().to_string())),
    };
    let Command::Policy(command) = arguments.command;
    let answer = policy::run(&command, output)?;
    output.flush()?;
    Ok(answer)
}
