//! `file decrypt`.

use std::io::{Chain, Cursor, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use strongroom_std::grant::GrantToken;
use strongroom_std::stream::{
    OpenStream, STREAM_HEADER_LEN, SegmentError, SegmentLen, StreamError, StreamReader, plaintext_len,
};

use super::places::{Input, Job, Places, Target};
use super::pour::{Broken, pour};
use super::progress::Progress;
use super::sink::{Readers, Sink, unwritten};
use super::{DoneInJson, ask_for, each, header, tell};
use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::kms::Kms;
use crate::output::Output;
use crate::pairs::{ContextOptions, borrowed};
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
INPUT.sealed becomes INPUT, once all of it has opened: of a file that was cut or altered nothing
is written. To standard output goes each segment that has opened; if one does not, or the end is
missing, the exit status is 1, and what was written is not all.

Examples:
  strongroom file decrypt dump.sql.sealed --context kind=dump
  strongroom file decrypt photos.tar.sealed -o - | tar -x")]
pub(crate) struct DecryptFile {
    #[command(flatten)]
    places: Places,
    /// The key that must have encrypted it: its id, ARN or alias
    #[arg(short, long)]
    key: Option<String>,
    #[command(flatten)]
    context: ContextOptions,
    /// The token of a grant; may be repeated
    #[arg(long, value_name = "TOKEN", value_parser = crate::grant::token)]
    grant_token: Vec<GrantToken>,
}

/// A file without its data key.
struct Begun<'j> {
    job: &'j Job,
    input: Input,
    header: [u8; STREAM_HEADER_LEN],
    segment_len: SegmentLen,
    sink: Sink,
}

/// A file with its data key.
struct Stream<'j> {
    job: &'j Job,
    name: String,
    /// How long the plaintext is if nothing is missing.
    len: Option<u64>,
    reader: StreamReader<Chain<Cursor<[u8; STREAM_HEADER_LEN]>, Input>>,
    sink: Sink,
}

/// Decrypts files.
pub(super) fn run(
    arguments: &DecryptFile,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    let DecryptFile { places, key, context, grant_token } = arguments;
    let jobs = places.jobs(output, |path| places.file(opened_name(path)?))?;
    let context = borrowed(&context.context);
    let request =
        OpenStream { key_id: key.as_deref(), encryption_context: &context, grant_tokens: grant_token };
    let open = |kms: Kms<'_>, begun| {
        let Begun { job, input, header, segment_len, sink } = begun;
        let name = input.name.clone();
        let len = input.len.and_then(|len| plaintext_len(len, segment_len));
        let whole = Cursor::new(header).chain(input);
        let asked = ask_for(kms, &name, |asked| asked.open_stream(request, whole));
        let reader = asked.map_err(|error| match key {
            Some(key) => kms.suggest_key(key, error),
            None => error,
        })?;
        Ok(Stream { job, name, len, reader, sink })
    };
    each(&jobs, options, begin, open, |stream| write(stream, places, output))
}

/// What an encrypted file was called before.
fn opened_name(path: &Path) -> Result<PathBuf, CommandError> {
    match path.extension() {
        Some(extension) if extension == "sealed" => Ok(path.with_extension("")),
        _ => Err(CommandError::new(format_args!(
            "{}: the name does not end in .sealed, so there is none for the plaintext",
            path.display()
        ))
        .next("give -o OUTPUT")),
    }
}

fn begin(job: &Job) -> Result<Begun<'_>, CommandError> {
    let mut input = job.source.open()?;
    let (bytes, header) = header(&mut input)?;
    let sink = Sink::open(&job.target, Readers::Owner)?;
    Ok(Begun { job, input, header: bytes, segment_len: header.segment_len, sink })
}

/// Opens everything, and lets the file appear if all of it has opened.
fn write(stream: Stream<'_>, places: &Places, output: &mut Output) -> Result<(), CommandError> {
    let Stream { job, name, len, mut reader, mut sink } = stream;
    let progress = Progress::new(&name, len, !places.quiet && !output.is_json());
    let poured = pour(&mut reader, &mut sink, &progress);
    drop(progress);
    let plaintext_bytes = poured.map_err(|broken| match broken {
        Broken::Input(error) => not_opened(&name, &job.target, StreamError::from(error)),
        Broken::Output(error) => unwritten(&job.target, error),
    })?;
    sink.keep()?;
    let done = DoneInJson::new(job, reader.key(), plaintext_bytes);
    tell(job, places, output, &done, &done.line())
}

fn not_opened(name: &str, target: &Target, error: StreamError) -> CommandError {
    match error {
        StreamError::Io(error) => CommandError::file(Path::new(name), &error),
        StreamError::Vault(error) => error.into(),
        error => {
            let told = CommandError::of(Kind::No, format_args!("{name}: {error}")).next(match target {
                Target::Standard => {
                    "what was written is not all of it: do not use it; take another copy of the file"
                }
                Target::New(_) | Target::Existing { .. } => {
                    "nothing was written: take another copy of the file"
                }
            });
            // The last segment that is there, if it was cut, is an altered one.
            match error {
                StreamError::Segment { error: SegmentError::Altered | SegmentError::Length, .. } => {
                    told.why("the file was altered, or its end is missing")
                }
                _ => told,
            }
        }
    }
}
