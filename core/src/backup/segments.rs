//! The segments of a bundle, each sealed under the bundle's key, and bound to the header, to its place and to its kind.

use super::front::fill_whole;
use super::{BundleSink, BundleSource};
use crate::crypto::sr1::{self, HEAD_LEN, SealingKey};
use crate::crypto::{Primitives, Purpose, labels};
use crate::error::{BundleFault, Error};
use crate::limits::BUNDLE_SEGMENT_LEN_MAX;
use crate::platform::Entropy;
use crate::secret::Secret;

const FORMAT: u8 = 1;
/// `kind ‖ u32 length`, in front of each segment.
const FRAME_LEN: usize = 5;

/// What a segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SegmentKind {
    /// What the vault knows of itself; the first one.
    Vault,
    /// One record.
    Record,
    /// Nothing more: the last one.
    End,
}

impl SegmentKind {
    const fn number(self) -> u8 {
        match self {
            SegmentKind::Vault => 1,
            SegmentKind::Record => 2,
            SegmentKind::End => 3,
        }
    }

    const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(SegmentKind::Vault),
            2 => Some(SegmentKind::Record),
            3 => Some(SegmentKind::End),
            _ => None,
        }
    }
}

/// Seals or opens the segments of one bundle, one behind the other.
pub(crate) struct Segments<C: Primitives> {
    key: SealingKey<C>,
    header_hash: [u8; 32],
    /// The place of the next one, from 0.
    next: u64,
}

impl<C: Primitives> Segments<C> {
    pub(crate) fn new(key: &Secret<32>, bundle_id: &[u8; 16], header_hash: [u8; 32]) -> Self {
        let key = SealingKey::open(key, Purpose::BundleSegment, bundle_id, 0).0;
        Segments { key, header_hash, next: 0 }
    }

    /// SHA-256 of `"SRbs" ‖ format ‖ SHA-256(header) ‖ place ‖ kind`; the next one has the next place.
    fn associated(&mut self, kind: SegmentKind) -> Result<[u8; 32], Error> {
        let place = self.next;
        self.next = place.checked_add(1).ok_or(Error::Capacity)?;
        let parts: [&[u8]; 5] =
            [labels::BUNDLE_SEGMENT, &[FORMAT], &self.header_hash, &place.to_be_bytes(), &[kind.number()]];
        Ok(C::sha256(parts.into_iter()))
    }

    /// Seals a segment in place, its plaintext of `len` bytes lies behind [`HEAD_LEN`] bytes of `buffer`, and hands it on.
    pub(crate) fn write(
        &mut self,
        kind: SegmentKind,
        buffer: &mut [u8],
        len: usize,
        entropy: &impl Entropy,
        sink: &mut BundleSink<'_>,
    ) -> Result<(), Error> {
        let associated = self.associated(kind)?;
        let len = sr1::seal_blob(&self.key, Purpose::BundleSegment, &associated, entropy, buffer, len)?;
        let [a, b, c, d] = u32::try_from(len).map_err(|_| Error::Bug)?.to_be_bytes();
        let frame: [u8; FRAME_LEN] = [kind.number(), a, b, c, d];
        sink(&frame)?;
        sink(buffer.get(..len).ok_or(Error::Bug)?)
    }

    /// Reads the next segment and opens it in place: its plaintext then lies behind [`HEAD_LEN`] bytes of `buffer`. Answers
    /// its kind and length.
    ///
    /// # Errors
    /// [`Error::Bundle`]. [`Error::Capacity`]: it is longer than the buffer, which a longer record of another platform can
    /// be.
    pub(super) fn read(
        &mut self,
        source: &mut BundleSource<'_>,
        buffer: &mut [u8],
    ) -> Result<(SegmentKind, usize), Error> {
        let altered = Error::Bundle(BundleFault::Altered);
        let mut frame = [0; FRAME_LEN];
        fill_whole(source, &mut frame)?;
        let [kind, a, b, c, d] = frame;
        let kind = SegmentKind::from_number(kind).ok_or(altered)?;
        let len = usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(|_| altered)?;
        if len > BUNDLE_SEGMENT_LEN_MAX {
            return Err(altered);
        }
        let blob = buffer.get_mut(..len).ok_or(Error::Capacity)?;
        fill_whole(source, blob)?;
        let associated = self.associated(kind)?;
        let plaintext = sr1::open_blob(&self.key, Purpose::BundleSegment, &associated, blob);
        Ok((kind, plaintext.map_err(|_| altered)?.len()))
    }
}

/// The plaintext that [`Segments::read`] has left in a buffer.
pub(crate) fn plaintext(buffer: &[u8], len: usize) -> Result<&[u8], Error> {
    buffer.get(HEAD_LEN..).and_then(|body| body.get(..len)).ok_or(Error::Bug)
}
