//! `strongroom alias`: other names of keys.

use clap::Subcommand;
use serde::Serialize;
use strongroom_std::AliasListEntry;
use strongroom_std::operation::{CreateAlias, DeleteAlias, ListAliases, UpdateAlias};

use crate::Answer;
use crate::error::CommandError;
use crate::instant::{Instant, or_dash};
use crate::kms::with_kms;
use crate::output::Output;
use crate::session::VaultOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum AliasCommand {
    /// Give a key another name
    #[command(after_help = "Example:\n  strongroom alias create alias/settings KEY")]
    Create {
        /// The name, such as alias/settings
        alias: String,
        /// The key: its id, ARN or another alias
        key: String,
    },
    /// Give an alias to another key; from then on it names that one
    Update {
        /// The alias
        alias: String,
        /// The key: its id, ARN or another alias
        key: String,
    },
    /// Take an alias away; the key stays
    Delete {
        /// The alias
        alias: String,
    },
    /// List aliases
    List {
        /// Only those of this key
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
}

#[derive(Serialize)]
struct AliasInJson {
    alias: String,
    key_id: String,
    created: Option<Instant>,
    last_updated: Option<Instant>,
}

#[derive(Serialize)]
struct ChangedAlias<'a> {
    alias: &'a str,
    key_id: Option<String>,
}

/// Carries a command out.
pub(crate) fn run(
    command: &AliasCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    match command {
        AliasCommand::Create { alias, key } => {
            let target = with_kms(options, |kms| {
                let target = kms.key_id(key)?;
                let request = CreateAlias { alias_name: alias, target_key_id: &target };
                kms.ask_about(key, |asked| asked.create_alias(request))?;
                Ok(target)
            })?;
            changed(alias, Some(target), output)?;
        }
        AliasCommand::Update { alias, key } => {
            let target = with_kms(options, |kms| {
                let target = kms.key_id(key)?;
                let request = UpdateAlias { alias_name: alias, target_key_id: &target };
                let updated = kms.ask(|asked| asked.update_alias(request));
                updated.map_err(|error| kms.suggest_key(alias, error))?;
                Ok(target)
            })?;
            changed(alias, Some(target), output)?;
        }
        AliasCommand::Delete { alias } => {
            with_kms(options, |kms| {
                let request = DeleteAlias { alias_name: alias };
                kms.ask_about(alias, |asked| asked.delete_alias(request))
            })?;
            changed(alias, None, output)?;
        }
        AliasCommand::List { key } => list(key.as_deref(), options, output)?,
    }
    Ok(Answer::Yes)
}

fn changed(alias: &str, key_id: Option<String>, output: &mut Output) -> Result<(), CommandError> {
    if output.is_json() {
        return output.json(&ChangedAlias { alias, key_id });
    }
    output.line(&match key_id {
        Some(key_id) => format!("{alias} names {key_id}"),
        None => format!("{alias} names nothing any more"),
    })?;
    Ok(())
}

fn list(key: Option<&str>, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let mut aliases: Vec<AliasListEntry> = with_kms(options, |kms| {
        let id = key.map(|key| kms.key_id(key)).transpose()?;
        let mut aliases = Vec::new();
        let mut marker = None;
        loop {
            let request = ListAliases { key_id: id.as_deref(), limit: 100, marker: marker.as_ref() };
            let page = kms.ask(|asked| asked.list_aliases(request))?;
            aliases.extend(page.aliases);
            marker = page.next_marker;
            if marker.is_none() {
                return Ok(aliases);
            }
        }
    })?;
    aliases.sort_by(|one, other| one.alias_name.cmp(&other.alias_name));
    if output.is_json() {
        return aliases.into_iter().try_for_each(|alias| {
            output.json(&AliasInJson {
                key_id: alias.target_key_id.to_string(),
                created: alias.created_ms.map(Instant),
                last_updated: alias.last_updated_ms.map(Instant),
                alias: alias.alias_name,
            })
        });
    }
    let rows: Vec<[String; 3]> = aliases
        .into_iter()
        .map(|alias| [alias.alias_name, alias.target_key_id.to_string(), or_dash(alias.last_updated_ms)])
        .collect();
    Ok(output.table(["ALIAS", "KEY", "SINCE"], &rows)?)
}
