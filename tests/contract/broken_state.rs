use std::cell::{Cell, RefCell};
use std::sync::{Mutex, PoisonError, TryLockError};

use strongroom_core::crypto::RustCrypto;
use strongroom_core::platform::State;
use strongroom_core::ram::RamState;
use strongroom_core::{Error, Published, Writer};
use strongroom_std::faults::contract::{Clause, state};

use super::catches;

type Half = Published<RustCrypto>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    LendsTheWriterTwice,
    LendsAWriterInTurn,
    PublishesToTheFirstCopy,
    ForgetsWhatWasPublished,
    LendsAnotherWriterLast,
    None,
}

/// Two states that pass for one, with one thing wrong about it.
struct Broken {
    fault: Fault,
    states: [RamState<RustCrypto>; 2],
    lends: Cell<usize>,
    is_lent: Cell<bool>,
}

impl Broken {
    fn new(fault: Fault) -> Self {
        let (lends, is_lent) = (Cell::new(0), Cell::new(false));
        Broken { fault, states: [RamState::new(), RamState::new()], lends, is_lent }
    }

    fn turn(&self) -> &RamState<RustCrypto> {
        self.lends.set(self.lends.get() + 1);
        &self.states[self.lends.get() % 2]
    }
}

impl State<RustCrypto> for Broken {
    fn lend_writer<R>(
        &self,
        write: impl FnOnce(&mut Writer<RustCrypto>, &mut [u8]) -> R,
    ) -> Result<R, Error> {
        match self.fault {
            Fault::LendsTheWriterTwice if self.is_lent.replace(true) => self.states[1].lend_writer(write),
            Fault::LendsAWriterInTurn if self.is_lent.get() => Err(Error::Busy),
            Fault::LendsAWriterInTurn => {
                self.is_lent.set(true);
                let lent = self.turn().lend_writer(write);
                self.is_lent.set(false);
                lent
            }
            _ => self.states[0].lend_writer(write),
        }
    }

    fn lend_published<R>(&self, read: impl FnOnce(&Half) -> R) -> Result<R, Error> {
        if self.fault == Fault::PublishesToTheFirstCopy {
            return self.turn().lend_published(read);
        }
        self.states[0].lend_published(read)
    }

    fn publish(&self, change: impl Fn(&mut Half)) -> Result<(), Error> {
        self.states[0].publish(|published| {
            change(published);
            if self.fault == Fault::ForgetsWhatWasPublished {
                *published = Published::new();
            }
        })
    }

    fn lend_writer_last<R>(
        &self,
        _: impl Fn(&Writer<RustCrypto>) -> bool,
        write: impl FnOnce(&mut Writer<RustCrypto>, &mut [u8]) -> R,
    ) -> Result<R, Error> {
        if self.fault == Fault::LendsAnotherWriterLast {
            return self.states[1].lend_writer(write);
        }
        self.lend_writer(write)
    }
}

/// A state for threads that has a second writer for whoever would wait.
struct Impatient {
    writers: [Mutex<(Writer<RustCrypto>, [u8; 64])>; 2],
    published: Mutex<Half>,
}

impl State<RustCrypto> for Impatient {
    fn lend_writer<R>(
        &self,
        write: impl FnOnce(&mut Writer<RustCrypto>, &mut [u8]) -> R,
    ) -> Result<R, Error> {
        for writer in &self.writers {
            match writer.try_lock() {
                Ok(mut lent) => {
                    let (writer, buffer) = &mut *lent;
                    return Ok(write(writer, buffer));
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Poisoned(_)) => return Err(Error::Bug),
            }
        }
        Err(Error::Busy)
    }

    fn lend_published<R>(&self, read: impl FnOnce(&Half) -> R) -> Result<R, Error> {
        Ok(read(&self.published.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    fn publish(&self, change: impl Fn(&mut Half)) -> Result<(), Error> {
        change(&mut self.published.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }
}

#[test]
fn a_state_with_nothing_wrong_passes() {
    let report = state::check(|| Broken::new(Fault::None)).unwrap();
    assert_eq!(report.clauses().len(), 4);
}

#[test]
fn a_state_that_breaks_a_clause_is_caught() {
    for (fault, clause) in [
        (Fault::LendsTheWriterTwice, Clause::WriterIsLentOnce),
        (Fault::LendsAnotherWriterLast, Clause::WriterIsLentOnce),
        (Fault::LendsAWriterInTurn, Clause::WriterIsKept),
        (Fault::PublishesToTheFirstCopy, Clause::PublishReachesEveryCopy),
        (Fault::ForgetsWhatWasPublished, Clause::SessionIsKept),
    ] {
        catches(state::check(|| Broken::new(fault)), clause);
    }
}

#[test]
fn a_state_that_gives_two_threads_a_writer_is_caught() {
    let writer = || Mutex::new((Writer::new(), [0; 64]));
    let impatient = Impatient { writers: [writer(), writer()], published: Mutex::new(Published::new()) };
    catches(state::check_threads(&impatient), Clause::WriterIsLentOnce);
}

/// A state that shows each thread a copy of its own, and changes only the first one.
#[derive(Default)]
struct Split {
    state: Mutex<SendState>,
    own: Mutex<Vec<Half>>,
}

#[derive(Default)]
struct SendState(RefCell<Half>);

impl State<RustCrypto> for Split {
    fn lend_writer<R>(
        &self,
        write: impl FnOnce(&mut Writer<RustCrypto>, &mut [u8]) -> R,
    ) -> Result<R, Error> {
        let _one = self.state.try_lock().map_err(|_| Error::Busy)?;
        Ok(write(&mut Writer::new(), &mut [0; 64]))
    }

    fn lend_published<R>(&self, read: impl FnOnce(&Half) -> R) -> Result<R, Error> {
        let mut own = self.own.lock().unwrap();
        own.push(Published::new());
        Ok(read(own.last().unwrap()))
    }

    fn publish(&self, change: impl Fn(&mut Half)) -> Result<(), Error> {
        change(&mut self.state.lock().unwrap().0.borrow_mut());
        Ok(())
    }
}

#[test]
fn a_state_whose_change_does_not_reach_every_thread_is_caught() {
    catches(state::check_threads(&Split::default()), Clause::PublishReachesEveryCopy);
}
