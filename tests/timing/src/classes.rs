//! Inputs of two classes.

use dudect_bencher::rand::{Rng, RngExt};
use dudect_bencher::{BenchRng, Class, CtRunner};

/// Runs `work` on so many inputs, half of them of each class, in random order. All are drawn first, so that nothing but a class
/// is between two measurements.
pub fn measure<const LEN: usize, T>(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    count: usize,
    make: impl Fn(Class, [u8; LEN]) -> [u8; LEN],
    work: impl Fn(&[u8; LEN]) -> T,
) {
    let inputs: Vec<(Class, [u8; LEN])> = (0..count)
        .map(|_| {
            let class = if rng.random() { Class::Left } else { Class::Right };
            let mut drawn = [0; LEN];
            rng.fill_bytes(&mut drawn);
            (class, make(class, drawn))
        })
        .collect();
    // The first calls fill caches and tables.
    inputs.iter().take(count / 20).for_each(|(_, input)| drop(std::hint::black_box(work(input))));
    for (class, input) in &inputs {
        runner.run_one(*class, || work(std::hint::black_box(input)));
    }
}

/// The same bytes in one class, what was drawn in the other.
pub fn fixed_or_drawn<const LEN: usize>(class: Class, drawn: [u8; LEN]) -> [u8; LEN] {
    match class {
        Class::Left => [0x5a; LEN],
        Class::Right => drawn,
    }
}

/// Differs from `right` in its first byte, or in its last.
pub fn wrong_at_an_end<const LEN: usize>(class: Class, right: [u8; LEN]) -> [u8; LEN] {
    let mut wrong = right;
    let place = match class {
        Class::Left => 0,
        Class::Right => LEN - 1,
    };
    wrong[place] ^= 1;
    wrong
}
