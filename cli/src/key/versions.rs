//! `key versions`, `key revoke`, `key restore`.

use clap::Args;
use serde::Serialize;
use strongroom_std::key::{VersionCause, VersionState};
use strongroom_std::operation::{ListKeyVersions, RestoreKeyVersion, RevokeKeyVersion};

use super::facts::{DeletionInJson, deletion_words};
use super::{OneKey, change};
use crate::error::CommandError;
use crate::instant::{Instant, or_dash};
use crate::kms::{Version, with_kms};
use crate::output::{Output, hex};
use crate::session::VaultOptions;

/// A version of a key.
#[derive(Debug, Args)]
pub(crate) struct OneVersion {
    #[command(flatten)]
    key: OneKey,
    /// The number of the version
    #[arg(long, value_name = "NUMBER")]
    version: u32,
}

#[derive(Serialize)]
struct VersionInJson {
    version: u32,
    is_current: bool,
    state: &'static str,
    cause: &'static str,
    current_since: Option<Instant>,
    expires: Option<Instant>,
    destruction: Option<DeletionInJson>,
    has_material: bool,
    key_material_id: String,
    description: String,
}

const fn state(state: VersionState) -> &'static str {
    match state {
        VersionState::Usable => "usable",
        VersionState::Revoked => "revoked",
        VersionState::PendingDestruction => "pending-destruction",
        VersionState::Destroyed => "destroyed",
        _ => "other",
    }
}

const fn cause(cause: VersionCause) -> &'static str {
    match cause {
        VersionCause::First => "first",
        VersionCause::OnDemand => "on-demand",
        VersionCause::Automatic => "automatic",
        VersionCause::Created => "created",
        VersionCause::Imported => "imported",
        _ => "other",
    }
}

impl VersionInJson {
    fn of(entry: &Version) -> Self {
        VersionInJson {
            version: entry.version,
            is_current: entry.is_current,
            state: state(entry.state),
            cause: cause(entry.cause),
            current_since: entry.current_since_ms.map(Instant),
            expires: entry.expires_ms.map(Instant),
            destruction: entry.destruction.as_ref().map(DeletionInJson::of),
            has_material: entry.has_material,
            key_material_id: hex(&entry.key_material_id),
            description: entry.description.clone(),
        }
    }
}

/// Lists the versions of a key.
pub(super) fn list(key: &str, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let versions = with_kms(options, |kms| {
        let id = kms.key_id(key)?;
        let mut versions = Vec::new();
        let mut marker = None;
        loop {
            let request = ListKeyVersions { key_id: &id, limit: 1000, marker: marker.as_ref() };
            let page = kms.ask_about(key, |asked| asked.list_key_versions(request))?;
            versions.extend(page.0);
            marker = page.1;
            if marker.is_none() {
                return Ok(versions);
            }
        }
    })?;
    if output.is_json() {
        return versions.iter().try_for_each(|entry| output.json(&VersionInJson::of(entry)));
    }
    let rows: Vec<[String; 5]> = versions
        .iter()
        .map(|entry| {
            let end = match (&entry.destruction, entry.expires_ms) {
                (Some(destruction), _) => deletion_words(destruction),
                (None, Some(expires_ms)) => format!("expires {}", Instant(expires_ms)),
                (None, None) => "-".to_owned(),
            };
            let current = if entry.is_current { "current, " } else { "" };
            [
                entry.version.to_string(),
                format!("{current}{}", state(entry.state)),
                cause(entry.cause).to_owned(),
                or_dash(entry.current_since_ms),
                end,
            ]
        })
        .collect();
    Ok(output.table(["VERSION", "STATE", "CAUSE", "SINCE", "ENDS"], &rows)?)
}

/// Refuses a version.
pub(super) fn revoke(
    arguments: &OneVersion,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let OneVersion { key: OneKey { key }, version } = arguments;
    let done = format!("version {version} is revoked: nothing that it made opens");
    change(key, options, output, &done, |asked, key_id| {
        asked.revoke_key_version(RevokeKeyVersion { key_id, version: *version })
    })
}

/// Takes that back.
pub(super) fn restore(
    arguments: &OneVersion,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let OneVersion { key: OneKey { key }, version } = arguments;
    let done = format!("version {version} is usable again");
    change(key, options, output, &done, |asked, key_id| {
        asked.restore_key_version(RestoreKeyVersion { key_id, version: *version })
    })
}
