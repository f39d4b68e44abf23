//! The compiler of JSON policies, on arbitrary text, and what it makes of it. The first byte says for which kind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_core::Error;
use strongroom_core::policy::{Policy, PolicyKind};
use strongroom_fuzz::policy::evaluate_all;
use strongroom_std::policy_json::{compile_policy, compile_policy_bytes, to_json};

fuzz_target!(|data: &[u8]| {
    let Some((mode, json)) = data.split_first() else { return };
    let kind = if mode & 1 == 0 { PolicyKind::Key } else { PolicyKind::Identity };
    match compile_policy_bytes(json, kind) {
        Ok(compiled) => is_whole(&compiled, kind),
        Err(error) => {
            // A place within the text, or just behind its end.
            let text = String::from_utf8_lossy(json);
            let line = text.split('\n').nth(error.line.saturating_sub(1));
            assert!(line.is_some_and(|line| error.column <= line.chars().count() + 1), "{error} is nowhere");
            assert!(!error.message.chars().any(char::is_control), "{error:?} is not fit to be shown");
            assert!(matches!(error.error, Error::MalformedPolicyDocument | Error::LimitExceeded));
        }
    }
});

/// What compiles is a policy that can be stored, evaluated and written, and that compiles to itself.
fn is_whole(compiled: &[u8], kind: PolicyKind) {
    let policy = Policy::read(compiled).expect("what compiles can be read");
    assert_eq!(policy.kind(), kind);
    policy.check().expect("what compiles can be stored");
    evaluate_all(compiled);
    let json = to_json(compiled).expect("what compiles can be written");
    match compile_policy(&json, kind) {
        Ok(again) => assert_eq!(again, compiled, "another policy: {json}"),
        // Written for people, it may have become too long.
        Err(error) => assert_eq!(error.error, Error::LimitExceeded, "{error} in {json}"),
    }
}
