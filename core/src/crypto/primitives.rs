//! The primitives the vault is made of, as one seam: RustCrypto here, a validated module or a hardware engine elsewhere.

use aes_gcm::aead::{AeadInOut, KeyInit};
use hmac::digest::FixedOutput;
use hmac::{EagerHash, Hmac, Mac};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::ZeroizeOnDrop;

use crate::key::MacAlgorithm;
use crate::secret::Secret;
use crate::stack::then_clear_stack;

/// The hash and the cipher move states and key schedules about before they wipe them. So many bytes of stack hold all copies:
/// AES-256-GCM with AES instructions goes down 3,260 on x86-64. On 32 bits it was not measured.
const TRACES_LEN: usize = if cfg!(target_pointer_width = "64") { 4096 } else { 1024 };

/// AES-256-GCM with the encryption key schedule only: GCM never decrypts a block.
type Aes256Gcm = aes_gcm::AesGcm<aes::Aes256Enc, aes_gcm::aead::consts::U12>;

/// The tag did not match. The buffer holds what it held before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticationFailed;

/// Stateless functions over bytes; an implementation has no fields.
///
/// # Contract
/// The functions compute exactly what their standards say, since stored bytes must mean the same everywhere: one wrong
/// bit makes every vault unreadable. They run in constant time in their secret arguments, and wipe what they derive.
pub trait Primitives {
    /// An HMAC-SHA-256 key with both pads already absorbed; wiped on drop.
    type MacKey: Clone + ZeroizeOnDrop;

    /// SHA-256 of the concatenated parts (FIPS 180-4).
    fn sha256<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32];

    /// Prepares a MAC key (RFC 2104).
    fn mac_key(key: &[u8; 32]) -> Self::MacKey;

    /// HMAC-SHA-256 of the concatenated parts, into `out` (RFC 2104).
    fn mac(key: &Self::MacKey, parts: &[&[u8]], out: &mut [u8; 32]);

    /// HKDF-SHA-256 extract (RFC 5869, section 2.2), into `out`.
    fn hkdf_extract(salt: &[u8], input: &[u8], out: &mut Secret<32>);

    /// HKDF-SHA-256 extract and expand to 32 bytes (RFC 5869), into `out`.
    fn hkdf(salt: &[u8], input: &[u8], info: &[u8], out: &mut Secret<32>);

    /// AES-256-GCM without associated data (NIST SP 800-38D), in place; returns the tag.
    ///
    /// # Errors
    /// Only for data beyond the limits of GCM, which no caller here reaches.
    fn aead_seal(key: &[u8; 32], nonce: &[u8; 12], data: &mut [u8])
    -> Result<[u8; 16], AuthenticationFailed>;

    /// Verifies the tag, then decrypts in place.
    ///
    /// # Errors
    /// [`AuthenticationFailed`]: the data is left encrypted.
    fn aead_open(
        key: &[u8; 32],
        nonce: &[u8; 12],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), AuthenticationFailed>;

    /// HMAC with the hash function of `algorithm`, of a key of any length (RFC 2104), into the front of `out`: as many
    /// bytes as [`MacAlgorithm::mac_len`] says.
    fn message_mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8], out: &mut Secret<64>);

    /// Compares two byte strings of public length without telling where they differ.
    fn equal(left: &[u8], right: &[u8]) -> bool;
}

/// The primitives of the RustCrypto project; hardware instructions are found at run time.
#[derive(Clone, Copy, Debug)]
pub struct RustCrypto;

/// A prepared HMAC key. Its hash states are wiped on drop by `hmac` and `sha2`.
#[derive(Clone)]
pub struct MacKey(Hmac<Sha256>);

impl core::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("MacKey")
    }
}

// An `Hmac<Sha256>` is two states of `Sha256`; this compiles only while those are wiped on drop.
impl ZeroizeOnDrop for MacKey where Sha256: ZeroizeOnDrop {}

impl Primitives for RustCrypto {
    type MacKey = MacKey;

