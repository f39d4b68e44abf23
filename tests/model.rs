//! Random sequences of everything that a vault can be asked, held against a naive model: plain maps and lists, and what
//! the reference says. Whatever the vault answers, the model must have said before.

pub mod answer;
pub mod ask;
mod callers;
pub mod generate;
mod grants;
mod imports;
mod keys;
pub mod look;
mod macs;
mod may;
mod messages;
mod names;
mod predict;
pub mod real;
pub mod run;
mod slots;
pub mod state;
pub mod step;
pub mod times;
mod uses;
mod versions;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::thread;

use run::{Tally, run};

/// So many sequences of so many steps, unless `STRONGROOM_SEQUENCES` and `STRONGROOM_STEPS` say otherwise.
const SEQUENCES: usize = 48;
const STEPS: usize = 240;
/// What happens to a vault cannot fail.
const NEVER_FAIL: [&str; 3] = ["Wait", "Remount", "Cool"];

fn setting(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|number| number.parse().unwrap())
}

#[test]
fn random_sequences_of_all_operations_go_as_the_naive_model_says() {
    let asked = setting("STRONGROOM_SEQUENCES");
    let steps = setting("STRONGROOM_STEPS").unwrap_or(STEPS);
    // The same in every run, unless more are asked for: then half of them are new.
    let new_seed = RandomState::new().hash_one(0) >> 1;
    let is_new = |n: u64| asked.is_some() && n % 2 == 1;
    let seeds: Vec<u64> =
        (0..asked.unwrap_or(SEQUENCES) as u64).map(|n| if is_new(n) { new_seed + n } else { n }).collect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (mut tally, mut divergences) = (Tally::default(), Vec::new());
    thread::scope(|scope| {
        let some = |first: usize| {
            let seeds = &seeds;
            scope.spawn(move || {
                let mut tally = Tally::default();
                let mine = seeds.iter().skip(first).step_by(threads);
                let wrong: Vec<_> =
                    mine.filter_map(|seed| run(*seed, steps, false, &mut tally).err()).collect();
                (tally, wrong)
            })
        };
        let running: Vec<_> = (0..threads).map(some).collect();
        for one in running {
            let (some_tally, wrong) = one.join().unwrap();
            tally.add(&some_tally);
            divergences.extend(wrong);
        }
    });
    for divergence in &divergences {
        println!("{divergence}");
    }
    for (name, count) in &tally.by_operation {
        println!("{name:34} {:8} succeeded {:8} failed", count.succeeded, count.failed);
    }
    println!("{} sequences, {} steps, {} divergences", tally.sequences, tally.steps, divergences.len());
    assert!(divergences.is_empty(), "the vault and the model disagree");
    for (name, count) in &tally.by_operation {
        assert!(count.succeeded > 0, "{name} never succeeded");
        assert!(count.failed > 0 || NEVER_FAIL.contains(&name.as_str()), "{name} never failed");
    }
}

/// The sequence that `STRONGROOM_SEED` and `STRONGROOM_STEPS` say, every step of it told.
#[test]
fn replay() {
    let Some(seed) = setting("STRONGROOM_SEED") else { return };
    let steps = setting("STRONGROOM_STEPS").unwrap_or(STEPS);
    if let Err(divergence) = run(seed as u64, steps, true, &mut Tally::default()) {
        panic!("{divergence}");
    }
}
