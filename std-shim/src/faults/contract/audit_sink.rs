//! The contract of [`AuditSink`].

use std::cell::RefCell;

use strongroom_core::audit::{Entry, split_event};
use strongroom_core::platform::{AuditSink, LINK_LEN, SinkFailed};

use super::expect::{Kept, done, equal, expect};
use super::{Clause, Report, Violation};

/// Checks what holds while a log is open. `make` gives an empty sink each time, with room for 40,000 bytes.
///
/// # Errors
/// The first clause that is not kept.
pub fn check<S: AuditSink>(make: impl Fn() -> S) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::EventsComeBackInOrder, || events_come_back_in_order(&make()))?;
    report.check(Clause::NothingIsDurableBeforeAFlush, || what_is_not_flushed_is_not_there(&make()))?;
    report.check(Clause::ScanKeepsItsBounds, || a_scan_starts_and_ends_where_it_is_told(&make()))?;
    report.check(Clause::LinkIsMadeOverWhatIsKept, || the_link_is_made_over_what_is_kept(&make()))?;
    report.check(Clause::EmptyFlushKeepsNothing, || a_flush_of_nothing_is_nothing(&make()))?;
    Ok(report)
}

/// Checks in addition what holds from one opening to the next. `make` gives an empty medium each time, as a function that
/// opens it: what was opened before is dropped first.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_reopened<M: Fn() -> S, S: AuditSink>(make: impl Fn() -> M) -> Result<Report, Violation> {
    // Media live as long as what is opened on them.
    let media = RefCell::new(Vec::new());
    let opened = || {
        let open = make();
        let driver = open();
        media.borrow_mut().push(open);
        driver
    };
    let mut report = check(opened)?;
    report.check(Clause::FlushIsDurable, || entries_are_there_when_opened_again(&make()))?;
    Ok(report)
}

/// For sinks that keep several segments: checks that an entry whose number exists already takes its place.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_replacement(sink: &impl AuditSink) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::EntriesAreReplacedByNumber, || an_entry_takes_the_place_of_its_number(sink))?;
    Ok(report)
}

/// For sinks whose next flush can be made to fail, which `fail` does: checks that nothing is lost by it.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_failing<S: AuditSink>(sink: &S, fail: impl Fn(&S)) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::FailedFlushKeepsTheEvents, || a_failed_flush_is_made_up_for(sink, fail))?;
    Ok(report)
}

/// For sinks with a bound below 64 KiB: checks that they refuse when full, and keep what they had.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_bounded(sink: &impl AuditSink) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::FullSinkRefuses, || a_full_sink_keeps_what_it_had(sink))?;
    Ok(report)
}

fn append(sink: &impl AuditSink, event: &[u8]) -> Kept {
    done("an append", try_append(sink, event))
}

fn try_append(sink: &impl AuditSink, event: &[u8]) -> Result<(), SinkFailed> {
    let write = |buffer: &mut [u8]| {
        for (to, from) in buffer.iter_mut().zip(event) {
            *to = *from;
        }
    };
    sink.append(event.len(), &write).map(drop)
}

/// A link with this number.
fn link(sequence: u64, mount: u8) -> [u8; LINK_LEN] {
    let mut link = [mount; LINK_LEN];
    for (to, from) in link.iter_mut().zip(sequence.to_be_bytes()) {
        *to = from;
    }
    link
}

/// Flushes with links numbered from `sequence` on; answers the number that comes next.
fn try_flush(sink: &impl AuditSink, sequence: u64, mount: u8) -> Result<u64, SinkFailed> {
    let mut next = sequence;
    sink.flush(&mut |_| {
        let made = link(next, mount);
        next = next.saturating_add(1);
        made
    })?;
    Ok(next)
}

fn flush(sink: &impl AuditSink, sequence: u64) -> Result<u64, String> {
    done("a flush", try_flush(sink, sequence, 1))
}

fn entries(sink: &impl AuditSink, from: u64) -> Result<Vec<Vec<u8>>, String> {
    let mut found = Vec::new();
    let visited = sink.scan(from, &mut |entry| {
        found.push(entry.to_vec());
        true
    });
    done("a scan", visited).map(|()| found)
}

fn numbers(entries: &[Vec<u8>]) -> Result<Vec<u64>, String> {
    entries
        .iter()
        .map(|entry| done("reading an entry", Entry::read(entry)).map(|read| read.sequence))
        .collect()
}

