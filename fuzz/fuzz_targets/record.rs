//! Decoders of what is stored and logged, and the policy evaluator, on arbitrary bytes. A record says how long it is, and what
//! is shorter than that is none: of each, all beginnings are read too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_core::audit::{Entry, RecordedEvent, context_pairs, split_event};
use strongroom_core::{VersionedMac, is_record, versioned_mac_len};
use strongroom_fuzz::policy::evaluate_all;

/// The type of the record with a vault's settings.
const SETTINGS: u8 = 10;
/// Of no longer records all beginnings are read.
const LEN_MAX: usize = 1024;

fuzz_target!(|data: &[u8]| {
    if is_record(data) {
        beginnings(data);
    }
    if let Ok(mac) = VersionedMac::parse(data) {
        assert_eq!(
            data.len(),
            versioned_mac_len(mac.algorithm),
            "a MAC has another length than its algorithm's"
        );
        assert!((0..data.len()).all(|len| VersionedMac::parse(&data[..len]).is_err()), "half a MAC is one");
    }
    log_entry(data);
    evaluate_all(data);
});

/// Reads each beginning of a record's content, behind the length that it has then.
fn beginnings(record: &[u8]) {
    let Some((len, content)) = record.split_first_chunk() else { return };
    let len = usize::try_from(u32::from_be_bytes(*len)).unwrap_or(usize::MAX).min(LEN_MAX);
    for shorter in 0..len {
        let content = content.get(..shorter).unwrap_or_default();
        let beginning = [&u32::try_from(shorter).unwrap_or_default().to_be_bytes()[..], content].concat();
        // Settings of a vault begin as a count of grants does: where they lie tells them apart.
        let is_count = shorter == 30 && content.first() == Some(&SETTINGS);
        assert!(is_count || !is_record(&beginning), "{shorter} bytes of a record of {len} are one");
    }
}

fn log_entry(data: &[u8]) {
    let _ = RecordedEvent::read(data);
    context_pairs(data).take_while(Result::is_ok).for_each(drop);
    let mut rest = Entry::read(data).map_or(data, |entry| entry.events);
    while let Some((event, behind)) = split_event(rest) {
        assert!(behind.len() < rest.len(), "the walk through the events does not end");
        if let Ok(event) = RecordedEvent::read(event) {
            context_pairs(event.context).take_while(Result::is_ok).for_each(drop);
        }
        rest = behind;
    }
}
