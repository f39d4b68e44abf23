//! `audit export`: the events in a file of their own, for whatever reads logs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::event::Event;
use crate::error::CommandError;
use crate::new_file::NewFile;
use crate::output::Output;
use crate::session::{VaultOptions, with_vault};

#[derive(Debug, Args)]
#[command(after_help = "\
One event a line, in JSON, as `strongroom audit show --json` writes them, oldest first. The file is
there whole or not at all. It proves nothing by itself: who must not be lied to verifies the log
(`strongroom audit verify`), for which a copy of the vault's file is enough.

Examples:
  strongroom audit export events.jsonl
  strongroom audit export - --from 1200 | jq 'select(.outcome != \"success\")'")]
pub(crate) struct Export {
    /// Where the events go: a new file, or `-`, standard output
    #[arg(value_name = "OUTPUT")]
    to: PathBuf,
    /// From the log entry with this number on
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    from: u64,
    /// Replace a file that is there, once the new one is whole
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct Exported {
    file: String,
    events: u64,
    /// The log entries of the first and the last of them.
    first: Option<u64>,
    last: Option<u64>,
}

/// Writes the events.
pub(super) fn run(
    arguments: &Export,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let Export { to, from, force } = arguments;
    options.in_nobodys_name()?;
    if to == Path::new("-") {
        return with_vault(options, |session| {
            let mut written = Ok(());
            session.vault().audit_events(*from, |sequence, event| {
                if written.is_ok() {
                    written = output.json(&Event::of(sequence, event));
                }
            })?;
            written
        });
    }
    let mut file = io::BufWriter::new(NewFile::begin(to, *force)?);
    let mut told = Exported { file: to.display().to_string(), events: 0, first: None, last: None };
    with_vault(options, |session| {
        let mut written = Ok(());
        session.vault().audit_events(*from, |sequence, event| {
            if written.is_ok() {
                written = write(&Event::of(sequence, event), &mut file);
                told.events = told.events.saturating_add(1);
                told.first = told.first.or(Some(sequence));
                told.last = Some(sequence);
            }
        })?;
        written.map_err(|error| CommandError::written(to, &error))
    })?;
    let file = file.into_inner().map_err(|error| CommandError::written(to, error.error()))?;
    file.keep()?;
    if output.is_json() {
        return output.json(&told);
    }
    Ok(output.line(&format!("{}: {} events", told.file, told.events))?)
}

fn write(event: &Event, to: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *to, event)?;
    to.write_all(b"\n")
}
