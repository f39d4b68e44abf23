//! The contract of [`Clock`].

use std::time::Instant;

use strongroom_core::platform::Clock;

use super::expect::{Kept, expect};
use super::{Clause, Report, Violation};

/// What is let pass between two looks, in milliseconds.
const STEP_MS: u64 = 40;
/// How much more a look and a busy machine may take.
const SLACK_MS: u64 = 2_000;
/// The years 2001 and 2286: what is counted in other units is not between.
const WALL_MS: std::ops::Range<u64> = 1_000_000_000_000..10_000_000_000_000;

/// Checks a clock, in a fifth of a second. `pass` lets so many milliseconds pass: it sleeps, or moves a clock that stands.
///
/// # Errors
/// The first clause that is not kept.
pub fn check(clock: &impl Clock, pass: impl Fn(u64)) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::MonotonicNeverDecreases, || monotonic_time_never_decreases(clock, &pass))?;
    report.check(Clause::MonotonicIsInMilliseconds, || {
        goes_by_milliseconds("monotonic time", &pass, || Some(clock.monotonic_ms()))
    })?;
    report.check(Clause::WallIsInMilliseconds, || {
        if let Some(wall_ms) = clock.wall_ms() {
            expect(WALL_MS.contains(&wall_ms), || format!("{wall_ms} ms since 1970 is not a date of today"))?;
        }
        goes_by_milliseconds("wall time", &pass, || clock.wall_ms())
    })?;
    Ok(report)
}

fn monotonic_time_never_decreases(clock: &impl Clock, pass: &impl Fn(u64)) -> Kept {
    let mut last = clock.monotonic_ms();
    for look in 0..2_000 {
        if look % 1_000 == 500 {
            pass(STEP_MS);
        }
        let now = clock.monotonic_ms();
        expect(now >= last, || format!("{now} ms after {last} ms"))?;
        last = now;
    }
    Ok(())
}

/// A clock that says nothing says nothing wrong.
fn goes_by_milliseconds(what: &str, pass: &impl Fn(u64), read: impl Fn() -> Option<u64>) -> Kept {
    let started = Instant::now();
    let Some(before) = read() else { return Ok(()) };
    pass(STEP_MS);
    let Some(after) = read() else { return Ok(()) };
    let really = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let passed = after.saturating_sub(before);
    // A timer of the machine may be a tick off.
    let least = STEP_MS.saturating_sub(20);
    let most = STEP_MS.max(really).saturating_add(SLACK_MS);
    expect((least..=most).contains(&passed), || format!("{what} moved by {passed} while {STEP_MS} ms passed"))
}
