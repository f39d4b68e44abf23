use core::cell::Cell;

use crate::crypto::{Primitives, RustCrypto};
use crate::platform::{Clock, Entropy, EntropyFailed};

/// Bytes that look random and follow from a seed. NOT SECURE: for tests and examples.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: Cell<u64>,
    /// After so many more draws, all fail.
    left: Cell<u64>,
}

impl SeededEntropy {
    /// Starts from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        SeededEntropy { seed, drawn: Cell::new(0), left: Cell::new(u64::MAX) }
    }

    /// Fails after `draws` more draws, as a broken generator would.
    pub fn fail_after(&self, draws: u64) {
        self.left.set(draws);
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
        let left = self.left.get().checked_sub(1).ok_or(EntropyFailed)?;
        self.left.set(left);
        for block in buffer.chunks_mut(32) {
            let drawn = self.drawn.get();
            self.drawn.set(drawn.wrapping_add(1));
            let parts = [self.seed.to_be_bytes(), drawn.to_be_bytes()];
            let bytes = RustCrypto::sha256(parts.iter().map(|part| &part[..]));
            for (to, from) in block.iter_mut().zip(bytes) {
                *to = from;
            }
        }
        Ok(())
    }
}

/// A clock that stands until it is moved.
#[derive(Debug, Default)]
pub struct ManualClock {
    wall_ms: Cell<Option<u64>>,
    monotonic_ms: Cell<u64>,
}

impl ManualClock {
    /// A clock that does not know the time.
    #[must_use]
    pub const fn new() -> Self {
        ManualClock { wall_ms: Cell::new(None), monotonic_ms: Cell::new(0) }
    }

    /// Sets the wall clock, forwards or backwards, or makes the time unknown.
    pub fn set_wall_ms(&self, wall_ms: Option<u64>) {
        self.wall_ms.set(wall_ms);
    }

    /// Lets time pass.
    pub fn advance_ms(&self, elapsed_ms: u64) {
        self.monotonic_ms.set(self.monotonic_ms.get().saturating_add(elapsed_ms));
        self.wall_ms.set(self.wall_ms.get().map(|wall_ms| wall_ms.saturating_add(elapsed_ms)));
    }
}

impl Clock for ManualClock {
    fn wall_ms(&self) -> Option<u64> {
        self.wall_ms.get()
    }
    fn monotonic_ms(&self) -> u64 {
        self.monotonic_ms.get()
    }
}
