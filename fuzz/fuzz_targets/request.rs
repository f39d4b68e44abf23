//! Bodies of requests to the endpoint: reading them is total, and what is refused is refused with an exception in JSON.
//!
//! Who may do nothing is told so by a vault, whatever the body says.
//!
//! Input: the number of an operation, 128 more if a vault is to be asked, then the body.
#![no_main]

use std::collections::{BTreeSet, HashMap};

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use strongroom_core::AccountId;
use strongroom_server::wire::{self, Answer};
use strongroom_server::{Directory, Mode, Who};

/// What a body can be refused as before any vault is asked.
const EXCEPTIONS: [&str; 2] = ["SerializationException", "ValidationException"];

/// From here on, a vault is asked too.
const ASKED: u8 = 128;
const ACCOUNT: &str = "000000000000";
const REGION: &str = "eu-central-1";

thread_local! {
    static SERVED: (Directory, Who) = serve();
}

fuzz_target!(|data: &[u8]| {
    let Some((&number, body)) = data.split_first() else { return };
    let names: Vec<&str> = wire::operations().collect();
    let name = names[usize::from(number % ASKED) % names.len()];
    match wire::check(name, body) {
        Ok(()) => {
            // By the grammar of RFC 8259 alone: members that no operation knows may say what no value of ours can hold.
            let is_object = serde_json::from_slice::<HashMap<String, IgnoredAny>>(body).is_ok();
            assert!(body.is_empty() || is_object, "what is no object is a request");
            if number >= ASKED {
                SERVED.with(|(directory, nobody)| {
                    let answer = wire::answer(directory, nobody, name, body);
                    assert_ne!(answer.status, 200, "{name} is answered to somebody who may do nothing");
                    assert_ne!(answer.exception, Some("KMSInternalException"), "{name} fails");
                    told(&answer, None);
                });
            }
        }
        Err(refusal) => {
            let answer = refusal.into_answer();
            assert_eq!(answer.status, 400);
            told(&answer, Some(&EXCEPTIONS));
        }
    }
});

/// A vault with a key that is `alias/a`, and somebody whom no policy names.
fn serve() -> (Directory, Who) {
    let folder = std::env::temp_dir().join(format!("strongroom-fuzz-request-{}", std::process::id()));
    let account = AccountId::parse(ACCOUNT).expect("twelve digits");
    let mode = Mode::Dev { account, seed: None };
    let directory = Directory::new(&folder, mode).expect("a folder can be made");
    let root = Who::root(account, REGION);
    let made = wire::answer(&directory, &root, "CreateKey", b"{}");
    let made: serde_json::Value = serde_json::from_slice(&made.body).expect("a key is made");
    let key = made["KeyMetadata"]["KeyId"].as_str().expect("it has an id");
    let alias = format!(r#"{{"AliasName":"alias/a","TargetKeyId":"{key}"}}"#);
    assert_eq!(wire::answer(&directory, &root, "CreateAlias", alias.as_bytes()).status, 200);
    // It is open: the file lives on without its name, and goes with this process.
    std::fs::remove_dir_all(&folder).expect("it was made");
    let nobody = Who { principal: format!("arn:aws:iam::{ACCOUNT}:user/nobody"), ..root };
    (directory, nobody)
}

/// An exception is an object with a name and a message, and nothing else.
fn told(answer: &Answer, exceptions: Option<&[&str]>) {
    let told: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&answer.body).expect("an exception is an object");
    let members: BTreeSet<&str> = told.keys().map(String::as_str).collect();
    assert!(members.is_subset(&BTreeSet::from(["__type", "message"])), "{members:?}");
    let name = told["__type"].as_str().expect("its name is a text");
    assert!(exceptions.is_none_or(|known| known.contains(&name)), "{name}");
}
