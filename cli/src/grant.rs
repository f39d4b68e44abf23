//! `strongroom grant`: rights on one key for one principal.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde::Serialize;
use strongroom_std::grant::{ConstraintKind, GrantToken};
use strongroom_std::operation::{
    CreateGrant, GrantConstraints, ListGrants, ListRetirableGrants, RetireGrant, RetiredGrant, RevokeGrant,
};
use strongroom_std::policy_json::nearest_name;
use strongroom_std::{Action, GrantListEntry};

use crate::Answer;
use crate::error::CommandError;
use crate::instant::Instant;
use crate::kms::{Kms, with_kms};
use crate::output::Output;
use crate::pairs::{Pair, borrowed, pair};
use crate::session::VaultOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum GrantCommand {
    /// Give a principal rights on a key
    Create(Create),
    /// List the grants of a key, or those that somebody can retire
    List(List),
    /// Give a grant up: for its retiring principal, a grantee who may, and the account that made it
    Retire(Retire),
    /// Take a grant away
    Revoke {
        /// The key: its id, ARN or alias
        key: String,
        /// The id of the grant
        grant_id: String,
        /// Check everything, change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  strongroom grant create alias/settings --grantee alice --operation Decrypt \\
    --context-subset file=settings.toml")]
pub(crate) struct Create {
    /// The key: its id, ARN or alias
    key: String,
    /// Whom: a kept caller, or the ARN of a principal
    #[arg(long, value_name = "CALLER")]
    grantee: String,
    /// What, such as Decrypt; may be repeated
    #[arg(long = "operation", value_name = "OPERATION", value_parser = action, required = true)]
    operations: Vec<Action>,
    /// Who may retire it besides: a kept caller, or the ARN of a principal
    #[arg(long, value_name = "CALLER")]
    retiring: Option<String>,
    /// A name: asking for the same again then answers the grant that there is
    #[arg(long)]
    name: Option<String>,
    /// Only with encryption contexts that have this pair; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, conflicts_with = "context_equals")]
    context_subset: Vec<Pair>,
    /// Only with the encryption context of these pairs; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    context_equals: Vec<Pair>,
    /// Check everything, change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// The key: its id, ARN or alias
    #[arg(required_unless_present = "retirable_by", conflicts_with = "retirable_by")]
    key: Option<String>,
    /// Only grants to this one: a kept caller, or the ARN of a principal
    #[arg(long, value_name = "CALLER", conflicts_with = "retirable_by")]
    grantee: Option<String>,
    /// Those that this one can retire, whatever their keys
    #[arg(long, value_name = "CALLER")]
    retirable_by: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Retire {
    /// The key: its id, ARN or alias
    #[arg(required_unless_present = "token", requires = "grant_id")]
    key: Option<String>,
    /// The id of the grant
    grant_id: Option<String>,
    /// The token of the grant, in place of both
    #[arg(long, value_name = "TOKEN", conflicts_with = "key", value_parser = token)]
    token: Option<GrantToken>,
    /// Check everything, change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Reads the name of an action, with or without `kms:`.
fn action(text: &str) -> Result<Action, String> {
    let name = text.strip_prefix("kms:").unwrap_or(text);
    let found = Action::all().find(|action| action.name().eq_ignore_ascii_case(name));
    found.ok_or_else(|| match nearest_name(name, Action::all().map(Action::name)) {
        Some(nearest) => format!("there is no such operation; did you mean `{nearest}`?"),
        None => "there is no such operation".to_owned(),
    })
}

/// Reads a grant token.
pub(crate) fn token(text: &str) -> Result<GrantToken, String> {
    GrantToken::parse(text).map_err(|error| error.to_string())
}

#[derive(Serialize)]
struct CreatedInJson {
    grant_id: String,
    grant_token: String,
}

#[derive(Serialize)]
struct GrantInJson {
    key_id: String,
    grant_id: String,
    created: Option<Instant>,
    operations: Vec<&'static str>,
    grantee: String,
    retiring: Option<String>,
    issuing_account: String,
    name: String,
    constraint: Option<ConstraintInJson>,
}

#[derive(Serialize)]
struct ConstraintInJson {
    kind: &'static str,
    context: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct EndedInJson {
    is_ended: bool,
}

/// Carries a command out.
pub(crate) fn run(
    command: &GrantCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    match command {
        GrantCommand::Create(arguments) => create(arguments, options, output)?,
        GrantCommand::List(arguments) => list(arguments, options, output)?,
        GrantCommand::Retire(arguments) => retire(arguments, options, output)?,
        GrantCommand::Revoke { key, grant_id, dry_run } => {
            with_kms(options, |kms| {
                let id = kms.key_id(key)?;
                let request = RevokeGrant { key_id: &id, grant_id, dry_run: *dry_run };
                kms.ask_about(key, |asked| asked.revoke_grant(request))
            })?;
            ended("the grant is revoked", output)?;
        }
    }
    Ok(Answer::Yes)
}

fn ended(done: &str, output: &mut Output) -> Result<(), CommandError> {
    if output.is_json() {
        return output.json(&EndedInJson { is_ended: true });
    }
    output.line(done)?;
    Ok(())
}

fn create(arguments: &Create, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let subset = borrowed(&arguments.context_subset);
    let equals = borrowed(&arguments.context_equals);
    let constraints = match (subset.as_slice(), equals.as_slice()) {
        ([], []) => None,
        (subset, []) => Some(GrantConstraints::EncryptionContextSubset(subset)),
        (_, equals) => Some(GrantConstraints::EncryptionContextEquals(equals)),
    };
    let created = with_kms(options, |kms| {
        let id = kms.key_id(&arguments.key)?;
        let grantee = kms.principal(&arguments.grantee)?;
        let retiring = arguments.retiring.as_ref().map(|name| kms.principal(name)).transpose()?;
        let request = CreateGrant {
            retiring_principal: retiring.as_deref(),
            constraints,
            name: arguments.name.as_deref(),
            dry_run: arguments.dry_run,
            ..CreateGrant::new(&id, &grantee, &arguments.operations)
        };
        kms.ask_about(&arguments.key, |asked| asked.create_grant(request))
    })?;
    let told = CreatedInJson { grant_id: created.0.to_string(), grant_token: created.1.to_string() };
    if output.is_json() {
        return output.json(&told);
    }
    Ok(output.facts(&[("grant", told.grant_id), ("token", told.grant_token)])?)
}

fn list(arguments: &List, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let grants = with_kms(options, |kms| listed(kms, arguments))?;
    if output.is_json() {
        return grants.iter().try_for_each(|grant| output.json(&GrantInJson::of(grant)));
    }
    let rows: Vec<[String; 4]> = grants
        .iter()
        .map(|grant| {
            let operations: Vec<&str> = grant.operations.iter().map(|action| action.name()).collect();
            let constraint = grant.constraints.as_ref().map_or_else(String::new, |(kind, pairs)| {
                let pairs: Vec<String> =
                    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!(" if the context {} {}", kind_words(*kind), pairs.join(", "))
            });
            [
                grant.grant_id.to_string(),
                grant.grantee_principal.clone(),
                grant.name.clone(),
                format!("{}{constraint}", operations.join(", ")),
            ]
        })
        .collect();
    Ok(output.table(["GRANT", "GRANTEE", "NAME", "MAY"], &rows)?)
}

fn listed(kms: Kms<'_>, arguments: &List) -> Result<Vec<GrantListEntry>, CommandError> {
    let mut grants = Vec::new();
    let mut marker = None;
    let id = arguments.key.as_ref().map(|key| kms.key_id(key)).transpose()?;
    let grantee = arguments.grantee.as_ref().map(|name| kms.principal(name)).transpose()?;
    let retiring = arguments.retirable_by.as_ref().map(|name| kms.principal(name)).transpose()?;
    loop {
        let page = match (&id, &retiring) {
            (Some(key_id), _) => {
                let request = ListGrants {
                    key_id,
                    grant_id: None,
                    grantee_principal: grantee.as_deref(),
                    limit: 100,
                    marker: marker.as_ref(),
                };
                let key = arguments.key.as_deref().unwrap_or_default();
                kms.ask_about(key, |asked| asked.list_grants(request))?
            }
            (None, retiring) => {
                let retiring_principal = retiring.as_deref().unwrap_or_default();
                let request = ListRetirableGrants { retiring_principal, limit: 100, marker: marker.as_ref() };
                kms.ask(|asked| asked.list_retirable_grants(request))?
            }
        };
        grants.extend(page.grants);
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(grants);
        }
    }
}

const fn kind_words(kind: ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::EncryptionContextSubset => "has",
        ConstraintKind::EncryptionContextEquals => "is",
    }
}

impl GrantInJson {
    fn of(grant: &GrantListEntry) -> Self {
        GrantInJson {
            key_id: grant.key_id.to_string(),
            grant_id: grant.grant_id.to_string(),
            created: grant.created_ms.map(Instant),
            operations: grant.operations.iter().map(|action| action.name()).collect(),
            grantee: grant.grantee_principal.clone(),
            retiring: grant.retiring_principal.clone(),
            issuing_account: grant.issuing_account.as_str().to_owned(),
            name: grant.name.clone(),
            constraint: grant.constraints.as_ref().map(|(kind, pairs)| ConstraintInJson {
                kind: match kind {
                    ConstraintKind::EncryptionContextSubset => "subset",
                    ConstraintKind::EncryptionContextEquals => "equals",
                },
                context: pairs.iter().cloned().collect(),
            }),
        }
    }
}

fn retire(arguments: &Retire, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    with_kms(options, |kms| match (&arguments.token, &arguments.key, &arguments.grant_id) {
        (Some(token), ..) => {
            let request = RetireGrant { grant: RetiredGrant::Token(token), dry_run: arguments.dry_run };
            kms.ask(|asked| asked.retire_grant(request))
        }
        (None, Some(key), Some(grant_id)) => {
            let id = kms.key_id(key)?;
            let grant = RetiredGrant::Id { key_id: &id, grant_id };
            let request = RetireGrant { grant, dry_run: arguments.dry_run };
            kms.ask_about(key, |asked| asked.retire_grant(request))
        }
        _ => Err(CommandError::new("give KEY and GRANT_ID, or --token TOKEN")),
    })?;
    ended("the grant is retired", output)
}
