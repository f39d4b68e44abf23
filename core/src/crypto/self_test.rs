//! Known answers: each primitive computes what its standard says, or the vault stays closed.

use super::primitives::Primitives;
use crate::key::MacAlgorithm;
use crate::platform::Entropy;
use crate::secret::Secret;

/// What did not answer as it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// SHA-256.
    Hash,
    /// HMAC with SHA-256.
    Mac,
    /// HKDF with SHA-256.
    KeyDerivation,
    /// AES-256-GCM, or its refusal of an altered tag.
    Cipher,
    /// HMAC of messages.
    MessageMac,
    /// The comparison of secrets.
    Comparison,
    /// The generator: it failed, repeated itself, or gave bytes that are no random ones.
    Generator,
}

/// `SHA-256("abc")` (FIPS 180-4, example).
const HASH: [u8; 32] = [
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0,
    0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
];
/// RFC 4231, test case 2.
const MAC_KEY: &[u8; 4] = b"Jefe";
const MAC_MESSAGE: &[u8] = b"what do ya want for nothing?";
const MACS: [(MacAlgorithm, [u8; 8]); 4] = [
    (MacAlgorithm::HmacSha224, [0xa3, 0x0e, 0x01, 0x09, 0x8b, 0xc6, 0xdb, 0xbf]),
    (MacAlgorithm::HmacSha256, [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]),
    (MacAlgorithm::HmacSha384, [0xaf, 0x45, 0xd2, 0xe3, 0x76, 0x48, 0x40, 0x31]),
    (MacAlgorithm::HmacSha512, [0x16, 0x4b, 0x7a, 0x7b, 0xfc, 0xf8, 0x19, 0xe2]),
];
/// RFC 5869, test case 1: the pseudorandom key, and the first 32 bytes of the output.
const EXTRACTED: [u8; 32] = [
    0x07, 0x77, 0x09, 0x36, 0x2c, 0x2e, 0x32, 0xdf, 0x0d, 0xdc, 0x3f, 0x0d, 0xc4, 0x7b, 0xba, 0x63, 0x90,
    0xb6, 0xc7, 0x3b, 0xb5, 0x0f, 0x9c, 0x31, 0x22, 0xec, 0x84, 0x4a, 0xd7, 0xc2, 0xb3, 0xe5,
];
const EXPANDED: [u8; 32] = [
    0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f, 0x64, 0xd0, 0x36, 0x2f, 0x2a, 0x2d,
    0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56, 0xec, 0xc4, 0xc5, 0xbf,
];
/// The GCM specification, test case 14: key, nonce and plaintext of zeros.
const SEALED: [u8; 16] =
    [0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18];
const TAG: [u8; 16] =
    [0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19];

