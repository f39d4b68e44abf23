//! ImportKeyMaterial and DeleteImportedKeyMaterial.

use core::fmt;

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parameters, Parsed, Scene, run};
use crate::import::{ImportTicket, Wrapping};
use crate::key::{ImportStep, KeyFacts, KeyId, KeySpec, permits};
use crate::keyring::{Material, lend_backing_key};
use crate::limits::{CIPHERTEXT_LEN_MAX, MATERIAL_DESCRIPTION_LEN_MAX, VALID_DAYS_MAX};
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::time::DAY_MS;
use crate::vault::{Change, ImportChange, NewMaterial, Snapshot, Vault};

/// Whether imported material expires (AWS KMS API Reference, *ImportKeyMaterial*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpirationModel {
    /// At a date; until it is imported again the key cannot be used then.
    KeyMaterialExpires,
    /// Never.
    KeyMaterialDoesNotExpire,
}

/// Whether the key has had the material before (AWS KMS API Reference, *ImportKeyMaterial*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportType {
    /// It has not: the material becomes its first, or waits for a rotation.
    NewKeyMaterial,
    /// It has.
    ExistingKeyMaterial,
}

/// Imports key material into a key of origin EXTERNAL (AWS KMS API Reference, *ImportKeyMaterial*).
#[derive(Clone, Copy)]
pub struct ImportKeyMaterial<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The token that came with the wrapping key.
    pub import_token: &'a [u8],
    /// The wrapped material.
    pub encrypted_key_material: &'a [u8],
    /// Whether the material expires; `None`: it does.
    pub expiration_model: Option<ExpirationModel>,
    /// When it expires, in milliseconds since 1970: later than now, and at most 365 days.
    pub valid_to_ms: Option<u64>,
    /// Whether the key has had it; `None`: it has, unless nothing was ever imported. Not for HMAC keys, which have one
    /// material for ever.
    pub import_type: Option<ImportType>,
    /// What the material is, in its importer's words: at most 256 of `A-Z a-z 0-9 : / _ . -` and white space; `None` keeps
    /// what was said before. Not for HMAC keys.
    pub key_material_description: Option<&'a str>,
    /// The id that the material must have. Not with new material, nor for HMAC keys.
    pub key_material_id: Option<&'a [u8; 32]>,
}

/// What was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportedKeyMaterial {
    /// The key as the import left it.
    pub facts: KeyFacts,
    /// The version that has the material.
    pub version: u32,
    /// The material's id; `None` for HMAC keys.
    pub key_material_id: Option<[u8; 32]>,
}

/// Takes imported material out of a key; what it encrypted can be opened again once the same is imported again (AWS KMS
/// API Reference, *DeleteImportedKeyMaterial*).
#[derive(Clone, Copy, Debug)]
pub struct DeleteImportedKeyMaterial<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Which material; `None`: that of the current version. Not for HMAC keys.
    pub key_material_id: Option<&'a [u8; 32]>,
}

/// What was taken out, or was not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletedKeyMaterial {
    /// The key.
    pub key_id: KeyId,
    /// The material's id; `None` for HMAC keys and where nothing was ever imported.
    pub key_material_id: Option<[u8; 32]>,
}

impl<'a> ImportKeyMaterial<'a> {
    /// An import of material that does not expire.
    #[must_use]
    pub const fn lasting(key_id: &'a str, import_token: &'a [u8], encrypted_key_material: &'a [u8]) -> Self {
        ImportKeyMaterial {
            key_id,
            import_token,
            encrypted_key_material,
            expiration_model: Some(ExpirationModel::KeyMaterialDoesNotExpire),
            valid_to_ms: None,
            import_type: None,
            key_material_description: None,
            key_material_id: None,
        }
    }

