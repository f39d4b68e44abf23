//! Imports.

use strongroom_core::Error;
use strongroom_core::import::{WrappingAlgorithm, WrappingKeySpec};
use strongroom_core::operation::{
    DeleteImportedKeyMaterial, ExpirationModel, GetParametersForImport, ImportKeyMaterial,
};
use strongroom_core::policy::Caller;

use super::{Real, bytes_from};
use crate::model::answer::Answer;
use crate::model::step::{Ask, KeyName, User};
use crate::world::{PlainWrapping, caller};

/// What a `PlainWrapping` wraps with, and something else.
const WRAPPED: [u8; 32] = [1; 32];
const NOT_WRAPPED: [u8; 32] = [2; 32];

impl Real<'_> {
    pub(super) fn take_on_imports(&mut self, by: User, ask: &Ask) -> Option<Result<Answer, Error>> {
        let caller = &caller(by.principal());
        Some(match ask {
            Ask::GetParametersForImport { key } => self.get_parameters(caller, *key),
            Ask::ImportKeyMaterial { .. } => self.import(caller, ask),
            Ask::DeleteImportedKeyMaterial { key, version } => {
                let known = |version: u32| match key {
                    KeyName::Id(key) | KeyName::Arn(key) => self.material_ids.get(&(*key, version)),
                    _ => None,
                };
                let id = version.map(|version| known(version).copied().unwrap_or([0; 32]));
                let request =
                    DeleteImportedKeyMaterial { key_id: &self.text(*key), key_material_id: id.as_ref() };
                self.vault.delete_imported_key_material(caller, request).map(|_| Answer::Done)
            }
            _ => return None,
        })
    }

    fn get_parameters(&mut self, caller: &Caller<'_>, key: KeyName) -> Result<Answer, Error> {
        let (mut room, mut public) = ([0; 32], [0; 44]);
        let request = GetParametersForImport {
            key_id: &self.text(key),
            wrapping_algorithm: WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm,
            wrapping_key_spec: WrappingKeySpec::X25519,
        };
        let wrapping = PlainWrapping::default();
        let made =
            self.vault.get_parameters_for_import(caller, request, &wrapping, &mut room, &mut public)?;
        self.tokens.push(made.import_token.as_bytes().to_vec());
        Ok(Answer::ImportToken(self.tokens.len() - 1))
    }

    fn import(&mut self, caller: &Caller<'_>, ask: &Ask) -> Result<Answer, Error> {
        let Ask::ImportKeyMaterial { key, token, byte, len, is_wrapped, import_type, expires_in_ms } = *ask
        else {
            panic!("{ask:?} is no import");
        };
        let forged = vec![0; 100];
        let material = bytes_from(u64::from(byte), len);
        self.world.canaries.add(&material);
        let expires = |ms| self.world_ms().saturating_add_signed(ms);
        let request = ImportKeyMaterial {
            key_id: &self.text(key),
            import_token: token.map_or(&forged, |token| &self.tokens[token]),
            encrypted_key_material: &[if is_wrapped { &WRAPPED } else { &NOT_WRAPPED }, material.as_slice()]
                .concat(),
            expiration_model: match expires_in_ms {
                Some(_) => None,
                None => Some(ExpirationModel::KeyMaterialDoesNotExpire),
            },
            valid_to_ms: expires_in_ms.map(expires),
            import_type,
            key_material_description: None,
            key_material_id: None,
        };
        let imported = self.vault.import_key_material(caller, request, &PlainWrapping::default())?;
        let facts = self.facts(&imported.facts);
        if let Some(id) = imported.key_material_id {
            self.material_ids.insert((facts.key, imported.version), id);
        }
        Ok(Answer::Imported(imported.version, facts))
    }

    fn world_ms(&self) -> u64 {
        use strongroom_core::platform::Clock;
        self.world.clock.wall_ms().unwrap()
    }
}
