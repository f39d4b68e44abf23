//! Decoders of what is stored and logged, and the policy evaluator, on arbitrary bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_core::audit::{Entry, RecordedEvent, context_pairs, split_event};
use strongroom_core::is_record;
use strongroom_fuzz::policy::evaluate_all;

fuzz_target!(|data: &[u8]| {
    let _ = is_record(data);
    log_entry(data);
    evaluate_all(data);
});

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
