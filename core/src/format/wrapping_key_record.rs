//! The record of a wrapping key: one use, one day.

use super::bytes::{Malformed, Writer};
use super::key_record::content;
use crate::error::Error;
use crate::import::{ImportTicket, WrappingAlgorithm, WrappingKeySpec};
use crate::key::KeyId;
use crate::limits::PADDING;

/// The type of a wrapping key's record, in its name and in its first byte.
pub(crate) const WRAPPING_KEY: u8 = 9;
const FORMAT: u8 = 1;
/// How long the content is without the private key.
const FIXED_LEN: usize = 54;

/// A wrapping key's record, borrowed from its plaintext.
pub(crate) struct WrappingKeyRecord<'a> {
    pub(crate) ticket: ImportTicket,
    pub(crate) private: &'a [u8],
}

impl<'a> WrappingKeyRecord<'a> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(
        ticket: &ImportTicket,
        private: impl ExactSizeIterator<Item = u8>,
        buffer: &mut [u8],
    ) -> Result<usize, Error> {
        let content_len = FIXED_LEN.saturating_add(private.len());
        let mut writer = Writer::new(buffer);
        writer.u32(u32::try_from(content_len).map_err(|_| Error::Bug)?);
        writer.put(&[WRAPPING_KEY, FORMAT]);
        writer.put(ticket.key_id.as_bytes());
        writer.put(&ticket.wrapping_id);
        writer.put(&[ticket.algorithm.number(), ticket.spec.number()]);
        writer.u64(ticket.expires_ms);
        writer.u64(ticket.expires_at_observed_ms);
        writer.u16(u16::try_from(private.len()).map_err(|_| Error::Bug)?);
        for byte in private {
            writer.u8(byte);
        }
        writer.pad(PADDING);
        writer.finish()
    }

    pub(crate) fn read(plaintext: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [WRAPPING_KEY, FORMAT] {
            return Err(Malformed);
        }
        let key_id = KeyId::from_bytes(reader.array()?);
        let wrapping_id = reader.array()?;
        let algorithm = WrappingAlgorithm::from_number(reader.u8()?).ok_or(Malformed)?;
        let spec = WrappingKeySpec::from_number(reader.u8()?).ok_or(Malformed)?;
        let (expires_ms, expires_at_observed_ms) = (reader.u64()?, reader.u64()?);
        let private = reader.string()?;
        reader.end()?;
        let ticket =
            ImportTicket { key_id, wrapping_id, algorithm, spec, expires_ms, expires_at_observed_ms };
        Ok(WrappingKeyRecord { ticket, private })
    }
}
