//! `strongroom slot`: what opens the vault.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use strongroom_std::operation::Revocation;
use strongroom_std::{ListedSlot, RecoveryShare, SlotKind, SlotState, UnlockSecret};

use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::new_secret::NewSecret;
use crate::output::Output;
use crate::secrets::{self, NewSecretOptions};
use crate::session::{VaultOptions, with_input, with_vault};

#[derive(Debug, Subcommand)]
pub(crate) enum SlotCommand {
    /// List the slots
    List,
    /// Add a slot for another secret
    #[command(after_help = "\
Examples:
  strongroom slot add
  strongroom slot add --make-key-file app.key
  strongroom slot add --new-shares 3/5")]
    Add(NewSecretOptions),
    /// Put another secret in the place of one
    Change {
        /// The number of the slot
        slot: u8,
        #[command(flatten)]
        secret: NewSecretOptions,
    },
    /// Take a slot out
    Remove {
        /// The number of the slot
        slot: u8,
    },
    /// Give the vault a new root key, and keep the slots whose secrets are presented
    Rekey(Rekey),
}

#[derive(Debug, Args)]
#[command(after_help = "\
A secret that was taken out of the vault leads to its root key until there is a new one.
Every slot that is to stay needs its secret once more; all others are dropped.

Example:
  strongroom slot rekey --keep 0 --keep-key-file 1=app.key --dry-run")]
pub(crate) struct Rekey {
    /// Keep this slot; its passphrase is asked for; may be repeated
    #[arg(long, value_name = "SLOT")]
    keep: Vec<u8>,
    /// Keep this slot, which this key file opens; may be repeated
    #[arg(long, value_name = "SLOT=PATH", value_parser = slot_and_path)]
    keep_key_file: Vec<(u8, PathBuf)>,
    /// Keep this slot, which the passphrase behind this file descriptor opens; may be repeated
    #[arg(long, value_name = "SLOT=N", value_parser = slot_and_number)]
    keep_passphrase_fd: Vec<(u8, u32)>,
    /// Keep this slot, which the recovery shares in this file open, one a line; may be repeated
    #[arg(long, value_name = "SLOT=FILE", value_parser = slot_and_path)]
    keep_shares: Vec<(u8, PathBuf)>,
    /// Go ahead although slots are dropped
    #[arg(long)]
    drop_others: bool,
    /// Only say what would be dropped
    #[arg(long)]
    dry_run: bool,
}

fn slot_and_path(text: &str) -> Result<(u8, PathBuf), String> {
    let parsed =
        text.split_once('=').and_then(|(slot, path)| Some((slot.parse().ok()?, PathBuf::from(path))));
    parsed.ok_or_else(|| "expected SLOT=PATH, such as 1=app.key".to_owned())
}

fn slot_and_number(text: &str) -> Result<(u8, u32), String> {
    let parsed =
        text.split_once('=').and_then(|(slot, number)| Some((slot.parse().ok()?, number.parse().ok()?)));
    parsed.ok_or_else(|| "expected SLOT=N, such as 0=3".to_owned())
}

/// A slot as scripts read it.
#[derive(Serialize)]
pub(crate) struct SlotInJson {
    slot: u8,
    kind: Option<&'static str>,
    argon2: Option<Argon2InJson>,
    state: &'static str,
}

#[derive(Serialize)]
struct Argon2InJson {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl SlotInJson {
    pub(crate) fn of(listed: &ListedSlot) -> Self {
        let kind = listed.kind.map(|kind| match kind {
            SlotKind::Passphrase { .. } => "passphrase",
            SlotKind::KeyFile => "key-file",
            SlotKind::RecoveryShares => "recovery-shares",
            _ => "other",
        });
        let argon2 = match listed.kind {
            Some(SlotKind::Passphrase { memory_kib, passes, lanes }) => {
                Some(Argon2InJson { memory_kib, passes, lanes })
            }
            _ => None,
        };
        let state = match listed.state {
            SlotState::Good => "good",
            SlotState::Lost => "lost",
            SlotState::Stale => "stale",
            _ => "other",
        };
        SlotInJson { slot: listed.slot_id, kind, argon2, state }
    }

    /// The slot in a few words.
    pub(crate) fn words(&self) -> String {
        let kind = self.kind.unwrap_or("unreadable").replace('-', " ");
        let state = if self.state == "good" { String::new() } else { format!(" ({})", self.state) };
        format!("{}: {kind}{state}", self.slot)
    }

