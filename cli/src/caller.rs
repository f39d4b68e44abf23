//! `strongroom caller`: users and roles that the vault keeps, with their tags and identity policies.

mod access_key;
mod trust;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;
use strongroom_core::policy::PolicyKind;
use strongroom_std::operation::{DeleteCaller, ListCallers};
use strongroom_std::policy_json::to_json;

use self::access_key::AccessKeyCommand;
use self::trust::TrustArguments;
use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::instant::{Instant, or_dash};
use crate::kms::{KeptCaller, Kms, NewCaller, with_kms, with_kms_input};
use crate::output::Output;
use crate::pairs::{Pair, borrowed, pair};
use crate::policy::compiled;
use crate::session::VaultOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum CallerCommand {
    /// Keep a caller
    Add(Add),
    /// List the callers that are kept
    List,
    /// Show a caller
    Show {
        /// Its name
        name: String,
    },
    /// Take a caller out
    Remove {
        /// Its name
        name: String,
    },
    /// Print the identity policies of a caller, or replace them
    Policy(PolicyArguments),
    /// Make access keys of a user, and look after them
    #[command(subcommand, arg_required_else_help = true)]
    AccessKey(AccessKeyCommand),
    /// Print whom a role trusts, or replace that
    Trust(TrustArguments),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom caller add alice --policy alice.json
  strongroom caller add backup --principal arn:aws:iam::000000000000:role/Backup")]
pub(crate) struct Add {
    /// Its name: letters, digits and +=,.@_-
    name: String,
    /// The ARN of a user or role of the vault's account; else the user of that name
    #[arg(long, value_name = "ARN")]
    principal: Option<String>,
    /// A tag; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    tag: Vec<Pair>,
    /// An identity policy in JSON; may be repeated
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Take the place of a caller of this name
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom caller policy alice
  strongroom caller policy alice --put alice.json --put all.json")]
pub(crate) struct PolicyArguments {
    /// Its name
    name: String,
    /// Replace its policies by this one, in JSON; may be repeated
    #[arg(long, value_name = "FILE")]
    put: Vec<PathBuf>,
    /// Take all its policies away
    #[arg(long, conflicts_with = "put")]
    none: bool,
}

#[derive(Serialize)]
struct CallerInJson<'a> {
    name: &'a str,
    principal: &'a str,
    written: Option<Instant>,
    tags: BTreeMap<&'a str, &'a str>,
    identity_policies: Vec<Value>,
}

#[derive(Serialize)]
struct NameInJson<'a> {
    name: &'a str,
}

/// Carries a command out.
pub(crate) fn run(
    command: &CallerCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    match command {
        CallerCommand::Add(arguments) => add(arguments, options, output)?,
        CallerCommand::List => list(options, output)?,
        CallerCommand::Show { name } => {
            let kept = with_kms(options, |kms| describe(kms, name))?;
            show(&kept, output)?;
        }
        CallerCommand::Remove { name } => {
            with_kms(options, |kms| {
                let removed = kms.ask(|asked| asked.delete_caller(DeleteCaller { name }));
                removed.map_err(|error| no_caller(name, error))
            })?;
            told(name, "is kept no more", output)?;
        }
        CallerCommand::Policy(arguments) => policy(arguments, options, output)?,
        CallerCommand::AccessKey(command) => access_key::run(command, options, output)?,
        CallerCommand::Trust(arguments) => trust::run(arguments, options, output)?,
    }
    Ok(Answer::Yes)
}

fn told(name: &str, done: &str, output: &mut Output) -> Result<(), CommandError> {
    if output.is_json() {
        return output.json(&NameInJson { name });
    }
    output.line(&format!("{name} {done}"))?;
    Ok(())
}

fn no_caller(name: &str, error: CommandError) -> CommandError {
    if error.kind != Kind::NotFound {
        return error;
    }
    CommandError::of(Kind::NotFound, format_args!("the vault keeps no caller `{name}`"))
        .next("`strongroom caller list` shows whom it keeps")
}

