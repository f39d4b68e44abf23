//! Random documents and requests: the vault's evaluator and the naive one answer the same.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::thread;

use super::dice::Dice;
use super::generate::{line, request};
use super::line::{Decision, Line};
use super::shrink::smallest;
use super::{naive, real};

/// Requests to the same documents.
const REQUESTS: usize = 8;
/// So many pairs of documents and request, unless `STRONGROOM_PAIRS` says otherwise.
const PAIRS: usize = 200_000;
const SEED: u64 = 1;

/// How often each answer came.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    allow: usize,
    explicit_deny: usize,
    implicit_deny: usize,
    malformed: usize,
}

impl Tally {
    fn count(&mut self, decision: Decision) {
        match decision {
            Decision::Allow => self.allow += 1,
            Decision::ExplicitDeny => self.explicit_deny += 1,
            Decision::ImplicitDeny => self.implicit_deny += 1,
        }
    }
}

/// Compares the evaluators on so many pairs.
fn compare(seed: u64, pairs: usize) -> Tally {
    let (mut dice, mut tally) = (Dice(seed), Tally::default());
    for _ in 0..pairs.div_ceil(REQUESTS) {
        let mut line = line(&mut dice);
        let compiled = real::compile(&line);
        if compiled.is_some() != naive::are_well_formed(&line) {
            differ(seed, &line);
        }
        let Some(compiled) = compiled else {
            tally.malformed += REQUESTS;
            continue;
        };
        for _ in 0..REQUESTS {
            request(&mut dice, &mut line);
            let answer = compiled.answer(&line);
            if answer != naive::answer_request(&line) {
                differ(seed, &line);
            }
            tally.count(answer.decision);
        }
    }
    tally
}

fn differ(seed: u64, line: &Line) -> ! {
    let line = smallest(line, &|line| real::answer(line) != naive::answer(line));
    panic!(
        "seed {seed}: {:?} where the naive evaluator says\n{}",
        real::answer(&line),
        line.with(naive::answer(&line))
    );
}

#[test]
fn the_evaluators_agree_on_random_pairs() {
    let pairs = std::env::var("STRONGROOM_PAIRS").map_or(PAIRS, |number| number.parse().unwrap());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    // Half of the pairs are the same in every run.
    let new_seed = RandomState::new().hash_one(0) >> 1;
    println!("seeds {SEED} and {new_seed}, {pairs} pairs");
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let run = |index: usize| {
            let seed = [SEED, new_seed][index % 2] + (index / 2) as u64;
            scope.spawn(move || compare(seed, pairs / (2 * threads)))
        };
        let running: Vec<_> = (0..2 * threads).map(run).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    println!("{tallies:#?}");
    // Pairs that never match would prove little.
    let share = |count: fn(&Tally) -> usize| tallies.iter().map(count).sum::<usize>() * 100 / pairs;
    assert!(share(|tally| tally.allow) >= 10, "{tallies:?}");
    assert!(share(|tally| tally.explicit_deny) >= 10, "{tallies:?}");
    assert!(share(|tally| tally.implicit_deny) >= 10, "{tallies:?}");
    assert!(share(|tally| tally.malformed) >= 1, "{tallies:?}");
}