/// Asks every primitive that a vault uses for an answer that is known.
///
/// # Errors
/// The first that does not answer as it must.
pub(crate) fn known_answers<C: Primitives>() -> Result<(), Unfit> {
    let check = |is_right: bool, unfit| if is_right { Ok(()) } else { Err(unfit) };

    check(C::sha256([&b"a"[..], b"bc"].into_iter()) == HASH, Unfit::Hash)?;

    let mut key = zeroize::Zeroizing::new([0; 32]);
    key.iter_mut().zip(MAC_KEY).for_each(|(to, from)| *to = *from);
    let mut mac = [0; 32];
    C::mac(&C::mac_key(&key), &[MAC_MESSAGE], &mut mac);
    check(mac.starts_with(&MACS[1].1), Unfit::Mac)?;

    let (salt, input) = ([0u8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [0x0b; 22]);
    let info = [0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9];
    let mut derived = Secret::zeroed();
    C::hkdf_extract(&salt, &input, &mut derived);
    check(derived.expose(|bytes| *bytes == EXTRACTED), Unfit::KeyDerivation)?;
    C::hkdf(&salt, &input, &info, &mut derived);
    check(derived.expose(|bytes| *bytes == EXPANDED), Unfit::KeyDerivation)?;

    let (key, nonce, mut data) = ([0; 32], [0; 12], [0; 16]);
    let tag = C::aead_seal(&key, &nonce, &mut data).map_err(|_| Unfit::Cipher)?;
    check((data, tag) == (SEALED, TAG), Unfit::Cipher)?;
    let mut altered = TAG;
    altered[15] ^= 1;
    check(C::aead_open(&key, &nonce, &mut data, &altered).is_err() && data == SEALED, Unfit::Cipher)?;
    C::aead_open(&key, &nonce, &mut data, &TAG).map_err(|_| Unfit::Cipher)?;
    check(data == [0; 16], Unfit::Cipher)?;

    for (algorithm, expected) in MACS {
        // Requests are signed with HMAC-SHA-256; the others are for messages only.
        if !cfg!(feature = "macs") && algorithm != MacAlgorithm::HmacSha256 {
            continue;
        }
        let mut mac = Secret::zeroed();
        C::message_mac(algorithm, MAC_KEY, MAC_MESSAGE, &mut mac);
        check(mac.expose(|bytes| bytes.starts_with(&expected)), Unfit::MessageMac)?;
    }

    check(C::equal(&TAG, &TAG) && !C::equal(&TAG, &altered), Unfit::Comparison)
}

/// Whether the generator gives anything, and nothing that repeats: it notices one that stands still, no weak one. The health
/// tests of a hardware source (NIST SP 800-90B, 4.4) belong to its driver.
///
/// # Errors
/// [`Unfit::Generator`].
pub(crate) fn generator_health(entropy: &impl Entropy) -> Result<(), Unfit> {
    let mut before = [0; 32];
    entropy.fill(&mut before).map_err(|_| Unfit::Generator)?;
    for _ in 0..4 {
        let mut now = [0; 32];
        entropy.fill(&mut now).map_err(|_| Unfit::Generator)?;
        // Of 32 random bytes five that follow each other are the same in one of 10^8 draws or so.
        let repeats = now.windows(5).any(|run| run.iter().all(|byte| Some(byte) == run.first()));
        if repeats || now == before {
            return Err(Unfit::Generator);
        }
        before = now;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod broken {
    use super::*;
    use crate::crypto::{AuthenticationFailed, MacKey, RustCrypto};

    /// Right but for one function.
    pub(crate) struct Broken<const AT: u8>;

    impl<const AT: u8> Primitives for Broken<AT> {
        type MacKey = MacKey;

        fn sha256<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
            let mut hash = RustCrypto::sha256(parts);
            hash[31] ^= u8::from(AT == 1);
            hash
        }
        fn mac_key(key: &[u8; 32]) -> MacKey {
            RustCrypto::mac_key(key)
        }
        fn mac(key: &MacKey, parts: &[&[u8]], out: &mut [u8; 32]) {
            RustCrypto::mac(key, parts, out);
            out[0] ^= u8::from(AT == 2);
        }
        fn hkdf_extract(salt: &[u8], input: &[u8], out: &mut Secret<32>) {
            RustCrypto::hkdf_extract(salt, input, out);
            out.fill_with(|out| out[0] ^= u8::from(AT == 3));
        }
        fn hkdf(salt: &[u8], input: &[u8], info: &[u8], out: &mut Secret<32>) {
            RustCrypto::hkdf(salt, input, info, out);
            out.fill_with(|out| out[31] ^= u8::from(AT == 4));
        }
        fn aead_seal(
            key: &[u8; 32],
            nonce: &[u8; 12],
            data: &mut [u8],
        ) -> Result<[u8; 16], AuthenticationFailed> {
            let mut tag = RustCrypto::aead_seal(key, nonce, data)?;
            tag[15] ^= u8::from(AT == 5);
            Ok(tag)
        }
        fn aead_open(
            key: &[u8; 32],
            nonce: &[u8; 12],
            data: &mut [u8],
            tag: &[u8; 16],
        ) -> Result<(), AuthenticationFailed> {
            // One that opens whatever the tag is.
            if AT == 6 { Ok(()) } else { RustCrypto::aead_open(key, nonce, data, tag) }
        }
        fn message_mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8], out: &mut Secret<64>) {
            RustCrypto::message_mac(algorithm, key, message, out);
            out.fill_with(|out| out[0] ^= u8::from(AT == 7 && algorithm == MacAlgorithm::HmacSha384));
        }
        fn equal(left: &[u8], right: &[u8]) -> bool {
            AT == 8 || RustCrypto::equal(left, right)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::broken::Broken;
    use super::*;
    use crate::crypto::RustCrypto;
    use crate::platform::EntropyFailed;
    use core::cell::Cell;

    #[test]
    fn a_primitive_that_answers_wrongly_is_named() {
        assert_eq!(known_answers::<RustCrypto>(), Ok(()));
        assert_eq!(known_answers::<Broken<1>>(), Err(Unfit::Hash));
        assert_eq!(known_answers::<Broken<2>>(), Err(Unfit::Mac));
        assert_eq!(known_answers::<Broken<3>>(), Err(Unfit::KeyDerivation));
        assert_eq!(known_answers::<Broken<4>>(), Err(Unfit::KeyDerivation));
        assert_eq!(known_answers::<Broken<5>>(), Err(Unfit::Cipher));
        assert_eq!(known_answers::<Broken<6>>(), Err(Unfit::Cipher));
        assert_eq!(known_answers::<Broken<7>>(), Err(Unfit::MessageMac));
        assert_eq!(known_answers::<Broken<8>>(), Err(Unfit::Comparison));
    }

    /// Gives blocks of bytes made by a function of their number.
    struct Blocks(Cell<u8>, fn(u8) -> Option<[u8; 32]>);

    impl Entropy for Blocks {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
            self.0.set(self.0.get().wrapping_add(1));
            buffer.copy_from_slice(&self.1(self.0.get()).ok_or(EntropyFailed)?);
            Ok(())
        }
    }

    #[test]
    fn a_generator_that_stands_still_is_unfit() {
        let of = |blocks| generator_health(&Blocks(Cell::new(0), blocks));
        assert_eq!(
            of(|number| Some(core::array::from_fn(
                |at| (u8::try_from(at).unwrap()).wrapping_mul(37) ^ number
            ))),
            Ok(())
        );
        assert_eq!(of(|number| Some([number; 32])), Err(Unfit::Generator), "one byte over and over");
        assert_eq!(
            of(|_| Some(core::array::from_fn(|at| u8::try_from(at).unwrap()))),
            Err(Unfit::Generator),
            "one block over and over"
        );
        assert_eq!(of(|number| (number < 3).then_some([0; 32])), Err(Unfit::Generator), "none");
        assert_eq!(generator_health(&crate::ram::SeededEntropy::new(1)), Ok(()));
    }
}