fn events(entries: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, String> {
    let mut found = Vec::new();
    for entry in entries {
        let mut left = done("reading an entry", Entry::read(entry))?.events;
        while let Some((event, rest)) = split_event(left) {
            found.push(event.to_vec());
            left = rest;
        }
        expect(left.is_empty(), || "an entry ends within an event".to_owned())?;
    }
    Ok(found)
}

fn holds(sink: &impl AuditSink, expected: &[Vec<u8>]) -> Kept {
    equal("events", &events(&entries(sink, 0)?)?.as_slice(), &expected)
}

fn events_come_back_in_order(sink: &impl AuditSink) -> Kept {
    let (mut expected, mut sequence) = (Vec::new(), 0);
    for round in 0..20_u8 {
        for number in 0..=round % 4 {
            let byte = round.wrapping_mul(10).wrapping_add(number);
            let event = vec![byte; usize::from(round).saturating_mul(20).saturating_add(1)];
            append(sink, &event)?;
            expected.push(event);
        }
        sequence = flush(sink, sequence)?;
        holds(sink, &expected)?;
    }
    let expected: Vec<u64> = (0..sequence).collect();
    equal("numbers of entries", &numbers(&entries(sink, 0)?)?, &expected)
}

fn what_is_not_flushed_is_not_there(sink: &impl AuditSink) -> Kept {
    append(sink, b"first")?;
    holds(sink, &[])?;
    let sequence = flush(sink, 0)?;
    append(sink, b"second")?;
    holds(sink, &[b"first".to_vec()])?;
    flush(sink, sequence)?;
    holds(sink, &[b"first".to_vec(), b"second".to_vec()])
}

fn a_scan_starts_and_ends_where_it_is_told(sink: &impl AuditSink) -> Kept {
    for number in 0..10_u8 {
        append(sink, &[number; 5])?;
        let next = u64::from(number).saturating_add(1);
        equal("entries of one event", &flush(sink, number.into())?, &next)?;
    }
    for from in 0..12 {
        let expected: Vec<u64> = (from..10).collect();
        equal(&format!("entries from {from} on"), &numbers(&entries(sink, from)?)?, &expected)?;
    }
    for most in 1..10_u32 {
        let mut visited = 0_u32;
        let visit = sink.scan(0, &mut |_| {
            visited = visited.saturating_add(1);
            visited < most
        });
        done("a scan", visit)?;
        equal("visits until told to stop", &visited, &most)?;
    }
    Ok(())
}

fn the_link_is_made_over_what_is_kept(sink: &impl AuditSink) -> Kept {
    append(sink, b"one")?;
    append(sink, b"two, longer")?;
    let (mut linked, mut sequence) = (Vec::new(), 0_u64);
    let flushed = sink.flush(&mut |events| {
        let made = link(sequence, 5);
        sequence = sequence.saturating_add(1);
        linked.push([&made[..], events].concat());
        made
    });
    done("a flush", flushed)?;
    equal("entries", &entries(sink, 0)?, &linked)?;
    holds(sink, &[b"one".to_vec(), b"two, longer".to_vec()])
}

fn a_flush_of_nothing_is_nothing(sink: &impl AuditSink) -> Kept {
    equal("the next number after a flush of nothing", &flush(sink, 0)?, &0)?;
    append(sink, b"x")?;
    flush(sink, 0)?;
    equal("the next number after a flush of nothing", &flush(sink, 1)?, &1)?;
    equal("entries", &entries(sink, 0)?.len(), &1)
}

fn entries_are_there_when_opened_again<S: AuditSink>(open: &impl Fn() -> S) -> Kept {
    let (mut expected, mut sequence) = (Vec::new(), 0);
    for number in 0..10_u8 {
        let sink = open();
        for event in [vec![number; 30], vec![number; 3]] {
            append(&sink, &event)?;
            expected.push(event);
        }
        sequence = flush(&sink, sequence)?;
        drop(sink);
        holds(&open(), &expected)?;
    }
    Ok(())
}

fn an_entry_takes_the_place_of_its_number(sink: &impl AuditSink) -> Kept {
    for number in 0..5_u8 {
        append(sink, &[number; 5])?;
        flush(sink, number.into())?;
    }
    append(sink, b"other")?;
    done("a flush", try_flush(sink, 3, 2))?;
    let found = numbers(&entries(sink, 0)?)?;
    equal("entries of one number", &found.iter().filter(|number| **number == 3).count(), &1)?;
    let third = events(&entries(sink, 3)?)?;
    equal("what has the number", &third.first().map(Vec::as_slice), &Some(&b"other"[..]))
}

fn a_failed_flush_is_made_up_for<S: AuditSink>(sink: &S, fail: impl Fn(&S)) -> Kept {
    append(sink, b"one")?;
    let sequence = flush(sink, 0)?;
    append(sink, b"two")?;
    fail(sink);
    equal("a flush that is to fail", &try_flush(sink, sequence, 1), &Err(SinkFailed))?;
    append(sink, b"three")?;
    flush(sink, sequence)?;
    holds(sink, &[b"one".to_vec(), b"two".to_vec(), b"three".to_vec()])
}

fn a_full_sink_keeps_what_it_had(sink: &impl AuditSink) -> Kept {
    let (mut sequence, mut kept) = (0, Vec::new());
    loop {
        let event = vec![u8::try_from(kept.len()).map_err(|_| "it is not bounded")?; 100];
        if try_append(sink, &event).is_err() {
            break;
        }
        kept.push(event);
        sequence = flush(sink, sequence)?;
    }
    expect(!kept.is_empty(), || "there was no room for an event".to_owned())?;
    holds(sink, &kept)?;
    equal("the next number after a flush of nothing", &flush(sink, sequence)?, &sequence)
}
