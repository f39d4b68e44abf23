//! Compiled policies that are not well-formed: they deny, and no key is made with one.

use strongroom_core::error::Reason;
use strongroom_core::operation::CreateKey;
use strongroom_core::policy::{Action, Decision, PolicyBuilder, PolicyKind, PrincipalEntry, Statement};
use strongroom_core::{Error, Vault};

use super::{ALICE, Arn, Everyone, HERE, ROOT, compiled, decide, deny};
use crate::world::{World, create, list, root};

fn is_unreadable(policy: &[u8]) -> bool {
    decide(policy, ROOT, Action::Decrypt) == Decision::ImplicitDeny(Reason::PolicyUnreadable, None)
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

/// The policy with a condition block of these bytes in one of its statements.
fn with_condition(policy: &[u8], statement: usize, block: &[u8]) -> Vec<u8> {
    let starts = statements(policy);
    let start = starts[statement];
    let end = starts.get(statement + 1).copied().unwrap_or(policy.len());
    let len = u32::try_from(end - start - 4 + block.len()).unwrap();
    let mut changed = policy[..start].to_vec();
    changed.extend(len.to_be_bytes());
    changed.extend(&policy[start + 4..end - 4]);
    changed.extend(u32::try_from(block.len()).unwrap().to_be_bytes());
    changed.extend(block);
    changed.extend(&policy[end..]);
    changed
}

#[test]
fn a_condition_block_that_is_not_understood_denies_whatever_else_allows() {
    let policy = two();
    assert_eq!(with_condition(&policy, 0, &[]), policy);
    for statement in [0, 1] {
        for block in [&[0][..], &[1, 2, 3], &[0; 64]] {
            assert!(is_unreadable(&with_condition(&policy, statement, block)), "statement {statement}");
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
    let mut malformed = vec![with_condition(&policy, 1, &[0]), [&policy[..], &[0]].concat()];
    malformed.extend((0..policy.len()).map(|len| policy[..len].to_vec()));
    let identity = {
        let mut buffer = [0; 300];
        let mut builder = PolicyBuilder::new(&mut buffer, PolicyKind::Identity, "").unwrap();
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
        assert_eq!(create_with(&vault, &policy, false), Err(Error::MalformedPolicyDocument));
        assert_eq!(create_with(&vault, &policy, true), Ok(()));
    }
    assert_eq!(create_with(&vault, &two(), false), Ok(()));
}

#[test]
fn the_builder_refuses_what_the_language_has_not() {
    let mut buffer = [0; 2000];
    let mut refuse = |statement: Statement<'_>| {
        let mut builder = PolicyBuilder::new(&mut buffer, PolicyKind::Key, "").unwrap();
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
    for resource in ["arn:aws:kms", "key/1", "arn:aws:kms:*:*:key/${aws:username}", ""] {
        refuse(Statement { resources: &[resource], ..Statement::allow(&[Everyone], &all) });
    }
}

const SERVICE_AS_ARN: &str = "s3.amazonaws.com";
