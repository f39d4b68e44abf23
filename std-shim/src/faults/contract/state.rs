//! The contract of [`State`].

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use strongroom_core::crypto::Primitives;
use strongroom_core::platform::State;
use strongroom_core::{Error, Published};

use super::expect::{Kept, done, equal, expect};
use super::session::runs_on;
use super::{Clause, Report, Violation};

/// Threads that ask at once, and how often each.
const THREADS: usize = 4;
const ROUNDS: usize = 200;

/// Checks what holds in one thread. `make` gives a closed vault's state each time.
///
/// # Errors
/// The first clause that is not kept.
pub fn check<C: Primitives, S: State<C>>(make: impl Fn() -> S) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::WriterIsLentOnce, || the_writer_is_lent_once(&make()))?;
    report.check(Clause::WriterIsKept, || the_writer_stays_what_it_is(&make()))?;
    report.check(Clause::PublishReachesEveryCopy, || a_change_reaches_what_is_lent(&make()))?;
    report.check(Clause::SessionIsKept, || {
        expect(done("a vault", runs_on(make()))?, || "a vault does not open or close".to_owned())
    })?;
    Ok(report)
}

/// Checks what holds between threads, for a state that several can reach.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_threads<C: Primitives>(state: &(impl State<C> + Sync)) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::WriterIsLentOnce, || threads_have_the_writer_one_at_a_time(state))?;
    report.check(Clause::PublishReachesEveryCopy, || a_change_reaches_what_threads_are_lent(state))?;
    Ok(report)
}

fn the_writer_is_lent_once<C: Primitives>(state: &impl State<C>) -> Kept {
    let inner = done("a lend", state.lend_writer(|_, _| state.lend_writer(|_, _| ())))?;
    equal("the writer within a lend of the writer", &inner, &Err(Error::Busy))?;
    let inner = done("a lend", state.lend_writer_last(|_| false, |_, _| state.lend_writer(|_, _| ())))?;
    equal("the writer within a lend to whoever comes last", &inner, &Err(Error::Busy))?;
    done("the writer after a lend", state.lend_writer(|_, _| ()))
}

fn the_writer_stays_what_it_is<C: Primitives>(state: &impl State<C>) -> Kept {
    let place = || {
        let lent = state.lend_writer(|writer, buffer| (std::ptr::from_ref(writer).addr(), buffer.len()));
        done("a lend", lent)
    };
    let (first, len) = place()?;
    expect(len > 0, || "the writer's buffer is empty".to_owned())?;
    let _ = state.publish(|_| ());
    equal("writer and length of its buffer, lent again", &place()?, &(first, len))?;
    for is_over in [false, true] {
        let lent = state.lend_writer_last(
            |writer| is_over && std::ptr::from_ref(writer).addr() == first,
            |writer, buffer| (std::ptr::from_ref(writer).addr(), buffer.len()),
        );
        equal("writer and length, lent to whoever comes last", &done("a lend", lent)?, &(first, len))?;
    }
    Ok(())
}

/// Which copies a change is shown.
fn reached<C: Primitives>(state: &impl State<C>) -> Result<BTreeSet<usize>, String> {
    let reached = RefCell::new(BTreeSet::new());
    let published = state.publish(|published: &mut Published<C>| {
        if let Ok(mut reached) = reached.try_borrow_mut() {
            reached.insert(std::ptr::from_ref(published).addr());
        }
    });
    done("a change", published).map(|()| reached.take())
}

/// Which copy a reader is lent.
fn lent<C: Primitives>(state: &impl State<C>) -> Result<usize, String> {
    done("a lend", state.lend_published(|published| std::ptr::from_ref(published).addr()))
}

fn is_reached(copy: usize, reached: &BTreeSet<usize>) -> Kept {
    expect(reached.contains(&copy), || "a reader is lent a copy that the change did not reach".to_owned())
}

fn a_change_reaches_what_is_lent<C: Primitives>(state: &impl State<C>) -> Kept {
    for _ in 0..ROUNDS {
        let reached = reached(state)?;
        is_reached(lent(state)?, &reached)?;
    }
    Ok(())
}

/// Runs `ask` in several threads, often.
fn in_threads(ask: impl Fn() -> Kept + Sync) -> Kept {
    let found = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                if let Err(wrong) = (0..ROUNDS).try_for_each(|_| ask())
                    && let Ok(mut found) = found.lock()
                {
                    *found = Some(wrong);
                }
            });
        }
    });
    found.into_inner().ok().flatten().map_or(Ok(()), Err)
}

fn threads_have_the_writer_one_at_a_time<C: Primitives>(state: &(impl State<C> + Sync)) -> Kept {
    let is_lent = AtomicBool::new(false);
    let was_lent = || {
        let was_lent = is_lent.swap(true, Ordering::SeqCst);
        thread::yield_now();
        is_lent.store(false, Ordering::SeqCst);
        was_lent
    };
    in_threads(|| {
        let lends = [
            state.lend_writer(|_, _| was_lent()),
            state.lend_writer_last(|_| !state.is_awaited(), |_, _| was_lent()),
        ];
        lends.into_iter().try_for_each(|lend| match lend {
            Ok(false) | Err(Error::Busy) => Ok(()),
            Ok(true) => Err("two threads have the writer".to_owned()),
            Err(error) => Err(format!("a lend fails: {error:?}")),
        })
    })
}

fn a_change_reaches_what_threads_are_lent<C: Primitives>(state: &(impl State<C> + Sync)) -> Kept {
    let reached = reached(state)?;
    in_threads(|| is_reached(lent(state)?, &reached))
}
