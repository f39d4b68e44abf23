//! The vault as a whole: `init`, `status`, `verify`, `salvage`, `tick`, `accept-time`.

mod status;

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use strongroom_std::operation::{AcceptTime, Tick};
use strongroom_std::{NewVault, OpenError, Realm, Vault};

use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::output::Output;
use crate::secrets::UnlockOptions;
use crate::session::{Place, VaultOptions, with_vault};

pub(crate) use self::status::status;

/// Entries that one `tick` looks at before it looks whether there are more.
const TICK_STEPS: u32 = 1024;

#[derive(Debug, Args)]
#[command(after_help = "\
Without options the vault is protected by a passphrase, which is asked for twice. Account,
Region and partition stand in the ARNs of its keys, for ever.

Examples:
  strongroom init
  strongroom init --vault app.vault --key-file app.key --make-key-file")]
pub(crate) struct Init {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    unlock: UnlockOptions,
    /// Make the key file that --key-file names
    #[arg(long)]
    make_key_file: bool,
    /// Twelve digits
    #[arg(long, default_value = "000000000000")]
    account: String,
    /// The Region
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// The partition
    #[arg(long, default_value = "aws")]
    partition: String,
    /// Answer in JSON, one value a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The damaged file is not changed. The new one is the same vault: same keys, same secrets.
Keep one of the two in the end, and destroy the other.

Example:
  strongroom salvage app.vault saved.vault --key-file app.key")]
pub(crate) struct Salvage {
    /// The damaged file
    #[arg(value_name = "FILE")]
    damaged: PathBuf,
    /// The new file
    #[arg(value_name = "NEW")]
    into: PathBuf,
    #[command(flatten)]
    unlock: UnlockOptions,
    /// Answer in JSON, one value a line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Initialized {
    vault: String,
    partition: String,
    account: String,
    region: String,
    root: String,
}

/// Makes a vault.
pub(crate) fn init(arguments: &Init, output: &mut Output) -> Result<Answer, CommandError> {
    let (path, is_default) = arguments.place.path()?;
    let realm = Realm::new(&arguments.partition, &arguments.account, &arguments.region)?;
    if path.try_exists().unwrap_or(false) {
        return Err(OpenError::AlreadyExists(path).into());
    }
    if is_default && let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| CommandError::written(folder, &error))?;
    }
    let mut new = arguments.unlock.first_secret(arguments.make_key_file)?;
    let created = Vault::create(&path, &NewVault { realm: realm.clone() }, &new.secret);
    let created = created.map_err(|error| match error {
        OpenError::Io(error) => CommandError::written(&path, &error),
        other => other.into(),
    });
    let vault = created?;
    new.keep();
    vault.close()?;
    let made = Initialized {
        vault: path.display().to_string(),
        partition: realm.partition().to_owned(),
        account: realm.account().to_owned(),
        region: realm.region().to_owned(),
        root: format!("arn:{}:iam::{}:root", realm.partition(), realm.account()),
    };
    if output.is_json() {
        output.json(&made)?;
    } else {
        output
            .line(&format!("{}: a new vault of account {} in {}", made.vault, made.account, made.region))?;
        output.line("next: strongroom key create --alias alias/NAME, and strongroom status")?;
    }
    Ok(Answer::Yes)
}

#[derive(Serialize)]
struct VerifiedVault {
    records: u64,
    damaged: u64,
    damaged_copies: u64,
    is_whole: bool,
}

/// Opens every record once.
pub(crate) fn verify(options: &VaultOptions, output: &mut Output) -> Result<Answer, CommandError> {
    options.in_nobodys_name()?;
    let verified = with_vault(options, |session| Ok(session.vault().verify()?))?;
    let is_whole = verified.damaged == 0 && verified.damaged_copies == 0;
    if output.is_json() {
        output.json(&VerifiedVault {
            records: verified.records,
            damaged: verified.damaged,
            damaged_copies: verified.damaged_copies,
            is_whole,
        })?;
    } else {
        output.line(&match (verified.damaged, verified.damaged_copies) {
            (0, 0) => format!("whole: {} records open", verified.records),
            (0, copies) => format!(
                "{} records open; nothing is lost, but {copies} second copies are damaged\n\
                 next: strongroom repair writes them again",
                verified.records
            ),
            (damaged, copies) => format!(
                "DAMAGED: {} records open, {damaged} do not, nor do {copies} second copies\n\
                 next: strongroom repair --dry-run says which, and what can be put right",
                verified.records
            ),
        })?;
    }
    Ok(match (verified.damaged, verified.damaged_copies) {
        (0, 0) => Answer::Yes,
        (0, _) => Answer::No,
        _ => Answer::Damaged,
    })
}

