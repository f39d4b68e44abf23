//! `key create`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use strongroom_core::policy::PolicyKind;
use strongroom_std::key::{KeyOrigin, KeySpec};
use strongroom_std::operation::{CreateAlias, CreateKey};

use super::facts::told;
use crate::error::CommandError;
use crate::kms::with_kms_input;
use crate::output::Output;
use crate::pairs::{Pair, borrowed, pair};
use crate::policy::compiled;
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom key create --description settings --alias alias/settings
  strongroom key create --spec HMAC_256 --policy policy.json --tag team=payments")]
pub(crate) struct Create {
    /// What the key is for
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    description: String,
    /// The kind of material; HMAC keys make MACs and do not encrypt
    #[arg(long, value_enum, default_value = "SYMMETRIC_DEFAULT")]
    spec: Spec,
    /// Where the material comes from: AWS_KMS is drawn by the vault, EXTERNAL is imported
    #[arg(long, value_enum, default_value = "AWS_KMS")]
    origin: Origin,
    /// A name for it, such as alias/settings; may be repeated
    #[arg(long, value_name = "ALIAS")]
    alias: Vec<String>,
    /// A tag; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    tag: Vec<Pair>,
    /// Its policy in JSON; else the one that leaves it to the account
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Accept a policy under which you could not change the policy again
    #[arg(long)]
    bypass_lockout_check: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
enum Spec {
    #[value(name = "SYMMETRIC_DEFAULT")]
    SymmetricDefault,
    #[value(name = "HMAC_224")]
    Hmac224,
    #[value(name = "HMAC_256")]
    Hmac256,
    #[value(name = "HMAC_384")]
    Hmac384,
    #[value(name = "HMAC_512")]
    Hmac512,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Origin {
    #[value(name = "AWS_KMS")]
    AwsKms,
    #[value(name = "EXTERNAL")]
    External,
}

/// Makes a key, and its aliases after it.
pub(super) fn run(
    arguments: &Create,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let key_spec = match arguments.spec {
        Spec::SymmetricDefault => KeySpec::SymmetricDefault,
        Spec::Hmac224 => KeySpec::Hmac224,
        Spec::Hmac256 => KeySpec::Hmac256,
        Spec::Hmac384 => KeySpec::Hmac384,
        Spec::Hmac512 => KeySpec::Hmac512,
    };
    let origin = match arguments.origin {
        Origin::AwsKms => KeyOrigin::AwsKms,
        Origin::External => KeyOrigin::External,
    };
    let read = || arguments.policy.as_deref().map(|path| compiled(path, PolicyKind::Key)).transpose();
    let (key, failed) = with_kms_input(options, read, |kms, policy| {
        let request = CreateKey {
            description: &arguments.description,
            key_spec,
            key_usage: key_spec.usage(),
            origin,
            tags: &borrowed(&arguments.tag),
            policy: policy.as_deref(),
            bypass_policy_lockout_safety_check: arguments.bypass_lockout_check,
        };
        let key = kms.ask(|asked| asked.create_key(request))?;
        let target_key_id = &key.facts.key_id.to_string();
        let failed = arguments.alias.iter().find_map(|alias_name| {
            let request = CreateAlias { alias_name, target_key_id };
            let error = kms.ask(|asked| asked.create_alias(request)).err()?;
            Some((alias_name.clone(), error))
        });
        Ok((key, failed))
    })?;
    told(output, &key, "is a new key")?;
    match failed {
        None => Ok(()),
        // The key is there; whoever asked has to know that.
        Some((alias, error)) => Err(error.why(format!("the key was made; `{alias}` was not given to it"))),
    }
}
