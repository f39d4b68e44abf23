//! `plan`, `apply` and `export`: keys as code.

mod difference;
mod export;
mod show;

use std::path::{Path, PathBuf};

use clap::Args;
use strongroom_std::keys_as_code::{self, Declaration, DeclarationError, PlanError};

use crate::Answer;
use crate::confirm::confirm;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::output::Output;
use crate::session::{Session, VaultOptions, with_input};

pub(crate) use self::export::{Export, export};

#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is changed. The exit status is 0 if the vault is as declared, and 1 if it is not.
`strongroom help keys-as-code` describes the file.

Example:
  strongroom plan keys.toml")]
pub(crate) struct Plan {
    /// What is to be, in TOML
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    options: VaultOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The plan is shown first, and done after a yes. A second run changes nothing. What would take away
something that others may use (keys, aliases, grants and callers that are not declared) is left
unless --allow-destroy is given; then the exit status is 1.

Examples:
  strongroom apply keys.toml
  strongroom apply keys.toml --yes --json")]
pub(crate) struct Apply {
    /// What is to be, in TOML
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also take away what is not declared: keys (after 30 days of waiting), aliases, grants, callers
    #[arg(long)]
    allow_destroy: bool,
    /// Do it without being asked
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    options: VaultOptions,
}

/// Says what would change.
pub(crate) fn plan(arguments: &Plan, output: &mut Output) -> Result<Answer, CommandError> {
    let Plan { file, options } = arguments;
    let plan = with_input(options, || read(file), |session, declaration| compare(session, &declaration))?;
    if output.is_json() {
        show::in_json(&plan, 0, false, output)?;
    } else {
        show::plan(&plan, false, output)?;
    }
    Ok(if plan.steps.is_empty() { Answer::Yes } else { Answer::No })
}

/// Does what a plan says.
pub(crate) fn apply(arguments: &Apply, output: &mut Output) -> Result<Answer, CommandError> {
    let Apply { file, allow_destroy, yes, options } = arguments;
    let is_json = output.is_json();
    let read = || read(file);
    let (plan, done, refused) = with_input(options, read, |session, declaration| {
        let plan = compare(session, &declaration)?;
        if !is_json {
            show::plan(&plan, *allow_destroy, output)?;
        }
        let to_do = plan.steps.iter().filter(|step| *allow_destroy || !step.change.is_destructive()).count();
        if to_do > 0 && !yes {
            confirm(&format!("Do {to_do} of these {}?", plan.steps.len()), "--yes", output)?;
        }
        let (mut done, mut at) = (0usize, None);
        let applied = session.ask(|vault, caller| {
            let show = |_: &keys_as_code::Step| done = done.saturating_add(1);
            plan.apply(vault, caller, *allow_destroy, show).map_err(|refused| {
                at = Some(refused.step);
                refused.error
            })
        });
        let refused = applied.err().map(|error| match at {
            Some(step) => error.at(step),
            None => error,
        });
        Ok((plan, done, refused))
    })?;
    let left = plan.steps.len().saturating_sub(done);
    if is_json {
        show::in_json(&plan, done, *allow_destroy, output)?;
    } else if !plan.steps.is_empty() {
        output.line(&match (left, &refused) {
            (_, Some(_)) => format!("{done} done, which stays; {left} not done"),
            (0, None) => format!("{done} done"),
            (left, None) => format!("{done} done, {left} left: to take something away, give --allow-destroy"),
        })?;
    }
    match refused {
        Some(error) => Err(error),
        None => Ok(if left == 0 { Answer::Yes } else { Answer::No }),
    }
}

pub(crate) fn read(path: &Path) -> Result<Declaration, CommandError> {
    Declaration::read(path).map_err(|error| match error {
        DeclarationError::Io(path, error) => CommandError::file(&path, &error),
        DeclarationError::Toml(message) => {
            CommandError::new(format_args!("{}: {}", path.display(), message.trim_end()))
                .next("`strongroom help keys-as-code` describes the file")
        }
        other => CommandError::new(other),
    })
}

/// The plan, as whoever asks sees the vault.
fn compare(session: &Session, declaration: &Declaration) -> Result<keys_as_code::Plan, CommandError> {
    let planned = session.ask(|vault, caller| match keys_as_code::Plan::of(vault, caller, declaration) {
        Err(PlanError::Vault(error)) => Err(error),
        other => Ok(other),
    })?;
    planned.map_err(|error| {
        let kind = match &error {
            PlanError::NoSuchKey { .. } => Kind::NotFound,
            PlanError::Immutable { .. } => Kind::InvalidState,
            _ => Kind::Usage,
        };
        CommandError::of(kind, error)
    })
}
