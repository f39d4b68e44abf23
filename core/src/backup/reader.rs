//! Reading a bundle, segment by segment. Nothing is given out before it was opened.

use super::header::fill;
use super::segments::plaintext;
use super::{BundleSource, EndMark, Follower, Header, SegmentKind, Segments, VaultFacts};
use crate::crypto::Primitives;
use crate::crypto::sr1::OVERHEAD;
use crate::error::{BundleFault, Error};
use crate::format::slot::{SlotOf, open_a_slot};
use crate::limits::PADDING;
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
        let (key, _) = open_a_slot::<C>(SlotOf::Bundle(&header.bundle_id), &header.slots, unlock)?;
        let mut segments = Segments::new(&key, &header.bundle_id, hash);
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
        Ok((BundleReader { source, segments, follower: Follower::new(&header) }, facts))
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
