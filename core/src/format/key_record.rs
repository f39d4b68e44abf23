//! The two records of a KMS key: the key itself, and one for each version of its material.

use super::bytes::{Malformed, Reader, Writer};
use super::caller_record;
use super::grant_record::RetirableRecord;
use crate::crypto::sr1::SUITE;
use crate::error::Error;
use crate::grant::Grant;
use crate::key::{KeyFacts, KeyId, KeySpec, KeyState, KeyUsage, VersionState};
use crate::limits::{DESCRIPTION_LEN_MAX, MATERIAL_LEN_MAX, PADDING, POLICY_LEN_MAX};
use crate::secret::Secret;

/// The type of a key record, in its name and in its first byte.
pub(crate) const KEY: u8 = 1;
/// The type of a backing-key record.
pub(crate) const BACKING_KEY: u8 = 2;
const FORMAT: u8 = 1;
/// Where the description's length lies in a plaintext, behind the facts.
const DESCRIPTION_START: usize = 42;
/// A time that was not known.
pub(super) const UNKNOWN_TIME: u64 = u64::MAX;

/// Longest plaintext of a backing-key record, padded.
pub(crate) const BACKING_KEY_RECORD_LEN: usize = (4 + 34 + MATERIAL_LEN_MAX).next_multiple_of(PADDING);

/// A key record, borrowed from its plaintext.
#[derive(Debug)]
pub(crate) struct KeyRecord<'a> {
    pub(crate) facts: KeyFacts,
    pub(crate) description: &'a str,
    pub(crate) policy: &'a [u8],
}

impl<'a> KeyRecord<'a> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        let content_len = 44usize.saturating_add(self.description.len()).saturating_add(self.policy.len());
        writer.u32(u32::try_from(content_len).map_err(|_| Error::LimitExceeded)?);
        write_facts(&mut writer, &self.facts);
        writer.string(self.description.as_bytes())?;
        writer.u32(u32::try_from(self.policy.len()).map_err(|_| Error::LimitExceeded)?);
        writer.put(self.policy);
        writer.pad(PADDING);
        writer.finish()
    }

    pub(crate) fn read(plaintext: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [KEY, FORMAT] {
            return Err(Malformed);
        }
        let key_id = KeyId::from_bytes(reader.array()?);
        let created_ms = time(reader.u64()?);
        let state = KeyState::from_number(reader.u8()?).ok_or(Malformed)?;
        let spec = KeySpec::from_number(reader.u8()?).ok_or(Malformed)?;
        let usage = KeyUsage::from_number(reader.u8()?).ok_or(Malformed)?;
        if reader.u8()? != 0 {
            return Err(Malformed);
        }
        let (current_version, on_demand_rotations) = (reader.u32()?, reader.u32()?);
        let description = reader.text()?;
        let policy_len = usize::try_from(reader.u32()?).map_err(|_| Malformed)?;
        let policy = reader.take(policy_len)?;
        reader.end()?;
        if description.len() > DESCRIPTION_LEN_MAX || policy_len > POLICY_LEN_MAX || current_version == 0 {
            return Err(Malformed);
        }
        let facts = KeyFacts { key_id, created_ms, state, spec, usage, current_version, on_demand_rotations };
        Ok(KeyRecord { facts, description, policy })
    }
}

fn write_facts(writer: &mut Writer<'_>, facts: &KeyFacts) {
    writer.put(&[KEY, FORMAT]);
    writer.put(facts.key_id.as_bytes());
    writer.u64(facts.created_ms.unwrap_or(UNKNOWN_TIME));
    writer.put(&[facts.state.number(), facts.spec.number(), facts.usage.number(), 0]);
    writer.u32(facts.current_version);
    writer.u32(facts.on_demand_rotations);
}

