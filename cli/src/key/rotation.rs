//! `key rotate` and `key rotation`.

use clap::Args;
use serde::Serialize;
use strongroom_std::key::KeyState;
use strongroom_std::operation::{CreateKeyVersion, DescribeKey, RotateKeyOnDemand, ScheduleKeyRotation};

use super::facts::RotationInJson;
use super::{OneKey, change};
use crate::error::CommandError;
use crate::instant::Instant;
use crate::kms::with_kms;
use crate::output::Output;
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
For imported material, this makes the one that waits the current one.

Example:
  strongroom key rotate alias/settings")]
pub(crate) struct Rotate {
    #[command(flatten)]
    key: OneKey,
    /// Add a version as Strongroom has it (CreateKeyVersion): also for HMAC keys, and not counted
    #[arg(long)]
    new_version: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom key rotation alias/settings
  strongroom key rotation alias/settings --every 365")]
pub(crate) struct Rotation {
    #[command(flatten)]
    key: OneKey,
    /// Rotate by itself every so many days from now on: 90 to 2560
    #[arg(long, value_name = "DAYS", conflicts_with = "off")]
    every: Option<u16>,
    /// Do not rotate by itself any more
    #[arg(long)]
    off: bool,
}

#[derive(Serialize)]
struct RotationStatus {
    key_id: String,
    rotation: Option<RotationInJson>,
}

/// Gives a key new material.
pub(super) fn rotate(
    arguments: &Rotate,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    change(
        &arguments.key.key,
        options,
        output,
        "has a new version, which encrypts from now on",
        |asked, key_id| {
            if arguments.new_version {
                asked.create_key_version(CreateKeyVersion { key_id })
            } else {
                asked.rotate_key_on_demand(RotateKeyOnDemand { key_id })
            }
        },
    )
}

/// Says whether it rotates by itself, or changes that.
pub(super) fn rotation(
    arguments: &Rotation,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let Rotation { key: OneKey { key }, every, off } = arguments;
    if every.is_some() || *off {
        let done = match every {
            Some(days) => format!("rotates every {days} days from now on"),
            None => "does not rotate by itself any more".to_owned(),
        };
        return change(key, options, output, &done, |asked, key_id| {
            asked.schedule_key_rotation(ScheduleKeyRotation { key_id, rotation_period_days: *every })
        });
    }
    let status = with_kms(options, |kms| {
        let id = kms.key_id(key)?;
        kms.ask_about(key, |asked| asked.describe_key(DescribeKey::new(&id)).map(|key| key.facts))
    })?;
    // While a key is pending deletion it does not rotate.
    let rotation = status.rotation.filter(|_| status.state != KeyState::PendingDeletion).map(|rotation| {
        RotationInJson { period_days: rotation.period_days, next: Instant(rotation.next_ms) }
    });
    if output.is_json() {
        return output.json(&RotationStatus { key_id: status.key_id.to_string(), rotation });
    }
    output.line(&match rotation {
        Some(rotation) => {
            format!("{} rotates every {} days, next {}", status.key_id, rotation.period_days, rotation.next)
        }
        None => format!("{} does not rotate by itself", status.key_id),
    })?;
    Ok(())
}
