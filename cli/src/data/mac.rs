//! `mac generate` and `mac verify`.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use strongroom_core::limits::PLAINTEXT_LEN_MAX;
use strongroom_std::grant::GrantToken;
use strongroom_std::key::MacAlgorithm;
use strongroom_std::operation::{
    DescribeKey, GenerateMac, GenerateVersionedMac, VerifyMac, VerifyVersionedMac,
};

use super::as_base64;
use crate::Answer;
use crate::error::CommandError;
use crate::exit::Kind;
use crate::input::{self, from_base64};
use crate::kms::{Kms, with_kms_input};
use crate::output::{Output, base64, hex};
use crate::session::VaultOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum MacCommand {
    /// Make the MAC of standard input
    #[command(after_help = "Example:\n  strongroom mac generate --key alias/mac <message >message.mac")]
    Generate {
        #[command(flatten)]
        with: MacOptions,
        /// Write base64
        #[arg(long)]
        base64: bool,
    },
    /// Verify the MAC of standard input; the exit status is 1 if it is another one
    #[command(after_help = "Example:\n  strongroom mac verify --key alias/mac --mac message.mac <message")]
    Verify {
        #[command(flatten)]
        with: MacOptions,
        /// The file that holds the MAC
        #[arg(long, value_name = "FILE")]
        mac: PathBuf,
        /// The MAC is in base64
        #[arg(long)]
        base64: bool,
    },
}

/// What both take.
#[derive(Debug, Args)]
pub(crate) struct MacOptions {
    /// The key: its id, ARN or alias
    #[arg(short, long)]
    key: String,
    /// How; else as the key is described, which the caller must be allowed to ask
    #[arg(long, value_enum)]
    algorithm: Option<Algorithm>,
    /// The form of Strongroom's own, which names the version that made it, however old
    #[arg(long)]
    versioned: bool,
    /// The token of a grant; may be repeated
    #[arg(long, value_name = "TOKEN", value_parser = crate::grant::token)]
    grant_token: Vec<GrantToken>,
    /// Check everything, release nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Algorithm {
    #[value(name = "HMAC_SHA_224")]
    Sha224,
    #[value(name = "HMAC_SHA_256")]
    Sha256,
    #[value(name = "HMAC_SHA_384")]
    Sha384,
    #[value(name = "HMAC_SHA_512")]
    Sha512,
}

#[derive(Serialize)]
struct MacInJson<'a> {
    mac: &'a str,
    algorithm: &'static str,
    key_id: String,
    version: u32,
    key_material_id: String,
}

#[derive(Serialize)]
struct VerifiedInJson {
    is_valid: bool,
    algorithm: &'static str,
    key_id: String,
    version: u32,
    key_material_id: String,
}

/// Carries a command out.
pub(crate) fn run(
    command: &MacCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<Answer, CommandError> {
    match command {
        MacCommand::Generate { with, base64 } => generate(with, *base64, options, output),
        MacCommand::Verify { with, mac, base64 } => verify(with, mac, *base64, options, output),
    }?;
    Ok(Answer::Yes)
}

impl MacOptions {
    /// The algorithm that is given, or that of the key.
    fn algorithm(&self, kms: Kms<'_>) -> Result<MacAlgorithm, CommandError> {
        if let Some(algorithm) = self.algorithm {
            return Ok(match algorithm {
                Algorithm::Sha224 => MacAlgorithm::HmacSha224,
                Algorithm::Sha256 => MacAlgorithm::HmacSha256,
                Algorithm::Sha384 => MacAlgorithm::HmacSha384,
                Algorithm::Sha512 => MacAlgorithm::HmacSha512,
            });
        }
        let key = &self.key;
        let described = kms.ask_about(key, |asked| asked.describe_key(DescribeKey::new(key))).map_err(
            |error| match error.kind {
                Kind::Denied => {
                    error.why("the key was to be described, to learn its algorithm; --algorithm names it")
                }
                _ => error,
            },
        )?;
        described
            .facts
            .spec
            .mac_algorithm()
            .ok_or_else(|| CommandError::from(strongroom_std::Error::InvalidKeyUsage))
    }
}

fn generate(
    with: &MacOptions,
    wants_base64: bool,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let read = || input::standard("Message", PLAINTEXT_LEN_MAX);
    let (made, algorithm) = with_kms_input(options, read, |kms, message| {
        let mac_algorithm = with.algorithm(kms)?;
        let request = GenerateMac {
            key_id: &with.key,
            message: &message,
            mac_algorithm,
            grant_tokens: &with.grant_token,
            dry_run: with.dry_run,
        };
        let made = kms.ask_about(&with.key, |asked| {
            if with.versioned {
                asked.generate_versioned_mac(GenerateVersionedMac(request))
            } else {
                asked.generate_mac(request)
            }
        })?;
        Ok((made, mac_algorithm))
    })?;
    if output.is_json() {
        return output.json(&MacInJson {
            mac: &base64(&made.mac),
            algorithm: algorithm.name(),
            key_id: made.key_id.to_string(),
            version: made.version,
            key_material_id: hex(&made.key_material_id),
        });
    }
    Ok(output.blob(&made.mac, as_base64(wants_base64, output))?)
}

fn verify(
    with: &MacOptions,
    mac: &PathBuf,
    is_base64: bool,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let read = || {
        let bytes = fs::read(mac).map_err(|error| CommandError::file(mac, &error))?;
        let bytes = if is_base64 { from_base64(&bytes)?.to_vec() } else { bytes };
        Ok((bytes, input::standard("Message", PLAINTEXT_LEN_MAX)?))
    };
    let (verified, algorithm) = with_kms_input(options, read, |kms, (mac, message)| {
        let mac_algorithm = with.algorithm(kms)?;
        let request = VerifyMac {
            key_id: &with.key,
            message: &message,
            mac_algorithm,
            mac: &mac,
            grant_tokens: &with.grant_token,
            dry_run: with.dry_run,
        };
        let verified = kms.ask_about(&with.key, |asked| {
            if with.versioned {
                asked.verify_versioned_mac(VerifyVersionedMac(request))
            } else {
                asked.verify_mac(request)
            }
        })?;
        Ok((verified, mac_algorithm))
    })?;
    if output.is_json() {
        return output.json(&VerifiedInJson {
            is_valid: true,
            algorithm: algorithm.name(),
            key_id: verified.key_id.to_string(),
            version: verified.version,
            key_material_id: hex(&verified.key_material_id),
        });
    }
    output.line(&format!("valid: made by version {} of {}", verified.version, verified.key_id))?;
    Ok(())
}
