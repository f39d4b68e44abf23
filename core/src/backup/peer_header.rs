//! The front of a bundle that is sealed to a peer: of which vault it is and for which one, what its key is made of, and the
//! signature of whoever made it.

use super::front::{self, BACKUP_TO_PEER, FRONT_LEN, fill_whole};
use super::{BundleFacts, BundleSource};
use crate::crypto::sr1::SUITE;
use crate::crypto::{Primitives, labels};
use crate::error::{BundleFault, Error};
use crate::format::bytes::{Malformed, Reader, Writer};
use crate::format::key_record::{UNKNOWN_TIME, time};
use crate::peer::{ENCAPSULATED_LEN, Parties, PeerCryptography, SIGNATURE_LEN, check, vault_bundle_key};
use crate::secret::Secret;

/// The length of what the signature is of.
pub(crate) const STATED_LEN: usize = FRONT_LEN + 16 + Parties::LEN + 16 + ENCAPSULATED_LEN;
/// The length of all of it.
pub(crate) const PEER_HEADER_LEN: usize = STATED_LEN + SIGNATURE_LEN;

/// Such a front, as it was read. The signature says who made it, and each segment is bound to all of it.
#[derive(Clone)]
pub(crate) struct PeerHeader {
    pub(crate) facts: BundleFacts,
    pub(crate) parties: Parties,
    bytes: [u8; PEER_HEADER_LEN],
}

impl PeerHeader {
    /// Writes what is stated, without the signature. The id of the vault in the bundle is that of the source.
    pub(crate) fn write(
        facts: &BundleFacts,
        parties: &Parties,
        encapsulated: &[u8; ENCAPSULATED_LEN],
        stated: &mut [u8; STATED_LEN],
    ) -> Result<(), Error> {
        let mut writer = Writer::new(stated);
        writer.put(&front::of(BACKUP_TO_PEER, SUITE));
        writer.put(&facts.bundle_id);
        parties.write(&mut writer);
        writer.u64(facts.revision);
        writer.u64(facts.made_ms.unwrap_or(UNKNOWN_TIME));
        writer.put(encapsulated);
        writer.finish().map(|_| ())
    }

    /// Reads a front, and answers the SHA-256 of its bytes too.
    ///
    /// # Errors
    /// [`Error::Bundle`], [`Error::FromTheFuture`], and what the source answers.
    pub(super) fn read<C: Primitives>(source: &mut BundleSource<'_>) -> Result<(Self, [u8; 32]), Error> {
        let mut bytes = [0; PEER_HEADER_LEN];
        let (front, rest) = bytes.split_first_chunk_mut::<FRONT_LEN>().ok_or(Error::Bug)?;
        if front::read(source, front, BACKUP_TO_PEER)? != SUITE {
            return Err(Error::Bundle(BundleFault::NotABundle));
        }
        fill_whole(source, rest)?;
        let hash = C::sha256(core::iter::once(&bytes[..]));
        let (facts, parties) = Self::read_fields::<C>(&bytes).map_err(|_| Error::Bug)?;
        Ok((PeerHeader { facts, parties, bytes }, hash))
    }

    fn read_fields<C: Primitives>(bytes: &[u8]) -> Result<(BundleFacts, Parties), Malformed> {
        let mut reader = Reader::new(bytes);
        reader.take(FRONT_LEN)?;
        let bundle_id = reader.array()?;
        let parties = Parties::read::<C>(&mut reader)?;
        let (revision, made_ms) = (reader.u64()?, time(reader.u64()?));
        let vault_id = parties.source.vault_id;
        Ok((BundleFacts { bundle_id, vault_id, revision, made_ms }, parties))
    }

    /// What the signature is of.
    fn stated(&self) -> Result<&[u8; STATED_LEN], Error> {
        self.bytes.first_chunk().ok_or(Error::Bug)
    }

    /// The secret of source and target, for the private half of the offer.
    pub(crate) fn encapsulated(&self) -> Result<&[u8; ENCAPSULATED_LEN], Error> {
        self.stated()?.last_chunk().ok_or(Error::Bug)
    }

    /// Checks that the source signed it.
    ///
    /// # Errors
    /// [`crate::error::Reason::OtherSignature`].
    pub(crate) fn check_signature<C: Primitives>(
        &self,
        cryptography: &dyn PeerCryptography,
    ) -> Result<(), Error> {
        let (public_key, label) = (&self.parties.source.public_key, labels::VAULT_BUNDLE_SIGNATURE);
        let signature = self.bytes.last_chunk().ok_or(Error::Bug)?;
        check::<C>(cryptography, public_key, label, self.stated()?, signature)
    }

    /// The key of the bundle, of the secret that source and target share.
    pub(crate) fn key<C: Primitives>(&self, shared: &Secret<32>, key: &mut Secret<32>) -> Result<(), Error> {
        stated_key::<C>(self.stated()?, shared, key);
        Ok(())
    }
}

/// The key of a bundle whose front states this.
pub(crate) fn stated_key<C: Primitives>(
    stated: &[u8; STATED_LEN],
    shared: &Secret<32>,
    key: &mut Secret<32>,
) {
    let hash = C::sha256(core::iter::once(&stated[..]));
    vault_bundle_key::<C>(shared, &hash, key);
}
