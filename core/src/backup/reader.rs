//! Reading a bundle, segment by segment. Nothing is given out before it was opened.

use super::front::fill;
use super::segments::plaintext;
use super::{
    BundleFacts, BundleSource, EndMark, Follower, Header, PeerHeader, SegmentKind, Segments, VaultFacts,
};
use crate::crypto::Primitives;
use crate::crypto::sr1::OVERHEAD;
use crate::error::{BundleFault, Error};
use crate::format::slot::{SlotOf, open_a_slot};
use crate::limits::PADDING;
use crate::secret::Secret;
use crate::vault::Unlock;

use zeroize::Zeroizing;

/// Room for a first segment: what Realm and numbers come to at most, padded.
pub(crate) const VAULT_FACTS_LEN_MAX: usize = 3 * PADDING;

/// A bundle whose key is open.
pub(crate) struct BundleReader<'s, 'f, C: Primitives> {
    source: &'s mut BundleSource<'f>,
    segments: Segments<C>,
    /// What has come so far.
    pub(crate) follower: Follower,
}

impl<'s, 'f, C: Primitives> BundleReader<'s, 'f, C> {
    /// Reads the header, opens one of its slots, and then the first segment: the header is believed from there on.
    pub(crate) fn open(
        source: &'s mut BundleSource<'f>,
        unlock: &mut Unlock<'_>,
    ) -> Result<(Self, VaultFacts), Error> {
        let (header, hash) = Header::read::<C>(source)?;
        let slots = SlotOf::Bundle(&header.facts.bundle_id);
        let (key, _) = open_a_slot::<C>(slots, &header.slots, unlock)?;
        Self::begin(source, &header.facts, hash, &key)
    }

    /// Reads the header of a bundle that is sealed to a vault, which answers its key, and then the first segment.
    pub(crate) fn open_for_peer(
        source: &'s mut BundleSource<'f>,
        open: impl FnOnce(&PeerHeader, &mut Secret<32>) -> Result<(), Error>,
    ) -> Result<(Self, VaultFacts), Error> {
        let (header, hash) = PeerHeader::read::<C>(source)?;
        let mut key = Secret::zeroed();
        open(&header, &mut key)?;
        Self::begin(source, &header.facts, hash, &key)
    }

    fn begin(
        source: &'s mut BundleSource<'f>,
        bundle: &BundleFacts,
        header_hash: [u8; 32],
        key: &Secret<32>,
    ) -> Result<(Self, VaultFacts), Error> {
        let mut segments = Segments::new(key, &bundle.bundle_id, header_hash);
        let mut buffer = Zeroizing::new([0; VAULT_FACTS_LEN_MAX + OVERHEAD]);
        let (kind, len) = segments.read(source, &mut *buffer).map_err(|error| match error {
            // No first segment is as long.
            Error::Capacity => Error::Bundle(BundleFault::Altered),
            other => other,
        })?;
        let content = Error::Bundle(BundleFault::Content);
        if kind != SegmentKind::Vault {
            return Err(content);
        }
        let facts = VaultFacts::read(plaintext(&*buffer, len)?).map_err(|_| content)?;
        Ok((BundleReader { source, segments, follower: Follower::new(bundle) }, facts))
    }

    /// Reads the next record: its plaintext then lies behind [`crate::crypto::sr1::HEAD_LEN`] bytes of `buffer`. Answers its
    /// length, or `None` where the bundle ends as it should.
    pub(crate) fn next_record(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Error> {
        let (kind, len) = self.segments.read(self.source, buffer)?;
        let content = Error::Bundle(BundleFault::Content);
        match kind {
            SegmentKind::Record => Ok(Some(len)),
            SegmentKind::Vault => Err(content),
            SegmentKind::End => {
                let mark = EndMark::read(plaintext(buffer, len)?).map_err(|_| content)?;
                self.follower.end(&mark)?;
                if fill(self.source, &mut [0])? == 0 {
                    Ok(None)
                } else {
                    Err(Error::Bundle(BundleFault::Trailing))
                }
            }
        }
    }
}