    fn stretched(&self) -> String {
        self.argon2.as_ref().map_or_else(
            || "-".to_owned(),
            |argon2| {
                format!("Argon2id, {} MiB, {} passes", argon2.memory_kib.div_euclid(1024), argon2.passes)
            },
        )
    }
}

/// Carries a command out.
pub(crate) fn run(
    command: &SlotCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    match command {
        SlotCommand::List => list(options, output),
        SlotCommand::Add(secret) => add(secret, options, output),
        SlotCommand::Change { slot, secret } => change(*slot, secret, options, output),
        SlotCommand::Remove { slot } => remove(*slot, options, output),
        SlotCommand::Rekey(arguments) => rekey(arguments, options, output),
    }?;
    Ok(Answer::Yes)
}

fn list(options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let slots = with_vault(options, |session| session.ask(|vault, caller| vault.list_slots(caller)))?;
    let slots: Vec<SlotInJson> = slots.iter().map(SlotInJson::of).collect();
    if output.is_json() {
        return output.json(&slots);
    }
    let rows: Vec<[String; 4]> = slots
        .iter()
        .map(|slot| {
            let kind = slot.kind.unwrap_or("-").to_owned();
            [slot.slot.to_string(), kind, slot.state.to_owned(), slot.stretched()]
        })
        .collect();
    Ok(output.table(["SLOT", "KIND", "STATE", "STRETCHED BY"], &rows)?)
}

/// A slot that was added or changed. The shares are secrets.
#[derive(Serialize)]
struct ChangedSlot<'a> {
    slot: u8,
    revocation: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shares: Vec<ShareInJson<'a>>,
}

/// A share as scripts read it: a secret.
#[derive(Serialize)]
pub(crate) struct ShareInJson<'a> {
    number: u8,
    words: &'a str,
}

impl<'a> ShareInJson<'a> {
    /// The shares, and how long they are at most in JSON.
    pub(crate) fn all(shares: &'a [RecoveryShare]) -> (Vec<Self>, usize) {
        let told = shares.iter().map(|share| ShareInJson { number: share.number(), words: share.words() });
        (told.collect(), shares.len().saturating_mul(512))
    }
}

fn add(secret: &NewSecretOptions, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let (slot, shares) = with_input(
        options,
        || secret.secret(),
        |session, new| {
            let added = session.ask(|vault, caller| vault.add_slot(caller, &new.secret));
            put_in(added, new)
        },
    )?;
    show(slot, None, &shares, output)
}

fn change(
    slot: u8,
    secret: &NewSecretOptions,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let (revocation, shares) = with_input(
        options,
        || secret.secret(),
        |session, new| {
            let changed = session.ask(|vault, caller| vault.change_slot(caller, slot, &new.secret));
            put_in(changed.map_err(|error| no_slot(slot, error)), new)
        },
    )?;
    show(slot, Some(revocation), &shares, output)
}

/// What came of a new slot, and the shares of its secret.
fn put_in<T>(
    put: Result<T, CommandError>,
    mut new: NewSecret,
) -> Result<(T, Vec<RecoveryShare>), CommandError> {
    // When the disk fails the slot may be there all the same.
    if put.as_ref().err().is_none_or(|error| matches!(error.kind, Kind::Other | Kind::Damaged)) {
        new.keep();
    }
    Ok((put?, new.shares))
}

fn remove(slot: u8, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let revocation = with_vault(options, |session| {
        let removed = session.ask(|vault, caller| vault.remove_slot(caller, slot));
        removed.map_err(|error| no_slot(slot, error))
    })?;
    if output.is_json() {
        let shares = Vec::new();
        return output.json(&ChangedSlot { slot, revocation: Some(name(revocation)), shares });
    }
    output.line(&format!("slot {slot}: removed; {}", words(revocation)))?;
    Ok(())
}

fn no_slot(slot: u8, error: CommandError) -> CommandError {
    if error.kind != Kind::NotFound {
        return error;
    }
    CommandError::of(Kind::NotFound, format_args!("there is no slot {slot}"))
        .next("`strongroom slot list` shows what there is")
}

