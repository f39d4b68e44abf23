//! Imports without a cipher.

use std::cell::Cell;

use strongroom_core::error::Reason;
use strongroom_core::import::{Wrapping, WrappingAlgorithm, WrappingKeySpec};
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    ExpirationModel, GetParametersForImport, ImportKeyMaterial, ImportType, ImportedKeyMaterial,
};
use strongroom_core::platform::Platform;
use strongroom_core::{Error, Secret, Vault};

use super::root;

/// A wrapping without cryptography, which counts: what is wrapped stands behind the private key.
#[derive(Debug, Default)]
pub struct PlainWrapping {
    /// How many pairs it has made.
    pub made: Cell<u8>,
    /// How often it has unwrapped.
    pub used: Cell<u32>,
}

impl Wrapping for PlainWrapping {
    fn make(
        &self,
        _: WrappingAlgorithm,
        _: WrappingKeySpec,
        keep: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        public: &mut [u8],
    ) -> Result<usize, Error> {
        self.made.set(self.made.get() + 1);
        keep(&[self.made.get(); 32])?;
        public.fill(self.made.get());
        Ok(public.len())
    }

    fn unwrap(
        &self,
        _: WrappingAlgorithm,
        private: &[u8],
        _: &[u8],
        wrapped: &[u8],
        out: &mut Secret<128>,
    ) -> Result<usize, Error> {
        self.used.set(self.used.get() + 1);
        let refused = Error::InvalidCiphertext(Reason::NotUnwrapped);
        let material = wrapped.strip_prefix(private).ok_or(refused)?;
        out.fill_with(|out| out.get_mut(..material.len()).map(|out| out.copy_from_slice(material)))
            .ok_or(Error::IncorrectKeyMaterial)?;
        Ok(material.len())
    }
}

/// The private half of the first wrapping key that a `PlainWrapping` makes.
pub const FIRST_PRIVATE: [u8; 32] = [1; 32];

/// A token for one import.
pub fn import_token<P: Platform>(vault: &Vault<P>, key: KeyId) -> Result<Vec<u8>, Error> {
    let (mut room, mut public) = ([0; 32], [0; 44]);
    let request = GetParametersForImport {
        key_id: &key.to_string(),
        wrapping_algorithm: WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm,
        wrapping_key_spec: WrappingKeySpec::X25519,
    };
    let parameters = vault.get_parameters_for_import(
        &root(),
        request,
        &PlainWrapping::default(),
        &mut room,
        &mut public,
    )?;
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
        encrypted_key_material: &[&FIRST_PRIVATE, material].concat(),
        expiration_model: Some(ExpirationModel::KeyMaterialDoesNotExpire),
        valid_to_ms: None,
        import_type,
        key_material_description: None,
        key_material_id: None,
    };
    vault.import_key_material(&root(), request, &PlainWrapping::default())
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