fn describe(kms: Kms<'_>, name: &str) -> Result<KeptCaller, CommandError> {
    kms.ask(|asked| asked.describe_caller(name)).map_err(|error| no_caller(name, error))
}

fn identity_policies(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, CommandError> {
    files.iter().map(|path| compiled(path, PolicyKind::Identity)).collect()
}

fn add(arguments: &Add, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let name = &arguments.name;
    with_kms_input(
        options,
        || identity_policies(&arguments.policy),
        |kms, policies| {
            // Whoever else has the file open waits. At an endpoint somebody may keep one of this name in between: then this one
            // takes its place.
            if !arguments.replace && describe(kms, name).is_ok() {
                return Err(CommandError::of(
                    Kind::InvalidState,
                    format_args!("there is a caller `{name}` already"),
                )
                .next("give --replace, or change it with `strongroom caller policy`"));
            }
            let principal = arguments.principal.as_deref();
            let new = NewCaller { name, principal, tags: &arguments.tag, policies: &policies };
            kms.ask(|asked| asked.put_caller(new))
        },
    )?;
    told(name, &format!("is kept; ask in its name with --as {name}"), output)
}

fn list(options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let mut names = with_kms(options, |kms| {
        let mut names = Vec::new();
        let mut marker = None;
        loop {
            let request = ListCallers { limit: 1000, marker: marker.as_ref() };
            let (page, next_marker) = kms.ask(|asked| asked.list_callers(request))?;
            names.extend(page);
            marker = next_marker;
            if marker.is_none() {
                return Ok(names);
            }
        }
    })?;
    names.sort();
    for name in &names {
        if output.is_json() {
            output.json(&NameInJson { name })?;
        } else {
            output.line(name)?;
        }
    }
    Ok(())
}

/// The policies as JSON.
fn policies_in_json(kept: &KeptCaller) -> Result<Vec<Value>, CommandError> {
    let value = |compiled: &Vec<u8>| {
        let json = to_json(compiled).map_err(|error| CommandError::of(Kind::Damaged, error))?;
        serde_json::from_str(&json).map_err(|error| CommandError::of(Kind::Other, error))
    };
    kept.policies.iter().map(value).collect()
}

fn show(kept: &KeptCaller, output: &mut Output) -> Result<(), CommandError> {
    if output.is_json() {
        let tags = borrowed(&kept.tags).into_iter().collect();
        return output.json(&CallerInJson {
            name: &kept.name,
            principal: &kept.principal,
            written: kept.written_ms.map(Instant),
            tags,
            identity_policies: policies_in_json(kept)?,
        });
    }
    let tags: Vec<String> = kept.tags.iter().map(|Pair(name, value)| format!("{name}={value}")).collect();
    Ok(output.facts(&[
        ("caller", kept.name.clone()),
        ("principal", kept.principal.clone()),
        ("written", or_dash(kept.written_ms)),
        ("tags", tags.join(", ")),
        ("policies", format!("{}; strongroom caller policy {} prints them", kept.policies.len(), kept.name)),
    ])?)
}

fn policy(
    arguments: &PolicyArguments,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let PolicyArguments { name, put: files, none } = arguments;
    if files.is_empty() && !none {
        let kept = with_kms(options, |kms| describe(kms, name))?;
        for (compiled, value) in kept.policies.iter().zip(policies_in_json(&kept)?) {
            if output.is_json() {
                output.json(&value)?;
            } else {
                output.text(&to_json(compiled).map_err(|error| CommandError::of(Kind::Damaged, error))?)?;
            }
        }
        return Ok(());
    }
    with_kms_input(
        options,
        || identity_policies(files),
        |kms, policies| {
            let kept = describe(kms, name)?;
            let (principal, tags) = (Some(kept.principal.as_str()), kept.tags.as_slice());
            kms.ask(|asked| asked.put_caller(NewCaller { name, principal, tags, policies: &policies }))
        },
    )?;
    told(name, &format!("has {} identity policies now", files.len()), output)
}
