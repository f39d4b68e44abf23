//! Sealing a stream, segment by segment.

use core::marker::PhantomData;

use super::opener::owner_key;
use crate::crypto::{Primitives, Purpose, sr1};
use crate::error::{Error, Parameter, Reason};
use crate::format::stream::{SEGMENT_OVERHEAD, STREAM_HEADER_LEN, SegmentLen, StreamHeader};
use crate::platform::Entropy;
use crate::secret::Secret;

/// Seals the segments of one stream in their order, in the caller's buffer. The data key lies in it, and is wiped on
/// drop; so it is made empty where it stays, and [`crate::Vault::seal_stream`] fills it there.
#[derive(Debug)]
pub struct SegmentSealer<C: Primitives> {
    key: Secret<32>,
    /// `None` before a stream begins and after its last segment.
    next: Option<(StreamHeader, u64)>,
    primitives: PhantomData<C>,
}

impl<C: Primitives> Default for SegmentSealer<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Primitives> SegmentSealer<C> {
    /// Without a stream: it seals nothing.
    #[must_use]
    pub const fn new() -> Self {
        SegmentSealer { key: Secret::zeroed(), next: None, primitives: PhantomData }
    }

    /// Begins a stream under a data key that a vault elsewhere has made and sealed (*GenerateDataKey* of 32 bytes). Answers the
    /// header, which goes in front of the segments.
    ///
    /// # Errors
    /// [`Error::InvalidCiphertext`]: `sealed` is no sealed data key of 32 bytes. [`Error::Entropy`]. The sealer has no stream.
    ///
    /// # Security
    /// A data key is for one stream, and `data_key` is the caller's to wipe. That it is the one in `sealed` is for the vault that
    /// made it to know: under another, the stream never opens.
    pub fn begin_under(
        &mut self,
        entropy: &impl Entropy,
        segment_len: SegmentLen,
        data_key: &[u8; 32],
        sealed: &[u8],
    ) -> Result<[u8; STREAM_HEADER_LEN], Error> {
        let header = self.begin(|place| {
            let mut stream_id = [0; 16];
            entropy.fill(&mut stream_id).map_err(|_| Error::Entropy)?;
            let header = StreamHeader::with(segment_len, stream_id, sealed);
            let header = header.map_err(|_| Error::InvalidCiphertext(Reason::NotOurs))?;
            place.copy_from_slice(data_key);
            Ok(header)
        })?;
        Ok(header.to_bytes())
    }

    /// Seals a segment that others follow. Its plaintext lies in its [place](segment_place) and has the full length of a
    /// segment. Answers how many bytes of the buffer are the sealed segment.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`]: not the length of a full segment, nothing is sealed. [`Error::Entropy`]: nothing is
    /// sealed, a retry may help. [`Error::Validation`]: the stream has not begun, or has had its last segment.
    pub fn seal(&mut self, entropy: &impl Entropy, buffer: &mut [u8]) -> Result<usize, Error> {
        let (header, index) = self.next.ok_or(Error::Validation(Parameter::Segment))?;
        let following = index.checked_add(1).ok_or(Error::Validation(Parameter::Segment))?;
        let len = self.seal_segment(entropy, buffer, header.segment_len.bytes(), false)?;
        self.next = Some((header, following));
        Ok(len)
    }

    /// Seals the last segment: of any length up to the full one, and of none only where it is the first too. The stream
    /// is whole then, and this seals nothing more.
    ///
    /// # Errors
    /// As [`SegmentSealer::seal`], and [`Error::Validation`] for a length out of range: nothing is sealed.
    pub fn seal_last(
        &mut self,
        entropy: &impl Entropy,
        buffer: &mut [u8],
        plaintext_len: usize,
    ) -> Result<usize, Error> {
        let len = self.seal_segment(entropy, buffer, plaintext_len, true)?;
        self.next = None;
        self.key.wipe();
        Ok(len)
    }

    fn seal_segment(
        &self,
        entropy: &impl Entropy,
        buffer: &mut [u8],
        plaintext_len: usize,
        is_last: bool,
    ) -> Result<usize, Error> {
        let wrong = Error::Validation(Parameter::Segment);
        let (header, index) = self.next.ok_or(wrong)?;
        if plaintext_len > header.segment_len.bytes() || (plaintext_len == 0 && index > 0) {
            return Err(wrong);
        }
        let key = owner_key::<C>(&self.key, &header);
        let associated = header.associated::<C>(index, is_last);
        sr1::seal_blob(&key, Purpose::Segment, &associated, entropy, buffer, plaintext_len)
    }

    /// Begins a stream: `draw` brings its data key into its place.
    pub(super) fn begin(
        &mut self,
        draw: impl FnOnce(&mut [u8; 32]) -> Result<StreamHeader, Error>,
    ) -> Result<StreamHeader, Error> {
        self.next = None;
        let header = self.key.fill_with(draw)?;
        self.next = Some((header, 0));
        Ok(header)
    }
}

/// Where the plaintext of a segment goes in its buffer, which needs [`SEGMENT_OVERHEAD`] bytes more than that.
///
/// # Errors
/// [`Error::BufferTooSmall`].
pub fn segment_place(buffer: &mut [u8], plaintext_len: usize) -> Result<&mut [u8], Error> {
    let needed = plaintext_len.saturating_add(SEGMENT_OVERHEAD);
    let end = sr1::HEAD_LEN.saturating_add(plaintext_len);
    if buffer.len() < needed {
        return Err(Error::BufferTooSmall { needed });
    }
    buffer.get_mut(sr1::HEAD_LEN..end).ok_or(Error::Bug)
}
