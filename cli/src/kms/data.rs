//! What is encrypted, decrypted, moved and drawn.

use serde::Deserialize;
use strongroom_std::operation::{
    Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom, ReEncrypt,
};
use strongroom_std::{DataKey, DecryptOutput, EncryptOutput, ReEncryptOutput, SecretBytes};

use super::asked::{Answer, Asked};
use super::endpoint::{Answered, Endpoint, bytes, grant_tokens, hex, made_by, pairs};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sealed<'a> {
    ciphertext_blob: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Moved<'a> {
    ciphertext_blob: &'a str,
    source_key_material_id: &'a str,
    destination_key_material_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Opened<'a> {
    plaintext: &'a str,
    key_material_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Made<'a> {
    plaintext: Option<&'a str>,
    ciphertext_blob: &'a str,
    key_material_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Drawn<'a> {
    plaintext: &'a str,
}

/// A secret in base64, in a buffer that is wiped.
fn secret(text: &str) -> Answer<SecretBytes> {
    Ok(SecretBytes::new(std::mem::take(&mut *bytes(text)?)))
}

/// A ciphertext in base64.
fn ciphertext(text: &str) -> Answer<Vec<u8>> {
    Ok(bytes(text)?.to_vec())
}

impl Endpoint {
    fn data_key(&self, operation: &str, request: GenerateDataKey<'_>) -> Answer<Answered> {
        self.ask(operation, |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.number("NumberOfBytes", i64::try_from(request.number_of_bytes).unwrap_or(i64::MAX));
            pairs(arguments, "EncryptionContext", request.encryption_context);
            grant_tokens(arguments, request.grant_tokens);
            arguments.truth("DryRun", request.dry_run);
        })
    }
}

/// What a data key was answered as.
fn made(answered: &Answered) -> Answer<DataKey> {
    let made: Made<'_> = answered.read()?;
    let sealed = ciphertext(made.ciphertext_blob)?;
    let (key_id, version) = made_by(&sealed)?;
    Ok(DataKey {
        plaintext: secret(made.plaintext.unwrap_or_default())?,
        ciphertext: sealed,
        key_id,
        version,
        key_material_id: hex(made.key_material_id)?,
    })
}

impl Asked<'_> {
    pub(crate) fn encrypt(&self, request: Encrypt<'_>) -> Answer<EncryptOutput> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.encrypt(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("Encrypt", |arguments| {
            arguments.blob("Plaintext", request.plaintext);
            arguments.text("KeyId", request.key_id);
            pairs(arguments, "EncryptionContext", request.encryption_context);
            grant_tokens(arguments, request.grant_tokens);
            arguments.truth("DryRun", request.dry_run);
        })?;
        let ciphertext = ciphertext(answered.read::<Sealed<'_>>()?.ciphertext_blob)?;
        let (key_id, version) = made_by(&ciphertext)?;
        Ok(EncryptOutput { ciphertext, key_id, version })
    }

    pub(crate) fn decrypt(&self, request: Decrypt<'_>) -> Answer<DecryptOutput> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.decrypt(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("Decrypt", |arguments| {
            arguments.blob("CiphertextBlob", request.ciphertext);
            arguments.text_if("KeyId", request.key_id);
            pairs(arguments, "EncryptionContext", request.encryption_context);
            grant_tokens(arguments, request.grant_tokens);
            arguments.truth("DryRun", request.dry_run);
        })?;
        let opened: Opened<'_> = answered.read()?;
        let (key_id, version) = made_by(request.ciphertext)?;
        let key_material_id = hex(opened.key_material_id)?;
        Ok(DecryptOutput { plaintext: secret(opened.plaintext)?, key_id, version, key_material_id })
    }

    pub(crate) fn re_encrypt(&self, request: ReEncrypt<'_>) -> Answer<ReEncryptOutput> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.re_encrypt(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("ReEncrypt", |arguments| {
            arguments.blob("CiphertextBlob", request.ciphertext);
            arguments.text_if("SourceKeyId", request.source_key_id);
            arguments.text("DestinationKeyId", request.destination_key_id);
            pairs(arguments, "SourceEncryptionContext", request.source_encryption_context);
            pairs(arguments, "DestinationEncryptionContext", request.destination_encryption_context);
            grant_tokens(arguments, request.grant_tokens);
            arguments.truth("DryRun", request.dry_run);
        })?;
        let moved: Moved<'_> = answered.read()?;
        let ciphertext = ciphertext(moved.ciphertext_blob)?;
        let (key_id, version) = made_by(&ciphertext)?;
        let (source_key_id, source_version) = made_by(request.ciphertext)?;
        Ok(ReEncryptOutput {
            ciphertext,
            key_id,
            version,
            destination_key_material_id: hex(moved.destination_key_material_id)?,
            source_key_id,
            source_version,
            source_key_material_id: hex(moved.source_key_material_id)?,
        })
    }

    pub(crate) fn generate_data_key(&self, request: GenerateDataKey<'_>) -> Answer<DataKey> {
        match self {
            Asked::Vault(vault, caller) => Ok(vault.generate_data_key(caller, request)?),
            Asked::Endpoint(endpoint) => made(&endpoint.data_key("GenerateDataKey", request)?),
        }
    }

    pub(crate) fn generate_data_key_without_plaintext(
        &self,
        request: GenerateDataKeyWithoutPlaintext<'_>,
    ) -> Answer<DataKey> {
        match self {
            Asked::Vault(vault, caller) => Ok(vault.generate_data_key_without_plaintext(caller, request)?),
            Asked::Endpoint(endpoint) => {
                made(&endpoint.data_key("GenerateDataKeyWithoutPlaintext", request.0)?)
            }
        }
    }

    pub(crate) fn generate_random(&self, request: GenerateRandom) -> Answer<SecretBytes> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.generate_random(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("GenerateRandom", |arguments| {
            arguments.number("NumberOfBytes", i64::try_from(request.number_of_bytes).unwrap_or(i64::MAX));
        })?;
        secret(answered.read::<Drawn<'_>>()?.plaintext)
    }
}
