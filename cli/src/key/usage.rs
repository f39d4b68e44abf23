//! `key retire-check`.

use clap::Args;
use serde::Serialize;
use strongroom_std::operation::RetireCheck;

use super::OneKey;
use crate::Answer;
use crate::error::CommandError;
use crate::instant::Instant;
use crate::kms::{Usage as Used, with_kms};
use crate::output::{Output, hex};
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
The exit status is 0 if the version can be retired, and 1 if it is in use, or may be.

Example:
  strongroom key retire-check alias/settings --version 1 --within 90")]
pub(crate) struct RetireCheckArguments {
    #[command(flatten)]
    key: OneKey,
    /// The number of the version
    #[arg(long, value_name = "NUMBER")]
    version: u32,
    /// It counts as in use if it was used within so many days
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    within: u16,
}

#[derive(Serialize)]
struct Usage {
    key_id: String,
    version: u32,
    is_in_use: bool,
    last_use: Option<LastUseInJson>,
    not_later_than: Option<Instant>,
    sealings_at_least: u64,
    sealings_at_most: u64,
    openings_at_least: u64,
    openings_at_most: u64,
    is_tracked: bool,
}

#[derive(Serialize)]
struct LastUseInJson {
    operation: &'static str,
    time: Option<Instant>,
    request_id: String,
}

impl Usage {
    fn of(usage: &Used) -> Self {
        Usage {
            key_id: usage.key_id.to_string(),
            version: usage.version,
            is_in_use: usage.is_in_use,
            last_use: usage.last_use.map(|last| LastUseInJson {
                operation: last.operation.name(),
                time: last.time_ms.map(Instant),
                request_id: hex(&last.request_id),
            }),
            not_later_than: usage.not_later_than_ms.map(Instant),
            sealings_at_least: usage.sealings_at_least,
            sealings_at_most: usage.sealings_at_most,
            openings_at_least: usage.openings_at_least,
            openings_at_most: usage.openings_at_most,
            is_tracked: usage.is_tracked,
        }
    }
}

/// Says whether a version is in use.
pub(super) fn retire_check(
    arguments: &RetireCheckArguments,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    let key = &arguments.key.key;
    let usage = with_kms(options, |kms| {
        let id = kms.key_id(key)?;
        let request = RetireCheck { key_id: &id, version: arguments.version, within_days: arguments.within };
        kms.ask_about(key, |asked| asked.retire_check(request))
    })?;
    let told = Usage::of(&usage);
    if output.is_json() {
        output.json(&told)?;
    } else {
        show(&told, arguments.within, output)?;
    }
    Ok(if told.is_in_use { Answer::No } else { Answer::Yes })
}

fn show(usage: &Usage, within: u16, output: &mut Output) -> Result<(), CommandError> {
    let times =
        |least: u64, most: u64| if least == most { least.to_string() } else { format!("{least} to {most}") };
    let last = match (&usage.last_use, usage.is_tracked) {
        (_, false) => "not counted in this vault".to_owned(),
        (None, true) => "never".to_owned(),
        (Some(last), true) => {
            format!(
                "{} {}",
                last.operation,
                last.time.map_or_else(|| "-".to_owned(), |time| time.to_string())
            )
        }
    };
    let verdict =
        if usage.is_in_use { "in use, or the current one" } else { "not in use: it can be revoked" };
    Ok(output.facts(&[
        ("key", usage.key_id.clone()),
        ("version", usage.version.to_string()),
        ("verdict", format!("{verdict} (within {within} days)")),
        ("last use", last),
        ("sealed", times(usage.sealings_at_least, usage.sealings_at_most)),
        ("opened", times(usage.openings_at_least, usage.openings_at_most)),
    ])?)
}
