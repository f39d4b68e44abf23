//! Decoders of what is stored and logged, and the policy evaluator, on arbitrary bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_core::audit::{Entry, RecordedEvent, context_pairs, split_event};
use strongroom_core::key::KeyId;
use strongroom_core::policy::{Action, Authorization, Caller, Decision, Policy, evaluate};
use strongroom_core::{Realm, is_record};

const CALLERS: &[&str] = &[
    "arn:aws:iam::000000000000:root",
    "arn:aws:iam::000000000000:user/alice",
    "arn:aws:sts::111111111111:assumed-role/reader/session",
];

fuzz_target!(|data: &[u8]| {
    let _ = is_record(data);
    log_entry(data);
    policy(data);
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

fn policy(data: &[u8]) {
    let whole = Policy::read(data).and_then(|policy| policy.check_as_key_policy());
    let (realm, key_id) = (Realm::default(), KeyId::from_bytes([3; 16]));
    for caller in CALLERS.iter().filter_map(|principal| Caller::new(principal).ok()) {
        for action in [Action::Decrypt, Action::CreateKey, Action::PutKeyPolicy] {
            let request = Authorization { caller: &caller, action, realm: &realm, key: Some((key_id, data)) };
            let decision = evaluate(&request);
            assert_eq!(decision, evaluate(&request), "the same question, another answer");
            if matches!(decision, Decision::Allow(_)) {
                assert!(Policy::read(data).is_ok(), "a policy that cannot be read allows: {whole:?}");
            }
        }
    }
}
