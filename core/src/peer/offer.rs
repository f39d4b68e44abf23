use super::{Fingerprint, SEALING_KEY_LEN, SIGNATURE_LEN, VaultIdentity};
use crate::crypto::{Primitives, labels};
use crate::error::Error;
use crate::format::bytes::{Malformed, Reader, Writer};

/// Length of an offer to receive, in bytes.
pub const OFFER_LEN: usize = OFFER_STATED_LEN + SIGNATURE_LEN;
/// Its part before the signature.
pub(crate) const OFFER_STATED_LEN: usize = 8 + 16 + 32 + 32 + 16 + SEALING_KEY_LEN;
const FORMAT: u8 = 1;

/// What a target tells a source: a nonce, and the public half of a key that one bundle can be sealed to.
pub(crate) struct Offer<'a> {
    /// Who made it.
    pub(crate) target: VaultIdentity,
    /// For whom.
    pub(crate) source: Fingerprint,
    pub(crate) nonce: [u8; 16],
    pub(crate) sealing_key: &'a [u8; SEALING_KEY_LEN],
}

impl<'a> Offer<'a> {
    /// Writes what is stated, without the signature.
    pub(crate) fn write(&self, stated: &mut [u8; OFFER_STATED_LEN]) -> Result<(), Error> {
        let mut writer = Writer::new(stated);
        writer.put(labels::OFFER);
        writer.put(&[FORMAT, 0, 0, 0]);
        writer.put(&self.target.vault_id);
        writer.put(&self.target.public_key);
        writer.put(self.source.as_bytes());
        writer.put(&self.nonce);
        writer.put(self.sealing_key);
        writer.finish().map(|_| ())
    }

    /// Reads an offer: what it states, the bytes that say so, and their signature.
    pub(crate) fn read<C: Primitives>(
        bytes: &'a [u8],
    ) -> Result<(Self, &'a [u8], &'a [u8; SIGNATURE_LEN]), Malformed> {
        let (stated, signature) = bytes.split_last_chunk::<SIGNATURE_LEN>().ok_or(Malformed)?;
        let mut reader = Reader::new(stated);
        if reader.array()? != *labels::OFFER || reader.array()? != [FORMAT, 0, 0, 0] {
            return Err(Malformed);
        }
        let target = VaultIdentity::new::<C>(reader.array()?, reader.array()?);
        let (source, nonce) = (Fingerprint::from_bytes(reader.array()?), reader.array()?);
        let sealing_key = reader.take(SEALING_KEY_LEN)?.first_chunk().ok_or(Malformed)?;
        reader.end()?;
        Ok((Offer { target, source, nonce, sealing_key }, stated, signature))
    }
}
