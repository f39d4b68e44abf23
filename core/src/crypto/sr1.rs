//! SR-1: the one function pair that seals and opens everything.
//!
//! A committing, extended-nonce AEAD: SP 800-108 counter-mode KDF with HMAC-SHA-256 (in its shape, not a claim of
//! conformance), then AES-256-GCM (NIST SP 800-38D). `docs/format.md`, section 2, is the specification and
//! `tests/vectors/sr1.txt` prints every intermediate value.

use zeroize::Zeroizing;

use super::labels::{self, Purpose};
use super::primitives::Primitives;
use crate::error::Error;
use crate::format::bytes::{Reader, Writer};
use crate::platform::Entropy;
use crate::secret::Secret;

/// The only suite of format 1.
pub const SUITE: u8 = 1;
/// `S ‖ N ‖ C`, in front of the body.
pub const HEAD_LEN: usize = 60;
/// The tag of AES-256-GCM, behind the body.
pub const TAG_LEN: usize = 16;
/// What sealing adds to a plaintext, in bytes.
pub const OVERHEAD: usize = HEAD_LEN + TAG_LEN;

/// `K'`: an opened key, ready to seal and open. Wiped on drop.
pub struct SealingKey<C: Primitives>(C::MacKey);

impl<C: Primitives> core::fmt::Debug for SealingKey<C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SealingKey")
    }
}

/// The key check value: eight bytes that tell two materials apart without saying anything about either.
pub type KeyCheckValue = [u8; 8];

impl<C: Primitives> SealingKey<C> {
    /// Opens `K`: `m = "SRk1" ‖ suite ‖ purpose ‖ owner ‖ version`, `K' = HMAC(K, 1 ‖ m)`, `kcv = HMAC(K, 2 ‖ m)[0..8]`.
    pub fn open(key: &Secret<32>, purpose: Purpose, owner: &[u8; 16], version: u32) -> (Self, KeyCheckValue) {
        let keyed = key.expose(C::mac_key);
        let version = version.to_be_bytes();
        let head = [SUITE, purpose.number()];
        let message: [&[u8]; 4] = [labels::KEY, &head, owner, &version];
        let [m0, m1, m2, m3] = message;

        let mut derived = Zeroizing::new([0; 32]);
        C::mac(&keyed, &[&[1], m0, m1, m2, m3], &mut derived);
        let opened = SealingKey(C::mac_key(&derived));
        C::mac(&keyed, &[&[2], m0, m1, m2, m3], &mut derived);
        let [a, b, c, d, e, f, g, h, ..] = *derived;
        (opened, [a, b, c, d, e, f, g, h])
    }

    /// `E` and `C` of one message, into their places, since a key that is moved leaves a copy behind: `x = "SRv1" ‖ suite ‖ purpose ‖ S ‖ SHA-256(A)`, 55 bytes with the counter in front.
    fn derive(
        &self,
        purpose: Purpose,
        salt: &[u8; 16],
        associated: &[u8; 32],
        message_key: &mut [u8; 32],
        commitment: &mut [u8; 32],
    ) {
        let mut x = [0u8; 55];
        let mut writer = Writer::new(&mut x);
        writer.u8(1);
        writer.put(labels::MESSAGE);
        writer.put(&[SUITE, purpose.number()]);
        writer.put(salt);
        writer.put(associated);
        C::mac(&self.0, &[&x], message_key);
        x[0] = 2;
        C::mac(&self.0, &[&x], commitment);
    }
}

/// Why a sealed message does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Too short to be sealed at all.
    TooShort,
    /// `C` differs: another key, another purpose, or other associated data.
    Commitment,
    /// The tag differs: the body was altered.
    Tag,
}

