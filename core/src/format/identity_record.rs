//! The record of the vault's identity towards other vaults.

use super::bytes::{Malformed, Writer};
use super::key_record::{UNKNOWN_TIME, content, time, write_padded};
use crate::error::Error;
use crate::limits::PADDING;
use crate::secret::Secret;

/// The type of the identity's record.
pub(crate) const IDENTITY: u8 = 13;
const FORMAT: u8 = 1;

/// Length of the plaintext, padded.
pub(crate) const IDENTITY_RECORD_LEN: usize = PADDING;

/// The identity's record. Wiped on drop.
pub(crate) struct IdentityRecord {
    pub(crate) made_ms: Option<u64>,
    /// What the Ed25519 key pair is made of.
    pub(crate) seed: Secret<32>,
}

impl IdentityRecord {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        write_padded(buffer, &|writer: &mut Writer<'_>| {
            writer.put(&[IDENTITY, FORMAT]);
            writer.u64(self.made_ms.unwrap_or(UNKNOWN_TIME));
            self.seed.expose(|seed| writer.put(seed));
            Ok(())
        })
    }

    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [IDENTITY, FORMAT] {
            return Err(Malformed);
        }
        let mut record = IdentityRecord { made_ms: time(reader.u64()?), seed: Secret::zeroed() };
        let stored = reader.take(32)?;
        record.seed.fill_with(|seed| seed.copy_from_slice(stored));
        reader.end()?;
        Ok(record)
    }
}
