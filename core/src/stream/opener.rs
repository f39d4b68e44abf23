//! Opening a stream, any segment at a time.

use core::marker::PhantomData;

use zeroize::Zeroize;

use crate::crypto::sr1::{self, SealingKey};
use crate::crypto::{Primitives, Purpose};
use crate::error::Error;
use crate::format::stream::StreamHeader;
use crate::secret::Secret;

/// The version that enters the derivation of a stream's key: each stream has one key.
const VERSION: u32 = 1;

/// Opens the segments of one stream, in any order, in the caller's buffer. The data key lies in it, and is wiped on drop;
/// so it is made empty where it stays, and [`crate::Vault::open_stream`] fills it there.
#[derive(Debug)]
pub struct SegmentOpener<C: Primitives> {
    key: Secret<32>,
    header: Option<StreamHeader>,
    primitives: PhantomData<C>,
}

/// Why a segment does not open. Nothing of it is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SegmentError {
    /// The opener has no stream.
    NoStream,
    /// No segment in this place has so many bytes.
    Length,
    /// It opens, but is not the last: what followed it is gone.
    CutOff,
    /// It opens, but is the last: what follows it does not belong to the stream.
    Appended,
    /// Altered, from another place, or from another stream.
    Altered,
}

impl core::fmt::Display for SegmentError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            SegmentError::NoStream => "no stream has been opened",
            SegmentError::Length => "no segment in this place has this length",
            SegmentError::CutOff => "the end of the stream is missing",
            SegmentError::Appended => "something follows the end of the stream",
            SegmentError::Altered => "the segment was altered, or belongs elsewhere",
        })
    }
}

impl core::error::Error for SegmentError {}

impl<C: Primitives> Default for SegmentOpener<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Primitives> SegmentOpener<C> {
    /// Without a stream: it opens nothing.
    #[must_use]
    pub const fn new() -> Self {
        SegmentOpener { key: Secret::zeroed(), header: None, primitives: PhantomData }
    }

    /// Opens the segment with this index, from 0, in place, and answers its plaintext. `is_last` says whether nothing
    /// follows it on the medium: whoever reads knows, and the segment must say the same.
    ///
    /// # Errors
    /// [`SegmentError`]: the buffer holds nothing of the plaintext. A retry with the same bytes does not help.
    pub fn open<'b>(
        &self,
        index: u64,
        is_last: bool,
        segment: &'b mut [u8],
    ) -> Result<&'b [u8], SegmentError> {
        let header = self.header.ok_or(SegmentError::NoStream)?;
        let len = segment.len().checked_sub(sr1::OVERHEAD).ok_or(SegmentError::Length)?;
        let full = header.segment_len.bytes();
        if len > full || (!is_last && len < full) || (len == 0 && index > 0) {
            return Err(SegmentError::Length);
        }
        let key = owner_key::<C>(&self.key, &header);
        let associated = header.associated::<C>(index, is_last);
        let Err(error) = sr1::open_blob(&key, Purpose::Segment, &associated, segment).map(|_| ()) else {
            let end = segment.len().saturating_sub(sr1::TAG_LEN);
            return segment.get(sr1::HEAD_LEN..end).ok_or(SegmentError::Length);
        };
        if error != sr1::OpenError::Commitment {
            return Err(SegmentError::Altered);
        }
        // Nothing of it is handed out; this only tells a stream cut at a segment from an altered one.
        let other = header.associated::<C>(index, !is_last);
        let is_misplaced = sr1::open_blob(&key, Purpose::Segment, &other, segment).is_ok();
        segment.zeroize();
        Err(match (is_misplaced, is_last) {
            (true, true) => SegmentError::CutOff,
            (true, false) => SegmentError::Appended,
            (false, _) => SegmentError::Altered,
        })
    }

    /// Opens the stream with this header under its data key, which a vault elsewhere has opened (*Decrypt* of
    /// [`StreamHeader::sealed_data_key`]). Under another one no segment opens.
    ///
    /// # Security
    /// `data_key` is the caller's to wipe.
    pub fn begin_under(&mut self, header: StreamHeader, data_key: &[u8; 32]) {
        self.key.fill_with(|place| place.copy_from_slice(data_key));
        self.header = Some(header);
    }

    /// Takes a stream's data key in its place.
    pub(super) fn begin(
        &mut self,
        header: StreamHeader,
        fill: impl FnOnce(&mut [u8; 32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.header = None;
        self.key.fill_with(fill)?;
        self.header = Some(header);
        Ok(())
    }
}

/// What a stream's segments are sealed under: SR-1 with its data key, owned by the stream. Opened for each segment, so
/// that a sealer or opener holds the data key alone, in one place.
pub(super) fn owner_key<C: Primitives>(key: &Secret<32>, header: &StreamHeader) -> SealingKey<C> {
    SealingKey::open(key, Purpose::Segment, &header.stream_id, VERSION).0
}
