//! The command `strongroom`. It translates between files, lines and people on one side and the vault's rules on the
//! other, and decides nothing itself.
//!
//! Exit status: see [`exit`] and `docs/command.md`.

mod advice;
mod alias;
mod arguments;
mod audit;
mod backup;
mod caller;
mod confirm;
mod data;
mod declared;
mod error;
mod exit;
mod file;
mod grant;
mod help;
mod input;
mod instant;
mod key;
mod kms;
mod new_file;
mod new_secret;
mod output;
mod pairs;
mod peer;
mod policy;
mod repair;
mod secrets;
mod serve;
mod session;
mod slot;
mod tag;
mod temporary;
mod vault;

use std::env;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::Parser;

use self::arguments::{Arguments, Command};
use self::error::CommandError;
use self::exit::Kind;
use self::output::Output;

/// What a command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Done, or yes.
    Yes,
    /// No, or there are findings.
    No,
    /// What was looked at is damaged.
    Damaged,
}

fn main() -> ExitCode {
    // Also what is wrong with the arguments is said as it was asked for.
    let is_json = env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json");
    let mut output = Output::new(is_json);
    // The engine of the file panics over some damage, and the library catches that: there is nothing to print.
    panic::set_hook(Box::new(|_| {}));
    let ran = panic::catch_unwind(AssertUnwindSafe(|| run(&mut output)));
    let ran = ran.unwrap_or_else(|_| {
        Err(CommandError::of(Kind::Other, "the command met a mistake of ours; please report this"))
    });
    let status = match ran {
        Ok(Answer::Yes) => 0,
        Ok(Answer::No) => Kind::No.status(),
        Ok(Answer::Damaged) => Kind::Damaged.status(),
        Err(error) if error.kind == Kind::DryRun => match vault::would_have_worked(&mut output) {
            Ok(()) => 0,
            Err(error) => fail(&mut output, &error),
        },
        Err(error) => fail(&mut output, &error),
    };
    ExitCode::from(status)
}

fn fail(output: &mut Output, error: &CommandError) -> u8 {
    output.complain(error);
    error.kind.status()
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
        Err(wrong) => return Err(CommandError::usage(&wrong.render().to_string())),
    };
    if arguments.endpoint.is_some() && !arguments.command.is_for_endpoints() {
        return Err(kms::needs_the_file());
    }
    let answer = match &arguments.command {
        Command::Init(arguments) => vault::init(arguments, output),
        Command::Status(options) => vault::status(options, output),
        Command::Verify(options) => vault::verify(options, output),
        Command::Repair(arguments) => repair::repair(arguments, output),
        Command::Backup(arguments) => backup::backup(arguments, output),
        Command::Restore(arguments) => backup::restore(arguments, output),
        Command::Salvage(arguments) => vault::salvage(arguments, output),
        Command::Tick(options) => vault::tick(options, output),
        Command::AcceptTime(options) => vault::accept_time(options, output),
        Command::Slot { options, command } => slot::run(command, options, output),
        Command::Key { options, command } => key::run(command, options, output),
        Command::Alias { options, command } => alias::run(command, options, output),
        Command::Tag { options, command } => tag::run(command, options, output),
        Command::Grant { options, command } => grant::run(command, options, output),
        Command::Caller { options, command } => caller::run(command, options, output),
        Command::Peer { options, command } => peer::run(command, options, output),
        Command::Policy(command) => policy::run(command, output),
        Command::Plan(arguments) => declared::plan(arguments, output),
        Command::Apply(arguments) => declared::apply(arguments, output),
        Command::Export(arguments) => declared::export(arguments, output),
        Command::Encrypt(arguments) => data::encrypt(arguments, output),
        Command::Decrypt(arguments) => data::decrypt(arguments, output),
        Command::Reencrypt(arguments) => data::reencrypt(arguments, output),
        Command::File { options, command } => file::run(command, options, output),
        Command::DataKey(arguments) => data::data_key(arguments, output),
        Command::Mac { options, command } => data::mac(command, options, output),
        Command::Random(arguments) => data::random(arguments, output),
        Command::Audit { options, command } => audit::run(command, options, output),
        Command::Serve(arguments) => serve::serve(arguments, output),
        Command::Help(arguments) => help::run(arguments, output),
        Command::Completions(arguments) => help::completions(arguments, output),
        Command::Man(arguments) => help::man(arguments, output),
    }?;
    output.flush()?;
    Ok(answer)
}
