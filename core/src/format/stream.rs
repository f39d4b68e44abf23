//! Streams, format 1: the header in front of the segments, and what each segment is bound to.

use super::bytes::{Malformed, Reader, Writer};
use super::ciphertext::{self, Ciphertext, ciphertext_len};
use crate::crypto::sr1;
use crate::crypto::{Primitives, labels};

/// Length of the header in front of the segments, in bytes.
pub const STREAM_HEADER_LEN: usize = WRAPPED_AT + WRAPPED_LEN;
/// What sealing adds to each segment, in bytes.
pub const SEGMENT_OVERHEAD: usize = sr1::OVERHEAD;
/// The only format of this version.
const FORMAT: u8 = 1;
/// Where the sealed data key begins.
pub(crate) const WRAPPED_AT: usize = 24;
/// Length of the sealed data key of 32 bytes.
pub(crate) const WRAPPED_LEN: usize = ciphertext_len(32);

/// How many bytes of plaintext a segment holds: a power of two from 1 KiB to 1 MiB. Every segment but the last is full.
///
/// Whoever opens a stream needs room for one segment, so a stream for a small device has small ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentLen(u8);

impl SegmentLen {
    /// 1 KiB, the least.
    pub const MIN: Self = SegmentLen(10);
    /// 64 KiB: sealing adds 0.12 % and costs little beside the cipher.
    pub const DEFAULT: Self = SegmentLen(16);
    /// 1 MiB, the most.
    pub const MAX: Self = SegmentLen(20);

    /// Segments of so many bytes, or `None` if it is no power of two within the bounds.
    #[must_use]
    pub fn of(bytes: usize) -> Option<Self> {
        let exponent = u8::try_from(bytes.checked_ilog2()?).ok()?;
        let len = Self::from_exponent(exponent)?;
        (len.bytes() == bytes).then_some(len)
    }

    fn from_exponent(exponent: u8) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&exponent).then_some(SegmentLen(exponent))
    }

    /// How many bytes that are.
    #[must_use]
    pub const fn bytes(self) -> usize {
        1 << self.0
    }

    /// How many bytes a full segment has once it is sealed.
    #[must_use]
    pub const fn sealed(self) -> usize {
        self.bytes().saturating_add(SEGMENT_OVERHEAD)
    }
}

impl Default for SegmentLen {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What a stream says about itself, in clear. What of it matters to the segments is bound to each; the sealed data key
/// has its own seal, and can be replaced by one under another key.
#[derive(Clone, Copy)]
pub struct StreamHeader {
    /// How long its segments are.
    pub segment_len: SegmentLen,
    /// Random, and part of what its segments are sealed under.
    pub stream_id: [u8; 16],
    pub(crate) wrapped: [u8; WRAPPED_LEN],
}

impl core::fmt::Debug for StreamHeader {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut shown = f.debug_struct("StreamHeader");
        shown.field("segment_len", &self.segment_len.bytes()).field("key", &self.data_key()).finish()
    }
}

impl StreamHeader {
    /// Parses the first bytes of a stream; total, in constant memory. What follows the header is not looked at.
    ///
    /// # Errors
    /// [`Malformed`]: no stream of format 1, or fewer than [`STREAM_HEADER_LEN`] bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != *labels::STREAM || reader.array()? != [FORMAT, sr1::SUITE] {
            return Err(Malformed);
        }
        let segment_len = SegmentLen::from_exponent(reader.u8()?).ok_or(Malformed)?;
        if reader.u8()? != 0 {
            return Err(Malformed);
        }
        let header = StreamHeader { segment_len, stream_id: reader.array()?, wrapped: reader.array()? };
        Ciphertext::parse(&header.wrapped)?;
        Ok(header)
    }

    /// The header of a stream whose data key is sealed like this.
    pub(crate) fn with(
        segment_len: SegmentLen,
        stream_id: [u8; 16],
        sealed_data_key: &[u8],
    ) -> Result<Self, Malformed> {
        let wrapped = sealed_data_key.try_into().map_err(|_| Malformed)?;
        Ciphertext::parse(sealed_data_key)?;
        Ok(StreamHeader { segment_len, stream_id, wrapped })
    }

    /// The data key as a vault has sealed it: *Decrypt* opens it, *ReEncrypt* moves it to another version or key.
    #[must_use]
    pub const fn sealed_data_key(&self) -> &[u8] {
        &self.wrapped
    }

    /// The same with its data key sealed otherwise.
    ///
    /// # Errors
    /// [`Malformed`]: this is no sealed data key of 32 bytes.
    pub fn with_sealed_data_key(&self, sealed_data_key: &[u8]) -> Result<Self, Malformed> {
        StreamHeader::with(self.segment_len, self.stream_id, sealed_data_key)
    }

    /// The header as it stands in front of the segments.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; STREAM_HEADER_LEN] {
        let mut bytes = [0; STREAM_HEADER_LEN];
        let mut writer = Writer::new(&mut bytes);
        writer.put(labels::STREAM);
        writer.put(&self.shape());
        writer.put(&self.stream_id);
        writer.put(&self.wrapped);
        bytes
    }

    /// Which version of which key the data key is sealed under.
    #[must_use]
    pub fn data_key(&self) -> Option<ciphertext::Header> {
        Ciphertext::parse(&self.wrapped).ok().map(|wrapped| wrapped.header)
    }

    fn shape(&self) -> [u8; 4] {
        [FORMAT, sr1::SUITE, self.segment_len.0, 0]
    }

    /// SHA-256 of `A = "SRsg" ‖ format ‖ suite ‖ segment length ‖ 0 ‖ u64 index ‖ is last`.
    pub(crate) fn associated<C: Primitives>(&self, index: u64, is_last: bool) -> [u8; 32] {
        let pieces: [&[u8]; 4] = [labels::SEGMENT, &self.shape(), &index.to_be_bytes(), &[u8::from(is_last)]];
        C::sha256(pieces.into_iter())
    }
}

/// How long the stream of so many bytes is, in bytes.
#[must_use]
pub fn stream_len(plaintext_len: u64, segment_len: SegmentLen) -> Option<u64> {
    let [bytes, overhead, header] =
        [segment_len.bytes(), SEGMENT_OVERHEAD, STREAM_HEADER_LEN].map(|len| u64::try_from(len).ok());
    // Nothing at all is one empty segment.
    let segments = plaintext_len.div_ceil(bytes?).max(1);
    segments.checked_mul(overhead?)?.checked_add(plaintext_len)?.checked_add(header?)
}

/// How many bytes of plaintext a stream of so many bytes has; `None` if none is so long. Nothing here is authenticated.
#[must_use]
pub fn plaintext_len(stream_bytes: u64, segment_len: SegmentLen) -> Option<u64> {
    let [sealed, overhead, header] =
        [segment_len.sealed(), SEGMENT_OVERHEAD, STREAM_HEADER_LEN].map(|len| u64::try_from(len).ok());
    let segments = stream_bytes.checked_sub(header?)?;
    let plaintext = segments.checked_sub(segments.div_ceil(sealed?).checked_mul(overhead?)?)?;
    (stream_len(plaintext, segment_len) == Some(stream_bytes)).then_some(plaintext)
}
