//! A decision on a policy of twenty statements with a condition each, of which the last one allows.

use std::hint::black_box;

use strongroom_core::Realm;
use strongroom_core::key::KeyId;
use strongroom_core::policy::{
    Action, Authorization, Condition, Language, PolicyBuilder, PolicyKind, Principal, PrincipalEntry,
    RequestedAction, Resource, Statement, Values, evaluate,
};

use crate::world::World;

const ALICE: &str = "arn:aws:iam::000000000000:user/alice";
const STATEMENTS: usize = 20;

/// What the request says of itself.
const KEYS: [(&str, Values<'_>); 6] = [
    ("aws:PrincipalTag/team", Values::One("blue")),
    ("aws:SourceIp", Values::One("10.1.2.3")),
    ("aws:CurrentTime", Values::One("2026-03-01T10:00:00Z")),
    ("aws:username", Values::One("alice")),
    ("kms:EncryptionContextKeys", Values::Many(&["app", "tenant"])),
    ("kms:ViaService", Values::One("s3.us-east-1.amazonaws.com")),
];

/// Conditions that do not hold; the statements before the last take them in turns.
const FAILING: [(&str, &str, &str); 6] = [
    ("StringEquals", "kms:EncryptionContext:app", "mail"),
    ("IpAddress", "aws:SourceIp", "192.168.0.0/16"),
    ("DateGreaterThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"),
    ("StringLike", "kms:ViaService", "*.eu-*.amazonaws.com"),
    ("ForAllValues:StringEquals", "kms:EncryptionContextKeys", "app"),
    ("StringEquals", "aws:PrincipalTag/team", "${aws:username}"),
];
const HOLDING: (&str, &str, &str) = ("StringEquals", "aws:PrincipalTag/team", "blue");

/// Evaluates the policy so many times.
pub fn decide(_: &World, times: usize) {
    let mut buffer = [0; 8192];
    let policy = compile(&mut buffer);
    let realm = Realm::default();
    let principal = Principal::parse(ALICE).unwrap();
    let request = Authorization {
        principal: &principal,
        action: RequestedAction::Ours(Action::Decrypt),
        resource: Resource::key(&realm, KeyId::from_bytes([7; 16])),
        key_policy: Some(policy),
        identity_policies: &[],
        keys: &KEYS[..],
    };
    for _ in 0..times {
        assert!(black_box(evaluate(black_box(&request)).decision).is_allowed());
    }
}

fn compile(buffer: &mut [u8]) -> &[u8] {
    let mut policy = PolicyBuilder::new(buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
    let failing = FAILING.into_iter().cycle().take(STATEMENTS - 1);
    for (name, key, value) in failing.chain([HOLDING]) {
        let (qualifier, operator, _) = Condition::parse_operator(name).unwrap();
        let values = [value];
        let conditions = [Condition { qualifier, ..Condition::new(operator, key, &values) }];
        let statement = Statement {
            conditions: &conditions,
            ..Statement::allow(&[PrincipalEntry::Arn(ALICE)], &["kms:Decrypt", "kms:Encrypt"])
        };
        policy.statement(&statement).unwrap();
    }
    policy.finish()
}
