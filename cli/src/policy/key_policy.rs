//! `policy get` and `policy put`: the policy of a key in a vault.

use std::path::PathBuf;

use clap::Args;
use strongroom_core::policy::PolicyKind;
use strongroom_std::operation::{GetKeyPolicy, PutKeyPolicy};
use strongroom_std::policy_json::to_json;

use super::source;
use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::key::told;
use crate::kms::{with_kms, with_kms_input};
use crate::output::Output;
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  strongroom policy get alias/settings >policy.json")]
pub(crate) struct GetPolicy {
    /// The key: its id, ARN or alias
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    options: VaultOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The whole policy is replaced. `strongroom policy check FILE` finds mistakes before.

Example:
  strongroom policy put alias/settings policy.json")]
pub(crate) struct PutPolicy {
    /// The key: its id, ARN or alias
    #[arg(value_name = "KEY")]
    key: String,
    /// The policy in JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Accept a policy under which you could not change the policy again
    #[arg(long)]
    bypass_lockout_check: bool,
    #[command(flatten)]
    options: VaultOptions,
}

/// Prints it, as JSON in either form.
pub(super) fn get(arguments: &GetPolicy, output: &mut Output) -> Result<Answer, CommandError> {
    let compiled = with_kms(&arguments.options, |kms| {
        let id = kms.key_id(&arguments.key)?;
        kms.ask_about(&arguments.key, |asked| asked.get_key_policy(GetKeyPolicy::new(&id)))
    })?;
    let json = to_json(&compiled).map_err(|error| CommandError::of(Kind::Damaged, error))?;
    if output.is_json() {
        let value: serde_json::Value =
            serde_json::from_str(&json).map_err(|error| CommandError::of(Kind::Other, error))?;
        output.json(&value)?;
    } else {
        output.text(&json)?;
    }
    Ok(Answer::Yes)
}

/// Replaces it.
pub(super) fn put(arguments: &PutPolicy, output: &mut Output) -> Result<Answer, CommandError> {
    let read = || source::compiled(&arguments.file, PolicyKind::Key);
    let key = with_kms_input(&arguments.options, read, |kms, policy| {
        let id = kms.key_id(&arguments.key)?;
        let request = PutKeyPolicy {
            bypass_policy_lockout_safety_check: arguments.bypass_lockout_check,
            ..PutKeyPolicy::new(&id, &policy)
        };
        kms.ask_about(&arguments.key, |asked| asked.put_key_policy(request))
    })?;
    told(output, &key, "has this policy now")?;
    Ok(Answer::Yes)
}
