//! The record that says of a key where it was drawn, if not here.

use super::bytes::{Malformed, Writer};
use super::key_record::{UNKNOWN_TIME, content, time, write_padded};
use crate::error::Error;
use crate::key::KeyId;
use crate::limits::PADDING;
use crate::peer::Fingerprint;

/// The type of a lineage record.
pub(crate) const LINEAGE: u8 = 16;
const FORMAT: u8 = 1;

/// Length of the plaintext, padded.
pub(crate) const LINEAGE_RECORD_LEN: usize = (4 + 66usize).next_multiple_of(PADDING);

/// Where a received key comes from, and how far it was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineageRecord {
    pub(crate) key_id: KeyId,
    /// The identity of the vault that drew it.
    pub(crate) lineage: Fingerprint,
    /// That vault's revision in the last bundle that was taken.
    pub(crate) revision: u64,
    pub(crate) received_ms: Option<u64>,
}

impl LineageRecord {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        write_padded(buffer, &|writer: &mut Writer<'_>| {
            writer.put(&[LINEAGE, FORMAT]);
            writer.put(self.key_id.as_bytes());
            writer.put(self.lineage.as_bytes());
            writer.u64(self.revision);
            writer.u64(self.received_ms.unwrap_or(UNKNOWN_TIME));
            Ok(())
        })
    }

    /// Reads the record of this key, and of no other.
    pub(crate) fn read_of(plaintext: &[u8], key_id: &KeyId) -> Result<Self, Malformed> {
        let record = Self::read(plaintext)?;
        if record.key_id == *key_id { Ok(record) } else { Err(Malformed) }
    }

    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [LINEAGE, FORMAT] {
            return Err(Malformed);
        }
        let (key_id, lineage) =
            (KeyId::from_bytes(reader.array()?), Fingerprint::from_bytes(reader.array()?));
        let record =
            LineageRecord { key_id, lineage, revision: reader.u64()?, received_ms: time(reader.u64()?) };
        reader.end()?;
        Ok(record)
    }
}
