//! Entropy: whole buffers, and nothing twice. No test can tell good randomness; these tell what is broken.

use std::collections::BTreeSet;

use strongroom_core::platform::{Entropy, EntropyFailed};

/// Runs every check.
pub fn suite(entropy: &impl Entropy) {
    buffers_are_filled_whole(entropy);
    nothing_comes_twice(entropy);
    bits_are_balanced(entropy);
}

fn buffers_are_filled_whole(entropy: &impl Entropy) {
    entropy.fill(&mut []).unwrap();
    for len in (1..70).chain([255, 256, 257, 1024, 5000]) {
        // A place that stays zero in thirty draws was not written.
        let mut touched = vec![false; len];
        for _ in 0..30 {
            let mut buffer = vec![0; len];
            entropy.fill(&mut buffer).unwrap();
            for (touched, byte) in touched.iter_mut().zip(buffer) {
                *touched |= byte != 0;
            }
        }
        assert!(touched.iter().all(|touched| *touched), "a buffer of {len} bytes is not filled whole");
    }
}

fn nothing_comes_twice(entropy: &impl Entropy) {
    let mut seen = BTreeSet::new();
    for len in [16, 24, 32, 64, 100] {
        for _ in 0..2000 {
            let mut buffer = vec![0; len];
            entropy.fill(&mut buffer).unwrap();
            for block in buffer.chunks_exact(8) {
                assert!(seen.insert(block.to_vec()), "eight bytes came twice");
            }
        }
    }
}

fn bits_are_balanced(entropy: &impl Entropy) {
    let mut buffer = vec![0; 100_000];
    entropy.fill(&mut buffer).unwrap();
    let ones: u32 = buffer.iter().map(|byte| byte.count_ones()).sum();
    // 800,000 bits: six standard deviations are 2,683.
    assert!(ones.abs_diff(400_000) < 2_700, "{ones} of 800,000 bits are set");
}

/// For generators that can be made to fail: `good` more draws, then errors.
pub fn fails_at(entropy: &impl Entropy, good: u32) {
    for _ in 0..good {
        entropy.fill(&mut [0; 16]).unwrap();
    }
    assert_eq!(entropy.fill(&mut [0; 16]), Err(EntropyFailed));
    assert_eq!(entropy.fill(&mut [0; 1]), Err(EntropyFailed));
}
