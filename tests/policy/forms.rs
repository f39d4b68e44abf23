//! Compiled policies that are not well-formed: they deny, and no key is made with one.

use strongroom_core::error::Reason;
use strongroom_core::operation::CreateKey;
use strongroom_core::policy::{
    Action, Decision, Language, PolicyBuilder, PolicyKind, PrincipalEntry, Statement,
};
use strongroom_core::{Error, Vault};

use super::{ALICE, Arn, Everyone, HERE, ROOT, compiled, decide, deny};
use crate::world::{World, create, list, root};

fn is_unreadable(policy: &[u8]) -> bool {
    let decision = decide(policy, ROOT, Action::Decrypt);
    let unreadable = [Reason::PolicyUnreadable, Reason::PolicyNewer].map(Decision::ImplicitDeny);
    unreadable.contains(&decision)
}

/// Two statements that together admit root.
fn two() -> Vec<u8> {
    compiled(&[Statement::allow(&[HERE], &["kms:*"]), deny(&[Arn(ALICE)], &["kms:Decrypt"])])
}

/// Where each statement's length lies.
fn statements(policy: &[u8]) -> Vec<usize> {
    let mut at = 8 + usize::from(u16::from_be_bytes([policy[6], policy[7]]));
    let mut found = Vec::new();
    while at < policy.len() {
        found.push(at);
        let len: [u8; 4] = policy[at..at + 4].try_into().unwrap();
        at += 4 + u32::from_be_bytes(len) as usize;
    }
    found
}

/// The policy with these conditions, `count` of them by its own account, in one of its statements.
fn with_conditions(policy: &[u8], statement: usize, count: u16, conditions: &[u8]) -> Vec<u8> {
    let starts = statements(policy);
    let start = starts[statement];
    let end = starts.get(statement + 1).copied().unwrap_or(policy.len());
    let len = u32::try_from(end - start - 4 + conditions.len()).unwrap();
    let mut changed = policy[..start].to_vec();
    changed.extend(len.to_be_bytes());
    changed.extend(&policy[start + 4..end - 6]);
    changed.extend(count.to_be_bytes());
    changed.extend(u32::try_from(conditions.len()).unwrap().to_be_bytes());
    changed.extend(conditions);
    changed.extend(&policy[end..]);
    changed
}

/// `Null kms:ViaService = true`, with another operator, flags and value.
fn condition(operator: u8, flags: u8, value: &str) -> Vec<u8> {
    let mut bytes = vec![operator, flags, 0, 14];
    bytes.extend(b"kms:ViaService");
    bytes.extend([
        0,
        1,
        0,
        0,
        0,
        u8::try_from(value.len()).unwrap() + 2,
        0,
        u8::try_from(value.len()).unwrap(),
    ]);
    bytes.extend(value.as_bytes());
    bytes
}

#[test]
fn a_condition_that_is_not_understood_denies_whatever_else_allows() {
    let policy = two();
    let null = condition(26, 0, "true");
    assert_eq!(with_conditions(&policy, 0, 0, &[]), policy);
    let readable = with_conditions(&policy, 0, 1, &null);
    assert!(matches!(decide(&readable, ROOT, Action::Decrypt), Decision::Allow(_)));
    for statement in [0, 1] {
        let mut unreadable = vec![
            (1, vec![]),
            (2, null.clone()),
            (1, condition(27, 0, "true")),
            (1, condition(255, 0, "true")),
            (1, condition(0, 6, "true")),
            (1, condition(0, 8, "true")),
        ];
        unreadable.extend((1..null.len()).map(|len| (1, null[..len].to_vec())));
        for (count, conditions) in unreadable {
            let policy = with_conditions(&policy, statement, count, &conditions);
            let caller = if statement == 0 { ROOT } else { ALICE };
            let decision = decide(&policy, caller, Action::Decrypt);
            assert!(
                matches!(decision, Decision::ImplicitDeny(Reason::PolicyUnreadable | Reason::PolicyNewer)),
                "statement {statement}, {conditions:?}: {decision:?}"
            );
        }
    }
}

#[test]
fn an_unknown_format_kind_language_effect_or_flag_denies() {
    let policy = two();
    let first = statements(&policy)[0] + 4;
    // Format, kind, language, zero; effect, flags, zero.
    for (position, values) in [
        (0, &[0, 2, 255][..]),
        (1, &[0, 2, 3]),
        (2, &[2, 255]),
        (3, &[1]),
        (first, &[0, 3]),
        (first + 1, &[16, 32, 64, 128]),
        (first + 3, &[1]),
    ] {
        for value in values {
            let mut changed = policy.clone();
            changed[position] = *value;
            assert!(is_unreadable(&changed), "byte {position} is {value}");
        }
    }
}

