//! Opening what is read.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use strongroom_core::crypto::sr1::{HEAD_LEN, TAG_LEN};
use strongroom_core::platform::Platform;
use strongroom_core::policy::Caller;
use strongroom_core::stream::{
    OpenStream, STREAM_HEADER_LEN, SegmentLen, SegmentOpener, StreamHeader, StreamKey,
};
use zeroize::Zeroizing;

use super::{StreamError, data_key_of};
use crate::desktop::DesktopPlatform;
use crate::output::DecryptOutput;
use crate::vault::Vault;

/// Hands out the plaintext of a stream, each segment once it has opened. Where the input can seek, so can this.
pub struct StreamReader<R> {
    /// In one place, whoever moves the reader.
    opener: Box<SegmentOpener<<DesktopPlatform as Platform>::Primitives>>,
    key: StreamKey,
    segment_len: SegmentLen,
    /// One sealed segment, and the byte behind it, which tells that another follows.
    buffer: Zeroizing<Vec<u8>>,
    /// What of the opened segment has not been handed out.
    opened: Range<usize>,
    /// The segment that is read next.
    next: u64,
    /// How many bytes of that one are known already: none or one.
    known: usize,
    /// How many bytes have been read behind the header.
    consumed: u64,
    /// Where in the plaintext the next byte handed out is.
    position: u64,
    /// How long the plaintext is, once somebody asked.
    plaintext_len: Option<u64>,
    is_over: bool,
    input: R,
}

impl<R> fmt::Debug for StreamReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReader").field("key", &self.key).finish_non_exhaustive()
    }
}

impl<R: Read> StreamReader<R> {
    pub(super) fn begin(
        vault: &Vault,
        caller: &Caller<'_>,
        request: OpenStream<'_>,
        mut input: R,
    ) -> Result<Self, StreamError> {
        let header = header_of(&mut input)?;
        let mut opener = Box::new(SegmentOpener::new());
        let key = vault.core().open_stream(caller, request, &header.to_bytes(), &mut opener)?;
        Ok(Self::with(opener, key, header.segment_len, input))
    }

    /// Opens a stream under a data key that a vault elsewhere opens, such as behind an endpoint: `decrypt` is given the header,
    /// and answers what Decrypt answers of its [`StreamHeader::sealed_data_key`].
    ///
    /// # Errors
    /// [`StreamError::NotAStream`], [`StreamError::Vault`]: what was decrypted is no data key. [`StreamError::Io`], and what
    /// `decrypt` says.
    pub fn under<E: From<StreamError>>(
        mut input: R,
        decrypt: impl FnOnce(&StreamHeader) -> Result<DecryptOutput, E>,
    ) -> Result<Self, E> {
        let header = header_of(&mut input)?;
        let opened = decrypt(&header)?;
        let mut opener = Box::new(SegmentOpener::new());
        opener.begin_under(header, data_key_of(&opened.plaintext)?);
        let key = StreamKey { key_id: opened.key_id, version: opened.version };
        Ok(Self::with(opener, key, header.segment_len, input))
    }

    fn with(
        opener: Box<SegmentOpener<<DesktopPlatform as Platform>::Primitives>>,
        key: StreamKey,
        segment_len: SegmentLen,
        input: R,
    ) -> Self {
        StreamReader {
            opener,
            key,
            segment_len,
            buffer: Zeroizing::new(vec![0; segment_len.sealed().saturating_add(1)]),
            opened: 0..0,
            next: 0,
            known: 0,
            consumed: 0,
            position: 0,
            plaintext_len: None,
            is_over: false,
            input,
        }
    }

    /// Which version of which key the stream is under.
    #[must_use]
    pub fn key(&self) -> StreamKey {
        self.key
    }

    /// Reads and opens the next segment.
    fn open_next(&mut self) -> Result<(), StreamError> {
        self.opened = 0..0;
        let sealed_len = self.segment_len.sealed();
        if self.known == 1 {
            self.buffer.copy_within(sealed_len..=sealed_len, 0);
        }
        let mut len = self.known;
        while let Some(free @ [_, ..]) = self.buffer.get_mut(len..) {
            match self.input.read(free) {
                Ok(0) => break,
                Ok(more) => {
                    len = len.saturating_add(more);
                    self.consumed = self.consumed.saturating_add(wide(more));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    // What was read is lost, and what follows would not be taken for its beginning.
                    self.is_over = true;
                    return Err(StreamError::Io(error));
                }
            }
        }
        let is_last = len <= sealed_len;
        let segment = self.buffer.get_mut(..len.min(sealed_len)).unwrap_or_default();
        let end = segment.len().saturating_sub(TAG_LEN);
        let index = self.next;
        if let Err(error) = self.opener.open(index, is_last, segment) {
            self.is_over = true;
            return Err(StreamError::Segment { index, error });
        }
        self.known = usize::from(!is_last);
        self.is_over = is_last;
        self.next = index.saturating_add(1);
        self.opened = HEAD_LEN..end;
        Ok(())
    }
}

