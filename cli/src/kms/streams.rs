//! Data of any size. Its bytes stay here: whoever answers makes and opens the data key, of the stream's own, and no more.

use std::io::{Read, Write};

use strongroom_std::Error;
use strongroom_std::operation::{Decrypt, GenerateDataKey, ReEncrypt};
use strongroom_std::stream::{
    OpenStream, RewrapStream, STREAM_HEADER_LEN, SealStream, StreamError, StreamHeader, StreamKey,
    StreamReader, StreamWriter,
};

use super::asked::{Answer, Asked, Refused};
use super::endpoint::garbled;

impl From<StreamError> for Refused {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Vault(error) => Refused::Vault(error),
            // Its header was looked at before, and nothing is read or written yet.
            _ => Refused::Vault(Error::Bug),
        }
    }
}

impl Asked<'_> {
    pub(crate) fn seal_stream<W: Write>(&self, request: SealStream<'_>, out: W) -> Answer<StreamWriter<W>> {
        if let Asked::Vault(vault, caller) = self {
            return Ok(vault.seal_stream(caller, request, out)?);
        }
        let data_key = self.generate_data_key(GenerateDataKey {
            encryption_context: request.encryption_context,
            grant_tokens: request.grant_tokens,
            ..GenerateDataKey::aes_256(request.key_id)
        })?;
        StreamWriter::under(&data_key, request.segment_len, out).map_err(|_| garbled())
    }

    pub(crate) fn open_stream<R: Read>(&self, request: OpenStream<'_>, input: R) -> Answer<StreamReader<R>> {
        if let Asked::Vault(vault, caller) = self {
            return Ok(vault.open_stream(caller, request, input)?);
        }
        let OpenStream { key_id, encryption_context, grant_tokens } = request;
        StreamReader::under(input, |header| {
            let sealed = Decrypt::new(header.sealed_data_key());
            self.decrypt(Decrypt { key_id, encryption_context, grant_tokens, ..sealed })
        })
    }

    pub(crate) fn rewrap_stream(
        &self,
        request: RewrapStream<'_>,
        header: &StreamHeader,
    ) -> Answer<([u8; STREAM_HEADER_LEN], StreamKey)> {
        if let Asked::Vault(vault, caller) = self {
            return Ok(vault.rewrap_stream(caller, request, &header.to_bytes())?);
        }
        let moved = self.re_encrypt(ReEncrypt {
            source_encryption_context: request.source_encryption_context,
            destination_encryption_context: request.destination_encryption_context,
            grant_tokens: request.grant_tokens,
            ..ReEncrypt::new(header.sealed_data_key(), request.destination_key_id)
        })?;
        let header = header.with_sealed_data_key(&moved.ciphertext).map_err(|_| garbled())?;
        Ok((header.to_bytes(), StreamKey { key_id: moved.key_id, version: moved.version }))
    }
}
