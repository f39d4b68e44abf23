//! What vaults prove who they are with, and seal keys to each other with: Ed25519 (RFC 8032), and X-Wing
//! (draft-connolly-cfrg-xwing-kem), which is X25519 with ML-KEM-768 (FIPS 203).
//!
//! Private halves are seeds that the vault draws and keeps, sealed; nothing of them stays here.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use strongroom_core::error::Reason;
use strongroom_core::peer::{ENCAPSULATED_LEN, PeerCryptography, SEALING_KEY_LEN, SIGNATURE_LEN};
use strongroom_core::{Error, Secret, clear_stack};
use x_wing::{
    Ciphertext, Decapsulate, DecapsulationKey, Decapsulator, EncapsulationKey, KeyExport, SharedKey,
};
use zeroize::Zeroize;

/// So many bytes of stack hold what the key encapsulation leaves behind: polynomials of ML-KEM among it.
const TRACES_LEN: usize = 64 * 1024;

/// The primitives between vaults, for any platform that has a heap.
#[derive(Clone, Copy, Debug)]
pub struct PeerExchange;

impl PeerCryptography for PeerExchange {
    fn public_key(&self, seed: &Secret<32>) -> [u8; 32] {
        seed.expose(|seed| SigningKey::from_bytes(seed).verifying_key().to_bytes())
    }

    fn sign(&self, seed: &Secret<32>, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        seed.expose(|seed| SigningKey::from_bytes(seed).sign(message).to_bytes())
    }

    fn verify(&self, public_key: &[u8; 32], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        let signature = Signature::from_bytes(signature);
        VerifyingKey::from_bytes(public_key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }

    fn sealing_key(&self, seed: &Secret<32>) -> [u8; SEALING_KEY_LEN] {
        let key = seed.expose(|seed| apart(|| DecapsulationKey::from(*seed).encapsulation_key().to_bytes()));
        clear_stack::<TRACES_LEN>();
        key.into()
    }

    fn encapsulate(
        &self,
        sealing_key: &[u8; SEALING_KEY_LEN],
        randomness: &Secret<64>,
        shared: &mut Secret<32>,
    ) -> Result<[u8; ENCAPSULATED_LEN], Error> {
        let refused = Error::Exchange(Reason::NotABundle);
        let key = EncapsulationKey::try_from(&sealing_key[..]).map_err(|_| refused)?;
        let encapsulated = randomness.expose(|randomness| {
            apart(|| {
                let (encapsulated, secret) = key.encapsulate_deterministic(randomness.into());
                keep(secret, shared);
                encapsulated
            })
        });
        clear_stack::<TRACES_LEN>();
        Ok(encapsulated.into())
    }

    fn decapsulate(&self, seed: &Secret<32>, encapsulated: &[u8; ENCAPSULATED_LEN], shared: &mut Secret<32>) {
        seed.expose(|seed| {
            apart(|| {
                let encapsulated = Ciphertext::from(*encapsulated);
                keep(DecapsulationKey::from(*seed).decapsulate(&encapsulated), shared);
            });
        });
        clear_stack::<TRACES_LEN>();
    }
}

/// In frames of its own, so that what it leaves behind can be overwritten.
#[inline(never)]
fn apart<R>(work: impl FnOnce() -> R) -> R {
    work()
}

fn keep(mut secret: SharedKey, shared: &mut Secret<32>) {
    shared.fill_with(|shared| shared.copy_from_slice(&secret));
    secret.zeroize();
}

#[cfg(test)]
mod tests {
    use strongroom_core::Secret;
    use strongroom_core::peer::PeerCryptography;

    use super::PeerExchange;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let (pairs, _) = hex.as_bytes().as_chunks::<2>();
        let digits = |at: usize| str::from_utf8(&pairs[at]).unwrap();
        core::array::from_fn(|at| u8::from_str_radix(digits(at), 16).unwrap())
    }

    fn secret<const N: usize>(hex: &str) -> Secret<N> {
        let mut secret = Secret::zeroed();
        secret.fill_with(|secret| *secret = bytes(hex));
        secret
    }

    #[test]
    fn rfc_8032_section_7_1_test_2() {
        let seed = secret("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let public = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        assert_eq!(PeerExchange.public_key(&seed), public);
        let signature = bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        assert_eq!(PeerExchange.sign(&seed, &[0x72]), signature);
        assert!(PeerExchange.verify(&public, &[0x72], &signature));
        assert!(!PeerExchange.verify(&public, &[0x73], &signature));
        let mut other = signature;
        other[0] ^= 1;
        assert!(!PeerExchange.verify(&public, &[0x72], &other));
    }

    #[test]
    fn the_first_vector_of_the_draft_of_x_wing() {
        let seed = secret("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26");
        let randomness = secret(
            "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2\
             35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
        );
        let expected = bytes::<32>("d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384");
        let key = PeerExchange.sealing_key(&seed);
        assert_eq!(key[..16], bytes::<16>("e2236b35a8c24b39b10aa1323a96a919"));
        let mut shared = Secret::zeroed();
        let encapsulated = PeerExchange.encapsulate(&key, &randomness, &mut shared).unwrap();
        assert!(shared.expose(|shared| *shared == expected));
        let mut opened = Secret::zeroed();
        PeerExchange.decapsulate(&seed, &encapsulated, &mut opened);
        assert!(opened.expose(|opened| *opened == expected));
        let mut other = encapsulated;
        other[0] ^= 1;
        PeerExchange.decapsulate(&seed, &other, &mut opened);
        assert!(opened.expose(|opened| *opened != expected));
    }

    #[test]
    fn a_key_of_small_order_signs_nothing() {
        // The neutral element: under it, R = identity and s = 0 pass whatever the message is, unless that is looked for.
        let (mut key, mut signature) = ([0; 32], [0; 64]);
        (key[0], signature[0]) = (1, 1);
        assert!(!PeerExchange.verify(&key, b"anything", &signature));
    }
}
