use std::cell::Cell;

use strongroom_core::platform::{Clock, Entropy, EntropyFailed};
use strongroom_core::ram::{ManualClock, SeededEntropy};
use strongroom_std::faults::contract::{Clause, clock, entropy};

use super::catches;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Draws {
    StopsShort,
    RepeatsItself,
    SetsTooManyBits,
    SaysNothingWhenBroken,
}

struct Broken {
    draws: Draws,
    good: SeededEntropy,
    count: Cell<u32>,
}

impl Broken {
    fn new(draws: Draws) -> Self {
        Broken { draws, good: SeededEntropy::new(1), count: Cell::new(0) }
    }
}

impl Entropy for Broken {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
        self.count.set(self.count.get() + 1);
        match self.draws {
            Draws::StopsShort => {
                let len = buffer.len() - buffer.len() / 1000;
                self.good.fill(&mut buffer[..len])
            }
            Draws::RepeatsItself if self.count.get().is_multiple_of(1000) => {
                SeededEntropy::new(2).fill(buffer)
            }
            Draws::SetsTooManyBits => {
                self.good.fill(buffer)?;
                buffer.iter_mut().step_by(50).for_each(|byte| *byte |= 0x0f);
                Ok(())
            }
            Draws::SaysNothingWhenBroken => self.good.fill(buffer).or(Ok(())),
            Draws::RepeatsItself => self.good.fill(buffer),
        }
    }
}

#[test]
fn a_generator_that_breaks_a_clause_is_caught() {
    for (draws, clause) in [
        (Draws::StopsShort, Clause::BuffersAreFilledWhole),
        (Draws::RepeatsItself, Clause::NothingComesTwice),
        (Draws::SetsTooManyBits, Clause::BitsAreBalanced),
    ] {
        catches(entropy::check(&Broken::new(draws)), clause);
    }
}

#[test]
fn a_generator_that_begins_as_it_began_is_caught() {
    catches(entropy::check_restarted(|| SeededEntropy::new(1)), Clause::RestartGivesNewBytes);
    let starts = Cell::new(0);
    let start = || {
        starts.set(starts.get() + 1);
        SeededEntropy::new(starts.get())
    };
    entropy::check_restarted(start).unwrap();
}

#[test]
fn a_generator_that_is_silent_when_it_is_broken_is_caught() {
    let silent = Broken::new(Draws::SaysNothingWhenBroken);
    catches(entropy::check_failing(&silent, |broken| broken.good.fail_after(0)), Clause::FailureIsTold);
}

/// A clock whose readings are changed on the way.
struct Changed<'c> {
    clock: &'c ManualClock,
    wall: fn(u64) -> u64,
    monotonic: fn(u64, u64) -> u64,
    looks: Cell<u64>,
}

impl Clock for Changed<'_> {
    fn wall_ms(&self) -> Option<u64> {
        self.clock.wall_ms().map(self.wall)
    }
    fn monotonic_ms(&self) -> u64 {
        self.looks.set(self.looks.get() + 1);
        (self.monotonic)(self.clock.monotonic_ms(), self.looks.get())
    }
}

/// How wall time is changed, and monotonic time by how often it was looked at.
type Change = (fn(u64) -> u64, fn(u64, u64) -> u64, Clause);

#[test]
fn a_clock_that_breaks_a_clause_is_caught() {
    let right = |now: u64, _: u64| now;
    let changes: [Change; 6] = [
        (|wall| wall, |now, looks| 10_000 + now - looks % 100, Clause::MonotonicNeverDecreases),
        (|wall| wall, |now, _| now / 1000, Clause::MonotonicIsInMilliseconds),
        (|wall| wall, |now, _| now * 1000, Clause::MonotonicIsInMilliseconds),
        (|wall| wall / 1000, right, Clause::WallIsInMilliseconds),
        (|wall| wall * 1000, right, Clause::WallIsInMilliseconds),
        (|_| 1_700_000_000_000, right, Clause::WallIsInMilliseconds),
    ];
    for (wall, monotonic, clause) in changes {
        let clock = ManualClock::new();
        clock.set_wall_ms(Some(1_700_000_000_000));
        let changed = Changed { clock: &clock, wall, monotonic, looks: Cell::new(0) };
        catches(clock::check(&changed, |ms| clock.advance_ms(ms)), clause);
    }
}
