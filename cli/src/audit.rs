//! `strongroom audit`: the log, for whoever administers the vault and for whoever audits it.

mod event;
mod export;
mod verify;

use std::collections::VecDeque;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use self::event::{Event, headings};
use strongroom_std::Action;

use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::input::from_hex;
use crate::instant::Instant;
use crate::output::{Output, hex};
use crate::session::{VaultOptions, with_vault};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Show the last events, a line each
    Tail {
        /// How many
        #[arg(short = 'n', long = "events", value_name = "NUMBER", default_value_t = 10)]
        events: usize,
        /// Also those of opening and closing the vault, which each command does
        #[arg(long)]
        all: bool,
    },
    /// Show every event, with all that is known of it
    Show(Show),
    /// Write every event to a file, in JSON
    Export(export::Export),
    /// Verify the log with the auditor's key; no secret of the vault is needed
    Verify(verify::Verify),
    /// Ask where the log stands, so that a log that is cut off later is noticed
    Head(Head),
    /// Hand out the key that verifies the log: once, to the auditor
    TakeKey(TakeKey),
    /// Start another log behind the last entry, with a key that can be taken
    Start,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// From the log entry with this number on
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    from: u64,
    /// Only those that were refused
    #[arg(long)]
    refused: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Keep bytes and answer. `strongroom audit verify --head` takes what --json writes.

Example:
  strongroom audit head --nonce \"$(openssl rand -hex 16)\" --json >head.json")]
pub(crate) struct Head {
    /// Fresh random bytes of the auditor: 32 hexadecimal digits
    #[arg(long, value_name = "HEX", value_parser = from_hex::<16>)]
    nonce: [u8; 16],
}

#[derive(Debug, Args)]
#[command(after_help = "\
Keep the file away from this machine: whoever has it can forge the log from its start.

Example:
  strongroom audit take-key --output audit.key")]
pub(crate) struct TakeKey {
    /// Where the key goes: a new file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Where the log stands, as the auditor keeps it.
#[derive(Deserialize, Serialize)]
pub(super) struct HeadInJson {
    nonce: String,
    next_sequence: u64,
    hash: String,
    revision: u64,
    fresh: u64,
    mac: String,
}

#[derive(Serialize)]
struct KeyTaken {
    key_file: String,
}

#[derive(Serialize)]
struct LogStarted {
    is_started: bool,
}

/// Carries a command out.
pub(crate) fn run(
    command: &AuditCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    match command {
        AuditCommand::Tail { events, all } => tail(*events, *all, options, output)?,
        AuditCommand::Show(arguments) => show(arguments, options, output)?,
        AuditCommand::Export(arguments) => export::run(arguments, options, output)?,
        AuditCommand::Verify(arguments) => return verify::run(arguments, options, output),
        AuditCommand::Head(arguments) => head(arguments, options, output)?,
        AuditCommand::TakeKey(arguments) => take_key(arguments, options, output)?,
        AuditCommand::Start => {
            with_vault(options, |session| session.ask(|vault, caller| vault.start_audit_log(caller)))?;
            if output.is_json() {
                output.json(&LogStarted { is_started: true })?;
            } else {
                output.line("another log begins; strongroom audit take-key hands out its key")?;
            }
        }
    }
    Ok(Answer::Yes)
}

fn tail(events: usize, all: bool, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    options.in_nobodys_name()?;
    let last = with_vault(options, |session| {
        let mut last = VecDeque::new();
        session.vault().audit_events(0, |sequence, event| {
            if !all && event.error_code.is_none() && matches!(event.action, Action::Mount | Action::Close) {
                return;
            }
            last.push_back(Event::of(sequence, event));
            if last.len() > events {
                last.pop_front();
            }
        })?;
        Ok(last)
    })?;
    if output.is_json() {
        return last.iter().try_for_each(|event| output.json(event));
    }
    let rows: Vec<[String; 6]> = last.iter().map(Event::row).collect();
    Ok(output.table(headings(), &rows)?)
}

fn show(arguments: &Show, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    options.in_nobodys_name()?;
    with_vault(options, |session| {
        let mut written = Ok(());
        session.vault().audit_events(arguments.from, |sequence, event| {
            if written.is_ok() && (!arguments.refused || event.error_code.is_some()) {
                written = write(&Event::of(sequence, event), output);
            }
        })?;
        written
    })
}

fn write(event: &Event, output: &mut Output) -> Result<(), CommandError> {
    if output.is_json() {
        return output.json(event);
    }
    output.facts(&event.facts())?;
    Ok(output.line("")?)
}

fn head(arguments: &Head, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let head = with_vault(options, |session| {
        session.ask(|vault, caller| vault.get_audit_head(caller, arguments.nonce))
    })?;
    let told = HeadInJson {
        nonce: hex(&arguments.nonce),
        next_sequence: head.next_sequence,
        hash: hex(&head.hash),
        revision: head.revision,
        fresh: head.fresh,
        mac: hex(&head.mac),
    };
    if output.is_json() {
        return output.json(&told);
    }
    Ok(output.facts(&[
        ("nonce", told.nonce),
        ("next entry", told.next_sequence.to_string()),
        ("hash", told.hash),
        ("revision", told.revision.to_string()),
        ("fresh", told.fresh.to_string()),
        ("mac", told.mac),
    ])?)
}

/// The key is handed out once, so there is a place for it before it is asked for.
fn take_key(arguments: &TakeKey, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let path = &arguments.output;
    with_vault(options, |session| {
        let mut new = OpenOptions::new();
        new.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
        let mut file = new.open(path).map_err(|error| CommandError::written(path, &error))?;
        let taken = session.ask(|vault, caller| vault.take_audit_key(caller));
        let key = taken.inspect_err(|_| take_back(path)).map_err(|error| match error.kind {
            Kind::NotFound => CommandError::of(Kind::NotFound, "the key of this log was taken before")
                .next("whoever has it can verify; `strongroom audit start` begins another log"),
            _ => error,
        })?;
        let written = key.expose(|bytes| file.write_all(bytes)).and_then(|()| file.sync_all());
        written.map_err(|error| {
            take_back(path);
            CommandError::written(path, &error)
                .why("the vault has handed the key out and does not have it any more")
                .next("`strongroom audit start` begins another log, with a key that can be taken")
        })
    })?;
    if output.is_json() {
        return output.json(&KeyTaken { key_file: path.display().to_string() });
    }
    output.line(&format!("{}: the key of the log; keep it away from this machine", path.display()))?;
    Ok(())
}

/// Ours, and nothing in it.
fn take_back(path: &Path) {
    let _ = fs::remove_file(path);
}

impl Event {
    fn row(&self) -> [String; 6] {
        let time = self.time.map_or_else(|| "-".to_owned(), |time: Instant| time.to_string());
        [
            self.sequence.to_string(),
            time,
            self.action.to_owned(),
            self.who(),
            self.outcome.to_owned(),
            self.about(),
        ]
    }
}
