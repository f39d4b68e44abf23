//! The record of an alias.

use super::bytes::{Malformed, Reader, Writer};
use super::key_record::{UNKNOWN_TIME, content, time, write_padded};
use crate::error::Error;
use crate::key::{Alias, KeyId, is_alias_name};
use crate::limits::{ALIAS_NAME_LEN_MAX, PADDING};

/// The type of an alias record, in its name, its owner and its first byte.
pub(crate) const ALIAS: u8 = 6;
const FORMAT: u8 = 1;
/// Longest plaintext, padded.
pub(crate) const ALIAS_RECORD_LEN: usize = (40 + ALIAS_NAME_LEN_MAX).next_multiple_of(PADDING);

impl<'a> Alias<'a> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        write_padded(buffer, &|writer| self.write_content(writer))
    }

    pub(crate) fn write_content(&self, writer: &mut Writer<'_>) -> Result<(), Error> {
        writer.put(&[ALIAS, FORMAT]);
        writer.put(self.target_key_id.as_bytes());
        writer.u64(self.created_ms.unwrap_or(UNKNOWN_TIME));
        writer.u64(self.last_updated_ms.unwrap_or(UNKNOWN_TIME));
        writer.string(self.name.as_bytes())
    }

    pub(crate) fn read(plaintext: &'a [u8]) -> Result<Self, Malformed> {
        Self::read_content(content(plaintext)?)
    }

    pub(crate) fn read_content(mut reader: Reader<'a>) -> Result<Self, Malformed> {
        if reader.array()? != [ALIAS, FORMAT] {
            return Err(Malformed);
        }
        let target_key_id = KeyId::from_bytes(reader.array()?);
        let (created_ms, last_updated_ms) = (time(reader.u64()?), time(reader.u64()?));
        let name = reader.text()?;
        reader.end()?;
        if !is_alias_name(name) {
            return Err(Malformed);
        }
        Ok(Alias { name, target_key_id, created_ms, last_updated_ms })
    }
}
