//! `key schedule-deletion`, `key cancel-deletion`, `key confirm-deletion`: of a key, or of one of its versions.

use clap::Args;
use serde::Serialize;
use strongroom_core::limits::WAITING_PERIOD_DAYS_DEFAULT;
use strongroom_std::Destruction;
use strongroom_std::operation::{
    CancelKeyDeletion, CancelKeyVersionDestruction, ConfirmKeyDeletion, ConfirmKeyVersionDestruction,
    ScheduleKeyDeletion, ScheduleKeyVersionDestruction,
};

use super::{OneKey, change};
use crate::error::CommandError;
use crate::kms::with_kms;
use crate::output::Output;
use crate::session::VaultOptions;

/// A key, or one version of it.
#[derive(Debug, Args)]
pub(crate) struct KeyOrVersion {
    #[command(flatten)]
    key: OneKey,
    /// Only this version of the key
    #[arg(long, value_name = "NUMBER")]
    version: Option<u32>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is pending deletion cannot be used, and comes back with `strongroom key cancel-deletion`.

Example:
  strongroom key schedule-deletion alias/settings --days 7")]
pub(crate) struct Schedule {
    #[command(flatten)]
    what: KeyOrVersion,
    /// How long it waits: 7 to 30 days
    #[arg(long, value_name = "DAYS", default_value_t = WAITING_PERIOD_DAYS_DEFAULT)]
    days: u16,
}

/// Takes it out of use.
pub(super) fn schedule(
    arguments: &Schedule,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let Schedule { what: KeyOrVersion { key: OneKey { key }, version }, days } = arguments;
    let done = match version {
        Some(version) => format!("version {version} is out of use, and due to be destroyed in {days} days"),
        None => format!("is out of use, and due to be destroyed in {days} days"),
    };
    change(key, options, output, &done, |asked, key_id| match *version {
        Some(version) => asked.schedule_key_version_destruction(ScheduleKeyVersionDestruction {
            key_id,
            version,
            pending_window_in_days: *days,
        }),
        None => asked.schedule_key_deletion(ScheduleKeyDeletion { key_id, pending_window_in_days: *days }),
    })
}

/// Calls it off.
pub(super) fn cancel(
    arguments: &KeyOrVersion,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let KeyOrVersion { key: OneKey { key }, version } = arguments;
    let done = match version {
        Some(version) => {
            format!("version {version} stays, and is revoked; strongroom key restore makes it usable")
        }
        None => "stays, and is disabled; strongroom key enable makes it usable".to_owned(),
    };
    change(key, options, output, &done, |asked, key_id| match *version {
        Some(version) => {
            asked.cancel_key_version_destruction(CancelKeyVersionDestruction { key_id, version })
        }
        None => asked.cancel_key_deletion(CancelKeyDeletion { key_id }),
    })
}

#[derive(Serialize)]
struct Destroyed {
    key_id: String,
    version: Option<u32>,
    destruction: &'static str,
}

/// Destroys it at once, its waiting period being over.
pub(super) fn confirm(
    arguments: &KeyOrVersion,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let KeyOrVersion { key: OneKey { key }, version } = arguments;
    let (key_id, destruction) = with_kms(options, |kms| {
        let id = kms.key_id(key)?;
        let destruction = kms.ask_about(key, |asked| match *version {
            Some(version) => {
                asked.confirm_key_version_destruction(ConfirmKeyVersionDestruction { key_id: &id, version })
            }
            None => asked.confirm_key_deletion(ConfirmKeyDeletion { key_id: &id }),
        })?;
        Ok((id, destruction))
    })?;
    show_destroyed(&key_id, *version, destruction, output)
}

/// Says what a destruction is worth.
pub(crate) fn show_destroyed(
    key_id: &str,
    version: Option<u32>,
    destruction: Destruction,
    output: &mut Output,
) -> Result<(), CommandError> {
    let (name, words) = match destruction {
        Destruction::Erased => ("erased", "destroyed, also in old copies"),
        Destruction::Unlinked => ("unlinked", "destroyed here; old copies of the vault may still hold it"),
        _ => ("other", "destroyed"),
    };
    if output.is_json() {
        return output.json(&Destroyed { key_id: key_id.to_owned(), version, destruction: name });
    }
    output.line(&match version {
        Some(version) => format!("{key_id} version {version}: {words}"),
        None => format!("{key_id}: {words}"),
    })?;
    Ok(())
}
