//! The record of an offer to receive: one bundle, one day.

use super::bytes::{Malformed, Writer};
use super::key_record::{content, write_padded};
use crate::error::Error;
use crate::format::manifest::Timers;
use crate::limits::PADDING;
use crate::peer::Fingerprint;
use crate::secret::Secret;

/// The type of an offer's record.
pub(crate) const OFFER: u8 = 15;
const FORMAT: u8 = 1;

/// Length of the plaintext, padded.
pub(crate) const OFFER_RECORD_LEN: usize = (4 + 98usize).next_multiple_of(PADDING);

/// An offer's record. Wiped on drop.
pub(crate) struct OfferRecord {
    pub(crate) nonce: [u8; 16],
    /// Whose bundle it is for.
    pub(crate) source: Fingerprint,
    /// What the one-time key pair is made of.
    pub(crate) seed: Secret<32>,
    /// In timer time.
    pub(crate) expires_ms: u64,
    /// In observed time, which goes on where the vault has no clock.
    pub(crate) expires_at_observed_ms: u64,
}

impl OfferRecord {
    /// Whether no bundle may be opened for it any more.
    pub(crate) fn is_expired(&self, timers: &Timers) -> bool {
        timers.have_come_to(self.expires_ms, self.expires_at_observed_ms)
    }

    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        write_padded(buffer, &|writer: &mut Writer<'_>| {
            writer.put(&[OFFER, FORMAT]);
            writer.put(&self.nonce);
            writer.put(self.source.as_bytes());
            self.seed.expose(|seed| writer.put(seed));
            writer.u64(self.expires_ms);
            writer.u64(self.expires_at_observed_ms);
            Ok(())
        })
    }

    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [OFFER, FORMAT] {
            return Err(Malformed);
        }
        let (nonce, source) = (reader.array()?, Fingerprint::from_bytes(reader.array()?));
        let mut seed = Secret::zeroed();
        let stored = reader.take(32)?;
        seed.fill_with(|seed| seed.copy_from_slice(stored));
        let (expires_ms, expires_at_observed_ms) = (reader.u64()?, reader.u64()?);
        reader.end()?;
        Ok(OfferRecord { nonce, source, seed, expires_ms, expires_at_observed_ms })
    }
}
