//! Imported material.

use strongroom_core::key::{KeyState, VersionCause, VersionState};
use strongroom_core::operation::ImportType;

use super::answer::{Answer, Outcome};
use super::may::{Code, INVALID_STATE, NOT_FOUND, check, check_name};
use super::state::{ImportToken, Key, Material, Model, Uses, Version};
use super::step::{Ask, KeyName, User};
use super::times::{DAY, Times};

const INCORRECT_MATERIAL: Code = "IncorrectKeyMaterialException";
const INVALID_TOKEN: Code = "InvalidImportTokenException";

impl ImportToken {
    fn is_expired(&self, times: &Times) -> bool {
        self.expires_ms <= times.timer_ms || self.expires_at_observed_ms <= times.observed_ms
    }
}

impl Model {
    /// A key keeps four wrapping keys; a fifth takes the place of the one that ends first.
    pub fn get_parameters_for_import(&mut self, by: User, name: KeyName) -> Outcome {
        let key = self.manage(by, name, "GetParametersForImport")?;
        let number = self.tokens.len();
        let places = &mut self.keys[key].wrapping_keys;
        for place in places.iter_mut() {
            *place = place.filter(|token| !self.tokens[*token].is_expired(&self.times));
        }
        let ends = |place: &&mut Option<usize>| place.map(|token| self.tokens[token].expires_ms);
        let first = places.iter_mut().min_by_key(ends).unwrap();
        *first = Some(number);
        self.tokens.push(ImportToken {
            key,
            expires_ms: self.times.timer_ms + DAY,
            expires_at_observed_ms: self.times.observed_ms + DAY,
        });
        Ok(Answer::ImportToken(number))
    }

    pub fn import_key_material(&mut self, by: User, ask: &Ask) -> Outcome {
        let Ask::ImportKeyMaterial { key, token, byte, len, is_wrapped, import_type, expires_in_ms } = *ask
        else {
            panic!("{ask:?} is no import");
        };
        check_name(key)?;
        let number = self.manage(by, key, "ImportKeyMaterial")?;
        let times = self.times;
        let key = &mut self.keys[number];
        check(key.is_symmetric() || import_type.is_none())?;
        check(expires_in_ms.is_none_or(|ms| ms > 0 && ms <= 365 * DAY as i64))?;
        let made = token.filter(|token| self.tokens[*token].key == number).ok_or(INVALID_TOKEN)?;
        if self.tokens[made].is_expired(&times) {
            return Err("ExpiredImportTokenException");
        }
        let is_new = is_new(key, import_type)?;
        let place = key.wrapping_keys.iter_mut().find(|place| **place == Some(made)).ok_or(INVALID_TOKEN)?;
        // From here on the token is used up.
        *place = None;
        if !is_wrapped {
            return Err("InvalidCiphertextException");
        }
        let longest = if key.is_symmetric() { 32 } else { 128 };
        if !(key.spec.material_len()..=longest).contains(&len) {
            return Err(INCORRECT_MATERIAL);
        }
        let material = Material::Imported { byte, len };
        let expires_ms = expires_in_ms.map(|ms| times.wall_ms + ms.unsigned_abs());
        let known = key.versions.iter().position(|version| version.material == material);
        let version = match known {
            Some(at) if !is_new && key.versions[at].state != VersionState::Destroyed => {
                key.versions[at].has_material = true;
                key.versions[at].expires_ms = expires_ms;
                at as u32 + 1
            }
            None if is_new => key.import_version(material, expires_ms, times.wall_ms),
            _ => return Err(INCORRECT_MATERIAL),
        };
        if key.state == KeyState::PendingImport && !key.lacks_material() {
            key.state = KeyState::Enabled;
        }
        Ok(Answer::Imported(version, self.facts(number)))
    }

    pub fn delete_imported_key_material(&mut self, by: User, name: KeyName, version: Option<u32>) -> Outcome {
        let number = self.manage(by, name, "DeleteImportedKeyMaterial")?;
        let key = &mut self.keys[number];
        check(key.is_symmetric() || version.is_none())?;
        let version = match version {
            None if key.current == 0 => return Ok(Answer::Done),
            None => key.current,
            Some(version) if (1..=key.newest()).contains(&version) => version,
            Some(_) => return Err(NOT_FOUND),
        };
        if key.version(version).has_material {
            key.drop_material(version);
        }
        Ok(Answer::Done)
    }
}

/// Whether material is to be new to the key, as far as that can be asked of it.
fn is_new(key: &Key, import_type: Option<ImportType>) -> Result<bool, Code> {
    let has_none = key.versions.is_empty();
    match import_type {
        Some(ImportType::ExistingKeyMaterial) if has_none => Err(INCORRECT_MATERIAL),
        Some(ImportType::NewKeyMaterial) if key.pending_rotation().is_some() => Err(INVALID_STATE),
        Some(import_type) => Ok(import_type == ImportType::NewKeyMaterial),
        None => Ok(has_none),
    }
}

impl Key {
    /// The first material is current at once, any other waits for its rotation.
    fn import_version(&mut self, material: Material, expires_ms: Option<u64>, now_ms: u64) -> u32 {
        let is_first = self.versions.is_empty();
        self.versions.push(Version {
            state: VersionState::Usable,
            cause: if is_first { VersionCause::First } else { VersionCause::Imported },
            since_ms: Some(now_ms).filter(|_| is_first),
            material,
            has_material: true,
            expires_ms,
            destruction: None,
            uses: Uses::default(),
        });
        if is_first {
            self.current = 1;
        }
        self.newest()
    }
}
