//! The two records of a grant: the grant itself, and the one by which its retiring principal finds it.

use super::bytes::{Malformed, Reader, Writer};
use super::key_record::{UNKNOWN_TIME, content, time, write_padded};
use crate::error::Error;
use crate::grant::{ConstraintKind, Grant, GrantConstraint, GrantId, GrantOperations};
use crate::key::KeyId;
use crate::limits::{GRANT_CONSTRAINT_LEN_MAX, GRANT_NAME_LEN_MAX, GRANT_PRINCIPAL_LEN_MAX, PADDING};
use crate::realm::AccountId;

/// The type of a grant record, in its first byte.
pub(crate) const GRANT: u8 = 3;
/// The type of the record that finds a grant by its retiring principal, also in its owner.
pub(crate) const RETIRABLE: u8 = 4;
const FORMAT: u8 = 1;

/// Longest content of a grant record.
const CONTENT_LEN_MAX: usize =
    76 + 12 + 2 * (2 + GRANT_PRINCIPAL_LEN_MAX) + 2 + GRANT_NAME_LEN_MAX + GRANT_CONSTRAINT_LEN_MAX;
/// Longest plaintext of a grant record, padded.
pub(crate) const GRANT_RECORD_LEN_MAX: usize = (4 + CONTENT_LEN_MAX).next_multiple_of(PADDING);
/// Length of the plaintext of a retirable-grant record, padded.
pub(crate) const RETIRABLE_RECORD_LEN: usize = PADDING;

/// Where the id stands in a plaintext.
const ID_AT: usize = 22;

/// Gives the grant in a plaintext another id.
pub(crate) fn replace_id(plaintext: &mut [u8], grant_id: &GrantId) -> Result<(), Error> {
    let place = plaintext.get_mut(ID_AT..).and_then(<[u8]>::first_chunk_mut::<32>).ok_or(Error::Bug)?;
    *place = *grant_id.as_bytes();
    Ok(())
}

impl<'a> Grant<'a> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        write_padded(buffer, &|writer| self.write_content(writer))
    }

    pub(crate) fn write_content(&self, writer: &mut Writer<'_>) -> Result<(), Error> {
        writer.put(&[GRANT, FORMAT]);
        writer.put(self.key_id.as_bytes());
        writer.put(self.grant_id.as_bytes());
        writer.u64(self.created_ms.unwrap_or(UNKNOWN_TIME));
        writer.put(&self.operations.to_bits());
        writer.put(&[self.constraints.map_or(0, |constraint| constraint.kind().number()), 0]);
        writer.put(self.issuing_account.as_str().as_bytes());
        for text in [self.grantee_principal, self.retiring_principal.unwrap_or_default(), self.name] {
            writer.string(text.as_bytes())?;
        }
        if let Some(constraint) = &self.constraints {
            constraint.write(writer);
        }
        Ok(())
    }

    /// Reads a record's plaintext; `None` for a record of another type.
    pub(crate) fn read(plaintext: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let content = content(plaintext)?.rest();
        if content.first() == Some(&GRANT) { Self::read_content(content).map(Some) } else { Ok(None) }
    }

    /// Reads a record's content.
    pub(crate) fn read_content(content: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(content);
        if reader.array()? != [GRANT, FORMAT] {
            return Err(Malformed);
        }
        let key_id = KeyId::from_bytes(reader.array()?);
        let grant_id = GrantId::from_bytes(reader.array()?);
        let created_ms = time(reader.u64()?);
        let operations = GrantOperations::from_bits(reader.array()?).ok_or(Malformed)?;
        let [kind, zero] = reader.array()?;
        let account: [u8; 12] = reader.array()?;
        let issuing_account =
            core::str::from_utf8(&account).ok().and_then(AccountId::parse).ok_or(Malformed)?;
        let mut text = |len_max| {
            reader.text().and_then(|text| if text.len() > len_max { Err(Malformed) } else { Ok(text) })
        };
        let grantee_principal = text(GRANT_PRINCIPAL_LEN_MAX)?;
        let (retiring_principal, name) = (text(GRANT_PRINCIPAL_LEN_MAX)?, text(GRANT_NAME_LEN_MAX)?);
        let canonical = reader.rest();
        let constraints = match ConstraintKind::from_number(kind) {
            Some(kind) => Some(GrantConstraint::stored(kind, canonical)?),
            None if kind == 0 && canonical.is_empty() => None,
            None => return Err(Malformed),
        };
        if zero != 0 || grantee_principal.is_empty() {
            return Err(Malformed);
        }
        let retiring_principal = Some(retiring_principal).filter(|text| !text.is_empty());
        Ok(Grant {
            key_id,
            grant_id,
            created_ms,
            operations,
            constraints,
            issuing_account,
            grantee_principal,
            retiring_principal,
            name,
        })
    }
}

/// The record by which a retiring principal finds a grant.
#[derive(Debug)]
pub(crate) struct RetirableRecord {
    pub(crate) key_id: KeyId,
    pub(crate) grant_id: GrantId,
}

impl RetirableRecord {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        writer.u32(50);
        writer.put(&[RETIRABLE, FORMAT]);
        writer.put(self.key_id.as_bytes());
        writer.put(self.grant_id.as_bytes());
        writer.pad(PADDING);
        writer.finish()
    }

    /// Reads a record's plaintext.
    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [RETIRABLE, FORMAT] {
            return Err(Malformed);
        }
        let (key_id, grant_id) = (KeyId::from_bytes(reader.array()?), GrantId::from_bytes(reader.array()?));
        reader.end()?;
        Ok(RetirableRecord { key_id, grant_id })
    }
}

impl ConstraintKind {
    const fn number(self) -> u8 {
        match self {
            ConstraintKind::EncryptionContextSubset => 1,
            ConstraintKind::EncryptionContextEquals => 2,
        }
    }

    const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(ConstraintKind::EncryptionContextSubset),
            2 => Some(ConstraintKind::EncryptionContextEquals),
            _ => None,
        }
    }
}
