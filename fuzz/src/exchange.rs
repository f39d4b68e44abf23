//! Signatures that say nothing and keys that seal nothing, as [`crate::transparent`] for what goes between vaults. NOT
//! CRYPTOGRAPHY.

use strongroom_core::peer::{ENCAPSULATED_LEN, PeerCryptography, SEALING_KEY_LEN, SIGNATURE_LEN};
use strongroom_core::{Error, Secret};

/// Every signature is good, and every secret is the same.
#[derive(Clone, Copy, Debug)]
pub struct TransparentExchange;

impl PeerCryptography for TransparentExchange {
    fn public_key(&self, seed: &Secret<32>) -> [u8; 32] {
        seed.expose(|seed| *seed)
    }

    fn sign(&self, _: &Secret<32>, _: &[u8]) -> [u8; SIGNATURE_LEN] {
        [0; SIGNATURE_LEN]
    }

    fn verify(&self, _: &[u8; 32], _: &[u8], _: &[u8; SIGNATURE_LEN]) -> bool {
        true
    }

    fn sealing_key(&self, _: &Secret<32>) -> [u8; SEALING_KEY_LEN] {
        [0; SEALING_KEY_LEN]
    }

    fn encapsulate(
        &self,
        _: &[u8; SEALING_KEY_LEN],
        _: &Secret<64>,
        shared: &mut Secret<32>,
    ) -> Result<[u8; ENCAPSULATED_LEN], Error> {
        shared.fill_with(|shared| shared.fill(0));
        Ok([0; ENCAPSULATED_LEN])
    }

    fn decapsulate(&self, _: &Secret<32>, _: &[u8; ENCAPSULATED_LEN], shared: &mut Secret<32>) {
        shared.fill_with(|shared| shared.fill(0));
    }
}
