//! The record of one version of a KMS key: what is known of it, and its material.

use super::bytes::{Malformed, Writer};
use super::key_record::{UNKNOWN_TIME, content, read_deletion, time, write_deletion};
use crate::crypto::sr1::SUITE;
use crate::error::Error;
use crate::key::{KeyId, KeySpec, VersionCause, VersionFacts, VersionState};
use crate::limits::{MATERIAL_DESCRIPTION_LEN_MAX, MATERIAL_LEN_MAX, PADDING};

/// The type of a version's record.
pub(crate) const VERSION: u8 = 2;
const FORMAT: u8 = 1;
/// How long the content is without material and description.
const FIXED_LEN: usize = 72;

/// Longest plaintext of a version's record, padded.
pub(crate) const VERSION_RECORD_LEN: usize =
    (4 + FIXED_LEN + MATERIAL_LEN_MAX + MATERIAL_DESCRIPTION_LEN_MAX).next_multiple_of(PADDING);

/// A version's record, borrowed from its plaintext.
pub(crate) struct VersionRecord<'a> {
    pub(crate) key_id: KeyId,
    pub(crate) facts: VersionFacts,
    /// Of imported material, in its importer's words.
    pub(crate) description: &'a str,
    /// Empty where the version has lost it.
    pub(crate) material: &'a [u8],
}

impl<'a> VersionRecord<'a> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let facts = &self.facts;
        let content_len =
            FIXED_LEN.saturating_add(self.material.len()).saturating_add(self.description.len());
        let mut writer = Writer::new(buffer);
        writer.u32(u32::try_from(content_len).map_err(|_| Error::Bug)?);
        writer.put(&[VERSION, FORMAT]);
        writer.put(self.key_id.as_bytes());
        writer.u32(facts.version);
        writer.put(&[facts.state.number(), SUITE, facts.cause.number(), facts.spec.number()]);
        writer.u64(facts.current_since_ms.unwrap_or(UNKNOWN_TIME));
        writer.u64(facts.expires_ms.unwrap_or(UNKNOWN_TIME));
        write_deletion(&mut writer, facts.destruction);
        writer.put(&facts.kcv);
        writer.string(self.material)?;
        writer.string(self.description.as_bytes())?;
        writer.pad(PADDING);
        writer.finish()
    }

    /// Reads the record of this version of this key, and of no other.
    pub(crate) fn read_of(plaintext: &'a [u8], key_id: &KeyId, version: u32) -> Result<Self, Malformed> {
        let record = Self::read(plaintext)?;
        if record.key_id != *key_id || record.facts.version != version { Err(Malformed) } else { Ok(record) }
    }

    pub(crate) fn read(plaintext: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [VERSION, FORMAT] {
            return Err(Malformed);
        }
        let key_id = KeyId::from_bytes(reader.array()?);
        let version = reader.u32()?;
        let state = VersionState::from_number(reader.u8()?).ok_or(Malformed)?;
        if reader.u8()? != SUITE {
            return Err(Malformed);
        }
        let cause = VersionCause::from_number(reader.u8()?).ok_or(Malformed)?;
        let spec = KeySpec::from_number(reader.u8()?).ok_or(Malformed)?;
        let current_since_ms = time(reader.u64()?);
        let expires_ms = time(reader.u64()?);
        let destruction = read_deletion(&mut reader)?;
        let kcv = reader.array()?;
        let material = reader.string()?;
        let description = reader.text()?;
        reader.end()?;
        let has_material = !material.is_empty();
        if version == 0
            || material.len() > MATERIAL_LEN_MAX
            || description.len() > MATERIAL_DESCRIPTION_LEN_MAX
            || (state == VersionState::PendingDestruction) != destruction.is_some()
            || (state == VersionState::Destroyed && has_material)
        {
            return Err(Malformed);
        }
        let facts = VersionFacts {
            version,
            spec,
            state,
            cause,
            current_since_ms,
            expires_ms,
            destruction,
            has_material,
            kcv,
        };
        Ok(VersionRecord { key_id, facts, description, material })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyId = KeyId::from_bytes([1; 16]);

    fn written(version: u32) -> ([u8; VERSION_RECORD_LEN], usize) {
        let facts = VersionFacts {
            version,
            spec: KeySpec::SymmetricDefault,
            state: VersionState::Usable,
            cause: VersionCause::First,
            current_since_ms: None,
            expires_ms: None,
            destruction: None,
            has_material: true,
            kcv: [1; 8],
        };
        let mut buffer = [0; VERSION_RECORD_LEN];
        let record = VersionRecord { key_id: KEY, facts, description: "", material: &[2; 32] };
        let len = record.write(&mut buffer).unwrap();
        (buffer, len)
    }

    #[test]
    fn no_version_has_the_number_0() {
        let reads =
            |(buffer, len): ([u8; VERSION_RECORD_LEN], usize)| VersionRecord::read(&buffer[..len]).is_ok();
        assert!(reads(written(1)));
        assert!(!reads(written(0)));
    }

    #[test]
    fn a_record_is_read_for_its_own_key_and_number_only() {
        let (buffer, len) = written(3);
        let reads = |key_id, version| VersionRecord::read_of(&buffer[..len], &key_id, version).is_ok();
        assert!(reads(KEY, 3));
        assert!(!reads(KEY, 2));
        assert!(!reads(KeyId::from_bytes([2; 16]), 3));
    }
}
