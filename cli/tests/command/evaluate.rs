use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::{Value, json};

use super::{command, run};

fn key_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "account", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
        {"Sid": "alice", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"},
         "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"StringEquals": {"kms:EncryptionContext:App": "billing"}}},
        {"Sid": "never", "Effect": "Deny", "Principal": "*", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"}]})
}

fn request(action: &str, context: Value) -> Value {
    json!({"principal": "arn:aws:iam::111122223333:user/alice", "action": action,
        "resource": "arn:aws:kms:us-east-1:111122223333:key/1", "context": context})
}

fn line(request: Value) -> Value {
    json!({"id": "x", "key_policy": key_policy(), "identity_policies": [], "request": request})
}

/// The answers to these lines, of which there must be as many as non-empty lines.
fn answers(arguments: &[&str], lines: &str) -> Vec<Value> {
    let ran = run(&[&["policy", "evaluate"], arguments].concat(), lines.as_bytes());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn answer(line: &Value) -> Value {
    answers(&[], &line.to_string()).remove(0)
}

#[test]
fn each_line_is_decided_in_order_and_the_status_is_0() {
    let lines: String = [
        ("kms:Decrypt", json!({"kms:EncryptionContext:App": "billing"})),
        ("kms:Decrypt", json!({"kms:EncryptionContext:App": "other"})),
        ("kms:ScheduleKeyDeletion", json!({})),
    ]
    .into_iter()
    .map(|(action, context)| line(request(action, context)).to_string() + "\n\n")
    .collect();
    let decisions: Vec<Value> =
        answers(&[], &lines).iter().map(|answer| answer["decision"].clone()).collect();
    assert_eq!(decisions, ["Allow", "ImplicitDeny", "ExplicitDeny"]);
    assert!(answers(&[], "").is_empty());
    assert!(answers(&[], " \n\r\n").is_empty());
}

#[test]
fn an_id_comes_back_as_it_came() {
    for id in [
        r#""a\u0041""#,
        "null",
        "1.50",
        r#"{"b":[1, {"a":null}]}"#,
        "true",
        &format!("{}{}", "[".repeat(300), "]".repeat(300)),
    ] {
        let body = line(request("kms:Decrypt", json!({})));
        let text = body.to_string().replacen("\"x\"", id, 1);
        let ran = run(&["policy", "evaluate"], text.as_bytes());
        assert_eq!(ran.out, format!("{{\"id\":{id},\"decision\":\"ImplicitDeny\"}}\n"));
    }
    let mut without = line(request("kms:Decrypt", json!({})));
    without.as_object_mut().unwrap().remove("id");
    assert_eq!(answer(&without)["id"], Value::Null);
}

#[test]
fn the_context_is_taken_as_it_is() {
    let decision = |conditions: Value, context: Value| {
        let policy = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": conditions}});
        let mut line = line(request("kms:Decrypt", context));
        line["key_policy"] = policy;
        answer(&line)
    };
    let number = json!({"NumericEquals": {"kms:RotationPeriodInDays": 90}});
    for (conditions, context, expected) in [
        (number.clone(), json!({"kms:RotationPeriodInDays": 90}), "Allow"),
        (number.clone(), json!({"KMS:rotationperiodindays": "9e1"}), "Allow"),
        (number, json!({}), "ImplicitDeny"),
        (json!({"Bool": {"kms:MultiRegion": "true"}}), json!({"kms:MultiRegion": true}), "Allow"),
        (json!({"StringEquals": {"a:b": "7.50"}}), json!({"a:b": "7.50"}), "Allow"),
        (json!({"ForAnyValue:StringEquals": {"a:b": "y"}}), json!({"a:b": ["x", "y"]}), "Allow"),
        (json!({"ForAnyValue:StringEquals": {"a:b": "y"}}), json!({"a:b": []}), "ImplicitDeny"),
        (json!({"StringEquals": {"a:b": "y"}}), json!({"a:b": ["y"]}), "ImplicitDeny"),
        (json!({"StringEquals": {"a:b": "y"}}), json!({"a:b": "y", "A:B": "y"}), "ImplicitDeny"),
        (json!({"Null": {"a:b": "false"}}), json!({"a:b": "y", "A:B": "y"}), "Allow"),
        // Nothing is derived.
        (json!({"Null": {"aws:CurrentTime": "true", "aws:PrincipalArn": "true"}}), json!({}), "Allow"),
    ] {
        let answer = decision(conditions.clone(), context.clone());
        assert_eq!(answer["decision"], expected, "{conditions} {context} {answer}");
    }
    for context in [json!({"a:b": null}), json!({"a:b": {}}), json!({"a:b": [["x"]]}), json!([]), json!("x")]
    {
        let answer = decision(json!({}), context.clone());
        assert_eq!(answer["decision"], "ImplicitDeny", "{context}");
        assert!(answer["error"].is_string(), "{context}");
    }
    // A name that stands twice has no single value.
    let text = line(request("kms:Decrypt", json!({"kms:EncryptionContext:App": "billing"}))).to_string();
    let pair = "\"kms:EncryptionContext:App\":\"billing\"";
    let twice = text.replacen(&format!("\"context\":{{{pair}"), &format!("\"context\":{{{pair},{pair}"), 1);
    assert_eq!(answers(&[], &twice)[0], json!({"id": "x", "decision": "ImplicitDeny"}));
    assert_eq!(answers(&[], &text)[0]["decision"], "Allow");
}

#[test]
fn without_a_key_policy_identity_policies_alone_decide() {
    let allow = json!({"Statement": {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}});
    let list = |policies: Value| {
        let request = json!({"principal": "arn:aws:iam::111122223333:user/alice", "action": "kms:ListKeys", "resource": "*"});
        answer(&json!({"id": 1, "key_policy": null, "identity_policies": policies, "request": request}))["decision"].clone()
    };
    assert_eq!(list(json!([allow])), "Allow");
    assert_eq!(list(json!([])), "ImplicitDeny");
    assert_eq!(list(Value::Null), "ImplicitDeny");
    let deny = json!({"Statement": {"Effect": "Deny", "Action": "kms:*", "Resource": "*"}});
    assert_eq!(list(json!([allow, deny])), "ExplicitDeny");
}

#[test]
fn what_cannot_be_read_is_denied_and_says_why() {
    let good = line(request("kms:Decrypt", json!({})));
    let with = |member: &str, value: Value| {
        let mut line = good.clone();
        line[member] = value;
        line.to_string()
    };
    let bad_policy = json!({"Statement": [{"Effect": "Alow"}]});
    let request_with = |member: &str, value: Value| {
        let mut line = good.clone();
        line["request"][member] = value;
        line.to_string()
    };
    let request_without = |member: &str| {
        let mut line = good.clone();
        line["request"].as_object_mut().unwrap().remove(member);
        line.to_string()
    };
    for (text, id, words) in [
        ("nonsense".to_owned(), Value::Null, "no JSON object"),
        ("[]".to_owned(), Value::Null, "no JSON object"),
        (good.to_string()[..40].to_owned(), Value::Null, "no JSON object"),
        (format!("{good}{good}"), Value::Null, "no JSON object"),
        (good.to_string().replacen('{', "{\"id\":7,", 1), json!(7), "`id` is given twice"),
        (with("key_policy", bad_policy.clone()), json!("x"), "key_policy: line 1, column "),
        (with("key_policy", json!("text")), json!("x"), "key_policy: line 1, column 1: "),
        (with("identity_policies", json!([bad_policy])), json!("x"), "identity_policies[0]: line 1, column "),
        (with("identity_policies", json!([key_policy()])), json!("x"), "`Principal` is not allowed"),
        (with("identity_policies", json!({})), json!("x"), "expected a list"),
        (with("request", Value::Null), json!("x"), "`request` is missing"),
        (with("request", json!([])), json!("x"), "request: "),
        (request_with("principal", json!("me")), json!("x"), "principal: "),
        (request_with("principal", json!(7)), json!("x"), "request: "),
        (request_with("action", json!("Decrypt")), json!("x"), "action: "),
        (request_with("resource", json!("key/1")), json!("x"), "resource: "),
        (request_without("principal"), json!("x"), "missing field `principal`"),
        (request_without("action"), json!("x"), "missing field `action`"),
        (request_without("resource"), json!("x"), "resource: missing"),
        (
            good.to_string().replacen("\"action\":", "\"action\":\"kms:Decrypt\",\"action\":", 1),
            json!("x"),
            "duplicate field `action`",
        ),
    ] {
        let answer = &answers(&["--explain"], &text)[0];
        assert_eq!((&answer["id"], &answer["decision"]), (&id, &json!("ImplicitDeny")), "{text}");
        assert!(answer["error"].as_str().is_some_and(|error| error.contains(words)), "{text}\n{answer}");
        assert!(answer.get("because").is_none());
    }
    let identity = json!({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}});
    let many = with("identity_policies", Value::Array(vec![identity; 257]));
    assert!(answers(&[], &many)[0]["error"].as_str().unwrap().contains("256"));
}

#[test]
fn bytes_that_are_no_text_and_endless_lines_are_denied_and_the_next_line_is_read() {
    let good = line(request("kms:ScheduleKeyDeletion", json!({}))).to_string();
    let mut input = b"{\"id\":\"\xff\"}\n".to_vec();
    input.extend(std::iter::repeat_n(b'x', 1 << 22));
    input.extend(b"xx\n");
    input.extend(good.as_bytes());
    let ran = run(&["policy", "evaluate"], &input);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.out);
    assert!(lines[0].contains("not UTF-8") && lines[1].contains("more than 4194304 bytes"));
    assert_eq!(lines[2], r#"{"id":"x","decision":"ExplicitDeny"}"#);
}

#[test]
fn reasons_name_the_statement_and_what_did_not_match() {
    let because = |action: &str, context: Value| {
        answers(&["--explain"], &line(request(action, context)).to_string())[0]["because"].clone()
    };
    let allowed = because("kms:Decrypt", json!({"kms:EncryptionContext:App": "billing"}));
    assert_eq!(
        (&allowed["policy"], &allowed["statement"], &allowed["sid"]),
        (&json!("key"), &json!(1), &json!("alice"))
    );
    assert_eq!(allowed["element"], Value::Null);
    let denied = because("kms:ScheduleKeyDeletion", json!({}));
    assert_eq!((&denied["statement"], &denied["sid"]), (&json!(2), &json!("never")));
    assert!(denied["words"].as_str().unwrap().contains("denied"));
    // The account's statement admits alice, but no policy of hers does.
    let lacking = because("kms:Encrypt", json!({}));
    assert!(lacking["words"].as_str().unwrap().starts_with("not allowed"), "{lacking}");

    let mut only_alice = line(request("kms:Decrypt", json!({"kms:EncryptionContext:App": "other"})));
    only_alice["key_policy"]["Statement"].as_array_mut().unwrap().remove(0);
    let because = answers(&["--explain"], &only_alice.to_string())[0]["because"].clone();
    assert_eq!(because["element"], "Condition StringEquals kms:EncryptionContext:App");
    assert_eq!((&because["expected"], &because["found"]), (&json!("billing"), &json!("other")));
    assert_eq!(
        (&because["statement"], &because["sid"], &because["document"]),
        (&json!(0), &json!("alice"), &json!(0))
    );
}

#[test]
fn many_lines_with_the_same_policies_have_the_same_answers() {
    let lines: Vec<String> = (0..3000)
        .map(|number| {
            let mut line = line(request("kms:Decrypt", json!({"kms:EncryptionContext:App": "billing"})));
            line["id"] = json!(number);
            // Every third has a policy of its own.
            line["key_policy"]["Id"] =
                json!(if number % 3 == 0 { format!("{number}{}", "x".repeat(3000)) } else { String::new() });
            line.to_string()
        })
        .collect();
    let answers = answers(&[], &lines.join("\n"));
    assert_eq!(answers.len(), 3000);
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!((&answer["id"], &answer["decision"]), (&json!(number), &json!("Allow")));
    }
}

