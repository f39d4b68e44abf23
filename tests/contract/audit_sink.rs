//! Audit sinks: events in the order they came, none lost, none twice.

use strongroom_core::audit::{Entry, split_event};
use strongroom_core::platform::{AuditSink, LINK_LEN, SinkFailed};

fn append(sink: &impl AuditSink, event: &[u8]) -> Result<(), SinkFailed> {
    sink.append(event.len(), &|buffer| buffer.copy_from_slice(event)).map(drop)
}

/// Flushes with links numbered from `sequence`; answers how many entries were linked.
fn flush(sink: &impl AuditSink, sequence: u64, mount: u8) -> u64 {
    let mut next = sequence;
    sink.flush(&mut |_| {
        let mut link = [mount; LINK_LEN];
        link[..8].copy_from_slice(&next.to_be_bytes());
        next += 1;
        link
    })
    .unwrap();
    next - sequence
}

fn entries(sink: &impl AuditSink, from: u64) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    sink.scan(from, &mut |entry| {
        found.push(entry.to_vec());
        true
    })
    .unwrap();
    found
}

fn events(entries: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in entries {
        let mut left = Entry::read(entry).unwrap().events;
        while let Some((event, rest)) = split_event(left) {
            found.push(event.to_vec());
            left = rest;
        }
        assert!(left.is_empty());
    }
    found
}

/// Runs every check; `make` gives an empty sink each time, with room for 40,000 bytes.
pub fn suite<S: AuditSink>(make: &dyn Fn() -> S) {
    events_come_back_in_order(&make());
    what_is_not_flushed_is_not_there(&make());
    a_scan_starts_and_ends_where_it_is_told(&make());
    the_link_is_made_over_what_is_kept(&make());
    a_flush_of_nothing_is_nothing(&make());
}

fn events_come_back_in_order(sink: &impl AuditSink) {
    let mut expected = Vec::new();
    let mut sequence = 0;
    for round in 0..20u8 {
        for number in 0..=round % 4 {
            let event = vec![round * 10 + number; usize::from(round) * 20 + 1];
            append(sink, &event).unwrap();
            expected.push(event);
        }
        sequence += flush(sink, sequence, 1);
        assert_eq!(events(&entries(sink, 0)), expected);
    }
    let found = entries(sink, 0);
    let numbers = found.iter().map(|entry| Entry::read(entry).unwrap().sequence);
    assert!(numbers.eq(0..sequence), "entries are not in the order of their numbers");
}

fn what_is_not_flushed_is_not_there(sink: &impl AuditSink) {
    append(sink, b"first").unwrap();
    assert_eq!(entries(sink, 0), Vec::<Vec<u8>>::new());
    let sequence = flush(sink, 0, 1);
    append(sink, b"second").unwrap();
    assert_eq!(events(&entries(sink, 0)), [b"first"]);
    flush(sink, sequence, 1);
    assert_eq!(events(&entries(sink, 0)), [b"first".to_vec(), b"second".to_vec()]);
}

fn a_scan_starts_and_ends_where_it_is_told(sink: &impl AuditSink) {
    for number in 0..10u8 {
        append(sink, &[number; 5]).unwrap();
        assert_eq!(flush(sink, u64::from(number), 1), 1);
    }
    for from in 0..12u64 {
        let found = events(&entries(sink, from));
        assert_eq!(found.len() as u64, 10u64.saturating_sub(from), "from {from}");
        assert!(found.first().is_none_or(|event| u64::from(event[0]) == from));
    }
    for visits in 1..10 {
        let mut visited = 0;
        sink.scan(0, &mut |_| {
            visited += 1;
            visited < visits
        })
        .unwrap();
        assert_eq!(visited, visits);
    }
}

fn the_link_is_made_over_what_is_kept(sink: &impl AuditSink) {
    append(sink, b"one").unwrap();
    append(sink, b"two, longer").unwrap();
    let mut linked = Vec::new();
    let mut sequence = 0u64;
    sink.flush(&mut |events| {
        let mut link = [5; LINK_LEN];
        link[..8].copy_from_slice(&sequence.to_be_bytes());
        sequence += 1;
        linked.push([&link[..], events].concat());
        link
    })
    .unwrap();
    assert_eq!(entries(sink, 0), linked);
    assert_eq!(events(&linked), [b"one".to_vec(), b"two, longer".to_vec()]);
}

fn a_flush_of_nothing_is_nothing(sink: &impl AuditSink) {
    assert_eq!(flush(sink, 0, 1), 0);
    append(sink, b"x").unwrap();
    assert_eq!(flush(sink, 0, 1), 1);
    assert_eq!(flush(sink, 1, 1), 0);
    assert_eq!(entries(sink, 0).len(), 1);
}

/// For sinks that keep several segments: an entry whose number exists already takes its place.
pub fn replaces(sink: &impl AuditSink) {
    for number in 0..5u8 {
        append(sink, &[number; 5]).unwrap();
        flush(sink, u64::from(number), 1);
    }
    append(sink, b"other").unwrap();
    flush(sink, 3, 2);
    let found: Vec<u64> = entries(sink, 0).iter().map(|entry| Entry::read(entry).unwrap().sequence).collect();
    assert_eq!(found.iter().filter(|number| **number == 3).count(), 1, "{found:?}");
    let third = entries(sink, 3);
    assert_eq!(events(&third[..1]), [b"other"]);
}

/// For sinks with a bound below 64 KiB: full, they refuse, and keep what they had.
pub fn full(sink: &impl AuditSink) {
    let mut sequence = 0;
    let mut kept = Vec::new();
    loop {
        let event = vec![u8::try_from(kept.len()).unwrap(); 100];
        if append(sink, &event).is_err() {
            break;
        }
        kept.push(event);
        sequence += flush(sink, sequence, 1);
        assert!(sequence < 250, "it is not bounded");
    }
    assert!(!kept.is_empty());
    assert_eq!(events(&entries(sink, 0)), kept);
    assert_eq!(flush(sink, sequence, 1), 0);
}
