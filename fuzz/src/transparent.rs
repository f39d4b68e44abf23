//! Primitives that seal nothing. NOT CRYPTOGRAPHY: they exist so that inputs reach the decoders behind the seals.

use strongroom_core::Secret;
use strongroom_core::crypto::{AuthenticationFailed, Primitives};
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

impl Primitives for Transparent {
    type MacKey = Mark;

    fn sha256<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
        let mut out = [0; 32];
        spread(parts.fold(1, mix), &mut out);
        out
    }

    fn mac_key(key: &[u8; 32]) -> Mark {
        Mark(mix(2, key))
    }

    fn mac(key: &Mark, parts: &[&[u8]], out: &mut [u8; 32]) {
        spread(parts.iter().fold(key.0, |state, part| mix(state, part)), out);
    }

    fn hkdf_extract(salt: &[u8], input: &[u8], out: &mut Secret<32>) {
        out.fill_with(|out| spread(mix(mix(3, salt), input), out));
    }

    fn hkdf(salt: &[u8], input: &[u8], info: &[u8], out: &mut Secret<32>) {
        out.fill_with(|out| spread(mix(mix(mix(4, salt), input), info), out));
    }

    fn aead_seal(_: &[u8; 32], _: &[u8; 12], _: &mut [u8]) -> Result<[u8; 16], AuthenticationFailed> {
        Ok([0; 16])
    }

    fn aead_open(_: &[u8; 32], _: &[u8; 12], _: &mut [u8], _: &[u8; 16]) -> Result<(), AuthenticationFailed> {
        Ok(())
    }

    fn message_mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8], out: &mut Secret<64>) {
        let state = mix(mix(mix(5, algorithm.name().as_bytes()), key), message);
        out.fill_with(|out| {
            for (count, block) in (0u8..).zip(out.chunks_mut(8)) {
                block.copy_from_slice(&mix(state, &[count]).to_be_bytes());
            }
        });
    }

    fn equal(_: &[u8], _: &[u8]) -> bool {
        true
    }
}
