use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use strongroom_core::audit::{Entry, RecordedEvent, split_event};
use strongroom_core::platform::{Accepted, AuditSink, LINK_LEN, SinkFailed};

/// An audit log of any length, strict or batched, that fails when told to.
#[derive(Debug, Default)]
pub struct Log {
    durable: RefCell<BTreeMap<u64, Vec<u8>>>,
    taken: RefCell<Vec<Vec<u8>>>,
    batched: Cell<bool>,
    failing_appends: Cell<u32>,
    failing_flushes: Cell<u32>,
    is_silent: Rc<Cell<bool>>,
}

impl Log {
    /// Flushes only when asked to, from now on.
    pub fn batch(&self) {
        self.batched.set(true);
    }

    /// The next so many appends fail.
    pub fn fail_appends(&self, count: u32) {
        self.failing_appends.set(count);
    }

    /// The next so many flushes fail, after the links were made.
    pub fn fail_flushes(&self, count: u32) {
        self.failing_flushes.set(count);
    }

    /// While this says so, everything fails.
    pub fn silence(&self) -> Rc<Cell<bool>> {
        self.is_silent.clone()
    }

    pub fn lose_what_is_not_durable(&self) {
        self.taken.borrow_mut().clear();
    }

    /// The durable entries, to be copied, altered or cut.
    pub fn entries(&self) -> BTreeMap<u64, Vec<u8>> {
        self.durable.borrow().clone()
    }

    pub fn put_back(&self, entries: BTreeMap<u64, Vec<u8>>) {
        *self.durable.borrow_mut() = entries;
    }

    /// The bytes of every durable event, in order.
    pub fn events(&self) -> Vec<Vec<u8>> {
        let mut events = Vec::new();
        for entry in self.durable.borrow().values() {
            let mut left = Entry::read(entry).unwrap().events;
            while let Some((event, rest)) = split_event(left) {
                events.push(event.to_vec());
                left = rest;
            }
            assert!(left.is_empty(), "an entry ends in half an event");
        }
        events
    }

    /// Asks `read` about the last durable event.
    pub fn last<R>(&self, read: impl FnOnce(&RecordedEvent<'_>) -> R) -> R {
        let events = self.events();
        read(&RecordedEvent::read(events.last().unwrap()).unwrap())
    }
}

/// Counts a failure down.
fn fails(left: &Cell<u32>) -> bool {
    let failing = left.get() > 0;
    left.set(left.get().saturating_sub(1));
    failing
}

impl AuditSink for Log {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        if self.is_silent.get() || fails(&self.failing_appends) {
            return Err(SinkFailed);
        }
        let mut event = vec![0; len];
        write(&mut event);
        self.taken.borrow_mut().push(event);
        Ok(if self.batched.get() { Accepted::Batched } else { Accepted::FlushDue })
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        if self.is_silent.get() {
            return Err(SinkFailed);
        }
        let mut taken = self.taken.borrow_mut();
        if taken.is_empty() {
            return if fails(&self.failing_flushes) { Err(SinkFailed) } else { Ok(()) };
        }
        let mut events = Vec::new();
        for event in taken.iter() {
            events.extend(u16::try_from(event.len()).unwrap().to_be_bytes());
            events.extend(event);
        }
        let mut entry = link(&events).to_vec();
        entry.extend(events);
        if fails(&self.failing_flushes) {
            return Err(SinkFailed);
        }
        taken.clear();
        let sequence = Entry::read(&entry).unwrap().sequence;
        self.durable.borrow_mut().insert(sequence, entry);
        Ok(())
    }

    fn scan(&self, from: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        let durable = self.durable.borrow();
        durable.range(from..).map(|(_, entry)| entry).take_while(|entry| visit(entry)).for_each(drop);
        Ok(())
    }
}
