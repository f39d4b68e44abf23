use std::cell::{Cell, RefCell};
use std::rc::Rc;

use strongroom_core::audit::Entry;
use strongroom_core::platform::{Accepted, AuditSink, LINK_LEN, SinkFailed};
use strongroom_std::faults::contract::{Clause, audit_sink};

use super::catches;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    TurnsEventsRound,
    ShowsWhatIsNotFlushed,
    ScansFromTheStart,
    LinksOverHalf,
    KeepsEmptyEntries,
    KeepsOldEntriesToo,
    DropsEventsOfAFailedFlush,
    KeepsTheLastEntryInMemory,
    DropsTheOldestWhenFull,
}

type Medium = Rc<RefCell<Vec<Vec<u8>>>>;

/// A sink in a list, with one thing wrong about it.
struct Broken {
    fault: Fault,
    medium: Medium,
    now: RefCell<Vec<Vec<u8>>>,
    taken: RefCell<Vec<Vec<u8>>>,
    fails: Cell<bool>,
    room: usize,
}

impl Broken {
    fn open(fault: Fault, medium: &Medium) -> Self {
        let now = RefCell::new(medium.borrow().clone());
        let (taken, fails) = (RefCell::default(), Cell::new(false));
        Broken { fault, medium: medium.clone(), now, taken, fails, room: usize::MAX }
    }

    fn new(fault: Fault) -> Self {
        Broken::open(fault, &Medium::default())
    }

    fn with_room(fault: Fault) -> Self {
        Broken { room: 1_000, ..Broken::new(fault) }
    }
}

fn sequence(entry: &[u8]) -> u64 {
    Entry::read(entry).unwrap().sequence
}

impl AuditSink for Broken {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        let mut now = self.now.borrow_mut();
        if now.iter().map(Vec::len).sum::<usize>() + len > self.room {
            if self.fault != Fault::DropsTheOldestWhenFull || now.len() > 20 {
                return Err(SinkFailed);
            }
            now.remove(0);
        }
        let mut event = vec![0; len];
        write(&mut event);
        self.taken.borrow_mut().push(event);
        Ok(Accepted::FlushDue)
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        let mut taken = self.taken.borrow_mut();
        if taken.is_empty() && self.fault != Fault::KeepsEmptyEntries {
            return Ok(());
        }
        if self.fault == Fault::TurnsEventsRound {
            taken.reverse();
        }
        let mut events = Vec::new();
        for event in taken.iter() {
            events.extend(u16::try_from(event.len()).unwrap().to_be_bytes());
            events.extend(event);
        }
        let linked =
            if self.fault == Fault::LinksOverHalf { &events[..events.len() / 2] } else { &events[..] };
        let entry = [&link(linked)[..], &events].concat();
        if self.fails.take() {
            if self.fault == Fault::DropsEventsOfAFailedFlush {
                taken.clear();
            }
            return Err(SinkFailed);
        }
        taken.clear();
        let mut now = self.now.borrow_mut();
        let number = sequence(&entry);
        if self.fault != Fault::KeepsOldEntriesToo {
            now.retain(|old| sequence(old) != number);
        }
        now.push(entry);
        now.sort_by_key(|entry| sequence(entry));
        let kept = now.len() - usize::from(self.fault == Fault::KeepsTheLastEntryInMemory);
        *self.medium.borrow_mut() = now[..kept].to_vec();
        Ok(())
    }

    fn scan(&self, from: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        let mut shown = self.now.borrow().clone();
        if self.fault == Fault::ShowsWhatIsNotFlushed {
            for event in self.taken.borrow().iter() {
                let len = u16::try_from(event.len()).unwrap().to_be_bytes();
                shown.push([&[0xff; LINK_LEN], &len[..], event].concat());
            }
        }
        let is_shown = |entry: &&Vec<u8>| self.fault == Fault::ScansFromTheStart || sequence(entry) >= from;
        shown.iter().filter(is_shown).take_while(|entry| visit(entry)).for_each(drop);
        Ok(())
    }
}

#[test]
fn a_sink_with_nothing_wrong_passes() {
    let make = || {
        let medium = Medium::default();
        move || Broken::open(Fault::None, &medium)
    };
    let report = audit_sink::check_reopened(make).unwrap();
    assert_eq!(report.clauses().len(), 6);
    audit_sink::check_replacement(&Broken::new(Fault::None)).unwrap();
    audit_sink::check_failing(&Broken::new(Fault::None), |sink| sink.fails.set(true)).unwrap();
    audit_sink::check_bounded(&Broken::with_room(Fault::None)).unwrap();
}

#[test]
fn a_sink_that_breaks_a_clause_is_caught() {
    for (fault, clause) in [
        (Fault::TurnsEventsRound, Clause::EventsComeBackInOrder),
        (Fault::ShowsWhatIsNotFlushed, Clause::NothingIsDurableBeforeAFlush),
        (Fault::ScansFromTheStart, Clause::ScanKeepsItsBounds),
        (Fault::LinksOverHalf, Clause::LinkIsMadeOverWhatIsKept),
        (Fault::KeepsEmptyEntries, Clause::EmptyFlushKeepsNothing),
    ] {
        catches(audit_sink::check(|| Broken::new(fault)), clause);
    }
    let both = Broken::new(Fault::KeepsOldEntriesToo);
    catches(audit_sink::check_replacement(&both), Clause::EntriesAreReplacedByNumber);
}

#[test]
fn a_sink_that_loses_events_by_a_failed_flush_is_caught() {
    let losing = Broken::new(Fault::DropsEventsOfAFailedFlush);
    let checked = audit_sink::check_failing(&losing, |sink| sink.fails.set(true));
    catches(checked, Clause::FailedFlushKeepsTheEvents);
}

#[test]
fn a_sink_that_acknowledges_before_it_wrote_is_caught() {
    let make = || {
        let medium = Medium::default();
        move || Broken::open(Fault::KeepsTheLastEntryInMemory, &medium)
    };
    catches(audit_sink::check_reopened(make), Clause::FlushIsDurable);
}

#[test]
fn a_sink_that_drops_the_oldest_when_full_is_caught() {
    let dropping = Broken::with_room(Fault::DropsTheOldestWhenFull);
    catches(audit_sink::check_bounded(&dropping), Clause::FullSinkRefuses);
}
