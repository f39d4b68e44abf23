//! Beginning, opening and re-keying a stream: the vault's part of it.

use super::opener::SegmentOpener;
use super::sealer::SegmentSealer;
use crate::error::{Error, Reason};
use crate::format::stream::{STREAM_HEADER_LEN, SegmentLen, StreamHeader, WRAPPED_LEN};
use crate::grant::GrantToken;
use crate::key::KeyId;
use crate::operation::{Decrypt, EncryptionContext, GenerateDataKey, ReEncrypt};
use crate::platform::{Entropy, Platform};
use crate::policy::Caller;
use crate::vault::Vault;

/// Begins a stream: a data key of its own, sealed under a key of the vault (*GenerateDataKey*, which is the permission
/// that the caller needs, and what the audit log says).
#[derive(Clone, Copy, Debug)]
pub struct SealStream<'a> {
    /// A key id, key ARN, alias name or alias ARN.
    pub key_id: &'a str,
    /// The encryption context: authenticated with the data key, not stored.
    pub encryption_context: EncryptionContext<'a>,
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
    /// How long the segments are.
    pub segment_len: SegmentLen,
}

/// Opens a stream's data key (*Decrypt*). The default: by its header, without an encryption context.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenStream<'a> {
    /// The key that must have sealed it, or `None` to go by the header.
    pub key_id: Option<&'a str>,
    /// The encryption context it was sealed with.
    pub encryption_context: EncryptionContext<'a>,
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
}

/// Moves a stream's data key to another key, or to the current version of its own (*ReEncrypt*). The segments stay.
#[derive(Clone, Copy, Debug)]
pub struct RewrapStream<'a> {
    /// The encryption context it was sealed with.
    pub source_encryption_context: EncryptionContext<'a>,
    /// The key to move it to.
    pub destination_key_id: &'a str,
    /// The new encryption context.
    pub destination_encryption_context: EncryptionContext<'a>,
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
}

/// Which version of which key a stream's data key is sealed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey {
    /// The key.
    pub key_id: KeyId,
    /// The version.
    pub version: u32,
}

impl StreamKey {
    /// By what a header says of its data key.
    #[must_use]
    pub fn of(header: &StreamHeader) -> Option<Self> {
        header.data_key().map(|key| StreamKey { key_id: key.key_id, version: key.version })
    }
}

impl<'a> SealStream<'a> {
    /// Without an encryption context, in segments of 64 KiB.
    #[must_use]
    pub const fn new(key_id: &'a str) -> Self {
        SealStream { key_id, encryption_context: &[], grant_tokens: &[], segment_len: SegmentLen::DEFAULT }
    }
}

impl<'a> RewrapStream<'a> {
    /// A stream that was sealed without an encryption context.
    #[must_use]
    pub const fn new(destination_key_id: &'a str) -> Self {
        RewrapStream {
            source_encryption_context: &[],
            destination_key_id,
            destination_encryption_context: &[],
            grant_tokens: &[],
        }
    }
}

impl<P: Platform> Vault<P> {
    /// Begins a stream. `sealer` seals its segments, which go behind the header.
    ///
    /// # Errors
    /// As [`Vault::generate_data_key`]: nothing has changed, and `sealer` has no stream.
    pub fn seal_stream(
        &self,
        caller: &Caller<'_>,
        request: SealStream<'_>,
        sealer: &mut SegmentSealer<P::Primitives>,
    ) -> Result<[u8; STREAM_HEADER_LEN], Error> {
        let SealStream { key_id, encryption_context, grant_tokens, segment_len } = request;
        let data_key =
            GenerateDataKey { encryption_context, grant_tokens, ..GenerateDataKey::aes_256(key_id) };
        let header = sealer.begin(|plaintext| {
            let mut header = StreamHeader { segment_len, stream_id: [0; 16], wrapped: [0; WRAPPED_LEN] };
            self.generate_data_key(caller, data_key, plaintext, &mut header.wrapped)?;
            self.platform().entropy().fill(&mut header.stream_id).map_err(|_| Error::Entropy)?;
            Ok(header)
        })?;
        Ok(header.to_bytes())
    }

    /// Opens the stream that begins with `header`: its first [`STREAM_HEADER_LEN`] bytes, or more, of which the others
    /// are not looked at. `opener` opens its segments.
    ///
    /// # Errors
    /// [`Error::InvalidCiphertext`] for what is no header of a stream, and as [`Vault::decrypt`]: nothing has changed, and
    /// `opener` has no stream.
    pub fn open_stream(
        &self,
        caller: &Caller<'_>,
        request: OpenStream<'_>,
        header: &[u8],
        opener: &mut SegmentOpener<P::Primitives>,
    ) -> Result<StreamKey, Error> {
        let OpenStream { key_id, encryption_context, grant_tokens } = request;
        let header = parse(header)?;
        let sealed = Decrypt { key_id, encryption_context, grant_tokens, ..Decrypt::new(&header.wrapped) };
        let mut stream_key = None;
        opener.begin(header, |plaintext| {
            let opened = self.decrypt(caller, sealed, plaintext)?;
            stream_key = Some(StreamKey { key_id: opened.key_id, version: opened.version });
            Ok(())
        })?;
        stream_key.ok_or(Error::Bug)
    }

    /// Moves the stream that begins with `header` to another key or version: answers the header to put in its place.
    ///
    /// # Errors
    /// [`Error::InvalidCiphertext`] for what is no header of a stream, and as [`Vault::re_encrypt`]: nothing has changed.
    pub fn rewrap_stream(
        &self,
        caller: &Caller<'_>,
        request: RewrapStream<'_>,
        header: &[u8],
    ) -> Result<([u8; STREAM_HEADER_LEN], StreamKey), Error> {
        let header = parse(header)?;
        let moved = ReEncrypt {
            source_encryption_context: request.source_encryption_context,
            destination_encryption_context: request.destination_encryption_context,
            grant_tokens: request.grant_tokens,
            ..ReEncrypt::new(&header.wrapped, request.destination_key_id)
        };
        let mut wrapped = [0; WRAPPED_LEN];
        let moved = self.re_encrypt(caller, moved, &mut wrapped)?;
        let stream_key = StreamKey { key_id: moved.key_id, version: moved.version };
        Ok((StreamHeader { wrapped, ..header }.to_bytes(), stream_key))
    }
}

fn parse(header: &[u8]) -> Result<StreamHeader, Error> {
    StreamHeader::parse(header).map_err(|_| Error::InvalidCiphertext(Reason::NotOurs))
}
