//! `strongroom policy`: one file for each command.

mod cache;
mod check;
mod compile;
mod context;
mod decide;
mod evaluate;
mod explain;
mod line;
mod lint;
mod name;
mod scalar;
mod source;

use crate::Answer;
use crate::arguments::PolicyCommand;
use crate::error::CommandError;
use crate::output::Output;

/// Carries a command out.
pub(crate) fn run(command: &PolicyCommand, output: &mut Output) -> Result<Answer, CommandError> {
    match command {
        PolicyCommand::Evaluate(arguments) => evaluate::run(arguments, output),
        PolicyCommand::Check(arguments) => check::run(arguments, output),
        PolicyCommand::Compile(arguments) => compile::compile(arguments, output),
        PolicyCommand::Decompile(arguments) => compile::decompile(arguments, output),
        PolicyCommand::Explain(arguments) => explain::run(arguments, output),
    }
}
