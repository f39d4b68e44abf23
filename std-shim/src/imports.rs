//! The operations on imported key material, with answers that own their bytes.

use strongroom_core::Error;
use strongroom_core::operation::{
    DeleteImportedKeyMaterial, DeletedKeyMaterial, GetParametersForImport, ImportKeyMaterial,
    ImportedKeyMaterial,
};
use strongroom_core::policy::Caller;

use crate::cryptography::DesktopWrapping;
use crate::output::{ImportParameters, SecretBytes};
use crate::vault::Vault;

impl Vault {
    /// Makes a wrapping key for one import, durably. An RSA key takes a moment to find: seconds, if it is large.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::get_parameters_for_import`].
    pub fn get_parameters_for_import(
        &self,
        caller: &Caller<'_>,
        request: GetParametersForImport<'_>,
    ) -> Result<ImportParameters, Error> {
        let spec = request.wrapping_key_spec;
        let mut room = SecretBytes::new(vec![0; spec.private_key_len_max()]);
        let mut public_key = vec![0; spec.public_key_len()];
        let made = self.core().get_parameters_for_import(
            caller,
            request,
            &DesktopWrapping,
            room.as_mut(),
            &mut public_key,
        )?;
        Ok(ImportParameters {
            key_id: made.key_id,
            import_token: made.import_token.as_bytes().to_vec(),
            public_key: made.public_key.to_vec(),
            valid_to_ms: made.valid_to_ms,
        })
    }

    /// Imports key material, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::import_key_material`].
    pub fn import_key_material(
        &self,
        caller: &Caller<'_>,
        request: ImportKeyMaterial<'_>,
    ) -> Result<ImportedKeyMaterial, Error> {
        self.core().import_key_material(caller, request, &DesktopWrapping)
    }

    /// Takes imported material out of a key, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::delete_imported_key_material`].
    pub fn delete_imported_key_material(
        &self,
        caller: &Caller<'_>,
        request: DeleteImportedKeyMaterial<'_>,
    ) -> Result<DeletedKeyMaterial, Error> {
        self.core().delete_imported_key_material(caller, request)
    }
}
