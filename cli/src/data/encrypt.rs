//! `encrypt`, `decrypt`, `reencrypt`.

use clap::Args;
use serde::Serialize;
use strongroom_core::limits::{CIPHERTEXT_LEN_MAX, PLAINTEXT_LEN_MAX};
use strongroom_std::operation::{Decrypt as DecryptRequest, Encrypt as EncryptRequest, ReEncrypt};
use zeroize::Zeroizing;

use super::{UseOptions, as_base64};
use crate::Answer;
use crate::error::CommandError;
use crate::input::{self, base64_len, from_base64};
use crate::kms::with_kms_input;
use crate::output::{Output, base64, hex};
use crate::pairs::{Pair, borrowed, pair};
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
1 to 4096 bytes from standard input. The ciphertext is raw bytes in a pipe or a file, and
base64 on a terminal. For more than 4096 bytes there is `strongroom file encrypt`.

Examples:
  strongroom encrypt --key alias/settings --context file=a <secret >secret.sealed
  strongroom encrypt --key alias/settings --base64 <secret")]
pub(crate) struct Encrypt {
    /// The key: its id, ARN or alias
    #[arg(short, long)]
    key: String,
    #[command(flatten)]
    with: UseOptions,
    /// Write base64
    #[arg(long)]
    base64: bool,
    #[command(flatten)]
    options: VaultOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The ciphertext comes from standard input. It names its key and version itself; the encryption
context must be the one that it was made with.

Examples:
  strongroom decrypt --context file=a <secret.sealed
  strongroom decrypt --base64 <secret.txt")]
pub(crate) struct Decrypt {
    /// The key that must have made it: its id, ARN or alias
    #[arg(short, long)]
    key: Option<String>,
    #[command(flatten)]
    with: UseOptions,
    /// Read base64
    #[arg(long)]
    base64: bool,
    #[command(flatten)]
    options: VaultOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The plaintext stays in the vault. Without --new-context the encryption context stays as it is.

Example:
  strongroom reencrypt --to alias/new --context file=a <old.sealed >new.sealed")]
pub(crate) struct Reencrypt {
    /// The key to encrypt under: its id, ARN or alias
    #[arg(long, value_name = "KEY")]
    to: String,
    /// The key that must have made it: its id, ARN or alias
    #[arg(short, long)]
    key: Option<String>,
    #[command(flatten)]
    with: UseOptions,
    /// A pair of the new encryption context; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, conflicts_with = "no_new_context")]
    new_context: Vec<Pair>,
    /// No encryption context from now on
    #[arg(long)]
    no_new_context: bool,
    /// Read and write base64
    #[arg(long)]
    base64: bool,
    #[command(flatten)]
    options: VaultOptions,
}

#[derive(Serialize)]
struct Encrypted<'a> {
    ciphertext: &'a str,
    key_id: String,
    version: u32,
}

#[derive(Serialize)]
struct Decrypted<'a> {
    plaintext: &'a str,
    key_id: String,
    version: u32,
    key_material_id: String,
}

#[derive(Serialize)]
struct Reencrypted<'a> {
    ciphertext: &'a str,
    key_id: String,
    version: u32,
    source_key_id: String,
    source_version: u32,
}

/// Encrypts standard input.
pub(crate) fn encrypt(arguments: &Encrypt, output: &mut Output) -> Result<Answer, CommandError> {
    let Encrypt { key, with, base64: wants_base64, options } = arguments;
    let read = || input::standard("Secret", PLAINTEXT_LEN_MAX);
    let made = with_kms_input(options, read, |kms, plaintext| {
        let request = EncryptRequest {
            encryption_context: &borrowed(&with.context.context),
            grant_tokens: &with.grant_token,
            dry_run: with.dry_run,
            ..EncryptRequest::new(key, &plaintext)
        };
        kms.ask_about(key, |asked| asked.encrypt(request))
    })?;
    if output.is_json() {
        let ciphertext = &base64(&made.ciphertext);
        output.json(&Encrypted { ciphertext, key_id: made.key_id.to_string(), version: made.version })?;
    } else {
        output.blob(&made.ciphertext, as_base64(*wants_base64, output))?;
    }
    Ok(Answer::Yes)
}

/// Decrypts standard input.
pub(crate) fn decrypt(arguments: &Decrypt, output: &mut Output) -> Result<Answer, CommandError> {
    let Decrypt { key, with, base64: is_base64, options } = arguments;
    let opened = with_kms_input(
        options,
        || ciphertext(*is_base64),
        |kms, ciphertext| {
            let request = DecryptRequest {
                key_id: key.as_deref(),
                encryption_context: &borrowed(&with.context.context),
                grant_tokens: &with.grant_token,
                dry_run: with.dry_run,
                ..DecryptRequest::new(&ciphertext)
            };
            let asked = kms.ask(|asked| asked.decrypt(request));
            asked.map_err(|error| match key {
                Some(key) => kms.suggest_key(key, error),
                None => error,
            })
        },
    )?;
    let plaintext = opened.plaintext.as_bytes();
    if output.is_json() {
        let text = base64(plaintext);
        let told = Decrypted {
            plaintext: &text,
            key_id: opened.key_id.to_string(),
            version: opened.version,
            key_material_id: hex(&opened.key_material_id),
        };
        output.secret_json(&told, text.len())?;
        return Ok(Answer::Yes);
    }
    if !output.is_terminal() {
        output.secret(plaintext)?;
        return Ok(Answer::Yes);
    }
    let is_text = std::str::from_utf8(plaintext)
        .is_ok_and(|text| !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')));
    if !is_text {
        return Err(CommandError::new("the plaintext is not text, and standard output is a terminal")
            .next("send it to a file or a pipe, or give --json, which writes base64"));
    }
    output.secret(plaintext)?;
    if !plaintext.ends_with(b"\n") {
        output.line("")?;
    }
    Ok(Answer::Yes)
}

/// Moves standard input to another key.
pub(crate) fn reencrypt(arguments: &Reencrypt, output: &mut Output) -> Result<Answer, CommandError> {
    let Reencrypt { to, key, with, new_context, no_new_context, base64: is_base64, options } = arguments;
    let made = with_kms_input(
        options,
        || ciphertext(*is_base64),
        |kms, ciphertext| {
            let source = borrowed(&with.context.context);
            let destination = match (new_context.as_slice(), *no_new_context) {
                (_, true) => Vec::new(),
                ([], false) => source.clone(),
                (pairs, false) => borrowed(pairs),
            };
            let request = ReEncrypt {
                source_key_id: key.as_deref(),
                ciphertext: &ciphertext,
                source_encryption_context: &source,
                destination_key_id: to,
                destination_encryption_context: &destination,
                grant_tokens: &with.grant_token,
                dry_run: with.dry_run,
            };
            kms.ask_about(to, |asked| asked.re_encrypt(request))
        },
    )?;
    if output.is_json() {
        output.json(&Reencrypted {
            ciphertext: &base64(&made.ciphertext),
            key_id: made.key_id.to_string(),
            version: made.version,
            source_key_id: made.source_key_id.to_string(),
            source_version: made.source_version,
        })?;
    } else {
        output.blob(&made.ciphertext, as_base64(*is_base64, output))?;
    }
    Ok(Answer::Yes)
}

/// A ciphertext from standard input.
fn ciphertext(is_base64: bool) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    if is_base64 {
        from_base64(&input::standard("Ciphertext in base64", base64_len(CIPHERTEXT_LEN_MAX))?)
    } else {
        input::standard("Ciphertext", CIPHERTEXT_LEN_MAX)
    }
}
