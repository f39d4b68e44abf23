//! Comparisons of a tag, wrong in its first byte or in its last.

use std::hint::black_box;

use dudect_bencher::{BenchRng, CtRunner};
use strongroom_core::crypto::{Primitives, RustCrypto};

use crate::classes::{measure, wrong_at_an_end};

const COUNT: usize = 200_000;
const RIGHT: [u8; 64] = [0xa7; 64];

/// A leak that must be found: a comparison that stops at the first difference.
pub fn early_exit(runner: &mut CtRunner, rng: &mut BenchRng) {
    measure(
        runner,
        rng,
        COUNT,
        |class, _| wrong_at_an_end(class, RIGHT),
        |tag| tag.iter().zip(black_box(&RIGHT)).all(|(one, other)| one == other),
    );
}

/// The vault's own.
pub fn equal(runner: &mut CtRunner, rng: &mut BenchRng) {
    measure(
        runner,
        rng,
        COUNT,
        |class, _| wrong_at_an_end(class, RIGHT),
        |tag| RustCrypto::equal(tag, black_box(&RIGHT)),
    );
}
