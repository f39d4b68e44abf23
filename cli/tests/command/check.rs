use serde_json::Value;

use super::{KEY_POLICY, run};

/// The findings about a policy: severity, name, and statement or -1.
fn findings(kind: &str, policy: &str, more: &[&str]) -> Vec<(String, String, i64)> {
    let ran = run(&[&["policy", "check", "--json", "--kind", kind, "-"], more].concat(), policy.as_bytes());
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["error"], Value::Null, "{policy}\n{}", ran.out);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found: Vec<_> = answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            assert!(!text(&finding["finding"]).is_empty() && !text(&finding["advice"]).is_empty());
            (text(&finding["severity"]), text(&finding["name"]), finding["statement"].as_i64().unwrap_or(-1))
        })
        .collect();
    let is_fine = found.iter().all(|(severity, ..)| severity == "note");
    assert_eq!(ran.status, if is_fine { 0 } else { 1 }, "{policy}\n{}", ran.out);
    found
}

const ADMIN: &str =
    r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}"#;

/// Exactly these findings about a key policy of the account's statement and the given ones, which count from 1.
fn key(statements: &str, expected: &[(&str, &str, i64)]) {
    key_with(statements, &[], expected);
}

fn key_with(statements: &str, more: &[&str], expected: &[(&str, &str, i64)]) {
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{ADMIN},{statements}]}}"#);
    same(&policy, &findings("key", &policy, more), expected);
}

fn identity(statements: &str, expected: &[(&str, &str, i64)]) {
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    same(&policy, &findings("identity", &policy, &[]), expected);
}

fn same(policy: &str, found: &[(String, String, i64)], expected: &[(&str, &str, i64)]) {
    let found: Vec<_> = found
        .iter()
        .map(|(severity, name, statement)| (severity.as_str(), name.as_str(), *statement))
        .collect();
    assert_eq!(found, expected, "{policy}");
}

const ALICE: &str =
    r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Resource":"*""#;

#[test]
fn a_policy_with_nothing_to_complain_about_has_status_0() {
    let ran = run(&["policy", "check", "-"], KEY_POLICY.as_bytes());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.starts_with("standard input: nothing found; "), "{}", ran.out);
    assert!(findings("key", KEY_POLICY, &["--account", "111122223333"]).is_empty());
}

#[test]
fn a_mistake_is_shown_with_its_line_and_a_caret() {
    let policy = KEY_POLICY.replace("\"StringEquals\"", "\"StringEqual\"");
    let ran = run(&["policy", "check", "-"], policy.as_bytes());
    assert_eq!(ran.status, 1);
    let expected = "error: `StringEqual` is not a condition operator; did you mean `StringEquals`?\n  \
                    --> standard input:25:9\n   |\n25 |         \"StringEqual\": {\n   |         ^\n";
    assert_eq!(ran.out, expected);
    let ran = run(&["policy", "check", "--json", "-"], policy.as_bytes());
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (ran.status, &answer["error"]["line"], &answer["error"]["column"]),
        (1, &25.into(), &9.into())
    );
    assert_eq!(answer["error"]["code"], "MalformedPolicyDocumentException");
}

#[test]
fn long_lines_are_cut_around_the_place_and_controls_are_not_printed() {
    let policy = format!("{{\"Id\":\"{}\",\"Statement\":\"\u{9b}\"}}", "x".repeat(500));
    let ran = run(&["policy", "check", "-"], policy.as_bytes());
    assert!(ran.out.lines().all(|line| line.chars().count() < 200), "{}", ran.out);
    assert!(!ran.out.contains('\u{9b}'));
    assert_eq!(run(&["policy", "check", "-"], b"\xff\xfe").status, 1);
}

