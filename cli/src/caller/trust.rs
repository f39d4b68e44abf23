//! `strongroom caller trust`: who may assume a role.

use clap::Args;
use serde::Serialize;
use strongroom_std::operation::{DescribeRoleTrust, PutRoleTrust};

use super::told;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::instant::{Instant, or_dash};
use crate::kms::with_kms;
use crate::output::Output;
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
The root user of an account stands for everybody in it; whoever is of the vault's own account then
needs an identity policy that allows kms:AssumeRole on the vault. Putting ends the role's sessions.

Examples:
  strongroom caller trust Backup
  strongroom caller trust Backup --put arn:aws:iam::111122223333:user/carol --external-id 4711")]
pub(crate) struct TrustArguments {
    /// The name that the role is kept under: the last part of its ARN
    name: String,
    /// Whom it trusts from now on, by ARN; may be repeated
    #[arg(long, value_name = "ARN")]
    put: Vec<String>,
    /// What whoever assumes it must name
    #[arg(long, value_name = "ID", requires = "put")]
    external_id: Option<String>,
    /// Let it trust nobody any more
    #[arg(long, conflicts_with = "put")]
    none: bool,
}

#[derive(Serialize)]
struct TrustInJson<'a> {
    role: &'a str,
    principals: &'a [String],
    external_id: Option<&'a str>,
    written: Option<Instant>,
}

pub(super) fn run(
    arguments: &TrustArguments,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let TrustArguments { name, put, external_id, none } = arguments;
    if put.is_empty() && !none {
        return show(name, options, output);
    }
    let principals: Vec<&str> = put.iter().map(String::as_str).collect();
    let request = PutRoleTrust { role: name, principals: &principals, external_id: external_id.as_deref() };
    with_kms(options, |kms| {
        let done = kms.ask(|asked| asked.put_role_trust(request));
        done.map_err(|error| no_trust(name, error))
    })?;
    let change =
        if *none { "trusts nobody any more" } else { "trusts whom it was told; its sessions are over" };
    told(name, change, output)
}

fn no_trust(name: &str, error: CommandError) -> CommandError {
    if error.kind != Kind::NotFound {
        return error;
    }
    CommandError::of(Kind::NotFound, format_args!("the vault keeps no role `{name}`, or it trusts nobody"))
        .next("`strongroom caller list` shows whom it keeps")
}

fn show(name: &str, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let trust = with_kms(options, |kms| {
        kms.ask(|asked| asked.describe_role_trust(DescribeRoleTrust { role: name }))
            .map_err(|error| no_trust(name, error))
    })?;
    if output.is_json() {
        return output.json(&TrustInJson {
            role: name,
            principals: &trust.principals,
            external_id: trust.external_id.as_deref(),
            written: trust.written_ms.map(Instant),
        });
    }
    Ok(output.facts(&[
        ("role", name.to_owned()),
        ("trusts", trust.principals.join(", ")),
        ("external id", trust.external_id.unwrap_or_else(|| "-".to_owned())),
        ("written", or_dash(trust.written_ms)),
    ])?)
}
