//! `data-key` and `random`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use strongroom_std::operation::{GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom};

use super::{UseOptions, as_base64};
use crate::Answer;
use crate::error::CommandError;
use crate::kms::with_kms;
use crate::output::{Output, base64, hex};
use crate::pairs::borrowed;
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
A data key encrypts anything of any size with any cipher. Keep the sealed form beside the data,
forget the plain one; `strongroom decrypt` gives it back.

Examples:
  strongroom data-key --key alias/settings --sealed data.key.sealed | your-program
  strongroom data-key --key alias/settings --json
  strongroom data-key --key alias/settings --without-plaintext >data.key.sealed")]
pub(crate) struct DataKey {
    /// The key: its id, ARN or alias
    #[arg(short, long)]
    key: String,
    #[command(flatten)]
    with: UseOptions,
    /// How long it is, 1 to 1024 bytes
    #[arg(long, value_name = "NUMBER", default_value_t = 32)]
    bytes: usize,
    /// Where the sealed data key goes: a new file; the plain one goes to standard output
    #[arg(long, value_name = "FILE", conflicts_with = "without_plaintext")]
    sealed: Option<PathBuf>,
    /// Make it sealed only: to standard output
    #[arg(long)]
    without_plaintext: bool,
    /// Write base64
    #[arg(long)]
    base64: bool,
    #[command(flatten)]
    options: VaultOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  strongroom random 32 --base64")]
pub(crate) struct Random {
    /// How many, 1 to 1024
    #[arg(value_name = "BYTES")]
    bytes: usize,
    /// Write base64
    #[arg(long)]
    base64: bool,
    #[command(flatten)]
    options: VaultOptions,
}

#[derive(Serialize)]
struct DataKeyInJson<'a> {
    /// Not there if it was made sealed only.
    #[serde(skip_serializing_if = "Option::is_none")]
    plaintext: Option<&'a str>,
    ciphertext: &'a str,
    key_id: String,
    version: u32,
    key_material_id: String,
}

#[derive(Serialize)]
struct RandomInJson<'a> {
    random: &'a str,
}

/// Makes a data key.
pub(crate) fn data_key(arguments: &DataKey, output: &mut Output) -> Result<Answer, CommandError> {
    let DataKey { key, with, bytes, sealed, without_plaintext, base64: wants_base64, options } = arguments;
    let needs_place = sealed.is_none() && !without_plaintext && !output.is_json() && !with.dry_run;
    if needs_place {
        return Err(CommandError::new("a data key comes plain and sealed, and there is one standard output")
            .next("give --sealed FILE, --json or --without-plaintext"));
    }
    if let Some(path) = sealed.as_deref().filter(|path| path.try_exists().unwrap_or(false)) {
        return Err(CommandError::new(format_args!("{} exists already", path.display()))
            .next("what is sealed under it could not be opened any more; choose another name"));
    }
    let made = with_kms(options, |kms| {
        let request = GenerateDataKey {
            key_id: key,
            number_of_bytes: *bytes,
            encryption_context: &borrowed(&with.context.context),
            grant_tokens: &with.grant_token,
            dry_run: with.dry_run,
        };
        kms.ask_about(key, |asked| {
            if *without_plaintext {
                asked.generate_data_key_without_plaintext(GenerateDataKeyWithoutPlaintext(request))
            } else {
                asked.generate_data_key(request)
            }
        })
    })?;
    if let Some(path) = sealed {
        write_new(path, &made.ciphertext)?;
    }
    if output.is_json() {
        let plaintext = base64(made.plaintext.as_bytes());
        let ciphertext = base64(&made.ciphertext);
        let told = DataKeyInJson {
            plaintext: (!without_plaintext).then_some(plaintext.as_str()),
            ciphertext: &ciphertext,
            key_id: made.key_id.to_string(),
            version: made.version,
            key_material_id: hex(&made.key_material_id),
        };
        output.secret_json(&told, plaintext.len().saturating_add(ciphertext.len()))?;
    } else {
        let out = if *without_plaintext { made.ciphertext.as_slice() } else { made.plaintext.as_bytes() };
        output.blob(out, as_base64(*wants_base64, output))?;
    }
    Ok(Answer::Yes)
}

/// A file that was not there before; what could not be written whole is taken away again.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let wrong = |error| CommandError::written(path, &error);
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(wrong)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
        let _ = std::fs::remove_file(path);
        wrong(error)
    })
}

/// Draws random bytes.
pub(crate) fn random(arguments: &Random, output: &mut Output) -> Result<Answer, CommandError> {
    let drawn = with_kms(&arguments.options, |kms| {
        let request = GenerateRandom { number_of_bytes: arguments.bytes };
        kms.ask(|asked| asked.generate_random(request))
    })?;
    if output.is_json() {
        let random = base64(drawn.as_bytes());
        output.secret_json(&RandomInJson { random: &random }, random.len())?;
    } else {
        output.blob(drawn.as_bytes(), as_base64(arguments.base64, output))?;
    }
    Ok(Answer::Yes)
}
