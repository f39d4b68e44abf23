//! The contract of [`Freshness`]. The checks move the counter, five times at most: a fuse bank is worn by that much.

use strongroom_core::platform::{AnchorFailed, Freshness};

use super::expect::{Kept, done, equal, expect};
use super::{Clause, Report, Violation};

/// Checks a counter while it is open, or that there is none.
///
/// # Errors
/// The first clause that is not kept.
pub fn check(counter: &impl Freshness) -> Result<Report, Violation> {
    let mut report = Report::default();
    if let Ok(None) = counter.read() {
        report.check(Clause::AbsenceIsTold, || {
            equal("an advance where there is no counter", &counter.advance(1), &Err(AnchorFailed))
        })?;
        return Ok(report);
    }
    report.check(Clause::CounterStandsStill, || it_stands_still(counter))?;
    report.check(Clause::CounterAdvances, || (0..2).try_for_each(|_| advance(counter).map(drop)))?;
    report.check(Clause::CounterNeverMovesBack, || it_never_moves_back(counter))?;
    Ok(report)
}

/// Checks in addition that an advance is not forgotten. `open` opens the same counter: what was opened before is dropped
/// first.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_reopened<F: Freshness>(open: impl Fn() -> F) -> Result<Report, Violation> {
    let mut report = check(&open())?;
    if report.clauses() == [Clause::AbsenceIsTold] {
        return Ok(report);
    }
    report.check(Clause::CounterIsDurable, || {
        (0..2).try_for_each(|_| {
            let moved = advance(&open())?;
            equal("the counter, opened again", &value(&open())?, &moved)
        })
    })?;
    Ok(report)
}

fn value(counter: &impl Freshness) -> Result<u64, String> {
    done("a read", counter.read())?.ok_or_else(|| "the counter is not there any more".to_owned())
}

/// One step on; answers where it stands then.
fn advance(counter: &impl Freshness) -> Result<u64, String> {
    let to = value(counter)?.checked_add(1).ok_or("the counter is worn out")?;
    done("an advance by one", counter.advance(to))?;
    equal("the counter after an advance", &value(counter)?, &to)?;
    Ok(to)
}

fn it_stands_still(counter: &impl Freshness) -> Kept {
    let first = value(counter)?;
    (0..10).try_for_each(|_| equal("the counter, read again", &value(counter)?, &first))
}

fn it_never_moves_back(counter: &impl Freshness) -> Kept {
    let now = advance(counter)?;
    for to in [now.saturating_sub(1), 0, now] {
        // Refused or not, it stays where it is.
        let answer = counter.advance(to);
        let after = value(counter)?;
        expect(after >= now, || format!("from {now} to {after}, asked to move to {to}: {answer:?}"))?;
    }
    Ok(())
}
