//! `repair` and `key destroy-damaged`: what to do about damage in a vault that opens.

use clap::Args;
use serde::Serialize;
use strongroom_std::{Destruction, RecordKind, Remedy, RepairItem, RepairReport};

use crate::Answer;
use crate::confirm::confirm;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::key::{OneKey, show_destroyed};
use crate::output::{Output, hex};
use crate::session::{VaultOptions, with_vault};

#[derive(Debug, Args)]
#[command(after_help = "\
Lost copies and index entries are written again from what is intact; what does not open is
listed, and stays where it is. The exit status is 0 if all is well now, 1 if a dry run found
something that can be put right, and 7 if something does not open and cannot.

Examples:
  strongroom repair --dry-run
  cp app.vault before-repair.vault && strongroom repair --vault app.vault")]
pub(crate) struct Repair {
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    options: VaultOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
There is no waiting period, and nothing brings the key back. It is for keys that cannot be read;
any other key is destroyed with `strongroom key schedule-deletion`. Restore it from a backup
instead, if you have one.

Example:
  strongroom key destroy-damaged 1234abcd-12ab-34cd-56ef-1234567890ab")]
pub(crate) struct DestroyDamaged {
    /// The key: its id or ARN, from `strongroom repair --dry-run`
    #[command(flatten)]
    key: OneKey,
    /// Do it without being asked
    #[arg(long)]
    yes: bool,
}

#[derive(Serialize)]
struct Repaired {
    is_dry_run: bool,
    mended: u64,
    quarantined: u64,
    items: Vec<ItemInJson>,
}

#[derive(Serialize)]
struct ItemInJson {
    kind: &'static str,
    remedy: &'static str,
    key_id: Option<String>,
    version: Option<u32>,
    address: String,
}

impl ItemInJson {
    fn of(item: &RepairItem) -> Self {
        ItemInJson {
            kind: kind_of(item.kind),
            remedy: remedy_of(item.remedy),
            key_id: item.key_id.map(|key_id| key_id.to_string()),
            version: item.version,
            address: hex(&item.address.0),
        }
    }
}

/// Puts right what can be put right, and lists what cannot.
pub(crate) fn repair(arguments: &Repair, output: &mut Output) -> Result<Answer, CommandError> {
    let Repair { dry_run, options } = arguments;
    let report = with_vault(options, |session| session.ask(|vault, caller| vault.repair(caller, *dry_run)))?;
    let told = Repaired {
        is_dry_run: *dry_run,
        mended: report.counts.mended,
        quarantined: report.counts.quarantined,
        items: report.items.iter().map(ItemInJson::of).collect(),
    };
    if output.is_json() {
        output.json(&told)?;
    } else {
        show(&told, &report, output)?;
    }
    Ok(match (told.quarantined, told.mended) {
        (0, 0) => Answer::Yes,
        (0, _) if *dry_run => Answer::No,
        (0, _) => Answer::Yes,
        _ => Answer::Damaged,
    })
}

fn show(told: &Repaired, report: &RepairReport, output: &mut Output) -> Result<(), CommandError> {
    let rows: Vec<[String; 4]> = told
        .items
        .iter()
        .map(|item| {
            let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            let version = or_dash(item.version.map(|version| version.to_string()));
            [
                item.kind.replace('-', " "),
                or_dash(item.key_id.clone()),
                version,
                words_of(item.remedy, told.is_dry_run),
            ]
        })
        .collect();
    if !rows.is_empty() {
        output.table(["WHAT", "KEY", "VERSION", "WHAT BECOMES OF IT"], &rows)?;
    }
    let listed = u64::try_from(report.items.len()).unwrap_or(u64::MAX);
    let more = told.mended.saturating_add(told.quarantined).saturating_sub(listed);
    if more > 0 {
        output.line(&format!("and {more} more"))?;
    }
    let verb = if told.is_dry_run { "can be put right" } else { "put right" };
    output.line(&match (told.mended, told.quarantined) {
        (0, 0) => "nothing is damaged".to_owned(),
        (mended, 0) => format!("{mended} {verb}; nothing is lost"),
        (mended, lost) => format!("{mended} {verb}, {lost} do not open and stay as they are"),
    })?;
    if told.is_dry_run && told.mended > 0 {
        output.line("next: copy the file, then strongroom repair")?;
    } else if told.quarantined > 0 {
        output.line(
            "next: what is lost may be in a backup: strongroom restore BACKUP --drill, then --vault NEW",
        )?;
    }
    Ok(())
}

const fn kind_of(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Node => "node",
        RecordKind::Manifest => "manifest",
        RecordKind::Slots => "slots",
        RecordKind::Key => "key",
        RecordKind::Version => "version",
        RecordKind::Grant => "grant",
        RecordKind::RetirableGrant => "retirable-grant",
        RecordKind::Caller => "caller",
        RecordKind::Alias => "alias",
        RecordKind::Due => "due",
        RecordKind::Usage => "usage",
        RecordKind::WrappingKey => "wrapping-key",
        RecordKind::Settings => "settings",
        RecordKind::GrantCount => "grant-count",
        RecordKind::Identity => "identity",
        RecordKind::Peers => "peers",
        RecordKind::Offer => "offer",
        RecordKind::Lineage => "lineage",
        RecordKind::Unreferenced => "unreferenced",
        _ => "unknown",
    }
}

const fn remedy_of(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::CopyRewritten => "copy-rewritten",
        Remedy::IndexRebuilt => "index-rebuilt",
        Remedy::Removed => "removed",
        Remedy::Quarantined => "quarantined",
        _ => "other",
    }
}

fn words_of(remedy: &str, is_dry_run: bool) -> String {
    let would = if is_dry_run { "would be " } else { "" };
    match remedy {
        "copy-rewritten" => format!("{would}written again from its copy"),
        "index-rebuilt" => format!("{would}written again from the key"),
        "removed" => format!("{would}removed: nothing refers to it"),
        "quarantined" => "does not open; stays as it is".to_owned(),
        other => other.to_owned(),
    }
}

/// Destroys a key that cannot be read.
pub(crate) fn destroy_damaged(
    arguments: &DestroyDamaged,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let DestroyDamaged { key: OneKey { key }, yes } = arguments;
    if key.starts_with("alias/") {
        return Err(CommandError::new("a damaged key is named by its id or ARN, not by an alias")
            .next("`strongroom repair --dry-run` lists the ids of damaged keys"));
    }
    if !yes {
        confirm(&format!("Destroy {key} now and for good, with all that it encrypted?"), "--yes", output)?;
    }
    let destruction: Destruction = with_vault(options, |session| {
        session.ask(|vault, caller| vault.destroy_damaged_key(caller, key)).map_err(|error| {
            match error.kind {
                Kind::InvalidState => {
                    error.next("`strongroom key schedule-deletion KEY` destroys a key that can be read")
                }
                _ => error,
            }
        })
    })?;
    show_destroyed(key, None, destruction, output)
}
