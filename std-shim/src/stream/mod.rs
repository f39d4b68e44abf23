//! Streams over files, sockets and byte slices: data of any size, in the memory of one segment.
//!
//! What a stream is, and what it protects from, is said in [`strongroom_core::stream`].
//!
//! ```
//! use std::io::{Read, Write};
//!
//! use strongroom_std::operation::CreateKey;
//! use strongroom_std::stream::{OpenStream, SealStream};
//! # use strongroom_std::{Caller, NewVault, Stretching, UnlockSecret, Vault};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let secret = UnlockSecret::passphrase("correct horse battery staple").with_stretching(Stretching::Minimum);
//! # let vault = Vault::create(&folder.path().join("app.vault"), &NewVault::default(), &secret)?;
//! # let caller = Caller::new("arn:aws:iam::000000000000:root")?;
//! let key = vault.create_key(&caller, CreateKey::default())?.key_id.to_string();
//! let context = &[("kind", "nightly dump")];
//!
//! let request = SealStream { encryption_context: context, ..SealStream::new(&key) };
//! let mut writer = vault.seal_stream(&caller, request, Vec::new())?;
//! writer.write_all(b"line after line")?;
//! let sealed = writer.finish()?;
//!
//! let request = OpenStream { encryption_context: context, ..OpenStream::default() };
//! let mut reader = vault.open_stream(&caller, request, sealed.as_slice())?;
//! let mut opened = String::new();
//! reader.read_to_string(&mut opened)?;
//! assert_eq!(opened, "line after line");
//! # Ok(())
//! # }
//! ```

mod reader;
mod writer;

use std::fmt;
use std::io::{self, Read, Write};

use strongroom_core::Error;
use strongroom_core::error::Reason;
use strongroom_core::policy::Caller;
pub use strongroom_core::stream::{
    OpenStream, RewrapStream, SEGMENT_OVERHEAD, STREAM_HEADER_LEN, SealStream, SegmentError, SegmentLen,
    SegmentOpener, SegmentSealer, StreamHeader, StreamKey, plaintext_len, segment_place, stream_len,
};

pub use self::reader::StreamReader;
pub use self::writer::StreamWriter;
use crate::output::SecretBytes;
use crate::vault::Vault;

/// Why a stream could not be written or read. What was handed out before is authentic; it may not be all.
#[derive(Debug)]
#[non_exhaustive]
pub enum StreamError {
    /// It does not begin with the header of a stream, or is shorter.
    NotAStream,
    /// The vault refused.
    Vault(Error),
    /// A segment does not open. A retry with the same bytes does not help.
    Segment {
        /// Which, counted from 0.
        index: u64,
        /// Why.
        error: SegmentError,
    },
    /// Reading or writing failed.
    Io(io::Error),
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StreamError::NotAStream => f.write_str("this is no sealed stream, or its beginning is missing"),
            StreamError::Vault(_) => f.write_str("the vault refused"),
            StreamError::Segment { index, error } => write!(f, "segment {index} does not open: {error}"),
            StreamError::Io(_) => f.write_str("reading or writing failed"),
        }
    }
}

impl std::error::Error for StreamError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StreamError::Vault(error) => Some(error),
            StreamError::Segment { error, .. } => Some(error),
            StreamError::Io(error) => Some(error),
            StreamError::NotAStream => None,
        }
    }
}

impl From<Error> for StreamError {
    fn from(error: Error) -> Self {
        StreamError::Vault(error)
    }
}

impl From<io::Error> for StreamError {
    /// An error of ours that went through an interface of `std::io` is itself again.
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(StreamError::Io)
    }
}

impl From<StreamError> for io::Error {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Io(error) => error,
            StreamError::NotAStream | StreamError::Segment { .. } => {
                io::Error::new(io::ErrorKind::InvalidData, error)
            }
            StreamError::Vault(_) => io::Error::other(error),
        }
    }
}

/// The data key of a stream: 32 bytes.
fn data_key_of(plaintext: &SecretBytes) -> Result<&[u8; 32], StreamError> {
    let key = plaintext.as_bytes().try_into();
    key.map_err(|_| StreamError::Vault(Error::InvalidCiphertext(Reason::NotOurs)))
}

impl Vault {
    /// Begins a stream into `out`, which is first written to when a segment is full. What is written is whole once
    /// [`StreamWriter::finish`] has returned, and does not open before. The vault may be closed meanwhile.
    ///
    /// # Errors
    /// [`StreamError::Vault`] as [`strongroom_core::Vault::seal_stream`].
    pub fn seal_stream<W: Write>(
        &self,
        caller: &Caller<'_>,
        request: SealStream<'_>,
        out: W,
    ) -> Result<StreamWriter<W>, StreamError> {
        StreamWriter::begin(self, caller, request, out)
    }

    /// Opens a stream. It is read segment by segment: nothing is handed out that does not open, and only the end says that
    /// nothing is missing. Whoever cannot take back what he did with the beginning waits for the end. The vault may be closed
    /// meanwhile.
    ///
    /// # Errors
    /// [`StreamError::NotAStream`], [`StreamError::Vault`] as [`strongroom_core::Vault::open_stream`], [`StreamError::Io`].
    pub fn open_stream<R: Read>(
        &self,
        caller: &Caller<'_>,
        request: OpenStream<'_>,
        input: R,
    ) -> Result<StreamReader<R>, StreamError> {
        StreamReader::begin(self, caller, request, input)
    }

    /// Seals bytes of any number as a stream.
    ///
    /// # Errors
    /// [`StreamError::Vault`] as [`strongroom_core::Vault::seal_stream`].
    pub fn seal_bytes(
        &self,
        caller: &Caller<'_>,
        request: SealStream<'_>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, StreamError> {
        let len = u64::try_from(plaintext.len()).ok().and_then(|len| stream_len(len, request.segment_len));
        let room = len.and_then(|len| usize::try_from(len).ok()).unwrap_or_default();
        let mut writer = self.seal_stream(caller, request, Vec::with_capacity(room))?;
        writer.write_all(plaintext)?;
        Ok(writer.finish()?)
    }

    /// Opens a whole stream: all of it, or nothing.
    ///
    /// # Errors
    /// As [`Vault::open_stream`], and [`StreamError::Segment`].
    pub fn open_bytes(
        &self,
        caller: &Caller<'_>,
        request: OpenStream<'_>,
        sealed: &[u8],
    ) -> Result<SecretBytes, StreamError> {
        // A plaintext is shorter than its stream, so that the buffer never grows and leaves copies behind.
        let mut plaintext = SecretBytes::new(vec![0; sealed.len()]);
        let mut reader = self.open_stream(caller, request, sealed)?;
        let mut len: usize = 0;
        while let Some(free) = plaintext.as_mut().get_mut(len..) {
            match reader.read(free)? {
                0 => break,
                more => len = len.saturating_add(more),
            }
        }
        plaintext.truncate(len);
        Ok(plaintext)
    }

    /// Moves a stream to another key or version, by its header alone: answers the header to put in its place.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::rewrap_stream`].
    pub fn rewrap_stream(
        &self,
        caller: &Caller<'_>,
        request: RewrapStream<'_>,
        header: &[u8],
    ) -> Result<([u8; STREAM_HEADER_LEN], StreamKey), Error> {
        self.core().rewrap_stream(caller, request, header)
    }
}
