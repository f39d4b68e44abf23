//! What the audit log of a vault says of requests to the endpoint.

use std::collections::BTreeMap;

use super::kept::{ACCOUNT, Kept};
use super::raw::{Answer, Sent};

/// The id that an answer gives its request, as the log writes it.
pub(crate) fn request_id(answer: &Answer) -> String {
    let head = answer.head.to_ascii_lowercase();
    let id = head.lines().find_map(|line| line.strip_prefix("x-amzn-requestid: ")).unwrap();
    assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
    id.replace('-', "")
}

/// What the log says of each request: by whom, what, and how it ended.
fn recorded(kept: &mut Kept) -> BTreeMap<String, (String, &'static str, Option<&'static str>)> {
    let mut found = BTreeMap::new();
    kept.vault()
        .audit_events(0, |_, event| {
            let id = event.request_id.iter().map(|byte| format!("{byte:02x}")).collect();
            let told = (event.principal.to_owned(), event.action.name(), event.error_code);
            assert_eq!(found.insert(id, told), None, "two events of one request");
        })
        .unwrap();
    found
}

#[test]
fn the_id_of_an_answer_is_that_of_the_event_whatever_the_answer_was() {
    let mut kept = Kept::start();
    let key = kept.key_id.clone();
    let encrypt = format!(r#"{{"KeyId":"{key}","Plaintext":"aGVsbG8="}}"#);
    let sign = format!(r#"{{"KeyId":"{key}","Message":"YQ==","SigningAlgorithm":"ECDSA_SHA_256"}}"#);
    let pair = format!(r#"{{"KeyId":"{key}","KeyPairSpec":"RSA_2048"}}"#);
    let random = r#"{"NumberOfBytes":5,"CustomKeyStoreId":"x"}"#;
    let mut expected = Vec::new();
    for (operation, body, action, exception) in [
        ("Encrypt", encrypt.as_str(), "Encrypt", None),
        ("CreateKey", "{}", "CreateKey", None),
        ("Encrypt", r#"{"KeyId":"alias/none","Plaintext":"YQ=="}"#, "Encrypt", Some("NotFoundException")),
        // What is no request of the operation, and what no vault here has.
        ("Decrypt", "{", "Decrypt", Some("SerializationException")),
        ("ReEncrypt", "{}", "ReEncrypt", Some("ValidationException")),
        ("GenerateVersionedMac", "{}", "GenerateMac", Some("ValidationException")),
        ("PutKeyPolicy", r#"{"KeyId":1}"#, "PutKeyPolicy", Some("SerializationException")),
        ("Sign", &sign, "Sign", Some("UnsupportedOperationException")),
        ("GenerateDataKeyPair", &pair, "GenerateDataKeyPair", Some("UnsupportedOperationException")),
        ("GenerateRandom", random, "GenerateRandom", Some("UnsupportedOperationException")),
    ] {
        let answer = Sent::by(&kept.alice, operation, body).send(kept.address());
        let told = answer.exception();
        assert_eq!(told, exception.unwrap_or_default(), "{operation} {body}: {}", answer.body);
        // The log has the exceptions of the service; bytes that are no JSON are parameters outside their limits.
        let code = exception.map(|exception| match exception {
            "SerializationException" => "ValidationException",
            other => other,
        });
        expected.push((request_id(&answer), action, code));
    }
    // An operation that there is not has no name in the log, and whoever is not believed none either.
    let unknown = Sent::by(&kept.alice, "Nothing", "{}").send(kept.address());
    assert_eq!(unknown.exception(), "UnknownOperationException");
    let forged = Sent { secret: "x", ..Sent::by(&kept.alice, "Encrypt", &encrypt) }.send(kept.address());
    assert_eq!(forged.exception(), "InvalidSignatureException");

    let alice = format!("arn:aws:iam::{ACCOUNT}:user/alice");
    let found = recorded(&mut kept);
    for (id, action, code) in expected {
        assert_eq!(found.get(&id), Some(&(alice.clone(), action, code)), "{action} {id}");
    }
    for answer in [unknown, forged] {
        assert_eq!(found.get(&request_id(&answer)), None);
    }
}
