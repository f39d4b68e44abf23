//! Whole files through a key. Inputs are opened and their first bytes read, then the vault is opened for as long as the data
//! keys take, and only after it was closed bytes are written. At an endpoint the data keys alone travel. A file appears under its name when it is whole, or not at all.

mod decrypt;
mod encrypt;
mod inspect;
mod places;
mod pour;
mod progress;
mod rewrap;
mod sink;

use clap::Subcommand;
use serde::Serialize;
use strongroom_std::Error;
use strongroom_std::stream::{STREAM_HEADER_LEN, StreamHeader, StreamKey};

use self::decrypt::DecryptFile;
use self::encrypt::EncryptFile;
use self::inspect::InspectFile;
use self::places::{Input, Job, Places, Target};
use self::rewrap::RewrapFile;
use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::kms::{self, Asked, Kms, Opener};
use crate::output::Output;
use crate::session::VaultOptions;

/// How many files get their data keys while the vault is open once: few, because each holds a buffer.
const BATCH: usize = 16;

#[derive(Debug, Subcommand)]
pub(crate) enum FileCommand {
    /// Encrypt files of any size
    Encrypt(EncryptFile),
    /// Decrypt them again: all of a file, or nothing
    Decrypt(DecryptFile),
    /// Move encrypted files to the current version of their key, or to another key
    Rewrap(RewrapFile),
    /// Say what an encrypted file tells about itself, without a vault
    Inspect(InspectFile),
}

/// What was done to one file.
#[derive(Serialize)]
struct DoneInJson {
    /// Not there: standard input.
    input: Option<String>,
    output: String,
    key_id: String,
    version: u32,
    plaintext_bytes: u64,
}

impl DoneInJson {
    fn new(job: &Job, key: StreamKey, plaintext_bytes: u64) -> Self {
        DoneInJson {
            input: job.source.path(),
            output: job.target.name(),
            key_id: key.key_id.to_string(),
            version: key.version,
            plaintext_bytes,
        }
    }

    fn line(&self) -> String {
        let DoneInJson { output, key_id, version, plaintext_bytes, input: _ } = self;
        format!("{output}: {plaintext_bytes} bytes, under version {version} of {key_id}")
    }
}

/// Says what was done, unless the bytes themselves went to standard output.
fn tell(
    job: &Job,
    places: &Places,
    output: &mut Output,
    done: &impl Serialize,
    line: &str,
) -> Result<(), CommandError> {
    if output.is_json() {
        output.json(done)?;
    } else if !places.quiet && !matches!(job.target, Target::Standard) {
        output.line(line)?;
    }
    Ok(output.flush()?)
}

/// Carries it out.
pub(crate) fn run(
    command: &FileCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    match command {
        FileCommand::Encrypt(arguments) => encrypt::run(arguments, options, output),
        FileCommand::Decrypt(arguments) => decrypt::run(arguments, options, output),
        FileCommand::Rewrap(arguments) => rewrap::run(arguments, options, output),
        FileCommand::Inspect(arguments) => inspect::run(arguments, output),
    }
}

/// Does all of it, some files at a time: begins them, asks for their data keys in one opening of the vault, and goes through
/// them when that is closed.
fn each<'j, B, S>(
    jobs: &'j [Job],
    options: &VaultOptions,
    begin: impl Fn(&'j Job) -> Result<B, CommandError>,
    ask: impl Fn(Kms<'_>, B) -> Result<S, CommandError>,
    mut write: impl FnMut(S) -> Result<(), CommandError>,
) -> Result<Answer, CommandError> {
    let mut asking = Some(Opener::of(options)?);
    let mut batches = jobs.chunks(BATCH).peekable();
    while let (Some(batch), Some(opener)) = (batches.next(), asking.take()) {
        let begun: Vec<B> = batch.iter().map(&begin).collect::<Result<_, _>>()?;
        let streams: Vec<S> = opener
            .with_kms(|kms| begun.into_iter().map(|begun| ask(kms, begun)).collect::<Result<_, _>>())?;
        // What opens the vault is forgotten as soon as nothing needs it.
        asking = batches.peek().map(|_| opener);
        streams.into_iter().try_for_each(&mut write)?;
    }
    Ok(Answer::Yes)
}

/// The header that an encrypted file begins with.
fn header(input: &mut Input) -> Result<([u8; STREAM_HEADER_LEN], StreamHeader), CommandError> {
    let mut bytes = [0; STREAM_HEADER_LEN];
    let is_whole = input.fill(&mut bytes)? == STREAM_HEADER_LEN;
    match StreamHeader::parse(&bytes) {
        Ok(header) if is_whole => Ok((bytes, header)),
        _ => Err(CommandError::of(
            Kind::No,
            format_args!("{}: this is no encrypted file, or its beginning is missing", input.name),
        )
        .next("give a file that `strongroom file encrypt` has written, as it was")),
    }
}

/// Which version of which key a header names.
fn header_key(header: &StreamHeader) -> Result<StreamKey, CommandError> {
    Ok(StreamKey::of(header).ok_or(Error::Bug)?)
}

/// Asks for the data key of a file that is there.
fn ask_for<T>(
    kms: Kms<'_>,
    name: &str,
    ask: impl FnOnce(&Asked<'_>) -> kms::Answer<T>,
) -> Result<T, CommandError> {
    let mut is_context = false;
    let asked =
        kms.ask(|asked| ask(asked).inspect_err(|refused| is_context = refused.is_about_the_context()));
    asked.map_err(|error| {
        let error = error.about(name);
        if is_context {
            error.next(
                "give the same --context as when it was encrypted; if it was the same, the file was altered",
            )
        } else {
            error
        }
    })
}