#[test]
fn an_answer_comes_before_the_next_request_is_waited_for() {
    let mut child =
        command().args(["policy", "evaluate"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        writeln!(stdin, "{}", line(request("kms:ScheduleKeyDeletion", json!({})))).unwrap();
        stdin.flush().unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert!(answer.contains("ExplicitDeny"), "{answer}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_leaves_ends_the_command() {
    let mut child = command()
        .args(["policy", "evaluate"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let line = line(request("kms:Decrypt", json!({}))).to_string() + "\n";
    while stdin.write_all(line.as_bytes()).is_ok() {}
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(9));
    assert!(output.stderr.is_empty());
}

/// What a line of the table says of its own answer; the rest is the command's to read.
#[derive(serde::Deserialize)]
struct Case {
    id: Value,
    decision: Value,
    error: Option<bool>,
}

#[test]
fn the_table_of_decisions_holds_through_the_command() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/authorization/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let lines: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let cases: Vec<Case> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 3000, "{} cases", cases.len());
    let answers = answers(&[], &lines);
    assert_eq!(answers.len(), cases.len());
    for (case, answer) in cases.iter().zip(answers) {
        assert_eq!(answer["id"], case.id);
        assert_eq!(answer["decision"], case.decision, "{}", case.id);
        assert_eq!(answer.get("error").is_some(), case.error.is_some(), "{}", case.id);
    }
}
