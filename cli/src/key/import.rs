//! `key import`: material of your own, wrapped on its way. The command wraps nothing: the material stays where it is made.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use strongroom_std::import::{WrappingAlgorithm, WrappingKeySpec};
use strongroom_std::operation::{
    DeleteImportedKeyMaterial, ExpirationModel, GetParametersForImport, ImportKeyMaterial, ImportType,
};

use super::OneKey;
use super::facts::told;
use crate::error::CommandError;
use crate::input::{self, from_hex};
use crate::instant::Instant;
use crate::kms::{with_kms, with_kms_input};
use crate::output::Output;
use crate::session::VaultOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Get a public key to wrap the material with, and a token; both are good for one import, for a day
    Parameters(Parameters),
    /// Hand the wrapped material in
    Material(Material),
    /// Take imported material out; what it encrypted opens again once the same is imported again
    Delete(Delete),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  strongroom key import parameters KEY --public-key wrap.der --token import.token
  openssl pkeyutl -encrypt -pubin -inkey wrap.der -in material -out wrapped \\
    -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256
  strongroom key import material KEY --token import.token --wrapped wrapped --never-expires")]
pub(crate) struct Parameters {
    #[command(flatten)]
    key: OneKey,
    /// How the material will be wrapped
    #[arg(long, value_enum, default_value = "RSAES_OAEP_SHA_256")]
    algorithm: Algorithm,
    /// The kind of wrapping key; else RSA_3072, or X25519 for HPKE
    #[arg(long, value_enum)]
    wrapping_key: Option<KeyKind>,
    /// Where the public key goes: a SubjectPublicKeyInfo in DER
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
    /// Where the token goes
    #[arg(long, value_name = "FILE")]
    token: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Algorithm {
    #[value(name = "RSAES_OAEP_SHA_256")]
    Oaep,
    #[value(name = "RSA_AES_KEY_WRAP_SHA_256")]
    AesKeyWrap,
    #[value(name = "HPKE_X25519_SHA_256_AES_256_GCM")]
    Hpke,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KeyKind {
    #[value(name = "X25519")]
    X25519,
    #[value(name = "RSA_2048")]
    Rsa2048,
    #[value(name = "RSA_3072")]
    Rsa3072,
    #[value(name = "RSA_4096")]
    Rsa4096,
}

#[derive(Debug, Args)]
pub(crate) struct Material {
    #[command(flatten)]
    key: OneKey,
    /// The token that came with the public key
    #[arg(long, value_name = "FILE")]
    token: PathBuf,
    /// The wrapped material
    #[arg(long, value_name = "FILE")]
    wrapped: PathBuf,
    /// When the material goes, at most 365 days ahead: 2027-03-01, or 2027-03-01T10:00:00Z
    #[arg(long, value_name = "DATE", value_parser = Instant::parse, conflicts_with = "never_expires")]
    expires: Option<Instant>,
    /// It stays
    #[arg(long)]
    never_expires: bool,
    /// Whether the key has had this material before; else it has, unless nothing was ever imported
    #[arg(long = "type", value_enum)]
    import_type: Option<Type>,
    /// What the material is
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The id that the material must have
    #[arg(long, value_name = "HEX", value_parser = from_hex::<32>)]
    material_id: Option<[u8; 32]>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Type {
    #[value(name = "NEW_KEY_MATERIAL")]
    New,
    #[value(name = "EXISTING_KEY_MATERIAL")]
    Existing,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    key: OneKey,
    /// Which material; else that of the current version
    #[arg(long, value_name = "HEX", value_parser = from_hex::<32>)]
    material_id: Option<[u8; 32]>,
}

#[derive(Serialize)]
struct ParametersInJson {
    key_id: String,
    public_key: String,
    token: String,
    valid_to: Option<Instant>,
}

/// Carries a command out.
pub(super) fn run(
    command: &ImportCommand,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    match command {
        ImportCommand::Parameters(arguments) => parameters(arguments, options, output),
        ImportCommand::Material(arguments) => material(arguments, options, output),
        ImportCommand::Delete(arguments) => delete(arguments, options, output),
    }
}

fn parameters(
    arguments: &Parameters,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let key = &arguments.key.key;
    let wrapping_algorithm = match arguments.algorithm {
        Algorithm::Oaep => WrappingAlgorithm::RsaesOaepSha256,
        Algorithm::AesKeyWrap => WrappingAlgorithm::RsaAesKeyWrapSha256,
        Algorithm::Hpke => WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm,
    };
    let wrapping_key_spec = match (arguments.wrapping_key, arguments.algorithm) {
        (Some(KeyKind::X25519), _) | (None, Algorithm::Hpke) => WrappingKeySpec::X25519,
        (Some(KeyKind::Rsa2048), _) => WrappingKeySpec::Rsa2048,
        (Some(KeyKind::Rsa3072) | None, _) => WrappingKeySpec::Rsa3072,
        (Some(KeyKind::Rsa4096), _) => WrappingKeySpec::Rsa4096,
    };
    let made = with_kms(options, |kms| {
        let id = kms.key_id(key)?;
        let request = GetParametersForImport { key_id: &id, wrapping_algorithm, wrapping_key_spec };
        kms.ask_about(key, |asked| asked.get_parameters_for_import(request))
    })?;
    write(&arguments.public_key, &made.public_key)?;
    write(&arguments.token, &made.import_token)?;
    let told = ParametersInJson {
        key_id: made.key_id.to_string(),
        public_key: arguments.public_key.display().to_string(),
        token: arguments.token.display().to_string(),
        valid_to: made.valid_to_ms.map(Instant),
    };
    if output.is_json() {
        return output.json(&told);
    }
    let until = told.valid_to.map_or_else(|| "for a day".to_owned(), |until| format!("until {until}"));
    output.line(&format!(
        "{}: wrap the material with {}; good for one import, {until}",
        told.key_id, told.public_key
    ))?;
    Ok(())
}

/// Not secret: the other half is in the vault.
fn write(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|error| CommandError::written(path, &error))
}

fn material(arguments: &Material, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let key = &arguments.key.key;
    let expiration_model = match (arguments.expires, arguments.never_expires) {
        (Some(_), _) => ExpirationModel::KeyMaterialExpires,
        (None, true) => ExpirationModel::KeyMaterialDoesNotExpire,
        (None, false) => {
            return Err(CommandError::new("say whether the material expires")
                .next("give --expires DATE or --never-expires"));
        }
    };
    let read = || Ok((read(&arguments.token)?, read(&arguments.wrapped)?));
    let (key, version) = with_kms_input(options, read, |kms, (token, wrapped)| {
        let id = kms.key_id(key)?;
        let request = ImportKeyMaterial {
            key_id: &id,
            import_token: &token,
            encrypted_key_material: &wrapped,
            expiration_model: Some(expiration_model),
            valid_to_ms: arguments.expires.map(|Instant(ms)| ms),
            import_type: arguments.import_type.map(|kind| match kind {
                Type::New => ImportType::NewKeyMaterial,
                Type::Existing => ImportType::ExistingKeyMaterial,
            }),
            key_material_description: arguments.description.as_deref(),
            key_material_id: arguments.material_id.as_ref(),
        };
        kms.ask_about(key, |asked| asked.import_key_material(request))
    })?;
    told(output, &key, &format!("has its material: version {version}"))
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    if path == Path::new("-") {
        return input::read(path);
    }
    fs::read(path).map_err(|error| CommandError::file(path, &error))
}

#[derive(Serialize)]
struct DeletedInJson {
    key_id: String,
}

fn delete(arguments: &Delete, options: &VaultOptions, output: &mut Output) -> Result<(), CommandError> {
    let key = &arguments.key.key;
    let deleted = with_kms(options, |kms| {
        let id = kms.key_id(key)?;
        let request =
            DeleteImportedKeyMaterial { key_id: &id, key_material_id: arguments.material_id.as_ref() };
        kms.ask_about(key, |asked| asked.delete_imported_key_material(request))
    })?;
    let told = DeletedInJson { key_id: deleted.to_string() };
    if output.is_json() {
        return output.json(&told);
    }
    output.line(&format!("{}: the material is gone; import it again to use the key", told.key_id))?;
    Ok(())
}
