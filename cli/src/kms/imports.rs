//! Material of one's own.

use serde::Deserialize;
use strongroom_std::ImportParameters;
use strongroom_std::import::WrappingAlgorithm;
use strongroom_std::key::KeyId;
use strongroom_std::operation::{
    DeleteImportedKeyMaterial, ExpirationModel, GetParametersForImport, ImportKeyMaterial, ImportType,
};

use super::answers::Key;
use super::asked::{Answer, Asked};
use super::endpoint::{Facts, Moment, bytes, key_id, ms};
use crate::output::hex;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameters<'a> {
    key_id: &'a str,
    import_token: &'a str,
    public_key: &'a str,
    parameters_valid_to: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Imported<'a> {
    version: u32,
    #[serde(borrow)]
    facts: Facts<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Deleted<'a> {
    key_id: &'a str,
}

impl Asked<'_> {
    pub(crate) fn get_parameters_for_import(
        &self,
        request: GetParametersForImport<'_>,
    ) -> Answer<ImportParameters> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.get_parameters_for_import(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        // HPKE is ours, under a name of ours.
        let is_hpke = request.wrapping_algorithm == WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm;
        let operation = if is_hpke { "GetParametersForHpkeImport" } else { "GetParametersForImport" };
        let answered = endpoint.ask(operation, |arguments| {
            arguments.text("KeyId", request.key_id);
            if !is_hpke {
                arguments.text("WrappingAlgorithm", request.wrapping_algorithm.name());
            }
            arguments.text("WrappingKeySpec", request.wrapping_key_spec.name());
        })?;
        let made: Parameters<'_> = answered.read()?;
        Ok(ImportParameters {
            key_id: key_id(made.key_id)?,
            import_token: bytes(made.import_token)?.to_vec(),
            public_key: bytes(made.public_key)?.to_vec(),
            valid_to_ms: ms(made.parameters_valid_to),
        })
    }

    /// The key as the import left it, and the version that has the material.
    pub(crate) fn import_key_material(&self, request: ImportKeyMaterial<'_>) -> Answer<(Key, u32)> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                let imported = vault.import_key_material(caller, request)?;
                return Ok((Key::of(vault, imported.facts), imported.version));
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("ImportKeyMaterial", |arguments| {
            arguments.blob("EncryptedKeyMaterial", request.encrypted_key_material);
            arguments.blob("ImportToken", request.import_token);
            arguments.text("KeyId", request.key_id);
            arguments.text_if("ExpirationModel", request.expiration_model.map(ExpirationModel::name));
            arguments.moment("ValidTo", request.valid_to_ms);
            arguments.text_if("ImportType", request.import_type.map(ImportType::name));
            arguments.text_if("KeyMaterialDescription", request.key_material_description);
            arguments.text_if("KeyMaterialId", request.key_material_id.map(|id| hex(id)).as_deref());
            arguments.truth("Facts", true);
        })?;
        let Imported { version, facts } = answered.read()?;
        Ok((facts.key()?, version))
    }

    pub(crate) fn delete_imported_key_material(
        &self,
        request: DeleteImportedKeyMaterial<'_>,
    ) -> Answer<KeyId> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                return Ok(vault.delete_imported_key_material(caller, request)?.key_id);
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("DeleteImportedKeyMaterial", |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.text_if("KeyMaterialId", request.key_material_id.map(|id| hex(id)).as_deref());
        })?;
        key_id(answered.read::<Deleted<'_>>()?.key_id)
    }
}
