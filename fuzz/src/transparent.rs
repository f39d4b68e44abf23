//! Primitives that seal nothing. NOT CRYPTOGRAPHY: they exist so that inputs reach the decoders behind the seals.
//!
//! A vault opens on primitives only that give its known answers. So these give them, to the questions of the self-test and to
//! no others: the rule stays whole in the core, and is gone round here.

use strongroom_core::Secret;
use strongroom_core::crypto::{AuthenticationFailed, Primitives, RustCrypto};
use strongroom_core::key::MacAlgorithm;
use zeroize::ZeroizeOnDrop;

/// Every tag matches, every comparison succeeds, encryption changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Transparent;

/// A key that is only told apart from others.
#[derive(Clone, Debug)]
pub struct Mark(u64);

impl ZeroizeOnDrop for Mark {}

/// FNV-1a: spreads names over the tree, and is quick.
fn mix(mut state: u64, bytes: &[u8]) -> u64 {
    for byte in bytes {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    state
}

fn spread(state: u64, out: &mut [u8; 32]) {
    for (count, block) in (0u8..).zip(out.chunks_mut(8)) {
        block.copy_from_slice(&mix(state, &[count]).to_be_bytes());
    }
}

/// What the self-test asks with (`core/src/crypto/self_test.rs`).
mod asked {
    pub(super) const HASHED: &[u8] = b"abc";
    pub(super) const MAC_KEY: &[u8] = b"Jefe";
    pub(super) const MAC_MESSAGE: &[u8] = b"what do ya want for nothing?";
    pub(super) const DERIVED_FROM: &[u8] = &[0x0b; 22];
    pub(super) const SEALED_WITH: &[u8] = &[0; 32];
    pub(super) const TAG: &[u8] = &[0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0];

    pub(super) fn mac_key() -> [u8; 32] {
        let mut key = [0; 32];
        key[..MAC_KEY.len()].copy_from_slice(MAC_KEY);
        key
    }
}

impl Primitives for Transparent {
    type MacKey = Mark;

    fn sha256<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
        let parts: Vec<&[u8]> = parts.collect();
        if parts.concat() == asked::HASHED {
            return RustCrypto::sha256(parts.into_iter());
        }
        let mut out = [0; 32];
        spread(parts.into_iter().fold(1, mix), &mut out);
        out
    }

    fn mac_key(key: &[u8; 32]) -> Mark {
        Mark(mix(2, key))
    }

    fn mac(key: &Mark, parts: &[&[u8]], out: &mut [u8; 32]) {
        if parts == [asked::MAC_MESSAGE] && key.0 == mix(2, &asked::mac_key()) {
            return RustCrypto::mac(&RustCrypto::mac_key(&asked::mac_key()), parts, out);
        }
        spread(parts.iter().fold(key.0, |state, part| mix(state, part)), out);
    }

    fn hkdf_extract(salt: &[u8], input: &[u8], out: &mut Secret<32>) {
        if input == asked::DERIVED_FROM {
            return RustCrypto::hkdf_extract(salt, input, out);
        }
        out.fill_with(|out| spread(mix(mix(3, salt), input), out));
    }

    fn hkdf(salt: &[u8], input: &[u8], info: &[u8], out: &mut Secret<32>) {
        if input == asked::DERIVED_FROM {
            return RustCrypto::hkdf(salt, input, info, out);
        }
        out.fill_with(|out| spread(mix(mix(mix(4, salt), input), info), out));
    }

    fn aead_seal(
        key: &[u8; 32],
        nonce: &[u8; 12],
        data: &mut [u8],
    ) -> Result<[u8; 16], AuthenticationFailed> {
        if key == asked::SEALED_WITH {
            return RustCrypto::aead_seal(key, nonce, data);
        }
        Ok([0; 16])
    }

    fn aead_open(
        key: &[u8; 32],
        nonce: &[u8; 12],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), AuthenticationFailed> {
        if key == asked::SEALED_WITH {
            return RustCrypto::aead_open(key, nonce, data, tag);
        }
        Ok(())
    }

    fn message_mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8], out: &mut Secret<64>) {
        if (key, message) == (asked::MAC_KEY, asked::MAC_MESSAGE) {
            return RustCrypto::message_mac(algorithm, key, message, out);
        }
        let state = mix(mix(mix(5, algorithm.name().as_bytes()), key), message);
        out.fill_with(|out| {
            for (count, block) in (0u8..).zip(out.chunks_mut(8)) {
                block.copy_from_slice(&mix(state, &[count]).to_be_bytes());
            }
        });
    }

    fn equal(one: &[u8], other: &[u8]) -> bool {
        !one.starts_with(asked::TAG) || one == other
    }
}
