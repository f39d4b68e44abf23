//! `file inspect`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use strongroom_std::stream::{STREAM_HEADER_LEN, plaintext_len};
use zeroize::Zeroizing;

use super::places::{Input, Source};
use super::{header, header_key};
use crate::Answer;
use crate::error::CommandError;
use crate::output::{Output, hex};

/// What seals data key and segments, by the format: `docs/format.md`, section 2.
const ALGORITHM: &str = "SR-1 (AES-256-GCM, a key of its own for each seal, committing)";

#[derive(Debug, Args)]
#[command(after_help = "\
No vault is needed, and nothing is decrypted: all of this is what the file says about itself, and
whoever can write the file can make it say something else. `strongroom file decrypt` checks all of
it. The exit status is 1 if the file is cut in a way that its length tells.

Example:
  strongroom file inspect dump.sql.sealed")]
pub(crate) struct InspectFile {
    /// The files; `-` is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Inspected {
    /// Not there: standard input.
    input: Option<String>,
    key_id: String,
    version: u32,
    algorithm: &'static str,
    stream_id: String,
    segment_bytes: usize,
    sealed_bytes: u64,
    /// Not there: no encrypted file is so long.
    plaintext_bytes: Option<u64>,
    is_authenticated: bool,
}

/// Says what files tell about themselves.
pub(super) fn run(arguments: &InspectFile, output: &mut Output) -> Result<Answer, CommandError> {
    let mut answer = Answer::Yes;
    for (place, path) in arguments.inputs.iter().enumerate() {
        let source = Source::at(path)?;
        let mut input = source.open()?;
        let (_, header) = header(&mut input)?;
        let key = header_key(&header)?;
        let sealed_bytes = len_of(&mut input)?;
        let told = Inspected {
            input: source.path(),
            key_id: key.key_id.to_string(),
            version: key.version,
            algorithm: ALGORITHM,
            stream_id: hex(&header.stream_id),
            segment_bytes: header.segment_len.bytes(),
            sealed_bytes,
            plaintext_bytes: plaintext_len(sealed_bytes, header.segment_len),
            is_authenticated: false,
        };
        if told.plaintext_bytes.is_none() {
            answer = Answer::No;
        }
        if output.is_json() {
            output.json(&told)?;
        } else {
            if place > 0 {
                output.line("")?;
            }
            output.facts(&told.facts(&input.name))?;
        }
    }
    Ok(answer)
}

/// How long the whole file is, of which the header has been read.
fn len_of(input: &mut Input) -> Result<u64, CommandError> {
    if let Some(len) = input.len {
        return Ok(len);
    }
    let mut len = u64::try_from(STREAM_HEADER_LEN).unwrap_or_default();
    let mut buffer = Zeroizing::new(vec![0; 1 << 16]);
    loop {
        match input.fill(&mut buffer)? {
            0 => return Ok(len),
            more => len = len.saturating_add(u64::try_from(more).unwrap_or(u64::MAX)),
        }
    }
}

impl Inspected {
    fn facts(&self, name: &str) -> Vec<(&'static str, String)> {
        let plaintext = match self.plaintext_bytes {
            Some(len) => format!("{len} bytes, if nothing is missing"),
            None => "unknown: no encrypted file has this length, so its end is missing".to_owned(),
        };
        vec![
            ("file", format!("{name}, {} bytes", self.sealed_bytes)),
            ("key", format!("{}, version {}", self.key_id, self.version)),
            ("sealed by", self.algorithm.to_owned()),
            ("segments", format!("of {} bytes", self.segment_bytes)),
            ("stream id", self.stream_id.clone()),
            ("plaintext", plaintext),
            ("authenticated", "nothing of this: it is what the file says about itself".to_owned()),
            (
                "when decrypted",
                "key, version, encryption context; the segments, their order, and that none is missing"
                    .to_owned(),
            ),
            ("never", "the name of the file, its times and permissions".to_owned()),
        ]
    }
}
