//! `audit verify`: whether the log is what the vault wrote, without the vault's secrets.

use std::fs::{self, File};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use strongroom_std::audit::{AUDIT_KEY_LEN, AnsweredHead, AuditKey, Finding};
use strongroom_std::verify_audit_log;

use super::HeadInJson;
use crate::Answer;
use crate::error::CommandError;
use crate::input::{self, from_hex};
use crate::output::Output;
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
The exit status is 0 if the log is as the vault wrote it, and 1 if it is not. Without --head a
log that was cut off at its end looks whole.

Example:
  strongroom audit verify --audit-key audit.key --head head.json --vault app.vault")]
pub(crate) struct Verify {
    /// The key that `audit take-key` handed out
    #[arg(long, value_name = "FILE")]
    audit_key: PathBuf,
    /// What `audit head --json` answered
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
}

#[derive(Serialize)]
struct Verified {
    entries: u64,
    first: Option<u64>,
    is_as_written: bool,
    findings: Vec<FindingInJson>,
}

#[derive(Serialize)]
struct FindingInJson {
    name: &'static str,
    sequence: Option<u64>,
    words: String,
}

/// Verifies the log.
pub(super) fn run(
    arguments: &Verify,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    let path = &arguments.audit_key;
    let no_key = || CommandError::new(format_args!("{}: this is no audit key", path.display()));
    let file = File::open(path).map_err(|error| CommandError::file(path, &error))?;
    let bytes = input::limited(file, AUDIT_KEY_LEN).map_err(|error| CommandError::file(path, &error))?;
    let key = AuditKey::from_bytes(&bytes).map_err(|_| no_key())?;
    let head = arguments.head.as_ref().map(read_head).transpose()?;
    let report = verify_audit_log(&options.place.existing()?, &key, head)?;
    let findings: Vec<FindingInJson> = report.findings.iter().map(FindingInJson::of).collect();
    let told = Verified {
        entries: report.entries,
        first: report.first,
        is_as_written: findings.is_empty(),
        findings,
    };
    if output.is_json() {
        output.json(&told)?;
    } else {
        let entries = format!("{} entries are as the vault wrote them", told.entries);
        let until = if arguments.head.is_some() {
            ", up to the answered head"
        } else {
            "; without --head, nobody knows whether its end is cut off"
        };
        output.line(&if told.is_as_written { format!("{entries}{until}") } else { entries })?;
        told.findings
            .iter()
            .try_for_each(|finding| output.line(&format!("{}: {}", finding.name, finding.words)))?;
    }
    Ok(if told.is_as_written { Answer::Yes } else { Answer::No })
}

fn read_head(path: &PathBuf) -> Result<([u8; 16], AnsweredHead), CommandError> {
    let wrong = |why: &dyn std::fmt::Display| {
        CommandError::new(format_args!("{}: this is no answered head: {why}", path.display()))
            .next("`strongroom audit head --json` writes one")
    };
    let text = fs::read(path).map_err(|error| CommandError::file(path, &error))?;
    let head: HeadInJson = serde_json::from_slice(&text).map_err(|error| wrong(&error))?;
    let nonce = from_hex(&head.nonce).map_err(|error| wrong(&error))?;
    let answered = AnsweredHead {
        next_sequence: head.next_sequence,
        hash: from_hex(&head.hash).map_err(|error| wrong(&error))?,
        revision: head.revision,
        fresh: head.fresh,
        mac: from_hex(&head.mac).map_err(|error| wrong(&error))?,
    };
    Ok((nonce, answered))
}

impl FindingInJson {
    fn of(finding: &Finding) -> Self {
        let (name, sequence, words) = match *finding {
            Finding::Malformed { expected } => {
                ("malformed", Some(expected), format!("what stands in place of entry {expected} is no entry"))
            }
            Finding::Altered { sequence } => (
                "altered",
                Some(sequence),
                format!(
                    "entry {sequence}, or its place, is not what the vault wrote; what follows cannot be judged"
                ),
            ),
            Finding::Missing { from, found, is_declared } => {
                let declared = if is_declared { "; the vault noticed, and started anew" } else { "" };
                ("missing", Some(from), format!("entry {from} is not there, but {found}{declared}"))
            }
            Finding::Repeated { sequence } => {
                ("repeated", Some(sequence), format!("entry {sequence} comes twice, or out of order"))
            }
            Finding::NothingFollows => (
                "nothing-follows",
                None,
                "no entry follows from this key: it is another log's, or the beginning is gone".to_owned(),
            ),
            Finding::Truncated { head, found } => (
                "truncated",
                Some(found),
                format!("the log ends before entry {found}, and the vault had written up to entry {head}"),
            ),
            Finding::HeadDiffers { sequence } => (
                "head-differs",
                Some(sequence),
                format!("before entry {sequence} this log says something else than the vault answered"),
            ),
            Finding::HeadPassedOver { head } => (
                "head-passed-over",
                Some(head),
                format!(
                    "the log has no entry before {head} to compare the answered head with: it lies in a gap"
                ),
            ),
            Finding::RolledBack { sequence, revision, known } => (
                "rolled-back",
                Some(sequence),
                format!("the vault was opened at revision {revision}, and its log knew revision {known}"),
            ),
            _ => ("other", None, "something else is wrong".to_owned()),
        };
        FindingInJson { name, sequence, words }
    }
}
