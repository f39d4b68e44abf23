//! The record by which the vault finds what comes due on a day.

use super::bytes::{Malformed, Writer};
use super::key_record::content;
use crate::error::Error;
use crate::key::KeyId;
use crate::limits::PADDING;

/// The type of a due record.
pub(crate) const DUE: u8 = 7;
const FORMAT: u8 = 1;
const CONTENT_LEN: u32 = 22;
/// Stands where versions do for the wrapping keys of a key; no version gets this far.
pub(crate) const WRAPPING_KEYS: u32 = u32::MAX;

/// Longest plaintext of a due record, padded.
pub(crate) const DUE_RECORD_LEN: usize = PADDING;

/// A key, one of its versions, or its wrapping keys, on which something comes due; whether it still does, their own records
/// say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DueRecord {
    pub(crate) key_id: KeyId,
    /// 0 for the key, [`WRAPPING_KEYS`] for its wrapping keys.
    pub(crate) version: u32,
}

impl DueRecord {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        writer.u32(CONTENT_LEN);
        writer.put(&[DUE, FORMAT]);
        writer.put(self.key_id.as_bytes());
        writer.u32(self.version);
        writer.pad(PADDING);
        writer.finish()
    }

    /// Reads a record's plaintext.
    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [DUE, FORMAT] {
            return Err(Malformed);
        }
        let record = DueRecord { key_id: KeyId::from_bytes(reader.array()?), version: reader.u32()? };
        reader.end()?;
        Ok(record)
    }
}
