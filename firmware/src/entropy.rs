//! Randomness that the host seeds. NOT SECURE: whoever knows the seed knows every key. A board of your own brings a hardware
//! generator behind `strongroom_core::platform::Entropy`, and checks its health.

use core::cell::Cell;

use strongroom_core::crypto::Primitives;
use strongroom_core::platform::{Entropy, EntropyFailed};

use crate::primitives::Crypto;

/// SHA-256 of a seed and a counter.
#[derive(Debug)]
pub struct HostSeeded {
    seed: Cell<Option<[u8; 32]>>,
    drawn: Cell<u64>,
}

impl HostSeeded {
    /// Fails until it is seeded.
    pub const fn new() -> Self {
        HostSeeded { seed: Cell::new(None), drawn: Cell::new(0) }
    }

    /// Begins anew from a seed.
    pub fn seed(&self, seed: [u8; 32]) {
        self.seed.set(Some(seed));
        self.drawn.set(0);
    }
}

impl Entropy for HostSeeded {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
        let seed = self.seed.get().ok_or(EntropyFailed)?;
        for block in buffer.chunks_mut(32) {
            let drawn = self.drawn.get();
            self.drawn.set(drawn.checked_add(1).ok_or(EntropyFailed)?);
            let bytes = Crypto::sha256([&seed[..], &drawn.to_be_bytes()].into_iter());
            block.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}
