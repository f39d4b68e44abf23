//! `strongroom caller access-key`: what users sign requests to an endpoint with.

use clap::{Args, Subcommand};
use serde::Serialize;
use strongroom_std::access_key::AccessKeyId;
use strongroom_std::operation::{CreateAccessKey, DeleteAccessKey, ListAccessKeys, UpdateAccessKey};

use super::no_caller;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::instant::{Instant, or_dash};
use crate::kms::{AccessKey, with_kms};
use crate::output::Output;
use crate::session::VaultOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum AccessKeyCommand {
    /// Make one, and show its secret this once
    Create {
        /// The name of the kept user
        name: String,
    },
    /// List those of a user
    List {
        /// The name of the kept user
        name: String,
    },
    /// Let nobody use one, until it is enabled again
    Disable(One),
    /// Let it be used again
    Enable(One),
    /// Take one out
    Delete(One),
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The name of the kept user
    name: String,
    /// The access key: AKIA and 16 letters
    #[arg(value_name = "ID", value_parser = access_key_id)]
    id: AccessKeyId,
}

#[derive(Serialize)]
struct CreatedInJson<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
}

#[derive(Serialize)]
struct ListedInJson<'a> {
    access_key_id: &'a str,
    created: Option<Instant>,
    status: &'a str,
}

#[derive(Serialize)]
struct ChangedInJson<'a> {
    access_key_id: &'a str,
}

fn access_key_id(text: &str) -> Result<AccessKeyId, String> {
    AccessKeyId::parse(text).ok_or_else(|| "this is no access key id of a vault".to_owned())
}

const fn status(facts: &AccessKey) -> &'static str {
    if facts.is_active { "Active" } else { "Inactive" }
}

pub(super) fn run(
    command: &AccessKeyCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let (One { name, id }, is_active) = match command {
        AccessKeyCommand::Create { name } => return create(name, options, output),
        AccessKeyCommand::List { name } => return list(name, options, output),
        AccessKeyCommand::Delete(one) => (one, None),
        AccessKeyCommand::Disable(one) => (one, Some(false)),
        AccessKeyCommand::Enable(one) => (one, Some(true)),
    };
    let done = with_kms(options, |kms| {
        kms.ask(|asked| {
            let access_key_id = *id;
            match is_active {
                Some(is_active) => {
                    asked.update_access_key(UpdateAccessKey { caller: name, access_key_id, is_active })
                }
                None => asked.delete_access_key(DeleteAccessKey { caller: name, access_key_id }),
            }
        })
    });
    done.map_err(|error| no_access_key(name, id, error))?;
    if output.is_json() {
        return output.json(&ChangedInJson { access_key_id: id.as_str() });
    }
    let change = match is_active {
        Some(true) => "can be used again",
        Some(false) => "cannot be used until it is enabled",
        None => "is gone",
    };
    Ok(output.line(&format!("{id} {change}"))?)
}

fn no_access_key(name: &str, id: &AccessKeyId, error: CommandError) -> CommandError {
    if error.kind != Kind::NotFound {
        return error;
    }
    CommandError::of(Kind::NotFound, format_args!("`{name}` has no access key {id}"))
        .next(format!("`strongroom caller access-key list {name}` shows what it has"))
}

fn create(name: &str, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let made = with_kms(options, |kms| {
        kms.ask(|asked| asked.create_access_key(CreateAccessKey { caller: name }))
            .map_err(|error| no_caller(name, error))
    })?;
    let secret = std::str::from_utf8(made.secret.as_bytes()).unwrap_or_default();
    if output.is_json() {
        return output.json(&CreatedInJson { access_key_id: made.id.as_str(), secret_access_key: secret });
    }
    output.facts(&[("access key id", made.id.to_string()), ("secret access key", secret.to_owned())])?;
    Ok(output.line("nobody is shown the secret again")?)
}

fn list(name: &str, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let listed =
        with_kms(options, |kms| kms.ask(|asked| asked.list_access_keys(ListAccessKeys { caller: name })))?;
    for facts in &listed {
        if output.is_json() {
            let (access_key_id, created) = (facts.id.as_str(), facts.created_ms.map(Instant));
            output.json(&ListedInJson { access_key_id, created, status: status(facts) })?;
        } else {
            output.line(&format!("{}  {}  {}", facts.id, or_dash(facts.created_ms), status(facts)))?;
        }
    }
    Ok(())
}