impl<R: Read> Read for StreamReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.opened.is_empty() {
            if self.is_over || out.is_empty() {
                return Ok(0);
            }
            self.open_next()?;
        }
        let opened = self.buffer.get(self.opened.clone()).unwrap_or_default();
        let len = opened.len().min(out.len());
        for (to, from) in out.iter_mut().zip(opened) {
            *to = *from;
        }
        self.opened.start = self.opened.start.saturating_add(len);
        self.position = self.position.saturating_add(wide(len));
        Ok(len)
    }
}

impl<R: Read + Seek> StreamReader<R> {
    /// How long the plaintext is, in bytes. The last segment has opened, so nothing is missing behind it.
    ///
    /// # Errors
    /// [`StreamError::Segment`], [`StreamError::Io`]: nothing more can be read but after another seek.
    pub fn plaintext_len(&mut self) -> Result<u64, StreamError> {
        let position = self.position;
        let len = self.find_end()?;
        self.go_to(position, len)?;
        Ok(len)
    }

    /// Opens the last segment, the first time, for the length.
    fn find_end(&mut self) -> Result<u64, StreamError> {
        if let Some(len) = self.plaintext_len {
            return Ok(len);
        }
        let start = self.start()?;
        let sealed = self.input.seek(SeekFrom::End(0))?.saturating_sub(start);
        self.consumed = sealed;
        let last = sealed.div_ceil(wide(self.segment_len.sealed())).saturating_sub(1);
        self.open_at(last)?;
        let before = last.saturating_mul(wide(self.segment_len.bytes()));
        let len = before.saturating_add(wide(self.opened.len()));
        self.plaintext_len = Some(len);
        Ok(len)
    }

    /// Goes to a place in a plaintext of this length.
    fn go_to(&mut self, position: u64, plaintext_len: u64) -> Result<(), StreamError> {
        let full = wide(self.segment_len.bytes());
        (self.opened, self.is_over, self.position) = (0..0, true, position);
        if position < plaintext_len {
            self.open_at(position.checked_div(full).unwrap_or_default())?;
            let skipped =
                usize::try_from(position.checked_rem(full).unwrap_or_default()).unwrap_or(usize::MAX);
            self.opened.start = self.opened.start.saturating_add(skipped);
        }
        Ok(())
    }

    /// Opens the segment with this index.
    fn open_at(&mut self, index: u64) -> Result<(), StreamError> {
        let start = self.start()?;
        let too_far = || StreamError::Io(io::ErrorKind::InvalidInput.into());
        let offset = index.checked_mul(wide(self.segment_len.sealed())).ok_or_else(too_far)?;
        self.input.seek(SeekFrom::Start(start.checked_add(offset).ok_or_else(too_far)?))?;
        (self.next, self.consumed, self.known) = (index, offset, 0);
        self.open_next()
    }

    /// Where the segments begin in the input.
    fn start(&mut self) -> io::Result<u64> {
        Ok(self.input.stream_position()?.saturating_sub(self.consumed))
    }
}

/// Places in the plaintext. The first seek opens the last segment, so that a stream that was cut off is noticed then.
impl<R: Read + Seek> Seek for StreamReader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let len = self.find_end()?;
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => len.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        let position = position.ok_or(io::Error::from(io::ErrorKind::InvalidInput))?;
        self.go_to(position, len)?;
        Ok(position)
    }
}

/// Reads the header that a stream begins with.
fn header_of(input: &mut impl Read) -> Result<StreamHeader, StreamError> {
    let mut header = [0; STREAM_HEADER_LEN];
    input.read_exact(&mut header).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => StreamError::NotAStream,
        _ => StreamError::Io(error),
    })?;
    StreamHeader::parse(&header).map_err(|_| StreamError::NotAStream)
}

fn wide(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
