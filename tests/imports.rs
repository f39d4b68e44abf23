//! Imported key material: how it comes in, what it may be, when it goes, and what the vault's surroundings see of that.

mod expiry;
mod materials;
mod permissions;
mod power;
mod tokens;
mod wrapping;

use strongroom_core::import::{ImportToken, WrappingAlgorithm, WrappingKeySpec};
use strongroom_core::key::{KeyFacts, KeyId, KeyOrigin, KeySpec};
use strongroom_core::operation::{
    CreateKey, DeleteImportedKeyMaterial, DeletedKeyMaterial, GetParametersForImport, ImportKeyMaterial,
    ImportType, ImportedKeyMaterial,
};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, Vault};

use crate::world::{PlainWrapping, World, create, decrypt, describe, encrypt, root};

pub const NOW: u64 = 1_772_323_200_000;
pub const HOUR: u64 = 3_600_000;
pub const DAY: u64 = 24 * HOUR;
pub const FIRST: [u8; 32] = [0x11; 32];
pub const SECOND: [u8; 32] = [0x22; 32];

/// A token, and what wraps material for it.
pub struct Parameters {
    pub token: ImportToken,
    public: u8,
}

impl Parameters {
    pub fn wrap(&self, material: &[u8]) -> Vec<u8> {
        [&[self.public; 32], material].concat()
    }
}

/// A vault with a key that waits for its material.
pub struct Dock<'w> {
    pub vault: Vault<&'w World>,
    pub key: KeyId,
    pub id: String,
    pub wrapping: PlainWrapping,
}

impl<'w> Dock<'w> {
    pub fn new(world: &'w World) -> Self {
        Self::of(world, KeySpec::SymmetricDefault)
    }

    pub fn of(world: &'w World, key_spec: KeySpec) -> Self {
        world.clock.set_wall_ms(Some(NOW));
        let vault = create(world);
        let key = external(&vault, key_spec);
        Dock { vault, key, id: key.to_string(), wrapping: PlainWrapping::default() }
    }

    /// As before, with its first material.
    pub fn filled(world: &'w World) -> Self {
        let dock = Dock::new(world);
        dock.import(&FIRST).unwrap();
        dock
    }

    pub fn parameters(&self) -> Parameters {
        self.parameters_as(&root(), &self.id).unwrap()
    }

    pub fn parameters_as(&self, caller: &Caller<'_>, key_id: &str) -> Result<Parameters, Error> {
        let request = GetParametersForImport {
            key_id,
            wrapping_algorithm: WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm,
            wrapping_key_spec: WrappingKeySpec::X25519,
        };
        let (mut room, mut public) = ([0xaa; 40], [0; 44]);
        let made =
            self.vault.get_parameters_for_import(caller, request, &self.wrapping, &mut room, &mut public);
        assert_eq!(room, [0; 40], "the private half does not stay behind");
        made.map(|made| Parameters { token: made.import_token, public: made.public_key[0] })
    }

    /// Imports material that does not expire.
    pub fn import(&self, material: &[u8]) -> Result<ImportedKeyMaterial, Error> {
        self.import_with(material, |_| ())
    }

    pub fn import_new(&self, material: &[u8]) -> Result<ImportedKeyMaterial, Error> {
        self.import_with(material, |request| request.import_type = Some(ImportType::NewKeyMaterial))
    }

    pub fn import_with(
        &self,
        material: &[u8],
        change: impl FnOnce(&mut ImportKeyMaterial<'_>),
    ) -> Result<ImportedKeyMaterial, Error> {
        let parameters = self.parameters();
        let wrapped = parameters.wrap(material);
        let mut request = ImportKeyMaterial::lasting(&self.id, parameters.token.as_bytes(), &wrapped);
        change(&mut request);
        self.vault.import_key_material(&root(), request, &self.wrapping)
    }

    /// Hands in this token with these bytes.
    pub fn hand_in(&self, token: &[u8], wrapped: &[u8]) -> Result<ImportedKeyMaterial, Error> {
        let request = ImportKeyMaterial::lasting(&self.id, token, wrapped);
        self.vault.import_key_material(&root(), request, &self.wrapping)
    }

    pub fn delete(&self, key_material_id: Option<&[u8; 32]>) -> Result<DeletedKeyMaterial, Error> {
        let request = DeleteImportedKeyMaterial { key_id: &self.id, key_material_id };
        self.vault.delete_imported_key_material(&root(), request)
    }

    pub fn facts(&self) -> KeyFacts {
        describe(&self.vault, self.key).unwrap()
    }

    pub fn encrypt(&self) -> Result<Vec<u8>, Error> {
        encrypt(&self.vault, self.key, b"text")
    }

    pub fn opens(&self, ciphertext: &[u8]) -> bool {
        decrypt(&self.vault, ciphertext).is_ok_and(|plaintext| plaintext == b"text")
    }
}

pub fn external(vault: &Vault<&World>, key_spec: KeySpec) -> KeyId {
    let key_usage = key_spec.usage();
    let request = CreateKey { key_spec, key_usage, origin: KeyOrigin::External, ..CreateKey::default() };
    vault.create_key(&root(), request).unwrap().key_id
}
