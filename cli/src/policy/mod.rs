//! `strongroom policy`: one file for each command; the policies of keys in a vault are one.

mod cache;
mod check;
mod compile;
mod context;
mod decide;
mod evaluate;
mod explain;
mod key_policy;
mod line;
mod lint;
mod name;
mod scalar;
mod source;

use crate::Answer;
use crate::arguments::PolicyCommand;
use crate::error::CommandError;
use crate::output::Output;

pub(crate) use self::key_policy::{GetPolicy, PutPolicy};
pub(crate) use self::source::compiled;

/// Carries a command out.
pub(crate) fn run(command: &PolicyCommand, output: &mut Output) -> Result<Answer, CommandError> {
    match command {
        PolicyCommand::Get(arguments) => key_policy::get(arguments, output),
        PolicyCommand::Put(arguments) => key_policy::put(arguments, output),
        PolicyCommand::Evaluate(arguments) => evaluate::run(arguments, output),
        PolicyCommand::Check(arguments) => check::run(arguments, output),
        PolicyCommand::Compile(arguments) => compile::compile(arguments, output),
        PolicyCommand::Decompile(arguments) => compile::decompile(arguments, output),
        PolicyCommand::Explain(arguments) => explain::run(arguments, output),
    }
}
