//! Sealing what is written.

use std::fmt;
use std::io::{self, Write};

use strongroom_core::Error;
use strongroom_core::platform::Platform;
use strongroom_core::policy::Caller;
use strongroom_core::stream::{
    STREAM_HEADER_LEN, SealStream, SegmentLen, SegmentSealer, StreamHeader, StreamKey, segment_place,
};
use zeroize::Zeroizing;

use super::{StreamError, data_key_of};
use crate::desktop::DesktopPlatform;
use crate::output::DataKey;
use crate::threads::OsEntropy;
use crate::vault::Vault;

/// Seals what is written into it, a segment at a time. [`StreamWriter::finish`] seals the last one: a stream without it,
/// because the writer was dropped or failed, does not open to its end.
///
/// It needs the vault no more: that may be closed while this goes on. The header waits for the first segment, so that
/// nothing reaches the output before.
pub struct StreamWriter<W: Write> {
    key: StreamKey,
    /// Until it is written.
    header: Option<[u8; STREAM_HEADER_LEN]>,
    /// In one place, whoever moves the writer.
    sealer: Box<SegmentSealer<<DesktopPlatform as Platform>::Primitives>>,
    /// One segment, with the room that sealing needs.
    buffer: Zeroizing<Vec<u8>>,
    segment_len: usize,
    filled: usize,
    /// A segment was not written, or not whole: nothing can follow it.
    has_failed: bool,
    out: W,
}

impl<W: Write> fmt::Debug for StreamWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamWriter")
            .field("key", &self.key)
            .field("segment_len", &self.segment_len)
            .finish_non_exhaustive()
    }
}

impl<W: Write> StreamWriter<W> {
    pub(super) fn begin(
        vault: &Vault,
        caller: &Caller<'_>,
        request: SealStream<'_>,
        out: W,
    ) -> Result<Self, StreamError> {
        let mut sealer = Box::new(SegmentSealer::new());
        let header = vault.core().seal_stream(caller, request, &mut sealer)?;
        Self::with(sealer, header, request.segment_len, out)
    }

    /// Begins a stream under a data key that a vault elsewhere has made, such as behind an endpoint: GenerateDataKey of 32 bytes.
    /// A data key is for one stream.
    ///
    /// # Errors
    /// [`StreamError::Vault`]: it is no data key of 32 bytes, or no randomness could be had.
    pub fn under(data_key: &DataKey, segment_len: SegmentLen, out: W) -> Result<Self, StreamError> {
        let mut sealer = Box::new(SegmentSealer::new());
        let key = data_key_of(&data_key.plaintext)?;
        let header = sealer.begin_under(&OsEntropy, segment_len, key, &data_key.ciphertext)?;
        Self::with(sealer, header, segment_len, out)
    }

    fn with(
        sealer: Box<SegmentSealer<<DesktopPlatform as Platform>::Primitives>>,
        header: [u8; STREAM_HEADER_LEN],
        segment_len: SegmentLen,
        out: W,
    ) -> Result<Self, StreamError> {
        let key = StreamHeader::parse(&header).ok().and_then(|header| StreamKey::of(&header));
        Ok(StreamWriter {
            key: key.ok_or(Error::Bug)?,
            header: Some(header),
            sealer,
            buffer: Zeroizing::new(vec![0; segment_len.sealed()]),
            segment_len: segment_len.bytes(),
            filled: 0,
            has_failed: false,
            out,
        })
    }

    /// Which version of which key the stream is under.
    #[must_use]
    pub fn key(&self) -> StreamKey {
        self.key
    }

    /// Seals the last segment, flushes, and gives the output back. Only now is the stream whole.
    ///
    /// # Errors
    /// What the output says, or [`StreamError::Vault`] inside an [`io::Error`]: the stream is not whole, and cannot be
    /// continued.
    pub fn finish(mut self) -> io::Result<W> {
        self.check()?;
        let sealed = self.sealer.seal_last(&OsEntropy, &mut self.buffer, self.filled);
        self.write_out(sealed)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn seal_full(&mut self) -> io::Result<()> {
        // Until it is written whole.
        self.has_failed = true;
        let sealed = self.sealer.seal(&OsEntropy, &mut self.buffer);
        self.write_out(sealed)?;
        self.filled = 0;
        self.has_failed = false;
        Ok(())
    }

    /// Writes a segment, behind the header if it is the first.
    fn write_out(&mut self, sealed: Result<usize, Error>) -> io::Result<()> {
        let len = sealed.map_err(StreamError::Vault)?;
        if let Some(header) = self.header.take() {
            self.out.write_all(&header)?;
        }
        self.out.write_all(self.buffer.get(..len).unwrap_or_default())
    }

    fn check(&self) -> io::Result<()> {
        if self.has_failed {
            Err(io::Error::other("the stream failed before and cannot go on"))
        } else {
            Ok(())
        }
    }
}

impl<W: Write> Write for StreamWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check()?;
        if bytes.is_empty() {
            return Ok(0);
        }
        // A full segment waits for what follows: if nothing does, it is the last.
        if self.filled == self.segment_len {
            self.seal_full()?;
        }
        let place = segment_place(&mut self.buffer, self.segment_len).map_err(StreamError::Vault)?;
        let free = place.get_mut(self.filled..).unwrap_or_default();
        let len = free.len().min(bytes.len());
        for (to, from) in free.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.filled = self.filled.saturating_add(len);
        Ok(len)
    }

    /// Flushes the output. A segment that is not full stays in the buffer.
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
