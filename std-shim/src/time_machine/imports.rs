//! A key whose material is imported: it expires, comes back, and gets new material every half year.

use strongroom_core::import::{Wrapping, WrappingAlgorithm, WrappingKeySpec};
use strongroom_core::key::KeyOrigin;
use strongroom_core::limits::MATERIAL_LEN_MAX;
use strongroom_core::operation::{
    CreateKey, ExpirationModel, GetParametersForImport, ImportKeyMaterial, ImportType, RotateKeyOnDemand,
};
use strongroom_core::platform::{Clock, Platform};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, Secret, Vault};

use super::journey::one_more;
use super::travel::{Kept, Paths, current, destroy_oldest, step};
use super::{Stop, TestPlatform};

const DAY_MS: u64 = 24 * 3_600_000;
/// For how long material is imported, in days.
const LIFE_DAYS: u64 = 100;
/// After how many days there is new material.
const MATERIAL_DAYS: u32 = 182;

pub(super) struct ImportedKey {
    key_id: String,
    /// The material of each version, by its first byte.
    materials: Vec<u8>,
    kept: Vec<Kept>,
    /// Versions up to this one are destroyed.
    gone: u32,
}

impl ImportedKey {
    pub(super) fn new(vault: &Vault<TestPlatform>, caller: &Caller<'_>) -> Result<Self, String> {
        let request = CreateKey { origin: KeyOrigin::External, ..CreateKey::default() };
        let key_id = step("CreateKey", vault.create_key(caller, request))?.key_id.to_string();
        let imported = ImportedKey { key_id, materials: vec![1], kept: Vec::new(), gone: 0 };
        let stop = Stop { vault, caller, key_id: &imported.key_id, day: 0 };
        import(&stop, 1, ImportType::NewKeyMaterial)?;
        Ok(imported)
    }

    /// One day of it.
    pub(super) fn live(&mut self, stop: &Stop<'_>, paths: &mut Paths<'_>) -> Result<(), String> {
        let key_id = self.key_id.clone();
        let stop = Stop { key_id: &key_id, ..*stop };
        if stop.day.is_multiple_of(7) {
            let expired = self.kept.last().is_some_and(|last| (paths.open)(&stop, &last.sealed).is_err());
            if expired {
                one_more(&mut paths.journey.expiries);
                one_more(&mut paths.journey.refused);
                self.import_again(&stop)?;
            }
            let message = paths.seal(&stop, current(&stop)?)?;
            self.kept.push(message);
            let mut samples = self.kept.iter().rev().step_by(13);
            samples.try_for_each(|message| paths.open(&stop, message, message.version > self.gone))?;
        }
        if stop.day.is_multiple_of(MATERIAL_DAYS) {
            let next = u8::try_from(self.materials.len()).unwrap_or(u8::MAX).saturating_add(1);
            // What may have expired since comes first: a key without all its materials takes no new one.
            self.import_again(&stop)?;
            import(&stop, next, ImportType::NewKeyMaterial)?;
            let rotate = RotateKeyOnDemand { key_id: &key_id };
            step("RotateKeyOnDemand", stop.vault.rotate_key_on_demand(stop.caller, rotate))?;
            self.materials.push(next);
            one_more(&mut paths.journey.rotations);
        }
        if stop.day.is_multiple_of(365) {
            self.gone = destroy_oldest(&stop, paths, self.gone)?;
        }
        Ok(())
    }

    /// Opens everything that was ever sealed under it, in the end.
    pub(super) fn open_all(&self, stop: &Stop<'_>, paths: &mut Paths<'_>) -> Result<(), String> {
        let stop = Stop { key_id: &self.key_id, ..*stop };
        self.import_again(&stop)?;
        self.kept.iter().try_for_each(|message| paths.open(&stop, message, message.version > self.gone))
    }

    /// Imports the material of each version that is left once more.
    fn import_again(&self, stop: &Stop<'_>) -> Result<(), String> {
        let gone = usize::try_from(self.gone).unwrap_or(usize::MAX);
        let mut left = self.materials.iter().skip(gone);
        left.try_for_each(|material| import(stop, *material, ImportType::ExistingKeyMaterial))
    }
}

/// Imports material for the usual time.
fn import(stop: &Stop<'_>, material: u8, import_type: ImportType) -> Result<(), String> {
    let (mut room, mut public) = ([0; 32], [0; 44]);
    let request = GetParametersForImport {
        key_id: stop.key_id,
        wrapping_algorithm: WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm,
        wrapping_key_spec: WrappingKeySpec::X25519,
    };
    let vault = stop.vault;
    let parameters =
        vault.get_parameters_for_import(stop.caller, request, &NotWrapped, &mut room, &mut public);
    let parameters = step("GetParametersForImport", parameters)?;
    let now_ms = vault.platform().clock().wall_ms().unwrap_or(0);
    let request = ImportKeyMaterial {
        key_id: stop.key_id,
        import_token: parameters.import_token.as_bytes(),
        encrypted_key_material: &[material; 32],
        expiration_model: Some(ExpirationModel::KeyMaterialExpires),
        valid_to_ms: Some(now_ms.saturating_add(LIFE_DAYS * DAY_MS)),
        import_type: Some(import_type),
        key_material_description: None,
        key_material_id: None,
    };
    step("ImportKeyMaterial", vault.import_key_material(stop.caller, request, &NotWrapped)).map(drop)
}

/// Hands material over as it is: the journey is not about wrapping. NOT SECURE.
struct NotWrapped;

impl Wrapping for NotWrapped {
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
        out.fill_with(|out| out.get_mut(..wrapped.len()).map(|out| out.copy_from_slice(wrapped)))
            .map(|()| wrapped.len())
            .ok_or(Error::Bug)
    }
}