    /// What does not go with the key.
    fn check_kind(&self, facts: &KeyFacts) -> Result<(), Error> {
        let is_symmetric = facts.spec == KeySpec::SymmetricDefault;
        if !is_symmetric && (self.import_type.is_some() || self.key_material_id.is_some()) {
            return Err(Error::Validation(Parameter::ImportType));
        }
        if !is_symmetric && self.key_material_description.is_some() {
            return Err(Error::Validation(Parameter::KeyMaterialDescription));
        }
        Ok(())
    }
}

impl fmt::Debug for ImportKeyMaterial<'_> {
    /// Logs that print requests do not collect wrapped material.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportKeyMaterial").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl ExpirationModel {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ExpirationModel::KeyMaterialExpires => "KEY_MATERIAL_EXPIRES",
            ExpirationModel::KeyMaterialDoesNotExpire => "KEY_MATERIAL_DOES_NOT_EXPIRE",
        }
    }
}

impl ImportType {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ImportType::NewKeyMaterial => "NEW_KEY_MATERIAL",
            ImportType::ExistingKeyMaterial => "EXISTING_KEY_MATERIAL",
        }
    }
}

impl<P: Platform> Vault<P> {
    /// Imports key material, durably. The wrapping key that the token names is used up, also where the material does not
    /// unwrap or is not the right one.
    ///
    /// # Errors
    /// [`Error::InvalidImportToken`], [`Error::ExpiredImportToken`]: nothing has changed. [`Error::InvalidCiphertext`]: the
    /// material does not unwrap. [`Error::IncorrectKeyMaterial`]: it has a length that the key cannot have; or it is not the
    /// key's where it must be, or is the key's where it must not be. [`Error::InvalidState`]: the key is pending deletion,
    /// or other material waits for its rotation. Others: see [`Error`].
    pub fn import_key_material(
        &self,
        caller: &Caller<'_>,
        request: ImportKeyMaterial<'_>,
        wrapping: &dyn Wrapping,
    ) -> Result<ImportedKeyMaterial, Error> {
        let released = run(self, caller, Import { request, wrapping }, Buffers::default())?;
        let facts = released.changed.ok_or(Error::Bug)?;
        let (version, id) = released.material.ok_or(Error::Bug)?;
        Ok(ImportedKeyMaterial { facts, version, key_material_id: shown_id(&facts, id) })
    }

    /// Takes imported material out of a key, durably. Until it is imported again the key cannot be used, unless the material
    /// only waited for its rotation.
    ///
    /// # Errors
    /// [`Error::NotFound`]: the key has no material with this id. Others: see [`Error`].
    pub fn delete_imported_key_material(
        &self,
        caller: &Caller<'_>,
        request: DeleteImportedKeyMaterial<'_>,
    ) -> Result<DeletedKeyMaterial, Error> {
        Ok(run(self, caller, request, Buffers::default())?.output)
    }
}

/// Only keys for encryption have materials with ids.
fn shown_id(facts: &KeyFacts, id: [u8; 32]) -> Option<[u8; 32]> {
    Some(id).filter(|_| facts.spec == KeySpec::SymmetricDefault)
}

fn check_description(text: &str) -> Result<(), Error> {
    let is_fine = |byte: u8| {
        byte.is_ascii_alphanumeric() || b":/_.-".contains(&byte) || byte == 0x0b || byte.is_ascii_whitespace()
    };
    if text.len() > MATERIAL_DESCRIPTION_LEN_MAX || !text.bytes().all(is_fine) {
        return Err(Error::Validation(Parameter::KeyMaterialDescription));
    }
    Ok(())
}

/// The request, and what it is carried out with.
#[derive(Clone, Copy)]
pub(in crate::operation) struct Import<'a> {
    request: ImportKeyMaterial<'a>,
    wrapping: &'a dyn Wrapping,
}

