//! The protocol without a client that would mend what is wrong.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::running::Running;

const CREDENTIAL: &str = "AWS4-HMAC-SHA256 Credential=111122223333/20260101/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=00";

/// Sends a request by hand, and answers status, headers and body.
fn send(running: &Running, method: &str, headers: &[(&str, &str)], body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(running.address()).unwrap();
    let mut request = format!(
        "{method} / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1\r\n"
    );
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

/// Sends an operation, signed by nobody.
fn call(running: &Running, operation: &str, body: &str) -> (u16, String, String) {
    let target = format!("TrentService.{operation}");
    send(running, "POST", &[("x-amz-target", target.as_str()), ("authorization", CREDENTIAL)], body)
}

#[test]
fn an_answer_has_the_form_that_clients_expect() {
    let running = Running::dev();
    let (status, head, body) = call(&running, "CreateKey", "");
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/x-amz-json-1.1"), "{head}");
    let id = head.lines().find_map(|line| line.strip_prefix("x-amzn-requestid: ")).unwrap();
    assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
    let metadata = &serde_json::from_str::<serde_json::Value>(&body).unwrap()["KeyMetadata"];
    assert!(metadata["CreationDate"].as_f64().unwrap() > 1.7e9, "{body}");
    assert!(!body.contains("null"), "{body}");

    let key = metadata["KeyId"].as_str().unwrap();
    let (status, _, body) = call(&running, "EnableKey", &format!(r#"{{"KeyId":"{key}"}}"#));
    assert_eq!((status, body.as_str()), (200, ""), "no output, no body");
}

#[test]
fn what_is_known_beyond_aws_is_told_to_whoever_asks_for_it() {
    let running = Running::dev();
    let ask = |operation: &str, body: serde_json::Value| -> serde_json::Value {
        let (_, _, answer) = call(&running, operation, &body.to_string());
        serde_json::from_str(&answer).unwrap_or_default()
    };
    let made = ask("CreateKey", json!({ "Facts": true }));
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    assert_eq!(
        (&made["Facts"]["KeyId"], &made["Facts"]["CurrentVersion"]),
        (&json!(key), &json!(1)),
        "{made}"
    );
    assert_eq!(ask("DescribeKey", json!({ "KeyId": key })).get("Facts"), None);
    let described = ask("DescribeKey", json!({ "KeyId": key, "Facts": true }));
    let material = &described["KeyMetadata"]["CurrentKeyMaterialId"];
    assert_eq!(&described["Facts"]["CurrentKeyMaterialId"], material, "{described}");
    assert_eq!(ask("DisableKey", json!({ "KeyId": key, "Facts": true }))["Facts"]["KeyState"], "Disabled");
    assert_eq!(ask("EnableKey", json!({ "KeyId": key })), serde_json::Value::Null);
    let scheduled =
        ask("ScheduleKeyDeletion", json!({ "KeyId": key, "PendingWindowInDays": 7, "Facts": true }));
    let facts = &scheduled["Facts"];
    assert_eq!((&facts["PendingWindowInDays"], &facts["LastDay"]), (&json!(7), &json!(false)), "{facts}");
    assert_eq!(facts["DeletionDate"], scheduled["DeletionDate"]);
    let kept = ask("CancelKeyDeletion", json!({ "KeyId": key, "Facts": true }));
    assert_eq!(
        (&kept["Facts"]["KeyState"], kept["Facts"].get("DeletionDate")),
        (&json!("Disabled"), None),
        "{kept}"
    );
    ask("EnableKey", json!({ "KeyId": key }));

    let budget = |key: &str| ask("GetKeyLastUsage", json!({ "KeyId": key, "Facts": true }))["Facts"].clone();
    assert_eq!(budget(key), serde_json::Value::Null);
    for half in [json!({ "KeyId": key, "Sealings": 5 }), json!({ "KeyId": key, "Then": "ROTATE" })] {
        assert_eq!(ask("PutUsageBudget", half)["__type"], "ValidationException");
    }
    ask("PutUsageBudget", json!({ "KeyId": key, "Sealings": 5, "Then": "REFUSE" }));
    assert_eq!(budget(key), json!({ "Sealings": 5, "Then": "REFUSE" }));
    assert_eq!(ask("GetKeyLastUsage", json!({ "KeyId": key })).get("Facts"), None);
    ask("PutUsageBudget", json!({ "KeyId": key }));
    assert_eq!(budget(key), serde_json::Value::Null);
}

#[test]
fn a_mac_that_names_its_version_verifies_under_that_version() {
    let running = Running::dev();
    let ask = |operation: &str, body: serde_json::Value| -> serde_json::Value {
        serde_json::from_str(&call(&running, operation, &body.to_string()).2).unwrap()
    };
    let key = ask("CreateKey", json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" }));
    let key = key["KeyMetadata"]["KeyId"].as_str().unwrap();
    let with = |mac: &serde_json::Value| {
        let request =
            json!({ "KeyId": key, "Message": "YQ==", "MacAlgorithm": "HMAC_SHA_256", "Facts": true });
        let mut request = request.as_object().unwrap().clone();
        request.extend(mac.is_string().then(|| ("Mac".to_owned(), mac.clone())));
        serde_json::Value::Object(request)
    };
    let made = ask("GenerateVersionedMac", with(&serde_json::Value::Null));
    ask("CreateKeyVersion", json!({ "KeyId": key }));
    let verified = ask("VerifyVersionedMac", with(&made["Mac"]));
    assert_eq!(
        (&verified["MacValid"], &verified["Facts"]["Version"]),
        (&json!(true), &json!(1)),
        "{verified}"
    );
    assert_eq!(verified["Facts"]["KeyMaterialId"], made["Facts"]["KeyMaterialId"]);
    assert_eq!(ask("VerifyMac", with(&made["Mac"]))["__type"], "KMSInvalidMacException");
    let plain = ask("GenerateMac", with(&serde_json::Value::Null));
    assert_eq!(plain["Facts"]["Version"], 2, "{plain}");
}

#[test]
fn versions_answer_under_names_of_our_own() {
    let running = Running::dev();
    let ask = |operation: &str, body: serde_json::Value| -> serde_json::Value {
        let (status, _, answer) = call(&running, operation, &body.to_string());
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert!(status == 200 || answer.get("__type").is_some(), "{operation}: {answer}");
        answer
    };
    let key =
        &ask("CreateKey", json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" }))["KeyMetadata"];
    let key = key["KeyId"].as_str().unwrap();
    assert_eq!(ask("CreateKeyVersion", json!({ "KeyId": key }))["CurrentVersion"], 2);
    ask("RevokeKeyVersion", json!({ "KeyId": key, "Version": 1 }));
    let listed = ask("ListKeyVersions", json!({ "KeyId": key, "Limit": 1 }));
    assert_eq!(listed["Versions"][0]["VersionState"], "Revoked", "{listed}");
    let rest = ask("ListKeyVersions", json!({ "KeyId": key, "Marker": listed["NextMarker"] }));
    assert_eq!(rest["Versions"][0]["Current"], true, "{rest}");
    ask("RestoreKeyVersion", json!({ "KeyId": key, "Version": 1 }));
    let scheduled = json!({ "KeyId": key, "Version": 1, "PendingWindowInDays": 7 });
    ask("ScheduleKeyVersionDestruction", scheduled);
    let early = ask("ConfirmKeyVersionDestruction", json!({ "KeyId": key, "Version": 1 }));
    assert_eq!(early["__type"], "KMSInvalidStateException", "{early}");
    ask("CancelKeyVersionDestruction", json!({ "KeyId": key, "Version": 1 }));
    assert_eq!(
        ask("ScheduleKeyRotation", json!({ "KeyId": key, "RotationPeriodInDays": 90 }))["KeyState"],
        "Enabled"
    );
    assert_eq!(ask("RetireCheck", json!({ "KeyId": key, "Version": 2 }))["InUse"], true);
    let early = ask("ConfirmKeyDeletion", json!({ "KeyId": key }));
    assert_eq!(early["__type"], "KMSInvalidStateException", "{early}");
}

#[test]
fn an_error_has_the_form_that_clients_expect() {
    let running = Running::dev();
    let (status, head, body) = call(&running, "DescribeKey", r#"{"KeyId":"none"}"#);
    assert_eq!(status, 400);
    assert_eq!(body, r#"{"__type":"NotFoundException","message":"Invalid keyId 'none'"}"#);
    assert!(head.contains("x-amzn-requestid: "), "{head}");
}

#[test]
fn what_is_no_request_is_answered_too() {
    let running = Running::dev();
    let kind = |(status, _, body): (u16, String, String)| {
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        (status, body["__type"].as_str().unwrap().to_owned())
    };
    let is = |status: u16, name: &str| (status, name.to_owned());
    for body in ["{", "[]", "1", r#"{"KeyId":1}"#, r#"{"KeyId":"a","KeyId":"b"}"#, r#"{"KeyId":"\ud800"}"#] {
        assert_eq!(kind(call(&running, "DescribeKey", body)), is(400, "SerializationException"), "{body}");
    }
    let many = format!(r#"{{"KeyId":"a","Tags":[{}{{}}]}}"#, "{},".repeat(100_000));
    let (status, _, body) = call(&running, "TagResource", &many);
    assert_eq!((status, body.len() < many.len()), (400, true), "an answer longer than what was asked");
    let blob = r#"{"CiphertextBlob":"?"}"#;
    assert_eq!(kind(call(&running, "Decrypt", blob)), is(400, "SerializationException"));
    let deep = format!(r#"{{"EncryptionContext":{}"#, "[".repeat(100_000));
    assert_eq!(kind(call(&running, "Decrypt", &deep)), is(400, "SerializationException"));
    assert_eq!(kind(call(&running, "Nothing", "{}")), is(400, "UnknownOperationException"));
    // `null` is as good as nothing, and what is not known is passed over.
    let null = r#"{"KeyId":null,"Other":[{}]}"#;
    assert_eq!(kind(call(&running, "DescribeKey", null)), is(400, "ValidationException"));

    let target = ("x-amz-target", "TrentService.ListKeys");
    assert_eq!(kind(send(&running, "POST", &[target], "{}")), is(400, "MissingAuthenticationTokenException"));
    assert_eq!(
        kind(send(&running, "POST", &[target, ("authorization", "Bearer a")], "{}")),
        is(400, "IncompleteSignatureException")
    );
    assert_eq!(kind(send(&running, "GET", &[target], "")), is(404, "UnknownOperationException"));
    let other = ("x-amz-target", "DynamoDB_20120810.ListTables");
    assert_eq!(
        kind(send(&running, "POST", &[other, ("authorization", CREDENTIAL)], "{}")),
        is(400, "UnknownOperationException")
    );
    // A Region that is no name of a file.
    for region in ["..", "A", "a.b", ""] {
        let credential = CREDENTIAL.replace("us-east-1", region);
        let (status, _) = kind(send(&running, "POST", &[target, ("authorization", &credential)], "{}"));
        assert_eq!(status, 400, "{region}");
    }
}