/// Seals `body` in place and gives `S ‖ N ‖ C` and the tag.
///
/// `associated` is SHA-256(A); `A` starts with a 4-byte label of its own.
///
/// # Errors
/// [`Error::Entropy`]: the body is unchanged.
pub fn seal<C: Primitives>(
    key: &SealingKey<C>,
    purpose: Purpose,
    associated: &[u8; 32],
    entropy: &impl Entropy,
    body: &mut [u8],
) -> Result<([u8; HEAD_LEN], [u8; TAG_LEN]), Error> {
    let mut head = [0; HEAD_LEN];
    let (random, commitment_out) = head.split_at_mut(28);
    entropy.fill(random).map_err(|_| Error::Entropy)?;
    let mut reader = Reader::new(random);
    let (Ok(salt), Ok(nonce)) = (reader.array::<16>(), reader.array::<12>()) else { return Err(Error::Bug) };
    let (mut message_key, mut commitment) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
    key.derive(purpose, &salt, associated, &mut message_key, &mut commitment);
    commitment_out.copy_from_slice(&*commitment);
    let tag = C::aead_seal(&message_key, &nonce, body).map_err(|_| Error::Bug)?;
    Ok((head, tag))
}

/// Opens `body` in place: compares `C` in constant time and stops there if it differs, then verifies the tag, then
/// decrypts.
///
/// # Errors
/// [`OpenError`]: the body is left sealed.
pub fn open<C: Primitives>(
    key: &SealingKey<C>,
    purpose: Purpose,
    associated: &[u8; 32],
    head: &[u8; HEAD_LEN],
    body: &mut [u8],
    tag: &[u8; TAG_LEN],
) -> Result<(), OpenError> {
    let mut reader = Reader::new(head);
    let (Ok(salt), Ok(nonce), Ok(stated)) =
        (reader.array::<16>(), reader.array::<12>(), reader.array::<32>())
    else {
        return Err(OpenError::TooShort);
    };
    let (mut message_key, mut commitment) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
    key.derive(purpose, &salt, associated, &mut message_key, &mut commitment);
    if !C::equal(&stated, &*commitment) {
        return Err(OpenError::Commitment);
    }
    C::aead_open(&message_key, &nonce, body, tag).map_err(|_| OpenError::Tag)
}

/// Seals a blob whose plaintext lies at `HEAD_LEN..HEAD_LEN + plaintext_len` of `buffer`; returns the blob's length.
///
/// # Errors
/// [`Error::Entropy`], or [`Error::BufferTooSmall`]: nothing is sealed.
pub(crate) fn seal_blob<C: Primitives>(
    key: &SealingKey<C>,
    purpose: Purpose,
    associated: &[u8; 32],
    entropy: &impl Entropy,
    buffer: &mut [u8],
    plaintext_len: usize,
) -> Result<usize, Error> {
    let needed = plaintext_len.saturating_add(OVERHEAD);
    let blob = buffer.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
    let (head_out, rest) = blob.split_at_mut_checked(HEAD_LEN).ok_or(Error::Bug)?;
    let (body, tag_out) = rest.split_at_mut_checked(plaintext_len).ok_or(Error::Bug)?;
    let (head, tag) = seal(key, purpose, associated, entropy, body)?;
    head_out.copy_from_slice(&head);
    tag_out.copy_from_slice(&tag);
    Ok(needed)
}

/// Opens a blob in place; the plaintext then lies at `HEAD_LEN..blob.len() - TAG_LEN` and is returned.
pub(crate) fn open_blob<'b, C: Primitives>(
    key: &SealingKey<C>,
    purpose: Purpose,
    associated: &[u8; 32],
    blob: &'b mut [u8],
) -> Result<&'b mut [u8], OpenError> {
    let (head, rest) = blob.split_first_chunk_mut::<HEAD_LEN>().ok_or(OpenError::TooShort)?;
    let (body, tag) = rest.split_last_chunk_mut::<TAG_LEN>().ok_or(OpenError::TooShort)?;
    open(key, purpose, associated, head, body, tag)?;
    Ok(body)
}
