//! Eight threads that hammer one vault in a file with random operations, in a process of its own that is killed at random
//! moments and started again. What a call returned is told to us over a pipe, and after each kill it must be there.
//!
//! A kill takes the process, not the operating system: what was written and not synced survives it. Cuts of power are the
//! business of `tests/power`.

mod blows;
mod child;
mod look;
mod model;

use std::time::{Duration, Instant};

use blows::Hammer;

/// How long it goes on; seconds by default.
fn time() -> Duration {
    let asked = std::env::var("STRONGROOM_HAMMER_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(asked.unwrap_or(8))
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_half_done_wherever_the_process_is_killed() {
    let (time, started) = (time(), Instant::now());
    let mut hammer = Hammer::new(started.elapsed().as_nanos().try_into().unwrap_or(1));
    while started.elapsed() < time || hammer.tally.kills < 5 {
        hammer.round();
    }
    hammer.open_everything();
    println!("{}", hammer.tally);
    assert!(hammer.tally.changes > 50 && hammer.tally.ciphertexts > 50);
}
