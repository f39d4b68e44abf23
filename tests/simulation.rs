//! A vault with all that can fail about it, several callers and a clock, held against the naive model of `model`: which is
//! taken along through lost power, commits of unknown outcome, sinks that fail and clocks that jump. Everything follows from
//! one number. Everything that it answers, stores and logs is searched for secrets: what it drew, imported, and was given to seal.

mod book;
mod fault;
mod recovery;
mod run;
mod search;

use std::thread;

use run::{Ran, Tally, run};

/// So many sequences of so many steps, unless `STRONGROOM_SIMULATE_SEEDS` and `STRONGROOM_SIMULATE_STEPS` say otherwise.
const SEEDS: u64 = 6;
const STEPS: usize = 200;
/// Every so many sequences one is run a second time, and must be the same to the last byte.
const REPLAY_EVERY: u64 = 8;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|number| match number.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).unwrap(),
        None => number.parse().unwrap(),
    })
}

fn steps() -> usize {
    setting("STRONGROOM_SIMULATE_STEPS").map_or(STEPS, |steps| usize::try_from(steps).unwrap())
}

/// Runs a sequence, some twice. `Err`: where it went wrong.
fn simulate(seed: u64, steps: usize, tally: &mut Tally) -> Result<(), String> {
    let again = |wrong: String| {
        format!("{wrong}\n  replay with: cargo xtask simulate --seed {seed:#x} --steps {steps}")
    };
    let Ran { hash, .. } = run(seed, steps, false, tally).map_err(again)?;
    if seed.is_multiple_of(REPLAY_EVERY) {
        let replayed = run(seed, steps, false, &mut Tally::default()).map_err(again)?;
        tally.replays += 1;
        if replayed.hash != hash {
            return Err(again(format!("seed {seed:#x}: a second run is not the same as the first")));
        }
    }
    Ok(())
}

#[test]
fn a_vault_goes_as_the_model_says_whatever_fails_around_it() {
    let (seeds, steps) = (setting("STRONGROOM_SIMULATE_SEEDS").unwrap_or(SEEDS), steps());
    if setting("STRONGROOM_SIMULATE_SEED").is_some() {
        return;
    }
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (mut tally, mut divergences) = (Tally::default(), Vec::new());
    thread::scope(|scope| {
        let some = |first: usize| {
            scope.spawn(move || {
                let mut tally = Tally::default();
                let mine = (0..seeds).skip(first).step_by(threads);
                let wrong: Vec<_> = mine.filter_map(|seed| simulate(seed, steps, &mut tally).err()).collect();
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
    for divergence in divergences.iter().take(20) {
        println!("{divergence}");
    }
    println!("{tally}");
    println!("{} seeds, {} steps, {} divergences", seeds, tally.steps, divergences.len());
    assert!(divergences.is_empty(), "the vault and the model disagree");
    assert!(tally.crashes > 0 && tally.landed > 0 && tally.not_landed > 0 && tally.withheld > 0);
    assert!(tally.replays > 0 && tally.searched > 0 && tally.secret_windows > 0);
}

/// The sequence that `STRONGROOM_SIMULATE_SEED` says, every step of it told.
#[test]
fn replay_of_a_simulation() {
    let Some(seed) = setting("STRONGROOM_SIMULATE_SEED") else { return };
    let mut tally = Tally::default();
    match run(seed, steps(), true, &mut tally) {
        Ok(Ran { hash }) => {
            println!("{tally}\nseed {seed:#x}, {} steps, 0 divergences, hash {hash:#018x}", tally.steps)
        }
        Err(divergence) => panic!("{divergence}"),
    }
}
