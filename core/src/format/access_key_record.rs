//! The record of an access key.

use super::bytes::{Malformed, Reader, Writer};
use super::key_record::{UNKNOWN_TIME, content, time, write_padded};
use crate::access_key::{ACCESS_KEY_SECRET_LEN, AccessKeyId};
use crate::error::Error;
use crate::limits::{CALLER_NAME_LEN_MAX, PADDING};

/// The type of an access-key record.
pub(crate) const ACCESS_KEY: u8 = 11;
const FORMAT: u8 = 1;
/// Longest plaintext, padded.
pub(crate) const ACCESS_KEY_RECORD_LEN: usize =
    (4 + 2 + 20 + 8 + 1 + ACCESS_KEY_SECRET_LEN + 2 + CALLER_NAME_LEN_MAX).next_multiple_of(PADDING);

/// An access key, borrowed from the buffer that it was read into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccessKeyRecord<'a> {
    pub(crate) id: AccessKeyId,
    pub(crate) created_ms: Option<u64>,
    pub(crate) is_active: bool,
    pub(crate) secret: &'a [u8; ACCESS_KEY_SECRET_LEN],
    /// The name of the kept caller that it is of.
    pub(crate) caller: &'a str,
}

impl<'a> AccessKeyRecord<'a> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        write_padded(buffer, &|writer| self.write_content(writer))
    }

    fn write_content(&self, writer: &mut Writer<'_>) -> Result<(), Error> {
        writer.put(&[ACCESS_KEY, FORMAT]);
        writer.put(self.id.as_str().as_bytes());
        writer.u64(self.created_ms.unwrap_or(UNKNOWN_TIME));
        writer.u8(if self.is_active { 1 } else { 2 });
        writer.put(self.secret);
        writer.string(self.caller.as_bytes())
    }

    /// Reads a record's plaintext.
    pub(crate) fn read(plaintext: &'a [u8]) -> Result<Self, Malformed> {
        Self::read_content(content(plaintext)?)
    }

    fn read_content(mut reader: Reader<'a>) -> Result<Self, Malformed> {
        if reader.array()? != [ACCESS_KEY, FORMAT] {
            return Err(Malformed);
        }
        let id = core::str::from_utf8(reader.take(20)?).ok().and_then(AccessKeyId::parse);
        let id = id.filter(|id| !id.is_temporary()).ok_or(Malformed)?;
        let created_ms = time(reader.u64()?);
        let is_active = match reader.u8()? {
            1 => true,
            2 => false,
            _ => return Err(Malformed),
        };
        let secret = reader.take(ACCESS_KEY_SECRET_LEN)?.first_chunk().ok_or(Malformed)?;
        let caller = reader.text()?;
        reader.end()?;
        if caller.is_empty() || caller.len() > CALLER_NAME_LEN_MAX {
            return Err(Malformed);
        }
        Ok(AccessKeyRecord { id, created_ms, is_active, secret, caller })
    }
}
