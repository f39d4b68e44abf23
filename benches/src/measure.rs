//! Timing in turns: every candidate runs in each round, so that a machine whose speed drifts is fair to all.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds; medians are over these.
const ROUNDS: usize = 25;
/// One candidate's time in one round.
const SLICE: Duration = Duration::from_millis(8);

/// Something to be timed.
pub type Candidate<'c> = &'c mut dyn FnMut();

/// Median nanoseconds a call of each candidate.
pub fn in_turns<const N: usize>(candidates: [Candidate<'_>; N]) -> [f64; N] {
    let mut times = [const { Vec::new() }; N];
    let mut candidates = candidates;
    let mut batches = [1u32; N];
    for round in 0..=ROUNDS {
        for ((candidate, batch), times) in candidates.iter_mut().zip(&mut batches).zip(&mut times) {
            let mut calls = 0u32;
            let started = Instant::now();
            while started.elapsed() < SLICE {
                for _ in 0..*batch {
                    candidate();
                }
                calls += *batch;
            }
            let each = started.elapsed().as_nanos() as f64 / f64::from(calls);
            // The first round only warms up, and tells how many calls to make between two looks at the clock.
            *batch = ((50_000.0 / each) as u32).max(1);
            if round > 0 {
                times.push(each);
            }
        }
    }
    times.map(|times| percentile(times, 50))
}

/// A percentile of samples.
pub fn percentile(mut samples: Vec<f64>, percent: usize) -> f64 {
    samples.sort_unstable_by(f64::total_cmp);
    samples
        .get((samples.len() * percent / 100).min(samples.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

/// Calls a second that `threads` threads make together.
pub fn throughput(threads: usize, work: impl Fn() + Sync) -> f64 {
    let rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let barrier = std::sync::Barrier::new(threads);
            let calls: u64 = std::thread::scope(|scope| {
                let workers: Vec<_> = (0..threads)
                    .map(|_| {
                        scope.spawn(|| {
                            // The thread's own shard, generator and caches are made before the clock starts.
                            (0..200).for_each(|_| work());
                            barrier.wait();
                            let started = Instant::now();
                            let mut calls = 0u64;
                            while started.elapsed() < SLICE * 4 {
                                (0..64).for_each(|_| work());
                                calls += 64;
                            }
                            calls
                        })
                    })
                    .collect();
                workers.into_iter().map(|worker| worker.join().unwrap_or(0)).sum()
            });
            calls as f64 / (SLICE * 4).as_secs_f64()
        })
        .collect();
    percentile(black_box(rates), 50)
}

/// Resident memory of this process in MiB, where the system tells.
pub fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse::<f64>().ok())
        .map_or(f64::NAN, |kib| kib / 1024.0)
}