fn show(
    slot: u8,
    revocation: Option<Revocation>,
    shares: &[RecoveryShare],
    output: &mut Output,
) -> Result<(), CommandError> {
    if output.is_json() {
        let (shares, len) = ShareInJson::all(shares);
        return output.secret_json(&ChangedSlot { slot, revocation: revocation.map(name), shares }, len);
    }
    let after = revocation.map_or_else(String::new, |revocation| format!("; {}", words(revocation)));
    output.line(&format!("slot {slot}: opens the vault now{after}"))?;
    show_shares(shares, output)
}

/// Shows shares, once.
pub(crate) fn show_shares(shares: &[RecoveryShare], output: &mut Output) -> Result<(), CommandError> {
    for share in shares {
        output.line(&format!("share {} of {}:", share.number(), shares.len()))?;
        output.secret(b"  ")?;
        output.secret(share.words().as_bytes())?;
        output.secret(b"\n")?;
    }
    if !shares.is_empty() {
        output.line("write them down now, each for somebody else: they are shown once")?;
    }
    Ok(())
}

const fn name(revocation: Revocation) -> &'static str {
    match revocation {
        Revocation::NotRevokedUntilRekey => "not-revoked-until-rekey",
        Revocation::OldImagesOpen => "old-images-open",
        Revocation::OldImagesErased => "old-images-erased",
        _ => "other",
    }
}

const fn words(revocation: Revocation) -> &'static str {
    match revocation {
        Revocation::NotRevokedUntilRekey => {
            "whoever knows the old secret and has an old copy still gets at the root key, until `strongroom slot rekey`"
        }
        Revocation::OldImagesOpen => "old copies of the file still open with the old secrets: destroy them",
        Revocation::OldImagesErased => "old copies do not open any more",
        _ => "",
    }
}

#[derive(Serialize)]
struct RekeyedVault<'a> {
    dropped: &'a [u8],
    revocation: &'static str,
    is_done: bool,
}

fn rekey(arguments: &Rekey, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let rekeyed = with_input(
        options,
        || arguments.kept(),
        |session, kept| {
            let kept: Vec<(u8, &UnlockSecret)> = kept.iter().map(|(slot, secret)| (*slot, secret)).collect();
            let preview = session.ask(|vault, caller| vault.preview_rekey(caller, &kept))?;
            if arguments.dry_run {
                return Ok(preview);
            }
            if !preview.dropped().is_empty() && !arguments.drop_others {
                let dropped = slots(preview.dropped());
                return Err(CommandError::of(
                    Kind::InvalidState,
                    format_args!("{dropped} would be dropped; nothing has changed"),
                )
                .next("keep them, with --keep and the like, or give --drop-others"));
            }
            session.ask(|vault, caller| vault.rekey(caller, &kept))
        },
    )?;
    if output.is_json() {
        let revocation = name(rekeyed.revocation());
        return output.json(&RekeyedVault {
            dropped: rekeyed.dropped(),
            revocation,
            is_done: !arguments.dry_run,
        });
    }
    let verb = if arguments.dry_run { "would be dropped" } else { "dropped" };
    match rekeyed.dropped() {
        [] => output.line(if arguments.dry_run {
            "no slot would be dropped"
        } else {
            "a new root key; every slot was kept"
        })?,
        dropped => output.line(&format!("{} {verb}", slots(dropped)))?,
    }
    output.line(words(rekeyed.revocation()))?;
    Ok(())
}

fn slots(numbers: &[u8]) -> String {
    let list: Vec<String> = numbers.iter().map(u8::to_string).collect();
    format!("slot {}", list.join(", "))
}

impl Rekey {
    /// The slots to keep, and their secrets.
    fn kept(&self) -> Result<Vec<(u8, UnlockSecret)>, CommandError> {
        let mut kept = Vec::new();
        for (slot, number) in &self.keep_passphrase_fd {
            kept.push((*slot, secrets::passphrase_behind(*number)?));
        }
        for (slot, path) in &self.keep_key_file {
            kept.push((*slot, secrets::key_file(path)?));
        }
        for (slot, path) in &self.keep_shares {
            kept.push((*slot, secrets::recovery_shares(path)?));
        }
        for slot in &self.keep {
            kept.push((*slot, secrets::kept_secret(*slot)?));
        }
        if kept.is_empty() {
            return Err(
                CommandError::new("a rekey keeps one slot at least").next("give --keep SLOT or the like")
            );
        }
        Ok(kept)
    }
}
