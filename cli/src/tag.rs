//! `strongroom tag`: names and values on keys, which policies can ask for.

use clap::Subcommand;
use serde::Serialize;
use strongroom_std::operation::{ListResourceTags, Tag, TagResource, UntagResource};

use crate::Answer;
use crate::error::CommandError;
use crate::kms::with_kms;
use crate::output::Output;
use crate::pairs::{Pair, borrowed, pair};
use crate::session::VaultOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum TagCommand {
    /// Tag a key; the value of a tag that it has is replaced
    #[command(after_help = "Example:\n  strongroom tag add alias/settings team=payments")]
    Add {
        /// The key: its id, ARN or alias
        key: String,
        /// The tags
        #[arg(value_name = "NAME=VALUE", value_parser = pair, required = true)]
        tags: Vec<Pair>,
    },
    /// Take tags off a key
    Remove {
        /// The key: its id, ARN or alias
        key: String,
        /// Their names
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
    /// List the tags of a key
    List {
        /// The key: its id, ARN or alias
        key: String,
    },
}

#[derive(Serialize)]
struct TagInJson<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Tagged {
    key_id: String,
}

/// Carries a command out.
pub(crate) fn run(
    command: &TagCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    match command {
        TagCommand::Add { key, tags } => {
            let key_id = with_kms(options, |kms| {
                let id = kms.key_id(key)?;
                let tags: Vec<Tag<'_>> = borrowed(tags);
                let request = TagResource { key_id: &id, tags: &tags };
                kms.ask_about(key, |asked| asked.tag_resource(request))?;
                Ok(id)
            })?;
            told(key_id, "is tagged", output)?;
        }
        TagCommand::Remove { key, names } => {
            let key_id = with_kms(options, |kms| {
                let id = kms.key_id(key)?;
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let request = UntagResource { key_id: &id, tag_keys: &names };
                kms.ask_about(key, |asked| asked.untag_resource(request))?;
                Ok(id)
            })?;
            told(key_id, "has these tags no more", output)?;
        }
        TagCommand::List { key } => list(key, options, output)?,
    }
    Ok(Answer::Yes)
}

fn told(key_id: String, done: &str, output: &mut Output) -> Result<(), CommandError> {
    if output.is_json() {
        return output.json(&Tagged { key_id });
    }
    output.line(&format!("{key_id} {done}"))?;
    Ok(())
}

fn list(key: &str, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let mut tags = with_kms(options, |kms| {
        let id = kms.key_id(key)?;
        let mut tags = Vec::new();
        let mut marker = None;
        loop {
            let request = ListResourceTags { marker: marker.as_ref(), ..ListResourceTags::new(&id) };
            let page = kms.ask_about(key, |asked| asked.list_resource_tags(request))?;
            tags.extend(page.tags);
            marker = page.next_marker;
            if marker.is_none() {
                return Ok(tags);
            }
        }
    })?;
    tags.sort();
    if output.is_json() {
        return tags.iter().try_for_each(|(name, value)| output.json(&TagInJson { name, value }));
    }
    let rows: Vec<[String; 2]> = tags.into_iter().map(|(name, value)| [name, value]).collect();
    Ok(output.table(["NAME", "VALUE"], &rows)?)
}
