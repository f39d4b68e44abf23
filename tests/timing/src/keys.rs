//! Keys and plaintexts, always the same or drawn anew.

use std::hint::black_box;

use dudect_bencher::{BenchRng, CtRunner};
use strongroom_core::Secret;
use strongroom_core::crypto::sr1::{self, SealingKey};
use strongroom_core::crypto::{Primitives, Purpose, RustCrypto};
use strongroom_core::key::MacAlgorithm;
use strongroom_core::ram::SeededEntropy;

use crate::classes::{fixed_or_drawn, measure};

const COUNT: usize = 100_000;
const OWNER: [u8; 16] = [3; 16];

fn secret(bytes: &[u8; 32]) -> Secret<32> {
    let mut secret = Secret::zeroed();
    secret.fill_with(|room| *room = *bytes);
    secret
}

/// Opening a key for SR-1.
pub fn open_key(runner: &mut CtRunner, rng: &mut BenchRng) {
    measure(runner, rng, COUNT, fixed_or_drawn, |key| {
        SealingKey::<RustCrypto>::open(&secret(key), Purpose::Ciphertext, &OWNER, 1)
    });
}

/// Sealing a plaintext with SR-1.
pub fn seal(runner: &mut CtRunner, rng: &mut BenchRng) {
    let (key, _) = SealingKey::<RustCrypto>::open(&secret(&[7; 32]), Purpose::Ciphertext, &OWNER, 1);
    let entropy = SeededEntropy::new(1);
    measure(runner, rng, COUNT, fixed_or_drawn::<64>, |plaintext| {
        let mut body = *plaintext;
        let sealed = sr1::seal(&key, Purpose::Ciphertext, &[4; 32], &entropy, &mut body);
        black_box(&body);
        sealed.is_ok()
    });
}

/// A MAC of a message.
pub fn message_mac(runner: &mut CtRunner, rng: &mut BenchRng) {
    measure(runner, rng, COUNT, fixed_or_drawn::<32>, |key| {
        let mut mac = Secret::zeroed();
        RustCrypto::message_mac(MacAlgorithm::HmacSha256, key, &[5; 64], &mut mac);
        mac
    });
}
