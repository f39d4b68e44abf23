//! `file encrypt`.

use std::ffi::OsString;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use strongroom_std::grant::GrantToken;
use strongroom_std::stream::{SealStream, SegmentLen, StreamError, StreamWriter};
use zeroize::Zeroizing;

use super::places::{Input, Job, Places};
use super::pour::{Broken, pour};
use super::progress::Progress;
use super::sink::{Readers, Sink, unwritten};
use super::{DoneInJson, each, tell};
use crate::Answer;
use crate::error::CommandError;
use crate::kms::Kms;
use crate::output::Output;
use crate::pairs::{ContextOptions, borrowed};
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
INPUT stays as it is; what comes of it is INPUT.sealed. It appears when it is whole, and replaces
nothing without --force. The encryption context is needed again to decrypt.

Examples:
  strongroom file encrypt dump.sql --key alias/backups --context kind=dump
  tar -c photos | strongroom file encrypt - --key alias/backups -o photos.tar.sealed")]
pub(crate) struct EncryptFile {
    #[command(flatten)]
    places: Places,
    /// The key: its id, ARN or alias
    #[arg(short, long)]
    key: String,
    #[command(flatten)]
    context: ContextOptions,
    /// The token of a grant; may be repeated
    #[arg(long, value_name = "TOKEN", value_parser = crate::grant::token)]
    grant_token: Vec<GrantToken>,
    /// How many bytes are sealed at once, a power of two from 1024 to 1048576: whoever opens the file needs room for
    /// so many
    #[arg(long, value_name = "NUMBER", default_value = "65536", value_parser = segment_len)]
    segment_bytes: SegmentLen,
}

fn segment_len(text: &str) -> Result<SegmentLen, String> {
    let len = text.parse().ok().and_then(SegmentLen::of);
    len.ok_or_else(|| "expected a power of two from 1024 to 1048576".to_owned())
}

/// A file without its data key.
struct Begun<'j> {
    job: &'j Job,
    input: Input,
    /// The first byte. Once it is there, a command before this one in a pipe has closed the vault.
    first: Zeroizing<Vec<u8>>,
    sink: Sink,
}

/// A file with its data key.
struct Stream<'j> {
    job: &'j Job,
    input: Input,
    first: Zeroizing<Vec<u8>>,
    writer: StreamWriter<Sink>,
}

/// Encrypts files.
pub(super) fn run(
    arguments: &EncryptFile,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    let EncryptFile { places, key, context, grant_token, segment_bytes } = arguments;
    let jobs = places.jobs(output, |path| places.file(sealed_name(path)))?;
    let context = borrowed(&context.context);
    let request = SealStream {
        encryption_context: &context,
        grant_tokens: grant_token,
        segment_len: *segment_bytes,
        ..SealStream::new(key)
    };
    let seal = |kms: Kms<'_>, begun| {
        let Begun { job, input, first, sink } = begun;
        let writer = kms.ask_about(key, |asked| asked.seal_stream(request, sink))?;
        Ok(Stream { job, input, first, writer })
    };
    each(&jobs, options, begin, seal, |stream| write(stream, places, output))
}

/// What an input is called when it is encrypted.
fn sealed_name(path: &Path) -> PathBuf {
    let mut name: OsString = path.into();
    name.push(".sealed");
    name.into()
}

fn begin(job: &Job) -> Result<Begun<'_>, CommandError> {
    let mut input = job.source.open()?;
    let mut first = Zeroizing::new(vec![0]);
    let len = input.fill(&mut first)?;
    first.truncate(len);
    let sink = Sink::open(&job.target, Readers::AsUsual)?;
    Ok(Begun { job, input, first, sink })
}

/// Seals everything that the input holds.
fn write(stream: Stream<'_>, places: &Places, output: &mut Output) -> Result<(), CommandError> {
    let Stream { job, mut input, first, mut writer } = stream;
    let key = writer.key();
    let unwritten = |error| match StreamError::from(error) {
        StreamError::Vault(error) => error.into(),
        StreamError::Io(error) => unwritten(&job.target, error),
        error => unwritten(&job.target, error.into()),
    };
    let progress = Progress::new(&input.name, input.len, !places.quiet && !output.is_json());
    let poured = pour(&mut Cursor::new(first).chain(&mut input), &mut writer, &progress);
    let plaintext_bytes = poured.map_err(|broken| match broken {
        Broken::Input(error) => input.wrong(&error),
        Broken::Output(error) => unwritten(error),
    })?;
    writer.finish().map_err(unwritten)?.keep()?;
    drop(progress);
    let done = DoneInJson::new(job, key, plaintext_bytes);
    tell(job, places, output, &done, &done.line())
}
