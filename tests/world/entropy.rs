//! A generator that tells which secrets were drawn.

use std::cell::Cell;
use std::rc::Rc;

use strongroom_core::platform::{Entropy, EntropyFailed};
use strongroom_core::ram::SeededEntropy;

use super::Canaries;

/// Lengths that are drawn for what everybody may see: ids, salts, the head of what is sealed.
const PUBLIC: [usize; 4] = [4, 12, 16, 28];

/// `SeededEntropy`, whose draws are looked for where they should not be.
#[derive(Debug)]
pub struct WatchedEntropy {
    seeded: SeededEntropy,
    canaries: Rc<Canaries>,
    /// While something is asked for whose id is as long as a key.
    is_public: Cell<bool>,
}

impl WatchedEntropy {
    /// Every secret that is drawn is added there.
    pub fn new(seed: u64, canaries: Rc<Canaries>) -> Self {
        WatchedEntropy { seeded: SeededEntropy::new(seed), canaries, is_public: Cell::new(false) }
    }

    /// Fails after `draws` more draws.
    pub fn fail_after(&self, draws: u64) {
        self.seeded.fail_after(draws);
    }

    /// Whether what is drawn now is public whatever its length.
    pub fn set_public(&self, is_public: bool) {
        self.is_public.set(is_public);
    }
}

impl Entropy for WatchedEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
        self.seeded.fill(buffer)?;
        if !self.is_public.get() && !PUBLIC.contains(&buffer.len()) {
            self.canaries.add(buffer);
        }
        Ok(())
    }
}
