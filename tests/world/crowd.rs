//! A state whose writer others wait for whenever a test says so, all on one thread: whoever lets others go first sees them go.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;

use strongroom_core::crypto::Primitives;
use strongroom_core::platform::State;
use strongroom_core::ram::RamState;
use strongroom_core::{Error, Published, Writer};

/// What somebody who waits does when it is their turn.
type Other = Box<dyn FnOnce()>;

pub struct Crowd<C: Primitives> {
    state: RamState<C>,
    others: RefCell<VecDeque<Other>>,
}

impl<C: Primitives> Crowd<C> {
    pub fn new() -> Self {
        Crowd { state: RamState::new(), others: RefCell::new(VecDeque::new()) }
    }

    /// From now on somebody waits, and goes when somebody else lets others go first.
    pub fn wait(&self, other: impl FnOnce() + 'static) {
        self.others.borrow_mut().push_back(Box::new(other));
    }

    /// Has those go who still wait.
    pub fn go(&self) {
        while let Some(other) = self.next() {
            other();
        }
    }

    fn next(&self) -> Option<Other> {
        self.others.borrow_mut().pop_front()
    }

    /// Whether everybody has gone.
    pub fn is_empty(&self) -> bool {
        self.others.borrow().is_empty()
    }
}

impl<C: Primitives> fmt::Debug for Crowd<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crowd({})", self.others.borrow().len())
    }
}

impl<C: Primitives> State<C> for Crowd<C> {
    fn lend_writer<R>(&self, write: impl FnOnce(&mut Writer<C>, &mut [u8]) -> R) -> Result<R, Error> {
        self.state.lend_writer(write)
    }

    fn lend_published<R>(&self, read: impl FnOnce(&Published<C>) -> R) -> Result<R, Error> {
        self.state.lend_published(read)
    }

    fn publish(&self, change: impl Fn(&mut Published<C>)) -> Result<(), Error> {
        self.state.publish(change)
    }

    fn is_awaited(&self) -> bool {
        !self.is_empty()
    }

    fn lend_writer_last<R>(
        &self,
        is_over: impl Fn(&Writer<C>) -> bool,
        write: impl FnOnce(&mut Writer<C>, &mut [u8]) -> R,
    ) -> Result<R, Error> {
        while !self.state.lend_writer(|writer, _| is_over(writer))? {
            let Some(other) = self.next() else { break };
            other();
        }
        self.state.lend_writer(write)
    }
}
