//! Imports without a cipher: what is "wrapped" is the material itself.

use strongroom_core::import::{Wrapping, WrappingAlgorithm, WrappingKeySpec};
use strongroom_core::key::KeyId;
use strongroom_core::limits::MATERIAL_LEN_MAX;
use strongroom_core::operation::{
    ExpirationModel, GetParametersForImport, ImportKeyMaterial, ImportType, ImportedKeyMaterial,
};
use strongroom_core::platform::Platform;
use strongroom_core::{Error, Secret, Vault};

use super::root;

/// Takes everything at its word.
#[derive(Debug)]
pub struct PlainWrapping;

impl Wrapping for PlainWrapping {
    fn make(
        &self,
        _algorithm: WrappingAlgorithm,
        spec: WrappingKeySpec,
        keep: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        _public: &mut [u8],
    ) -> Result<usize, Error> {
        keep(&[1; 32])?;
        Ok(spec.public_key_len())
    }

    fn unwrap(
        &self,
        _algorithm: WrappingAlgorithm,
        _private: &[u8],
        _token: &[u8],
        wrapped: &[u8],
        out: &mut Secret<MATERIAL_LEN_MAX>,
    ) -> Result<usize, Error> {
        out.fill_with(|out| out[..wrapped.len()].copy_from_slice(wrapped));
        Ok(wrapped.len())
    }
}

/// A token for one import.
pub fn import_token<P: Platform>(vault: &Vault<P>, key: KeyId) -> Result<Vec<u8>, Error> {
    let (mut room, mut public) = ([0; 32], [0; 44]);
    let request = GetParametersForImport {
        key_id: &key.to_string(),
        wrapping_algorithm: WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm,
        wrapping_key_spec: WrappingKeySpec::X25519,
    };
    let parameters =
        vault.get_parameters_for_import(&root(), request, &PlainWrapping, &mut room, &mut public)?;
    Ok(parameters.import_token.as_bytes().to_vec())
}

/// Imports material that does not expire, with a token that there is.
pub fn import_with<P: Platform>(
    vault: &Vault<P>,
    key: KeyId,
    token: &[u8],
    material: &[u8],
    import_type: Option<ImportType>,
) -> Result<ImportedKeyMaterial, Error> {
    let request = ImportKeyMaterial {
        key_id: &key.to_string(),
        import_token: token,
        encrypted_key_material: material,
        expiration_model: Some(ExpirationModel::KeyMaterialDoesNotExpire),
        valid_to_ms: None,
        import_type,
        key_material_description: None,
        key_material_id: None,
    };
    vault.import_key_material(&root(), request, &PlainWrapping)
}

/// Imports material that does not expire.
pub fn import<P: Platform>(
    vault: &Vault<P>,
    key: KeyId,
    material: &[u8],
) -> Result<ImportedKeyMaterial, Error> {
    let token = import_token(vault, key)?;
    import_with(vault, key, &token, material, None)
}