/// Replaces the facts in a plaintext of a key record and leaves its texts; all facts have fixed places.
pub(crate) fn replace_facts(plaintext: &mut [u8], facts: &KeyFacts) -> Result<(), Error> {
    let place = plaintext.get_mut(4..42).ok_or(Error::Bug)?;
    let mut writer = Writer::new(place);
    write_facts(&mut writer, facts);
    writer.finish().map(|_| ())
}

/// Replaces the policy in a plaintext of a key record, which lies at the front of `body`, and answers the new length.
pub(crate) fn replace_policy(body: &mut [u8], policy: &[u8]) -> Result<usize, Error> {
    let (front, rest) = body.split_at_mut_checked(DESCRIPTION_START).ok_or(Error::Bug)?;
    let description_len = Reader::new(rest).u16().map_err(|_| Error::Bug)?;
    let policy_start = usize::from(description_len).saturating_add(2);
    let content_len = DESCRIPTION_START.saturating_add(policy_start).saturating_add(policy.len());
    let mut length = Writer::new(front);
    length.u32(u32::try_from(content_len).map_err(|_| Error::LimitExceeded)?);
    let mut writer = Writer::new(body);
    writer.skip(DESCRIPTION_START.saturating_add(policy_start));
    writer.u32(u32::try_from(policy.len()).map_err(|_| Error::LimitExceeded)?);
    writer.put(policy);
    writer.pad(PADDING);
    writer.finish().map_err(|_| Error::Capacity)
}

/// A backing-key record, borrowed from its plaintext.
pub(crate) struct BackingKeyRecord<'a> {
    pub(crate) key_id: KeyId,
    pub(crate) version: u32,
    pub(crate) state: VersionState,
    pub(crate) material: &'a [u8; 32],
}

impl<'a> BackingKeyRecord<'a> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(
        buffer: &mut [u8],
        key_id: &KeyId,
        version: u32,
        created_ms: Option<u64>,
        material: &Secret<32>,
    ) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        writer.u32(34 + 32);
        writer.put(&[BACKING_KEY, FORMAT]);
        writer.put(key_id.as_bytes());
        writer.u32(version);
        writer.put(&[VersionState::Usable.number(), SUITE]);
        writer.u64(created_ms.unwrap_or(UNKNOWN_TIME));
        writer.u16(32);
        material.expose(|material| writer.put(material));
        writer.pad(PADDING);
        writer.finish()
    }

    pub(crate) fn read(plaintext: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [BACKING_KEY, FORMAT] {
            return Err(Malformed);
        }
        let key_id = KeyId::from_bytes(reader.array()?);
        let version = reader.u32()?;
        let state = VersionState::from_number(reader.u8()?).ok_or(Malformed)?;
        if reader.u8()? != SUITE {
            return Err(Malformed);
        }
        // When it was made, for people who inspect a vault.
        reader.u64()?;
        let material = reader.string()?.try_into().map_err(|_| Malformed)?;
        reader.end()?;
        Ok(BackingKeyRecord { key_id, version, state, material })
    }
}

pub(super) fn time(stored: u64) -> Option<u64> {
    (stored != UNKNOWN_TIME).then_some(stored)
}

/// Takes the content out of `u32 length ‖ content ‖ zeros`.
pub(super) fn content(plaintext: &[u8]) -> Result<Reader<'_>, Malformed> {
    let mut reader = Reader::new(plaintext);
    let len = usize::try_from(reader.u32()?).map_err(|_| Malformed)?;
    let content = reader.take(len)?;
    reader.end_padded()?;
    Ok(Reader::new(content))
}

/// Whether a record's plaintext can be decoded, for fuzzing: any bytes give an answer, none a panic.
#[must_use]
pub fn is_record(plaintext: &[u8]) -> bool {
    KeyRecord::read(plaintext).is_ok()
        || BackingKeyRecord::read(plaintext).is_ok()
        || Grant::read(plaintext).is_ok_and(|grant| grant.is_some())
        || RetirableRecord::read(plaintext).is_ok()
        || caller_record::read(plaintext).is_ok()
}
