use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use strongroom_core::platform::{Entropy, EntropyFailed};
use zeroize::Zeroize;

/// Bytes made at once; handed out and wiped one after the other.
const BUFFER_LEN: usize = 1024;
/// Refills between two visits to the operating system.
const REFILLS_PER_SEED: u32 = 256;

/// The operating system's randomness, stretched by a generator in each thread: one system call an operation would cost
/// more than the encryption.
///
/// Fast key erasure: every refill replaces the seed by output that nobody sees, and bytes are wiped as they are handed
/// out, so that memory read later tells nothing of earlier output. A forked child must open a vault of its own, which
/// seeds every generator anew; with its parent's vault it would repeat its parent's output.
#[derive(Clone, Copy, Debug)]
pub struct OsEntropy;

/// Raised whenever a vault is created or opened: generators that were seeded earlier start afresh.
static EPOCH: AtomicU64 = AtomicU64::new(1);

/// Makes every thread's generator ask the operating system again before its next byte.
pub(crate) fn seed_anew() {
    EPOCH.fetch_add(1, Ordering::Relaxed);
}

struct Generator {
    seed: [u8; 32],
    epoch: u64,
    refills_left: u32,
    buffer: [u8; BUFFER_LEN],
    /// Bytes of the buffer that have been handed out.
    used: usize,
}

impl Generator {
    const UNSEEDED: Generator =
        Generator { seed: [0; 32], epoch: 0, refills_left: 0, buffer: [0; BUFFER_LEN], used: BUFFER_LEN };

    fn refill(&mut self) -> Result<(), EntropyFailed> {
        if self.refills_left == 0 {
            let mut fresh = [0; 32];
            getrandom::fill(&mut fresh).map_err(|_| EntropyFailed)?;
            // The old seed stays in the mix: one weak answer of the system does not undo earlier strong ones.
            for (byte, new) in self.seed.iter_mut().zip(fresh) {
                *byte ^= new;
            }
            fresh.zeroize();
            self.refills_left = REFILLS_PER_SEED;
        }
        self.refills_left = self.refills_left.saturating_sub(1);
        let mut stream = ChaCha20Rng::from_seed(self.seed);
        stream.fill_bytes(&mut self.seed);
        stream.fill_bytes(&mut self.buffer);
        self.used = 0;
        Ok(())
    }

    fn fill(&mut self, mut out: &mut [u8]) -> Result<(), EntropyFailed> {
        let epoch = EPOCH.load(Ordering::Relaxed);
        if self.epoch != epoch {
            self.epoch = epoch;
            self.refills_left = 0;
            self.buffer.zeroize();
            self.used = BUFFER_LEN;
        }
        while !out.is_empty() {
            let mut ready = self.buffer.get_mut(self.used..).unwrap_or_default();
            if ready.is_empty() {
                self.refill()?;
                ready = &mut self.buffer;
            }
            let len = ready.len().min(out.len());
            let (now, later) = out.split_at_mut(len);
            let source = ready.get_mut(..len).ok_or(EntropyFailed)?;
            now.copy_from_slice(source);
            source.zeroize();
            self.used = self.used.saturating_add(len);
            out = later;
        }
        Ok(())
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        self.seed.zeroize();
        self.buffer.zeroize();
    }
}

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
        thread_local!(static GENERATOR: RefCell<Generator> = const { RefCell::new(Generator::UNSEEDED) });
        let filled = GENERATOR.try_with(|generator| {
            generator
                .try_borrow_mut()
                .map_err(|_| EntropyFailed)
                .and_then(|mut generator| generator.fill(buffer))
        });
        filled.map_err(|_| EntropyFailed)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_handed_out_is_wiped_and_the_seed_moves_on() {
        let mut generator = Generator::UNSEEDED;
        let mut out = [0; 100];
        generator.fill(&mut out).unwrap();
        assert!(generator.buffer[..100].iter().all(|byte| *byte == 0));
        assert!(out.iter().any(|byte| *byte != 0));
        let seed = generator.seed;
        generator.fill(&mut [0; BUFFER_LEN]).unwrap();
        assert_ne!(seed, generator.seed);
    }

    #[test]
    fn no_block_comes_twice() {
        let mut generator = Generator::UNSEEDED;
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100_000 {
            let mut block = [0; 16];
            generator.fill(&mut block).unwrap();
            assert!(seen.insert(block));
        }
    }

    #[test]
    fn the_system_is_asked_again_after_so_many_refills() {
        let mut generator = Generator::UNSEEDED;
        generator.fill(&mut [0; 1]).unwrap();
        let predicted = {
            let Generator { seed, epoch, .. } = generator;
            let mut copy = Generator { seed, epoch, refills_left: u32::MAX, ..Generator::UNSEEDED };
            let mut out = vec![0; BUFFER_LEN * usize::try_from(REFILLS_PER_SEED).unwrap()];
            copy.fill(&mut out).unwrap();
            out
        };
        generator.fill(&mut [0; BUFFER_LEN - 1]).unwrap();
        let mut out = vec![0; predicted.len()];
        generator.fill(&mut out).unwrap();
        assert_eq!(out[..BUFFER_LEN], predicted[..BUFFER_LEN]);
        assert_ne!(out[out.len() - BUFFER_LEN..], predicted[out.len() - BUFFER_LEN..]);
    }
}