    fn sha256<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in parts {
            Digest::update(&mut hash, part);
        }
        hash.finalize().into()
    }

    fn mac_key(key: &[u8; 32]) -> MacKey {
        then_clear_stack::<TRACES_LEN, _>(|| {
            // RFC 2104: a key shorter than a block is padded with zeros, so padding it here changes nothing and makes the
            // length right by its type.
            let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
            for (to, from) in block.iter_mut().zip(key) {
                *to = *from;
            }
            let prepared = MacKey(Hmac::new(&block));
            zeroize::Zeroize::zeroize(block.as_mut_slice());
            prepared
        })
    }

    fn mac(key: &MacKey, parts: &[&[u8]], out: &mut [u8; 32]) {
        then_clear_stack::<TRACES_LEN, _>(|| {
            let mut mac = key.0.clone();
            for part in parts {
                Mac::update(&mut mac, part);
            }
            mac.finalize_into(out.into());
        });
    }

    fn hkdf_extract(salt: &[u8], input: &[u8], out: &mut Secret<32>) {
        then_clear_stack::<TRACES_LEN, _>(|| {
            let (mut prk, _) = hkdf::Hkdf::<Sha256>::extract(Some(salt), input);
            out.fill_with(|bytes| bytes.copy_from_slice(&prk));
            zeroize::Zeroize::zeroize(prk.as_mut_slice());
        });
    }

    fn hkdf(salt: &[u8], input: &[u8], info: &[u8], out: &mut Secret<32>) {
        then_clear_stack::<TRACES_LEN, _>(|| {
            let hkdf = hkdf::Hkdf::<Sha256>::new(Some(salt), input);
            // 32 bytes are far below the 8,160 that HKDF-SHA-256 can give, so this does not fail; were it to, the zeros
            // left behind open nothing.
            out.fill_with(|bytes| hkdf.expand(info, bytes).unwrap_or_default());
        });
    }

    fn aead_seal(
        key: &[u8; 32],
        nonce: &[u8; 12],
        data: &mut [u8],
    ) -> Result<[u8; 16], AuthenticationFailed> {
        then_clear_stack::<TRACES_LEN, _>(|| {
            let cipher = Aes256Gcm::new(key.into());
            let tag = cipher
                .encrypt_inout_detached(nonce.into(), &[], data.into())
                .map_err(|_| AuthenticationFailed)?;
            Ok(tag.into())
        })
    }

    fn aead_open(
        key: &[u8; 32],
        nonce: &[u8; 12],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), AuthenticationFailed> {
        then_clear_stack::<TRACES_LEN, _>(|| {
            let cipher = Aes256Gcm::new(key.into());
            cipher
                .decrypt_inout_detached(nonce.into(), &[], data.into(), tag.into())
                .map_err(|_| AuthenticationFailed)
        })
    }

    fn message_mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8], out: &mut Secret<64>) {
        out.fill_with(|out| {
            then_clear_stack::<TRACES_LEN, _>(|| match algorithm {
                MacAlgorithm::HmacSha224 => hmac::<Sha224>(key, message, out),
                MacAlgorithm::HmacSha256 => hmac::<Sha256>(key, message, out),
                MacAlgorithm::HmacSha384 => hmac::<Sha384>(key, message, out),
                MacAlgorithm::HmacSha512 => hmac::<Sha512>(key, message, out),
            });
        });
    }

    fn equal(left: &[u8], right: &[u8]) -> bool {
        bool::from(subtle::ConstantTimeEq::ct_eq(left, right))
    }
}

/// RFC 2104, with a key of any length: a longer one than a block is hashed first, a shorter one padded with zeros.
fn hmac<D: Digest + EagerHash>(key: &[u8], message: &[u8], out: &mut [u8; 64]) {
    let mut block = hmac::digest::Key::<Hmac<D>>::default();
    if key.len() > block.len() {
        let mut hash = D::digest(key);
        copy_front(&mut block, &hash);
        zeroize::Zeroize::zeroize(hash.as_mut_slice());
    } else {
        copy_front(&mut block, key);
    }
    let mut mac = Hmac::<D>::new(&block);
    zeroize::Zeroize::zeroize(block.as_mut_slice());
    Mac::update(&mut mac, message);
    let mut tag = mac.finalize_fixed();
    copy_front(out, &tag);
    zeroize::Zeroize::zeroize(tag.as_mut_slice());
}

fn copy_front(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
