use super::{Fingerprint, VaultIdentity};
use crate::crypto::Primitives;
use crate::format::bytes::{Malformed, Reader, Writer};

/// What every bundle says of the two vaults that it goes between, and of the offer that it answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parties {
    /// Who made it, and signs it.
    pub(crate) source: VaultIdentity,
    pub(crate) target_id: [u8; 16],
    pub(crate) target: Fingerprint,
    /// That of the target's offer.
    pub(crate) nonce: [u8; 16],
}

impl Parties {
    /// How long they are in a bundle, in bytes.
    pub(crate) const LEN: usize = 112;

    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        writer.put(&self.source.vault_id);
        writer.put(&self.source.public_key);
        writer.put(&self.target_id);
        writer.put(self.target.as_bytes());
        writer.put(&self.nonce);
    }

    pub(crate) fn read<C: Primitives>(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let source = VaultIdentity::new::<C>(reader.array()?, reader.array()?);
        let (target_id, target) = (reader.array()?, Fingerprint::from_bytes(reader.array()?));
        Ok(Parties { source, target_id, target, nonce: reader.array()? })
    }
}