impl<'a> Operation<'a> for Import<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::ImportKeyMaterial
    }

    fn parameters(&self) -> Parameters<'_> {
        let ImportKeyMaterial { expiration_model, valid_to_ms, .. } = self.request;
        Parameters { expiration_model, valid_to_ms, ..Parameters::NONE }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        let request = self.request;
        if request.import_token.is_empty() || request.import_token.len() > CIPHERTEXT_LEN_MAX {
            return Err(Error::Validation(Parameter::ImportToken));
        }
        let wrapped = request.encrypted_key_material;
        if wrapped.is_empty() || wrapped.len() > CIPHERTEXT_LEN_MAX {
            return Err(Error::Validation(Parameter::CiphertextBlob));
        }
        let expires = request.expiration_model != Some(ExpirationModel::KeyMaterialDoesNotExpire);
        if expires != request.valid_to_ms.is_some() {
            return Err(Error::Validation(Parameter::ValidTo));
        }
        request.key_material_description.map_or(Ok(()), check_description)?;
        Ok(Parsed::on(Named::text(Action::ImportKeyMaterial, request.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let facts = scene.key()?;
        permits(Action::ImportKeyMaterial, &facts)?;
        let Import { request, wrapping } = self;
        request.check_kind(&facts)?;
        let timers = scene.vault.timers()?;
        if let Some(valid_to_ms) = request.valid_to_ms {
            let now_ms = timers.timer_ms.max(scene.time_ms.unwrap_or(0));
            let latest_ms = now_ms.saturating_add(VALID_DAYS_MAX.saturating_mul(DAY_MS));
            if valid_to_ms <= now_ms || valid_to_ms > latest_ms {
                return Err(Error::Validation(Parameter::ValidTo));
            }
        }
        let snapshot = Snapshot::take(scene.vault.platform())?;
        let token = request.import_token;
        let ticket =
            ImportTicket::open::<P::Primitives>(token, &snapshot.keys, &snapshot.vault_id, &facts.key_id)?;
        if ticket.is_expired(&timers) {
            return Err(Error::ExpiredImportToken);
        }
        if ImportStep::of(&facts, request.import_type)? != ImportStep::Existing
            && request.key_material_id.is_some()
        {
            return Err(Error::Validation(Parameter::ImportType));
        }
        // What is wrapped is unwrapped under the writer's lock, where the wrapping key is used up in the same commit.
        let change = ImportChange::Import(NewMaterial {
            ticket,
            token,
            wrapped: request.encrypted_key_material,
            wrapping,
            import_type: request.import_type,
            expires_ms: request.valid_to_ms,
            description: request.key_material_description,
            material_id: request.key_material_id,
        });
        Ok(Done { change: Some(Change::Import(facts.key_id, change)), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DeleteImportedKeyMaterial<'a> {
    type Output = DeletedKeyMaterial;

    fn action(&self) -> Action {
        Action::DeleteImportedKeyMaterial
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on(Named::text(Action::DeleteImportedKeyMaterial, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, DeletedKeyMaterial>, Error> {
        let facts = scene.key()?;
        permits(Action::DeleteImportedKeyMaterial, &facts)?;
        if facts.spec != KeySpec::SymmetricDefault && self.key_material_id.is_some() {
            return Err(Error::Validation(Parameter::ImportType));
        }
        let key_id = facts.key_id;
        let first = match self.key_material_id {
            Some(_) => 1,
            None if facts.current_version == 0 => {
                return Ok(Done::with(DeletedKeyMaterial { key_id, key_material_id: None }));
            }
            None => facts.current_version,
        };
        for version in first..=facts.newest_version {
            let found = lend_backing_key(scene.vault.platform(), &key_id, version, |key| {
                (key.material_id, !matches!(key.material, Material::Gone))
            })?;
            let Some((id, has_material)) = found else { continue };
            if self.key_material_id.is_none_or(|wanted| *wanted == id) {
                let change = Change::Import(key_id, ImportChange::Drop(version));
                let deleted = DeletedKeyMaterial { key_id, key_material_id: shown_id(&facts, id) };
                return Ok(Done { change: has_material.then_some(change), version, ..Done::with(deleted) });
            }
        }
        Err(Error::NotFound)
    }
}
