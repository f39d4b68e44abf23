//! Decisions alone: nanoseconds an evaluation, and what finding the explanation costs on top.

use std::hint::black_box;

use strongroom_core::key::KeyId;
use strongroom_core::policy::{
    Action, Authorization, DEFAULT_POLICY_LEN_MAX, PolicyKind, Principal, RequestedAction, Resource, Values,
    default_key_policy, evaluate, explain,
};
use strongroom_core::{Realm, limits::POLICY_LEN_MAX};
use strongroom_std::policy_json::compile_policy;

use crate::measure::in_turns;

const ROOT: &str = "arn:aws:iam::000000000000:root";
const ALICE: &str = "arn:aws:iam::000000000000:user/alice";

/// What a request says of itself.
const KEYS: [(&str, Values<'_>); 8] = [
    ("aws:PrincipalTag/team", Values::One("blue")),
    ("aws:SourceIp", Values::One("10.1.2.3")),
    ("aws:CurrentTime", Values::One("2026-03-01T10:00:00Z")),
    ("aws:MultiFactorAuthPresent", Values::One("true")),
    ("aws:username", Values::One("alice")),
    ("kms:EncryptionContext:app", Values::One("payments")),
    ("kms:EncryptionContextKeys", Values::Many(&["app", "tenant"])),
    ("kms:ViaService", Values::One("s3.us-east-1.amazonaws.com")),
];

/// Statements with a condition each, of which the last one allows.
fn conditional(statements: usize) -> String {
    let conditions = [
        r#""StringEquals":{"kms:EncryptionContext:app":"mail"}"#,
        r#""IpAddress":{"aws:SourceIp":"192.168.0.0/16"}"#,
        r#""DateGreaterThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}"#,
        r#""StringLike":{"kms:ViaService":"*.eu-*.amazonaws.com"}"#,
        r#""ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["app"]}"#,
        r#""Bool":{"aws:MultiFactorAuthPresent":"false"}"#,
        r#""StringEquals":{"aws:PrincipalTag/team":"${aws:username}"}"#,
    ];
    let statement = |condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{ALICE}"}},"Action":["kms:Decrypt","kms:Encrypt"],
            "Resource":"*","Condition":{{{condition}}}}}"#
        )
    };
    let mut all: Vec<String> =
        (1..statements).map(|number| statement(conditions[number % conditions.len()])).collect();
    all.push(statement(r#""StringEquals":{"aws:PrincipalTag/team":"blue"}"#));
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, all.join(","))
}

/// As much work as fits into a key policy: one pattern after the other that fails at its end.
fn worst() -> String {
    let value = format!("\"{}x\"", "*a".repeat(20));
    let count = (POLICY_LEN_MAX - 400) / (value.len() + 1);
    let values = vec![value; count].join(",");
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",
        "Condition":{{"StringLike":{{"aws:username":[{values}]}}}}}}}}"#
    )
}

/// Asks the principal about the key policy, with these condition keys.
fn ask<'a>(
    realm: &'a Realm,
    principal: &'a Principal<'a>,
    key_policy: &'a [u8],
    keys: &'a [(&'a str, Values<'a>)],
) -> Authorization<'a, [(&'a str, Values<'a>)]> {
    Authorization {
        principal,
        action: RequestedAction::Ours(Action::Decrypt),
        resource: Resource::key(realm, KeyId::from_bytes([7; 16])),
        key_policy: Some(key_policy),
        identity_policies: &[],
        keys,
    }
}

/// Median nanoseconds of two decisions on a policy of so many statements with a condition each: the last one allows, which is
/// evaluated alone; none allows, which is explained too.
pub fn decide(statements: usize) -> [f64; 2] {
    let realm = Realm::default();
    let policy = compile_policy(&conditional(statements), PolicyKind::Key).unwrap();
    let (root, alice) = (Principal::parse(ROOT).unwrap(), Principal::parse(ALICE).unwrap());
    let (allowed, denied) = (ask(&realm, &alice, &policy, &KEYS[..]), ask(&realm, &root, &policy, &KEYS[..]));
    in_turns([
        &mut || {
            black_box(evaluate(black_box(&allowed)));
        },
        &mut || {
            let decision = evaluate(black_box(&denied)).decision;
            black_box(explain(&denied, decision));
        },
    ])
}

/// Prints the table.
pub fn run() {
    let realm = Realm::default();
    let mut buffer = [0; DEFAULT_POLICY_LEN_MAX];
    let default = default_key_policy(&realm, &mut buffer).unwrap();
    let compile = |json: &str| compile_policy(json, PolicyKind::Key).unwrap();
    let (one, twenty, worst) = (compile(&conditional(1)), compile(&conditional(20)), compile(&worst()));
    let many = "a".repeat(1000);
    let long = [("aws:username", Values::One(many.as_str()))];
    let (root, alice) = (Principal::parse(ROOT).unwrap(), Principal::parse(ALICE).unwrap());
    let ask = |principal, policy, keys| ask(&realm, principal, policy, keys);
    let requests = [
        ("default key policy", ask(&root, default, &KEYS[..])),
        ("1 statement, 1 condition", ask(&alice, &one, &KEYS[..])),
        ("20 statements with conditions", ask(&alice, &twenty, &KEYS[..])),
        ("20 statements, none allows", ask(&root, &twenty, &KEYS[..])),
        ("32 KiB, 20 wildcards a value", ask(&alice, &worst, &KEYS[..])),
        ("the same, value of 1,000 bytes", ask(&alice, &worst, &long[..])),
    ];
    println!("{:<34}{:>8}{:>12}{:>14}", "policy", "bytes", "evaluate", "with reason");
    for (name, request) in &requests {
        let [alone, with_reason] = in_turns([
            &mut || {
                black_box(evaluate(black_box(request)));
            },
            &mut || {
                let decision = evaluate(black_box(request)).decision;
                black_box(explain(request, decision));
            },
        ]);
        let bytes = request.key_policy.map_or(0, <[u8]>::len);
        println!("{name:<34}{bytes:>8}{:>12}{:>14}", time(alone), time(with_reason));
    }
}

fn time(nanoseconds: f64) -> String {
    if nanoseconds < 10_000.0 {
        format!("{nanoseconds:.0} ns")
    } else {
        format!("{:.1} µs", nanoseconds / 1000.0)
    }
}
