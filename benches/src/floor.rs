//! The floor: what operations are measured against.

use strongroom_core::Secret;
use strongroom_core::crypto::{Primitives, Purpose, RustCrypto, sr1};
use strongroom_std::OsEntropy;

/// What the vault authenticates with a ciphertext: label, header, empty context.
const ASSOCIATED_LEN: usize = 4 + 32 + 2;

/// SR-1 alone: a stack buffer, a cached key, the buffered generator, hashing of `A` included.
pub struct Floor {
    key: sr1::SealingKey<RustCrypto>,
    associated: [u8; ASSOCIATED_LEN],
}

impl Floor {
    pub fn new() -> Self {
        let mut secret = Secret::zeroed();
        secret.draw(&OsEntropy).unwrap();
        let (key, _) = sr1::SealingKey::open(&secret, Purpose::Ciphertext, &[1; 16], 1);
        Floor { key, associated: [7; ASSOCIATED_LEN] }
    }

    fn hash(&self) -> [u8; 32] {
        RustCrypto::sha256(std::iter::once(&self.associated[..]))
    }

    pub fn seal(&self, body: &mut [u8]) -> ([u8; 60], [u8; 16]) {
        sr1::seal(&self.key, Purpose::Ciphertext, &self.hash(), &OsEntropy, body).unwrap()
    }

    pub fn open(&self, head: &[u8; 60], body: &mut [u8], tag: &[u8; 16]) {
        sr1::open(&self.key, Purpose::Ciphertext, &self.hash(), head, body, tag).unwrap();
    }
}