#[test]
fn every_truncation_and_every_appended_byte_denies() {
    let policy = two();
    assert!(matches!(decide(&policy, ROOT, Action::Decrypt), Decision::Allow(_)));
    for len in 0..policy.len() {
        assert!(is_unreadable(&policy[..len]), "{len} bytes");
    }
    assert!(is_unreadable(&[&policy[..], &[0]].concat()));
    // A count that leaves a statement out would leave out a deny.
    let mut fewer = policy.clone();
    fewer[5] = 1;
    assert!(is_unreadable(&fewer));
    let mut more = policy;
    more[5] = 3;
    assert!(is_unreadable(&more));
}

#[test]
fn no_altered_byte_makes_the_evaluation_panic() {
    let policy = two();
    for position in 0..policy.len() {
        for value in 0..=255 {
            let mut changed = policy.clone();
            changed[position] = value;
            let _ = decide(&changed, ROOT, Action::Decrypt);
            let _ = decide(&changed, ALICE, Action::Encrypt);
        }
    }
}

fn create_with(vault: &Vault<&World>, policy: &[u8], bypass: bool) -> Result<(), Error> {
    let request = CreateKey {
        policy: Some(policy),
        bypass_policy_lockout_safety_check: bypass,
        ..CreateKey::default()
    };
    vault.create_key(&root(), request).map(drop)
}

#[test]
fn no_key_is_made_with_a_policy_that_is_malformed_even_without_the_lockout_check() {
    let world = World::new(1);
    let vault = create(&world);
    let policy = two();
    let mut malformed = vec![[&policy[..], &[0]].concat()];
    // What evaluation might never look at: values, qualifiers, counts, bytes behind what is counted.
    for (count, conditions) in [
        (1, condition(26, 0, "maybe")),
        (1, condition(26, 1, "true")),
        (1, condition(8, 0, "many")),
        (0, condition(26, 0, "true")),
        (1, [condition(26, 0, "true"), vec![0]].concat()),
    ] {
        malformed.push(with_conditions(&policy, 1, count, &conditions));
    }
    malformed.extend((0..policy.len()).map(|len| policy[..len].to_vec()));
    let identity = {
        let mut buffer = [0; 300];
        let mut builder =
            PolicyBuilder::new(&mut buffer, PolicyKind::Identity, Language::Version2012, "").unwrap();
        builder.statement(&Statement::allow(&[], &["kms:*"])).unwrap();
        builder.finish().to_vec()
    };
    malformed.push(identity);
    for policy in malformed {
        for bypass in [false, true] {
            assert_eq!(create_with(&vault, &policy, bypass), Err(Error::MalformedPolicyDocument));
        }
    }
    assert!(list(&vault, 10).unwrap().is_empty());
    assert_eq!(create_with(&vault, &policy, false), Ok(()));
}

#[test]
fn a_policy_that_locks_its_maker_out_needs_the_bypass() {
    let world = World::new(1);
    let vault = create(&world);
    let locked_out = [
        compiled(&[Statement::allow(&[Arn(ALICE)], &["kms:*"])]),
        compiled(&[Statement::allow(&[HERE], &["kms:Decrypt", "kms:DescribeKey"])]),
        compiled(&[Statement::allow(&[HERE], &["kms:*"]), deny(&[Everyone], &["kms:PutKeyPolicy"])]),
    ];
    for policy in locked_out {
        assert_eq!(create_with(&vault, &policy, false), Err(Error::PolicyLocksOut));
        assert_eq!(create_with(&vault, &policy, true), Ok(()));
    }
    assert_eq!(create_with(&vault, &two(), false), Ok(()));
}

#[test]
fn the_builder_refuses_what_the_language_has_not() {
    let mut buffer = [0; 2000];
    let mut refuse = |statement: Statement<'_>| {
        let mut builder =
            PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
        assert_eq!(builder.statement(&statement), Err(Error::MalformedPolicyDocument), "{statement:?}");
    };
    let all = ["kms:*"];
    for arn in [
        "",
        "*",
        "arn:aws:iam::000000000000:group/g",
        "arn:aws:iam::0:root",
        "arn:aws:iam::000000000000:user/",
        "arn:aws:iam::000000000000:user/*",
        SERVICE_AS_ARN,
    ] {
        refuse(Statement::allow(&[PrincipalEntry::Arn(arn)], &all));
    }
    refuse(Statement::allow(&[PrincipalEntry::Account("12")], &all));
    refuse(Statement::allow(&[PrincipalEntry::Service("s3")], &all));
    for action in ["Decrypt", "kms:", ":Decrypt", "*:Decrypt", "k?s:Decrypt", ""] {
        refuse(Statement::allow(&[Everyone], &[action]));
    }
    for resource in ["arn:aws:kms", "key/1", "arn:aws:kms:*:${aws:username}:key/1", ""] {
        refuse(Statement { resources: &[resource], ..Statement::allow(&[Everyone], &all) });
    }
}

const SERVICE_AS_ARN: &str = "s3.amazonaws.com";
