//! Bodies of requests to the endpoint: reading them is total, and what is refused is refused with an exception in JSON.
//!
//! Input: the number of an operation, then the body.
#![no_main]

use std::collections::{BTreeSet, HashMap};

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use strongroom_server::wire;

/// What a body can be refused as before any vault is asked.
const EXCEPTIONS: [&str; 2] = ["SerializationException", "ValidationException"];

fuzz_target!(|data: &[u8]| {
    let Some((&number, body)) = data.split_first() else { return };
    let names: Vec<&str> = wire::operations().collect();
    let name = names[usize::from(number) % names.len()];
    let Err(refusal) = wire::check(name, body) else {
        // By the grammar of RFC 8259 alone: members that no operation knows may say what no value of ours can hold.
        let is_object = serde_json::from_slice::<HashMap<String, IgnoredAny>>(body).is_ok();
        assert!(body.is_empty() || is_object, "what is no object is a request");
        return;
    };
    let answer = refusal.into_answer();
    assert_eq!(answer.status, 400);
    let told: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&answer.body).expect("an exception is an object");
    let members: BTreeSet<&str> = told.keys().map(String::as_str).collect();
    assert!(members.is_subset(&BTreeSet::from(["__type", "message"])), "{members:?}");
    assert!(EXCEPTIONS.contains(&told["__type"].as_str().expect("its name is a text")));
});
