//! `file rewrap`.

use std::io::{Cursor, Read};

use clap::Args;
use serde::Serialize;
use strongroom_std::grant::GrantToken;
use strongroom_std::stream::{RewrapStream, STREAM_HEADER_LEN, StreamHeader, StreamKey};

use super::places::{Input, Job, Places, Target};
use super::pour::{Broken, pour};
use super::progress::Progress;
use super::sink::{Readers, Sink, unwritten};
use super::{ask_for, each, header, header_key, tell};
use crate::Answer;
use crate::error::CommandError;
use crate::kms::Kms;
use crate::output::Output;
use crate::pairs::{ContextOptions, Pair, borrowed, pair};
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
Only the header changes: the data key in it is sealed anew, and the rest is copied as it is,
neither decrypted nor checked. Without -o the copy takes the place of INPUT once it is whole and
on the disk. Without --new-context the encryption context stays as it is.

Examples:
  strongroom file rewrap dump.sql.sealed --context kind=dump
  strongroom file rewrap dump.sql.sealed --key alias/archive --context kind=dump")]
pub(crate) struct RewrapFile {
    #[command(flatten)]
    places: Places,
    /// The key to move to: its id, ARN or alias; else the current version of its own
    #[arg(short, long)]
    key: Option<String>,
    #[command(flatten)]
    context: ContextOptions,
    /// A pair of the new encryption context; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, conflicts_with = "no_new_context")]
    new_context: Vec<Pair>,
    /// No encryption context from now on
    #[arg(long)]
    no_new_context: bool,
    /// The token of a grant; may be repeated
    #[arg(long, value_name = "TOKEN", value_parser = crate::grant::token)]
    grant_token: Vec<GrantToken>,
}

#[derive(Serialize)]
struct Rewrapped {
    /// Not there: standard input.
    input: Option<String>,
    output: String,
    key_id: String,
    version: u32,
    source_key_id: String,
    source_version: u32,
}

/// A file with its old header.
struct Begun<'j> {
    job: &'j Job,
    input: Input,
    header: StreamHeader,
    source: StreamKey,
    sink: Sink,
}

/// A file with its new header.
struct Moved<'j> {
    begun: Begun<'j>,
    header: [u8; STREAM_HEADER_LEN],
    key: StreamKey,
}

/// Moves files to another key or version.
pub(super) fn run(
    arguments: &RewrapFile,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    let RewrapFile { places, key, context, new_context, no_new_context, grant_token } = arguments;
    let jobs = places.jobs(output, Target::replacing)?;
    let source_context = borrowed(&context.context);
    let new_context = match (new_context.as_slice(), *no_new_context) {
        (_, true) => Vec::new(),
        ([], false) => source_context.clone(),
        (pairs, false) => borrowed(pairs),
    };
    let move_it = |kms: Kms<'_>, begun| {
        let Begun { input, header, source, .. } = &begun;
        let to = key.clone().unwrap_or_else(|| source.key_id.to_string());
        let request = RewrapStream {
            source_encryption_context: &source_context,
            destination_encryption_context: &new_context,
            grant_tokens: grant_token,
            ..RewrapStream::new(&to)
        };
        let asked = ask_for(kms, &input.name, |asked| asked.rewrap_stream(request, header));
        let (header, key) = asked.map_err(|error| kms.suggest_key(&to, error))?;
        Ok(Moved { begun, header, key })
    };
    each(&jobs, options, begin, move_it, |moved| write(moved, places, output))
}

fn begin(job: &Job) -> Result<Begun<'_>, CommandError> {
    let mut input = job.source.open()?;
    let (_, header) = header(&mut input)?;
    let sink = Sink::open(&job.target, Readers::AsUsual)?;
    sink.keep_permissions()?;
    Ok(Begun { job, input, source: header_key(&header)?, header, sink })
}

/// The new header, and behind it what was behind the old one.
fn write(moved: Moved<'_>, places: &Places, output: &mut Output) -> Result<(), CommandError> {
    let Moved { begun: Begun { job, mut input, header: _, source, mut sink }, header, key } = moved;
    let progress = Progress::new(&input.name, input.len, !places.quiet && !output.is_json());
    let poured = pour(&mut Cursor::new(header).chain(&mut input), &mut sink, &progress);
    drop(progress);
    poured.map_err(|broken| match broken {
        Broken::Input(error) => input.wrong(&error),
        Broken::Output(error) => unwritten(&job.target, error),
    })?;
    sink.keep()?;
    let told = Rewrapped {
        input: job.source.path(),
        output: job.target.name(),
        key_id: key.key_id.to_string(),
        version: key.version,
        source_key_id: source.key_id.to_string(),
        source_version: source.version,
    };
    let line = format!("{}: under version {} of {}", told.output, told.version, told.key_id);
    tell(job, places, output, &told, &line)
}
