//! `key list`: keys with the aliases that the caller may list.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;
use strongroom_std::KeyDescription;
use strongroom_std::operation::{DescribeKey, ListAliases, ListKeys};

use super::facts::KeyInJson;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::kms::{Kms, with_kms};
use crate::output::Output;
use crate::session::VaultOptions;

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Describe each key too: its state, its spec and what it is for
    #[arg(short, long)]
    long: bool,
}

struct Listed {
    key_id: String,
    arn: String,
    /// `None`: the caller may not list aliases.
    aliases: Option<Vec<String>>,
    /// `None`: not asked for, or the caller may not.
    description: Option<KeyDescription>,
}

#[derive(Serialize)]
struct ListedInJson<'a> {
    key_id: &'a str,
    arn: &'a str,
    aliases: &'a Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Option<KeyInJson>>,
}

/// Lists the keys.
pub(super) fn run(arguments: &List, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let listed = with_kms(options, |kms| listed(kms, arguments.long))?;
    if output.is_json() {
        return listed.iter().try_for_each(|key| {
            let described = || key.description.as_ref().map(KeyInJson::described);
            output.json(&ListedInJson {
                key_id: &key.key_id,
                arn: &key.arn,
                aliases: &key.aliases,
                key: arguments.long.then(described),
            })
        });
    }
    let aliases =
        |key: &Listed| key.aliases.as_ref().map_or_else(|| "?".to_owned(), |names| names.join(", "));
    if !arguments.long {
        let rows: Vec<[String; 2]> = listed.iter().map(|key| [key.key_id.clone(), aliases(key)]).collect();
        return Ok(output.table(["KEY", "ALIASES"], &rows)?);
    }
    let rows: Vec<[String; 5]> = listed
        .iter()
        .map(|key| {
            let of = |text: fn(&KeyDescription) -> String| {
                key.description.as_ref().map_or_else(|| "?".to_owned(), text)
            };
            [
                key.key_id.clone(),
                of(|key| key.facts.state.name().to_owned()),
                of(|key| key.facts.spec.name().to_owned()),
                aliases(key),
                of(|key| key.description.clone()),
            ]
        })
        .collect();
    Ok(output.table(["KEY", "STATE", "SPEC", "ALIASES", "DESCRIPTION"], &rows)?)
}

fn listed(kms: Kms<'_>, is_long: bool) -> Result<Vec<Listed>, CommandError> {
    let mut keys = Vec::new();
    let mut marker = None;
    loop {
        let request = ListKeys { limit: 1000, marker: marker.as_ref() };
        let page = kms.ask(|asked| asked.list_keys(request))?;
        keys.extend(page.keys);
        marker = page.next_marker;
        if marker.is_none() {
            break;
        }
    }
    let mut aliases = aliases(kms)?;
    let mut listed = Vec::with_capacity(keys.len());
    for (key, arn) in keys {
        let key_id = key.to_string();
        let description = if is_long {
            allowed(kms.ask(|asked| asked.describe_key(DescribeKey::new(&key_id))))?
        } else {
            None
        };
        let its_aliases = aliases.as_mut().map(|aliases| aliases.remove(&key_id).unwrap_or_default());
        listed.push(Listed { arn, key_id, aliases: its_aliases, description });
    }
    Ok(listed)
}

/// Aliases by their keys, if the caller may list them.
fn aliases(kms: Kms<'_>) -> Result<Option<BTreeMap<String, Vec<String>>>, CommandError> {
    let mut aliases: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut marker = None;
    loop {
        let request = ListAliases { key_id: None, limit: 100, marker: marker.as_ref() };
        let Some(page) = allowed(kms.ask(|asked| asked.list_aliases(request)))? else {
            return Ok(None);
        };
        for alias in page.aliases {
            aliases.entry(alias.target_key_id.to_string()).or_default().push(alias.alias_name);
        }
        marker = page.next_marker;
        if marker.is_none() {
            aliases.values_mut().for_each(|names| names.sort());
            return Ok(Some(aliases));
        }
    }
}

/// What the caller may not know is left out.
fn allowed<T>(asked: Result<T, CommandError>) -> Result<Option<T>, CommandError> {
    match asked {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind == Kind::Denied => Ok(None),
        Err(error) => Err(error),
    }
}
