//! The records of a key with imported material, as its commits read them.

use super::Snapshot;
use super::commit::version_buffer;
use crate::crypto::Primitives;
use crate::error::{Error, Part};
use crate::format::key_record::KeyRecord;
use crate::format::version_record::VersionRecord;
use crate::format::wrapping_key_record::WrappingKeyRecord;
use crate::import::ImportedMaterial;
use crate::key::{ImportStep, KeyFacts, KeyId, VersionFacts, VersionState};
use crate::limits::WRAPPING_KEYS_MAX;
use crate::platform::{Address, Platform};
use crate::tree::{Owner, View};

/// The records of one key, as they stand under the writer's lock.
pub(super) struct Records<'v, P: Platform> {
    pub(super) snapshot: &'v Snapshot<P::Primitives>,
    pub(super) view: View<'v, P::Primitives, P::Storage>,
    pub(super) owner: Owner,
    pub(super) key_id: KeyId,
}

/// What becomes of a version's record.
pub(super) enum NewVersion {
    /// Other bytes, in a buffer of their own.
    Put(u32, VersionFacts),
    /// None any more.
    Remove(u32),
    /// No version changes, only what the key says of them.
    Unchanged,
}

impl<P: Platform> Records<'_, P> {
    /// The key's facts.
    pub(super) fn key(&self, scratch: &mut [u8]) -> Result<KeyFacts, Error> {
        let address = self.snapshot.keys.names.key(&self.owner);
        let plaintext = self.view.record(&address, scratch)?.ok_or(Error::NotFound)?;
        Ok(KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?.facts)
    }

    /// Lends the record of a version, if there is one.
    pub(super) fn version<R>(
        &self,
        version: u32,
        read: impl FnOnce(&VersionRecord<'_>) -> Result<R, Error>,
    ) -> Result<Option<R>, Error> {
        let damaged = Error::Damaged(Part::Record);
        let address = self.snapshot.keys.names.backing_key(&self.owner, version);
        let mut buffer = version_buffer();
        let Some(plaintext) = self.view.record(&address, &mut *buffer)? else { return Ok(None) };
        let record = VersionRecord::read_of(plaintext, &self.key_id, version).map_err(|_| damaged)?;
        read(&record).map(Some)
    }

    /// Where wrapping keys lie, and what they are for.
    pub(super) fn wrapping_keys<R>(
        &self,
        scratch: &mut [u8],
        mut read: impl FnMut(Address, Option<&WrappingKeyRecord<'_>>) -> Option<R>,
    ) -> Result<Option<R>, Error> {
        for place in (0u8..).take(WRAPPING_KEYS_MAX) {
            let address = self.snapshot.keys.names.wrapping_key(&self.owner, place);
            let found = match self.view.record(&address, scratch)? {
                None => read(address, None),
                Some(plaintext) => {
                    let record =
                        WrappingKeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
                    read(address, Some(&record))
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// When the first of the key's materials expires, with one version as it will be.
    pub(super) fn first_expiry(&self, facts: &KeyFacts, changed: &NewVersion) -> Result<Option<u64>, Error> {
        let changed = match changed {
            NewVersion::Put(version, facts) => Some((*version, expiry(facts))),
            NewVersion::Remove(version) => Some((*version, None)),
            NewVersion::Unchanged => None,
        };
        first_expiry(facts, changed, |version| self.expiry(version))
    }

    /// The version whose material expired first. None, if the date is of something that is gone, or of a version whose record
    /// does not open.
    pub(super) fn expired(&self, facts: &KeyFacts) -> Result<Option<u32>, Error> {
        for version in 1..=facts.newest_version {
            match self.expiry(version) {
                Ok(Some(expires_ms)) if facts.expires_ms == Some(expires_ms) => return Ok(Some(version)),
                Ok(_) | Err(Error::Damaged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn expiry(&self, version: u32) -> Result<Option<u64>, Error> {
        Ok(self.version(version, |record| Ok(expiry(&record.facts)))?.flatten())
    }

    /// The version that material belongs to.
    pub(super) fn version_for(
        &self,
        facts: &KeyFacts,
        step: ImportStep,
        material: &ImportedMaterial,
        material_id: Option<&[u8; 32]>,
    ) -> Result<u32, Error> {
        for version in 1..=facts.newest_version {
            let kcv = material.check_value::<P::Primitives>(facts.spec, &self.key_id, version)?;
            let is_same = self.version(version, |record| {
                let is_same = P::Primitives::equal(&record.facts.kcv, &kcv);
                Ok((is_same, record.facts.state != VersionState::Destroyed))
            })?;
            let id = self.snapshot.keys.material_id(&self.key_id, version, &kcv);
            match (is_same, step) {
                (Some((true, true)), ImportStep::Existing)
                    if material_id.is_none_or(|wanted| *wanted == id) =>
                {
                    return Ok(version);
                }
                (Some((true, _)), _) => return Err(Error::IncorrectKeyMaterial),
                _ => {}
            }
        }
        match step {
            ImportStep::Existing => Err(Error::IncorrectKeyMaterial),
            ImportStep::First | ImportStep::New => {
                facts.newest_version.checked_add(1).ok_or(Error::LimitExceeded)
            }
        }
    }
}

/// When the first of a key's materials expires, with one version as it will be. While a version's record does not open, the
/// date stays: it may be that version's, and whoever hid the record would have it outlive its date.
pub(super) fn first_expiry(
    facts: &KeyFacts,
    changed: Option<(u32, Option<u64>)>,
    read: impl Fn(u32) -> Result<Option<u64>, Error>,
) -> Result<Option<u64>, Error> {
    let mut first = None;
    for version in 1..=facts.newest_version {
        let expires_ms = match changed {
            Some((number, expires_ms)) if number == version => expires_ms,
            _ => match read(version) {
                Err(Error::Damaged(_)) => facts.expires_ms,
                read => read?,
            },
        };
        first = first.into_iter().chain(expires_ms).min();
    }
    Ok(first)
}

/// When a version's material expires, if it is there.
pub(super) fn expiry(facts: &VersionFacts) -> Option<u64> {
    facts.expires_ms.filter(|_| facts.has_material)
}
