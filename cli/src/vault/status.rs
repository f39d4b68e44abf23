//! `status`: what the vault is, what opens it, and what is protected and what is not, in plain words.

use serde::Serialize;
use strongroom_std::{Protection, failed_attempts};

use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::output::Output;
use crate::session::{VaultOptions, with_vault};
use crate::slot::SlotInJson;

#[derive(Serialize)]
struct Status {
    vault: String,
    partition: String,
    account: String,
    region: String,
    /// How many commits there were; `null` if the caller may not know.
    revision: Option<u64>,
    /// `null` if the caller may not list them.
    slots: Option<Vec<SlotInJson>>,
    wrong_passphrases: u32,
    wait_seconds: u64,
    posture: Vec<ProtectionInJson>,
}

#[derive(Serialize)]
struct ProtectionInJson {
    name: &'static str,
    is_protected: bool,
    words: String,
}

/// Says what the vault is.
pub(crate) fn status(options: &VaultOptions, output: &mut Output) -> Result<Answer, CommandError> {
    // Before it is opened: the right passphrase forgets the wrong ones.
    let attempts = failed_attempts(&options.place.existing()?);
    let status = with_vault(options, |session| {
        let realm = session.vault().realm();
        let revision = session.ask(|vault, caller| vault.get_audit_head(caller, [0; 16]));
        let slots = session.ask(|vault, caller| vault.list_slots(caller));
        let slots = slots.map(|slots| slots.iter().map(SlotInJson::of).collect());
        Ok(Status {
            vault: session.path().display().to_string(),
            partition: realm.partition().to_owned(),
            account: realm.account().to_owned(),
            region: realm.region().to_owned(),
            revision: unless_denied(revision)?.map(|head| head.revision),
            slots: unless_denied(slots)?,
            wrong_passphrases: attempts.failures,
            wait_seconds: attempts.wait_ms.div_ceil(1000),
            posture: session.vault().posture()?.iter().map(protection).collect(),
        })
    })?;
    if output.is_json() {
        output.json(&status)?;
    } else {
        show(&status, output)?;
    }
    Ok(Answer::Yes)
}

/// Who may not ask gets the rest of the answer.
fn unless_denied<T>(asked: Result<T, CommandError>) -> Result<Option<T>, CommandError> {
    match asked {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind == Kind::Denied => Ok(None),
        Err(error) => Err(error),
    }
}

fn protection(protection: &Protection) -> ProtectionInJson {
    ProtectionInJson {
        name: match protection {
            Protection::RecordsAuthenticated => "records-authenticated",
            Protection::ImageRollbackDetected => "image-rollback-detected",
            Protection::ImageRollbackUndetected => "image-rollback-undetected",
            Protection::DestructionErases => "destruction-erases",
            Protection::DestructionUnlinks => "destruction-unlinks",
            Protection::TimersFollow => "timers-follow",
            Protection::TimersBehind { .. } => "timers-behind",
            Protection::TimersByHand => "timers-by-hand",
            Protection::TimersUnknown => "timers-unknown",
            Protection::StateBehindLog { .. } => "state-behind-log",
            Protection::AuditEndless => "audit-endless",
            Protection::AuditDenies { .. } => "audit-denies",
            Protection::AuditDropsOldest => "audit-drops-oldest",
            _ => "other",
        },
        is_protected: protection.is_protected(),
        words: protection.to_string(),
    }
}

fn show(status: &Status, output: &mut Output) -> Result<(), CommandError> {
    let denied = || "(the caller may not know)".to_owned();
    let slots = match &status.slots {
        None => denied(),
        Some(slots) => slots.iter().map(SlotInJson::words).collect::<Vec<_>>().join(", "),
    };
    let attempts = match (status.wrong_passphrases, status.wait_seconds) {
        (0, _) => "none since the last right one".to_owned(),
        (wrong, 0) => format!("{wrong}"),
        (wrong, wait) => format!("{wrong}; the next passphrase is looked at in {wait} seconds"),
    };
    output.facts(&[
        ("vault", status.vault.clone()),
        ("account", format!("{} in {} ({})", status.account, status.region, status.partition)),
        ("revision", status.revision.map_or_else(denied, |revision| revision.to_string())),
        ("slots", slots),
        ("wrong passphrases", attempts),
    ])?;
    for protection in &status.posture {
        let label = if protection.is_protected { "protected" } else { "NOT PROTECTED" };
        output.facts(&[(&format!("{label:17}"), protection.words.clone())])?;
    }
    if status.posture.iter().any(|protection| protection.name == "timers-behind") {
        output.line(
            "next: strongroom accept-time, if the clock of this machine is right; then strongroom tick",
        )?;
    }
    Ok(())
}
