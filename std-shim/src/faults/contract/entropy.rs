//! The contract of [`Entropy`]. No check can tell good randomness; these tell what is broken.

use std::collections::BTreeSet;

use strongroom_core::platform::{Entropy, EntropyFailed};

use super::expect::{Kept, done, equal, expect};
use super::{Clause, Report, Violation};

/// Checks what can be seen of a generator, in about a megabyte.
///
/// # Errors
/// The first clause that is not kept.
pub fn check(entropy: &impl Entropy) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::BuffersAreFilledWhole, || buffers_are_filled_whole(entropy))?;
    report.check(Clause::NothingComesTwice, || nothing_comes_twice(entropy, &mut BTreeSet::new()))?;
    report.check(Clause::BitsAreBalanced, || bits_are_balanced(entropy))?;
    Ok(report)
}

/// Checks that a generator does not begin as it began before. `start` starts it anew, as a restart of the device would.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_restarted<E: Entropy>(start: impl Fn() -> E) -> Result<Report, Violation> {
    let mut report = check(&start())?;
    let mut seen = BTreeSet::new();
    report.check(Clause::RestartGivesNewBytes, || {
        (0..3).try_for_each(|_| nothing_comes_twice(&start(), &mut seen))
    })?;
    Ok(report)
}

/// Checks that a generator that is broken says so, each time. `break_it` breaks it.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_failing<E: Entropy>(entropy: &E, break_it: impl Fn(&E)) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::FailureIsTold, || {
        done("a draw", entropy.fill(&mut [0; 16]))?;
        break_it(entropy);
        for len in [16, 1, 5000] {
            equal("a draw from what is broken", &entropy.fill(&mut vec![0; len]), &Err(EntropyFailed))?;
        }
        Ok(())
    })?;
    Ok(report)
}

fn buffers_are_filled_whole(entropy: &impl Entropy) -> Kept {
    done("a draw of nothing", entropy.fill(&mut []))?;
    for len in (1..70).chain([255, 256, 257, 1024, 5000]) {
        // A place that stays zero in thirty draws was not written.
        let mut touched = vec![false; len];
        for _ in 0..30 {
            let mut buffer = vec![0; len];
            done("a draw", entropy.fill(&mut buffer))?;
            for (touched, byte) in touched.iter_mut().zip(buffer) {
                *touched |= byte != 0;
            }
        }
        let missed = touched.iter().filter(|touched| !**touched).count();
        expect(missed == 0, || format!("{missed} of {len} bytes were never written"))?;
    }
    Ok(())
}

fn nothing_comes_twice(entropy: &impl Entropy, seen: &mut BTreeSet<Vec<u8>>) -> Kept {
    for len in [16, 24, 32, 64, 100] {
        for _ in 0..2000 {
            let mut buffer = vec![0; len];
            done("a draw", entropy.fill(&mut buffer))?;
            for block in buffer.chunks_exact(8) {
                expect(seen.insert(block.to_vec()), || "eight bytes came twice".to_owned())?;
            }
        }
    }
    Ok(())
}

fn bits_are_balanced(entropy: &impl Entropy) -> Kept {
    let mut buffer = vec![0; 100_000];
    done("a draw", entropy.fill(&mut buffer))?;
    let ones: u32 = buffer.iter().map(|byte| byte.count_ones()).sum();
    // Six standard deviations are 2,683.
    expect(ones.abs_diff(400_000) < 2_700, || format!("{ones} of 800,000 bits are set"))
}
