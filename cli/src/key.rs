//! `strongroom key`: one file for each part of a key's life.

mod budget;
mod create;
mod deletion;
mod facts;
mod import;
mod list;
mod rotation;
mod usage;
mod versions;

use clap::{Args, Subcommand};
use strongroom_std::operation::{DescribeKey, DisableKey, EnableKey, UpdateKeyDescription};

use crate::Answer;
use crate::error::CommandError;
use crate::kms::{Answer as Answered, Asked, Key, with_kms};
use crate::output::Output;
use crate::repair::{DestroyDamaged, destroy_damaged};
use crate::session::VaultOptions;

pub(crate) use self::deletion::show_destroyed;
pub(crate) use self::facts::told;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key
    Create(create::Create),
    /// List the keys, with their aliases
    List(list::List),
    /// Say everything about a key that is not secret
    Describe(OneKey),
    /// Change the description of a key
    Update {
        #[command(flatten)]
        key: OneKey,
        /// What the key is for
        #[arg(long, value_name = "TEXT")]
        description: String,
    },
    /// Let a disabled key be used again
    Enable(OneKey),
    /// Keep a key from being used
    Disable(OneKey),
    /// Give a key new material at once; what was encrypted before still opens
    Rotate(rotation::Rotate),
    /// Say whether a key rotates by itself, or change that
    Rotation(rotation::Rotation),
    /// List the versions of a key
    Versions(OneKey),
    /// Refuse one version from now on, reversibly
    Revoke(versions::OneVersion),
    /// Take a revocation back
    Restore(versions::OneVersion),
    /// Take a key, or one version of it, out of use, and destroy it after a waiting period
    ScheduleDeletion(deletion::Schedule),
    /// Call that off
    CancelDeletion(deletion::KeyOrVersion),
    /// Destroy what has waited long enough, without the last day of waiting
    ConfirmDeletion(deletion::KeyOrVersion),
    /// Destroy a key that cannot be read any more, at once
    DestroyDamaged(DestroyDamaged),
    /// Say whether a version is still in use, when it was last used and how often
    RetireCheck(usage::RetireCheckArguments),
    /// Say how often each version of a key may encrypt or make MACs, or bound that
    Budget(budget::Budget),
    /// Bring material of your own into a key that was made with `--origin EXTERNAL`
    #[command(subcommand, arg_required_else_help = true)]
    Import(import::ImportCommand),
}

/// A key by any of its names.
#[derive(Debug, Args)]
pub(crate) struct OneKey {
    /// The key: its id, ARN or alias
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
}

/// Carries a command out.
pub(crate) fn run(
    command: &KeyCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    match command {
        KeyCommand::Create(arguments) => create::run(arguments, options, output)?,
        KeyCommand::List(arguments) => list::run(arguments, options, output)?,
        KeyCommand::Describe(OneKey { key }) => describe(key, options, output)?,
        KeyCommand::Update { key: OneKey { key }, description } => {
            change(key, options, output, "has this description now", |asked, key_id| {
                asked.update_key_description(UpdateKeyDescription { key_id, description })
            })?;
        }
        KeyCommand::Enable(OneKey { key }) => {
            change(key, options, output, "is enabled", |asked, key_id| {
                asked.enable_key(EnableKey { key_id })
            })?;
        }
        KeyCommand::Disable(OneKey { key }) => {
            change(key, options, output, "is disabled", |asked, key_id| {
                asked.disable_key(DisableKey { key_id })
            })?;
        }
        KeyCommand::Rotate(arguments) => rotation::rotate(arguments, options, output)?,
        KeyCommand::Rotation(arguments) => rotation::rotation(arguments, options, output)?,
        KeyCommand::Versions(OneKey { key }) => versions::list(key, options, output)?,
        KeyCommand::Revoke(arguments) => versions::revoke(arguments, options, output)?,
        KeyCommand::Restore(arguments) => versions::restore(arguments, options, output)?,
        KeyCommand::ScheduleDeletion(arguments) => deletion::schedule(arguments, options, output)?,
        KeyCommand::CancelDeletion(arguments) => deletion::cancel(arguments, options, output)?,
        KeyCommand::ConfirmDeletion(arguments) => deletion::confirm(arguments, options, output)?,
        KeyCommand::DestroyDamaged(arguments) => destroy_damaged(arguments, options, output)?,
        KeyCommand::RetireCheck(arguments) => return usage::retire_check(arguments, options, output),
        KeyCommand::Budget(arguments) => budget::run(arguments, options, output)?,
        KeyCommand::Import(command) => import::run(command, options, output)?,
    }
    Ok(Answer::Yes)
}

/// Changes a key that is named in any way, and says what became of it.
fn change(
    key: &str,
    options: &VaultOptions,
    output: &mut Output,
    done: &str,
    ask: impl FnOnce(&Asked<'_>, &str) -> Answered<Key>,
) -> Result<(), CommandError> {
    let key = with_kms(options, |kms| {
        let id = kms.key_id(key)?;
        kms.ask_about(key, |asked| ask(asked, &id))
    })?;
    told(output, &key, done)
}

fn describe(key: &str, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let described =
        with_kms(options, |kms| kms.ask_about(key, |asked| asked.describe_key(DescribeKey::new(key))))?;
    facts::show(output, &described)
}