#[test]
fn what_never_matches_is_found() {
    let with = |members: &str| format!("{{{ALICE},{members}}}");
    key(&with(r#""Action":"kms:Decrpyt""#), &[("warning", "unknown-action", 1)]);
    key(&with(r#""Action":["kms:decrypt","kms:Enc*"]"#), &[]);
    key(&with(r#""Action":["kms:Encrypt","s3:GetObject"]"#), &[("warning", "other-service", 1)]);
    key(&with(r#""Action":["kms:Encrypt","kms:CreateKey"]"#), &[("warning", "action-without-key", 1)]);
    key(r#"{"Effect":"Deny","Principal":"*","Action":"kms:Encrypt"}"#, &[("warning", "no-effect", 1)]);
    key(r#"{"Effect":"Deny","Principal":"*","Resource":"*"}"#, &[("warning", "no-effect", 1)]);
    key(&with(r#""NotAction":"kms:*""#), &[("warning", "no-action", 1)]);
    for (resource, is_found) in [
        ("arn:aws:kms:us-east-1:111122223333:key/1", false),
        ("arn:aws:kms:*:*:key/*", false),
        ("arn:aws:kms:*:111122223333:*", false),
        ("arn:aws:kms:*:111122223333:key/${aws:PrincipalTag/Key}", false),
        ("arn:aws:kms:*:111122223333:k*/1", true),
        ("arn:aws:kms:*:111122223333:key*", true),
        ("arn:aws:kms:*:111122223333:alias/x", true),
        ("arn:aws:k*:*:111122223333:key/1", true),
        ("arn:aws:kms:*:1111:key/1", true),
    ] {
        let statement = with(r#""Action":"kms:Encrypt""#)
            .replace(r#""Resource":"*""#, &format!(r#""Resource":"{resource}""#));
        let expected = [("warning", "unknown-resource", 1)];
        key(&statement, if is_found { &expected } else { &[] });
    }
    identity(
        r#"{"Effect":"Allow","Action":["s3:*","kms:Decrypt"],"Resource":["arn:aws:s3:::b","arn:aws:kms:*:111122223333:key/1"]}"#,
        &[],
    );
    identity(
        r#"{"Effect":"Allow","Action":"kms:ListKeys","Resource":"arn:aws:kms:*:111122223333:key/1"}"#,
        &[("warning", "action-without-key", 0)],
    );
    identity(
        r#"{"Effect":"Allow","Action":"kms:CreateAlias","Resource":"arn:aws:kms:*:111122223333:alias/x"}"#,
        &[],
    );
}

#[test]
fn actions_on_a_vault_are_none_of_a_key() {
    key(
        &format!(r#"{{{ALICE},"Action":["kms:Encrypt","kms:PutCaller"]}}"#),
        &[("warning", "action-without-key", 1)],
    );
    identity(
        r#"{"Effect":"Allow","Action":"kms:PutCaller","Resource":"arn:aws:kms:*:111122223333:vault/*"}"#,
        &[],
    );
}

#[test]
fn conditions_that_do_not_say_what_they_seem_to_are_found() {
    let with =
        |conditions: &str| format!(r#"{{{ALICE},"Action":"kms:Decrypt","Condition":{{{conditions}}}}}"#);
    for (conditions, name) in [
        (r#""StringEquals":{"kms:EncryptionContextKeys":"a"}"#, "no-set-qualifier"),
        (r#""StringEquals":{"kms:ViaServices":"a"}"#, "unknown-condition-key"),
        (r#""StringEquals":{"kms:Whatever":"a"}"#, "unknown-condition-key"),
        (r#""StringEquals":{"kms:EncryptionContexts:a":"a"}"#, "unknown-condition-key"),
        (r#""StringEquals":{"kms:ViaService":"s3.*"}"#, "literal-wildcard"),
        (r#""ArnLike":{"aws:PrincipalArn":"role/x"}"#, "no-arn"),
        (r#""StringEquals":{"kms:ViaService":"a"},"Null":{"kms:viaservice":"true"}"#, "contradiction"),
        (
            r#""StringEquals":{"kms:ViaService":["a","b"]},"StringEqualsIfExists":{"kms:ViaService":"c"}"#,
            "contradiction",
        ),
        (
            r#""StringEquals":{"kms:ViaService":"a"},"StringNotEquals":{"kms:ViaService":["a","b"]},"Null":{"kms:ViaService":"false"}"#,
            "contradiction",
        ),
        (
            r#""NumericLessThan":{"aws:MultiFactorAuthAge":5},"NumericGreaterThanEquals":{"aws:MultiFactorAuthAge":5}"#,
            "contradiction",
        ),
    ] {
        key(&with(conditions), &[("warning", name, 1)]);
    }
    for conditions in [
        r#""ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"a"}"#,
        r#""StringEquals":{"kms:EncryptionContext:kms:ViaServices":"a"}"#,
        r#""StringEquals":{"s3:prefix":"a","AWS:principaltag/x":"y"}"#,
        r#""StringEquals":{"kms:ViaService":"a"},"Null":{"kms:ViaService":"false"}"#,
        r#""StringEqualsIfExists":{"kms:ViaService":"a"},"Null":{"kms:ViaService":"true"}"#,
        r#""StringEquals":{"kms:ViaService":["a","b"]},"StringEqualsIfExists":{"kms:ViaService":"b"}"#,
        r#""StringEquals":{"kms:ViaService":"${aws:username}"},"StringEqualsIfExists":{"kms:ViaService":"b"}"#,
        r#""NumericLessThanEquals":{"aws:MultiFactorAuthAge":5},"NumericGreaterThanEquals":{"aws:MultiFactorAuthAge":5}"#,
        r#""ArnLike":{"aws:PrincipalArn":"arn:*:iam::*:role/x"}"#,
    ] {
        key(&with(conditions), &[]);
    }
    for conditions in [
        r#""ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"}"#,
        r#""StringNotEquals":{"kms:ViaService":"a"}"#,
    ] {
        key(&with(conditions), &[("note", "holds-without-values", 1)]);
    }
    let old = r#"{"Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:*:111122223333:key/${aws:username}"}]}"#;
    same(old, &findings("identity", old, &[]), &[("warning", "no-variables", 0)]);
}

#[test]
fn what_opens_a_key_is_found() {
    let everyone = r#""Effect":"Allow","Principal":{"AWS":["*"]},"Action":"kms:Decrypt","Resource":"*""#;
    key(&format!("{{{everyone}}}"), &[("error", "open-to-everyone", 1)]);
    key(
        &format!(r#"{{{everyone},"Condition":{{"Bool":{{"aws:SecureTransport":true}}}}}}"#),
        &[("warning", "open-to-everyone", 1)],
    );
    key(
        &format!(r#"{{{everyone},"Condition":{{"StringLike":{{"aws:PrincipalOrgID":"*"}}}}}}"#),
        &[("warning", "open-to-everyone", 1)],
    );
    key(&format!(r#"{{{everyone},"Condition":{{"StringEquals":{{"aws:PrincipalOrgID":"o-1"}}}}}}"#), &[]);
    let other = ADMIN.replace("111122223333", "444455556666");
    key(&other, &[("warning", "other-account", 1)]);
    key_with(&other, &["--account", "111122223333"], &[("warning", "other-account", 1)]);
    key_with(&other, &["--account", "444455556666"], &[("warning", "other-account", 0)]);
    let role = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/a"},"NotAction":"kms:Encrypt","Resource":"*"}"#;
    key(role, &[("warning", "allows-all-but", 1)]);
    key(
        r#"{"Effect":"Allow","Principal":{"Service":"backup.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}"#,
        &[("note", "service-for-anybody", 1)],
    );
    let but = |principals: &str, action: &str| {
        format!(r#"{{"Effect":"Deny","NotPrincipal":{principals},"Action":"{action}","Resource":"*"}}"#)
    };
    key(&but(r#"{"AWS":"111122223333"}"#, "kms:Decrypt"), &[("warning", "exempts-root-only", 1)]);
    key(&but(r#""*""#, "kms:Decrypt"), &[("warning", "denies-nobody", 1)]);
    key(
        &but(r#"{"AWS":"arn:aws:iam::111122223333:user/a"}"#, "kms:*"),
        &[("warning", "denies-administration", 1)],
    );
    identity(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, &[("note", "all-keys", 0)]);
    let error = run(&["policy", "check", "--account", "1", "-"], KEY_POLICY.as_bytes());
    assert_eq!(error.status, 2);
}

#[test]
fn statements_that_others_make_useless_are_found() {
    let decrypt = format!(r#"{{{ALICE},"Action":"kms:Decrypt"}}"#);
    let deny = |principal: &str, more: &str| {
        format!(r#"{{"Effect":"Deny","Principal":{principal},"Action":"kms:De*","Resource":"*"{more}}}"#)
    };
    let account = r#"{"AWS":"arn:aws:iam::111122223333:root"}"#;
    key(&format!("{decrypt},{}", deny(r#""*""#, "")), &[("warning", "shadowed", 1)]);
    key(&format!("{decrypt},{}", deny(account, "")), &[("warning", "shadowed", 1)]);
    key(&format!("{decrypt},{}", deny(r#"{"AWS":"444455556666"}"#, "")), &[]);
    key(
        &format!("{decrypt},{}", deny(r#""*""#, r#","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#)),
        &[],
    );
    let wider = format!(r#"{{{ALICE},"Action":["kms:Decrypt","kms:Encrypt"]}}"#);
    key(&format!("{decrypt},{wider}"), &[("note", "doubled", 1)]);
    key(&format!("{decrypt},{decrypt}"), &[("note", "doubled", 2)]);
    let conditional = format!(
        r#"{{{ALICE},"Action":"kms:Decrypt","Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}}}"#
    );
    key(&format!("{conditional},{decrypt}"), &[("note", "doubled", 1)]);
    // An account's Allow delegates only: an entry of alice's own is more.
    key(&decrypt, &[]);
    identity(
        r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*"}"#,
        &[("warning", "shadowed", 0)],
    );
}

#[test]
fn a_policy_that_nobody_could_change_is_found() {
    let only = format!(r#"{{"Statement":{{{ALICE},"Action":"kms:Decrypt"}}}}"#);
    same(&only, &findings("key", &only, &[]), &[("error", "nobody-administers", -1)]);
    let denied = format!(
        r#"{{"Statement":[{ADMIN},{{"Effect":"Deny","Principal":"*","Action":"kms:Put*","Resource":"*"}}]}}"#
    );
    same(&denied, &findings("key", &denied, &[]), &[("error", "nobody-administers", -1)]);
}
