//! The record of whom a role trusts.

use heapless::Vec;

use super::bytes::{Malformed, Reader, Writer};
use super::key_record::{UNKNOWN_TIME, content, time, write_padded};
use crate::error::Error;
use crate::limits::{
    EXTERNAL_ID_LEN_MAX, GRANT_PRINCIPAL_LEN_MAX, PADDING, PRINCIPAL_LEN_MAX, TRUSTED_PRINCIPALS_MAX,
};

/// The type of a trust record.
pub(crate) const TRUST: u8 = 12;
const FORMAT: u8 = 1;
/// Longest plaintext, padded.
pub(crate) const TRUST_RECORD_LEN: usize = (4
    + 2
    + 16
    + 8
    + 2
    + PRINCIPAL_LEN_MAX
    + 2
    + EXTERNAL_ID_LEN_MAX
    + 1
    + TRUSTED_PRINCIPALS_MAX * (2 + GRANT_PRINCIPAL_LEN_MAX))
    .next_multiple_of(PADDING);

/// Who may assume a role, borrowed from the buffer that it was read into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrustRecord<'a> {
    /// Drawn whenever the trust is put: sessions of another one are over.
    pub(crate) trust_id: [u8; 16],
    pub(crate) written_ms: Option<u64>,
    /// The ARN of the role.
    pub(crate) role: &'a str,
    /// What whoever assumes it must name; empty for nothing.
    pub(crate) external_id: &'a str,
    pub(crate) principals: Vec<&'a str, TRUSTED_PRINCIPALS_MAX>,
}

impl<'a> TrustRecord<'a> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        write_padded(buffer, &|writer| self.write_content(writer))
    }

    fn write_content(&self, writer: &mut Writer<'_>) -> Result<(), Error> {
        writer.put(&[TRUST, FORMAT]);
        writer.put(&self.trust_id);
        writer.u64(self.written_ms.unwrap_or(UNKNOWN_TIME));
        writer.string(self.role.as_bytes())?;
        writer.string(self.external_id.as_bytes())?;
        writer.u8(u8::try_from(self.principals.len()).map_err(|_| Error::Bug)?);
        self.principals.iter().try_for_each(|principal| writer.string(principal.as_bytes()))
    }

    /// Reads a record's plaintext.
    pub(crate) fn read(plaintext: &'a [u8]) -> Result<Self, Malformed> {
        Self::read_content(content(plaintext)?)
    }

    fn read_content(mut reader: Reader<'a>) -> Result<Self, Malformed> {
        if reader.array()? != [TRUST, FORMAT] {
            return Err(Malformed);
        }
        let (trust_id, written_ms) = (reader.array()?, time(reader.u64()?));
        let (role, external_id) = (reader.text()?, reader.text()?);
        let mut principals = Vec::new();
        for _ in 0..reader.u8()? {
            let principal = reader.text()?;
            if principal.len() > GRANT_PRINCIPAL_LEN_MAX {
                return Err(Malformed);
            }
            principals.push(principal).map_err(|_| Malformed)?;
        }
        reader.end()?;
        if role.len() > PRINCIPAL_LEN_MAX || external_id.len() > EXTERNAL_ID_LEN_MAX || principals.is_empty()
        {
            return Err(Malformed);
        }
        Ok(TrustRecord { trust_id, written_ms, role, external_id, principals })
    }

    /// The last part of the role's path: the name that the role is kept under.
    pub(crate) fn name(&self) -> &'a str {
        role_name(self.role)
    }
}

/// The last part of a role's path.
pub(crate) fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}