#[derive(Serialize)]
struct SalvagedVault {
    vault: String,
    revision: u64,
    records: u64,
    damaged: u64,
    audit_entries: u64,
}

/// Saves what a damaged file still holds.
pub(crate) fn salvage(arguments: &Salvage, output: &mut Output) -> Result<Answer, CommandError> {
    let Salvage { damaged, into, unlock, .. } = arguments;
    if !damaged.try_exists().unwrap_or(true) {
        return Err(OpenError::NotFound(damaged.clone()).into());
    }
    if into.try_exists().unwrap_or(false) {
        return Err(OpenError::AlreadyExists(into.clone()).into());
    }
    let secret = unlock.secret(damaged)?;
    let saved = strongroom_std::salvage(damaged, into, &secret).map_err(|error| match error {
        OpenError::Damaged(path) => {
            CommandError::of(Kind::Damaged, format_args!("`{}` holds nothing that opens", path.display()))
                .next("restore a copy from before the damage")
        }
        other => other.into(),
    })?;
    let told = SalvagedVault {
        vault: into.display().to_string(),
        revision: saved.revision,
        records: saved.verified.records,
        damaged: saved.verified.damaged,
        audit_entries: saved.audit_entries,
    };
    if output.is_json() {
        output.json(&told)?;
    } else {
        output.line(&format!(
            "{}: revision {}, {} records and {} audit entries saved, {} records lost",
            told.vault, told.revision, told.records, told.audit_entries, told.damaged
        ))?;
        output.line("next: strongroom verify on the new file; then destroy one of the two")?;
    }
    Ok(if told.damaged == 0 { Answer::Yes } else { Answer::No })
}

#[derive(Serialize)]
struct TickedVault {
    settled: u32,
    failed: u32,
}

/// Does what has come due.
pub(crate) fn tick(options: &VaultOptions, output: &mut Output) -> Result<Answer, CommandError> {
    let told = with_vault(options, |session| {
        let mut told = TickedVault { settled: 0, failed: 0 };
        loop {
            let ticked = session.ask(|vault, caller| vault.tick_for(caller, Tick { steps: TICK_STEPS }))?;
            told.settled = told.settled.saturating_add(ticked.settled);
            told.failed = told.failed.saturating_add(ticked.failed);
            // What fails is due again at once: going on would never end.
            if !ticked.is_more_due || ticked.failed > 0 {
                return Ok(told);
            }
        }
    })?;
    if output.is_json() {
        output.json(&told)?;
    } else {
        output.line(&format!("{} settled, {} failed", told.settled, told.failed))?;
    }
    Ok(if told.failed == 0 { Answer::Yes } else { Answer::No })
}

#[derive(Serialize)]
struct AcceptedTime {
    moved_ms: u64,
}

/// Accepts that time has passed.
pub(crate) fn accept_time(options: &VaultOptions, output: &mut Output) -> Result<Answer, CommandError> {
    let moved_ms = with_vault(options, |session| {
        session.ask(|vault, caller| vault.accept_time(caller, AcceptTime::default()))
    })?;
    if output.is_json() {
        output.json(&AcceptedTime { moved_ms })?;
    } else {
        let minutes = moved_ms.div_euclid(60_000);
        output
            .line(&format!("the timers moved by {minutes} minutes; strongroom tick does what is due now"))?;
    }
    Ok(Answer::Yes)
}

#[derive(Serialize)]
struct DryRun {
    dry_run: &'static str,
}

/// What a dry run answers that would have gone well.
pub(crate) fn would_have_worked(output: &mut Output) -> Result<(), CommandError> {
    if output.is_json() {
        output.json(&DryRun { dry_run: "allowed" })?;
    } else {
        output.remark("dry run: this would have worked; nothing was changed or released")?;
    }
    Ok(output.flush()?)
}
