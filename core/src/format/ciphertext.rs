//! Ciphertext v1: the header in front of what Encrypt and GenerateDataKey return.

use super::bytes::{Malformed, Reader};
use super::context::Context;
use crate::crypto::sr1::{self, KeyCheckValue};
use crate::crypto::{Primitives, labels};
use crate::key::KeyId;

/// Length of the header in front of the sealed message, in bytes.
pub(crate) const HEADER_LEN: usize = 32;
/// What Encrypt adds to a plaintext, in bytes.
pub(crate) const OVERHEAD: usize = HEADER_LEN + sr1::OVERHEAD;
/// The only format of this version.
const FORMAT: u8 = 1;

/// How long the ciphertext of a plaintext is, in bytes.
#[must_use]
pub const fn ciphertext_len(plaintext_len: usize) -> usize {
    plaintext_len.saturating_add(OVERHEAD)
}

/// What a ciphertext says about itself, in clear and authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The key that made it.
    pub key_id: KeyId,
    /// The version of the key that made it.
    pub version: u32,
    /// Which material that version had.
    pub kcv: KeyCheckValue,
}

/// A parsed ciphertext, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Ciphertext<'a> {
    /// The header.
    pub header: Header,
    header_bytes: &'a [u8; HEADER_LEN],
    pub(crate) head: &'a [u8; sr1::HEAD_LEN],
    pub(crate) body: &'a [u8],
    pub(crate) tag: &'a [u8; sr1::TAG_LEN],
}

impl Header {
    pub(crate) fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let mut writer = super::bytes::Writer::new(&mut bytes);
        writer.put(&[FORMAT, sr1::SUITE, 0, 0]);
        writer.put(self.key_id.as_bytes());
        writer.u32(self.version);
        writer.put(&self.kcv);
        bytes
    }
}

impl<'a> Ciphertext<'a> {
    /// Parses any byte string; total, in constant memory.
    ///
    /// # Errors
    /// [`Malformed`]: not a ciphertext of format 1, or shorter than an empty one.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header_bytes, rest) = bytes.split_first_chunk::<HEADER_LEN>().ok_or(Malformed)?;
        let (head, rest) = rest.split_first_chunk().ok_or(Malformed)?;
        let (body, tag) = rest.split_last_chunk().ok_or(Malformed)?;
        let mut reader = Reader::new(header_bytes);
        // Flags: bit 0 would be multi-Region, which no key of this version is; all others must be zero.
        if reader.array()? != [FORMAT, sr1::SUITE, 0, 0] {
            return Err(Malformed);
        }
        let header = Header {
            key_id: KeyId::from_bytes(reader.array()?),
            version: reader.u32()?,
            kcv: reader.array()?,
        };
        Ok(Ciphertext { header, header_bytes, head, body, tag })
    }

    pub(crate) fn associated<C: Primitives>(&self, context: &Context<'_>) -> [u8; 32] {
        associated::<C>(self.header_bytes, context)
    }
}

/// SHA-256 of `A = "SRct" ‖ header ‖ canonical context`.
#[expect(clippy::map_identity, reason = "it shortens the lifetime of the pieces to that of the front")]
pub(crate) fn associated<C: Primitives>(header: &[u8; HEADER_LEN], context: &Context<'_>) -> [u8; 32] {
    context.with_canonical(|canonical| {
        let front: [&[u8]; 2] = [labels::CIPHERTEXT, header];
        C::sha256(front.into_iter().chain(canonical.map(|piece| piece)))
    })
}
