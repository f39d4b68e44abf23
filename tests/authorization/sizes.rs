//! Texts that are cut off, too long, too deep or not text at all: none of them is a policy.

use strongroom_core::Error;
use strongroom_core::policy::PolicyKind;
use strongroom_std::policy_json::{compile_policy, compile_policy_bytes};

use super::json::Json;
use super::naive::{Kind, is_well_formed};

const STATEMENT: &str = r#"{"Sid":"a","Effect":"Allow","Action":["kms:*"],"Resource":"*","Condition":{"StringLike":{"aws:x":["é${aws:y}",true,7]}}}"#;

/// An identity policy of so many characters, white space not counted.
fn identity_policy(len: usize) -> String {
    let document = |value: &str| {
        format!(
            r#"{{"Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"StringEquals":{{"aws:x":"{value}"}}}}}}}}"#
        )
    };
    let filling = len - document("").len();
    document(&"é".repeat(filling))
}

fn key_policy(len: usize) -> String {
    let document = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;
    format!("{document}{}", " ".repeat(len - document.len()))
}

#[test]
fn a_key_policy_has_32768_bytes_at_most() {
    assert!(compile_policy(&key_policy(32_768), PolicyKind::Key).is_ok());
    let refused = compile_policy(&key_policy(32_769), PolicyKind::Key).unwrap_err();
    assert_eq!(refused.error, Error::LimitExceeded);
}

#[test]
fn an_identity_policy_has_10240_characters_at_most_white_space_aside() {
    for (len, expected) in [(10_240, true), (10_241, false)] {
        let text = identity_policy(len);
        assert_eq!(compile_policy(&text, PolicyKind::Identity).is_ok(), expected, "{len}");
        assert_eq!(is_well_formed(&Json::parse(&text).unwrap(), Kind::Identity), expected, "{len}");
        let spaced = text.replace(',', "\n,\t \r");
        assert_eq!(compile_policy(&spaced, PolicyKind::Identity).is_ok(), expected, "{len} and white space");
    }
    let refused = compile_policy(&identity_policy(10_241), PolicyKind::Identity).unwrap_err();
    assert_eq!(refused.error, Error::LimitExceeded);
}

#[test]
fn a_document_that_is_cut_off_is_none() {
    for text in [
        format!(r#"{{"Version":"2012-10-17","Statement":[{STATEMENT}]}}"#),
        format!("{{\"Statement\":{STATEMENT}}}"),
    ] {
        assert!(compile_policy(&text, PolicyKind::Identity).is_ok());
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let refused = compile_policy(&text[..end], PolicyKind::Identity).unwrap_err();
            assert_eq!(refused.error, Error::MalformedPolicyDocument, "{}", &text[..end]);
        }
        for more in ["{}", ",", "}", "x", "null", "\0", "\u{feff}"] {
            assert!(compile_policy(&format!("{text}{more}"), PolicyKind::Identity).is_err(), "{more}");
        }
        assert!(compile_policy(&format!("\u{feff}{text}"), PolicyKind::Identity).is_err());
    }
}

#[test]
fn deep_nesting_is_refused() {
    for depth in [3, 100, 127, 128, 129, 5_000] {
        for (open, close) in [("[", "]"), (r#"{"Statement":"#, "}"), (r#"{"Statement":["#, "]}")] {
            let text = format!("{}{}{}", open.repeat(depth), "{}", close.repeat(depth));
            for kind in [PolicyKind::Key, PolicyKind::Identity] {
                assert!(compile_policy(&text, kind).is_err(), "{open} {depth}");
                assert!(compile_policy(&open.repeat(depth), kind).is_err(), "{open} {depth}");
            }
        }
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    let text = format!("{{\"Statement\":{STATEMENT}}}").into_bytes();
    assert!(compile_policy_bytes(&text, PolicyKind::Identity).is_ok());
    for at in 0..text.len() {
        for byte in [0xff, 0xc0, 0x80] {
            let mut bytes = text.clone();
            bytes[at] = byte;
            assert!(
                compile_policy_bytes(&bytes, PolicyKind::Identity).is_err()
                    || std::str::from_utf8(&bytes).is_ok()
            );
        }
    }
}

#[test]
fn a_policy_of_one_kind_is_none_of_the_other() {
    let identity = format!("{{\"Statement\":{STATEMENT}}}");
    assert!(compile_policy(&identity, PolicyKind::Key).is_err());
    let key = key_policy(200);
    assert!(compile_policy(&key, PolicyKind::Identity).is_err());
}
