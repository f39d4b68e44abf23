//! Decisions, as tables: statements, a caller, an action, and what comes of it.

mod forms;

use strongroom_core::error::Reason;
use strongroom_core::key::KeyId;
use strongroom_core::policy::{
    Action, Authorization, DEFAULT_POLICY_LEN_MAX, Decision, Effect, Language, PolicyBuilder, PolicyKind,
    Principal, PrincipalEntry, RequestedAction, Resource, Statement, Values, default_key_policy, evaluate,
};
use strongroom_core::{Error, Realm};

use crate::world::ROOT;

const KEY: KeyId = KeyId::from_bytes([0x11; 16]);
const ALICE: &str = "arn:aws:iam::000000000000:user/alice";
const BOB: &str = "arn:aws:iam::000000000000:user/bob";
const ROLE: &str = "arn:aws:iam::000000000000:role/team/App";
const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/App/one";
const OTHER_SESSION: &str = "arn:aws:sts::000000000000:assumed-role/App/two";
const OTHER_ROLE: &str = "arn:aws:sts::000000000000:assumed-role/App2/one";
const FEDERATED: &str = "arn:aws:sts::000000000000:federated-user/carol";
const SERVICE: &str = "s3.amazonaws.com";
const THEIR_ROOT: &str = "arn:aws:iam::111122223333:root";
const THEIR_USER: &str = "arn:aws:iam::111122223333:user/alice";
/// The same account number in another partition.
const OTHER_PARTITION: &str = "arn:aws-cn:iam::000000000000:root";
const CALLERS: [&str; 12] = [
    ROOT,
    ALICE,
    BOB,
    ROLE,
    SESSION,
    OTHER_SESSION,
    OTHER_ROLE,
    FEDERATED,
    SERVICE,
    THEIR_ROOT,
    THEIR_USER,
    OTHER_PARTITION,
];

use PrincipalEntry::{Account, Arn, Everyone, Service};

fn compiled(statements: &[Statement<'_>]) -> Vec<u8> {
    let mut buffer = vec![0; 20_000];
    let mut builder =
        PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "test").unwrap();
    for statement in statements {
        builder.statement(statement).unwrap();
    }
    builder.finish().to_vec()
}

fn decide(policy: &[u8], caller: &str, action: Action) -> Decision {
    decide_on(caller, action, Resource::key(&Realm::default(), KEY), Some(policy))
}

fn decide_on(caller: &str, action: Action, resource: Resource<'_>, key_policy: Option<&[u8]>) -> Decision {
    let none: [(&str, Values<'_>); 0] = [];
    let authorization = Authorization {
        principal: &Principal::parse(caller).unwrap(),
        action: RequestedAction::Ours(action),
        resource,
        key_policy,
        identity_policies: &[],
        keys: none.as_slice(),
    };
    evaluate(&authorization).decision
}

fn allows(statements: &[Statement<'_>], caller: &str, action: Action) -> bool {
    matches!(decide(&compiled(statements), caller, action), Decision::Allow(_))
}

/// Exactly these callers may decrypt.
fn admits(statements: &[Statement<'_>], expected: &[&str]) {
    for caller in CALLERS {
        let is_admitted = allows(statements, caller, Action::Decrypt);
        assert_eq!(is_admitted, expected.contains(&caller), "{caller} under {statements:#?}");
    }
}

const fn deny<'a>(principals: &'a [PrincipalEntry<'a>], actions: &'a [&'a str]) -> Statement<'a> {
    Statement { effect: Effect::Deny, ..Statement::allow(principals, actions) }
}

const HERE: PrincipalEntry<'_> = Account("000000000000");

#[test]
fn the_default_policy_admits_the_accounts_root_and_delegates_the_rest() {
    let mut buffer = [0; DEFAULT_POLICY_LEN_MAX];
    let policy = default_key_policy(&Realm::default(), &mut buffer).unwrap();
    for action in [Action::Decrypt, Action::PutKeyPolicy, Action::RotateKeyOnDemand] {
        assert!(matches!(decide(policy, ROOT, action), Decision::Allow(Some(_))));
        for caller in [ALICE, ROLE, SESSION, FEDERATED] {
            let delegated = Decision::ImplicitDeny(Reason::NoIdentityPolicyAllows);
            assert_eq!(decide(policy, caller, action), delegated, "{caller}");
        }
        for caller in [SERVICE, THEIR_ROOT, THEIR_USER, OTHER_PARTITION] {
            assert!(matches!(decide(policy, caller, action), Decision::ImplicitDeny(..)), "{caller}");
        }
    }
}

#[test]
fn a_principal_entry_admits_those_it_names_and_nobody_else() {
    let all = ["kms:*"];
    admits(&[Statement::allow(&[HERE], &all)], &[ROOT]);
    admits(&[Statement::allow(&[Arn(ROOT)], &all)], &[ROOT]);
    admits(&[Statement::allow(&[Arn(ALICE)], &all)], &[ALICE]);
    // A role and every session of it, not a role whose name only begins alike.
    admits(&[Statement::allow(&[Arn(ROLE)], &all)], &[ROLE, SESSION, OTHER_SESSION]);
    admits(&[Statement::allow(&[Arn(SESSION)], &all)], &[SESSION]);
    admits(&[Statement::allow(&[Arn(FEDERATED)], &all)], &[FEDERATED]);
    admits(&[Statement::allow(&[Service(SERVICE)], &all)], &[SERVICE]);
    admits(&[Statement::allow(&[Arn(ALICE), Arn(BOB), HERE], &all)], &[ALICE, BOB, ROOT]);
    // Everyone is everyone of the account; others need an identity policy too, except their root user; no service.
    let of_account = [ROOT, ALICE, BOB, ROLE, SESSION, OTHER_SESSION, OTHER_ROLE, FEDERATED];
    admits(&[Statement::allow(&[Everyone], &all)], &[&of_account[..], &[THEIR_ROOT]].concat());
    admits(&[Statement::allow(&[Account("111122223333")], &all)], &[THEIR_ROOT]);
    admits(&[Statement::allow(&[Arn(THEIR_USER)], &all)], &[]);
    admits(&[], &[]);
}

#[test]
fn a_deny_beats_every_allow_wherever_it_names_the_caller() {
    let all = ["kms:*"];
    let everyone = Statement::allow(&[Everyone, Service(SERVICE)], &all);
    let of_account = [ROOT, ALICE, BOB, ROLE, SESSION, OTHER_SESSION, OTHER_ROLE, FEDERATED];
    let but = |denied: &[&str]| -> Vec<&str> {
        let admitted = of_account.iter().chain(&[SERVICE, THEIR_ROOT]);
        admitted.filter(|caller| !denied.contains(caller)).copied().collect()
    };
    admits(&[everyone], &but(&[]));
    admits(&[everyone, deny(&[Arn(ALICE)], &all)], &but(&[ALICE]));
    admits(&[everyone, deny(&[Arn(ROLE)], &all)], &but(&[ROLE, SESSION, OTHER_SESSION]));
    admits(&[everyone, deny(&[Arn(SESSION)], &all)], &but(&[SESSION]));
    // At account level it denies the whole account.
    admits(&[everyone, deny(&[HERE], &all)], &[SERVICE, THEIR_ROOT]);
    admits(&[everyone, deny(&[Arn(ROOT)], &all)], &[SERVICE, THEIR_ROOT]);
    admits(&[everyone, deny(&[Everyone], &all)], &[SERVICE]);
    admits(&[everyone, deny(&[Service(SERVICE)], &all)], &but(&[SERVICE]));
    admits(&[everyone, deny(&[Everyone], &["kms:Decrypt"])], &[SERVICE]);
    admits(&[everyone, deny(&[Everyone], &["kms:Encrypt"])], &but(&[]));
    admits(&[everyone, deny(&[Everyone], &["*"])], &[SERVICE]);
    admits(&[everyone, deny(&[Everyone], &["s3:*"])], &but(&[]));
    let decision = decide(&compiled(&[everyone, deny(&[Arn(ALICE)], &all)]), ALICE, Action::Decrypt);
    let Decision::ExplicitDeny(decider) = decision else { panic!("{decision:?}") };
    assert_eq!((decider.policy, decider.statement), (PolicyKind::Key, 1));
}

#[test]
fn not_principal_denies_all_but_those_it_names_directly() {
    let all = ["kms:*"];
    let everyone = Statement::allow(&[Everyone, Service(SERVICE)], &all);
    let all_but = |entries| Statement { not_principal: true, ..deny(entries, &all) };
    admits(&[everyone, all_but(&[Arn(ALICE)])], &[ALICE]);
    admits(&[everyone, all_but(&[Arn(ROLE)])], &[ROLE, SESSION, OTHER_SESSION]);
    admits(&[everyone, all_but(&[Arn(SESSION)])], &[SESSION]);
    // An account entry exempts nobody but the account's root user.
    admits(&[everyone, all_but(&[HERE])], &[ROOT]);
    admits(&[everyone, all_but(&[HERE, Arn(ALICE)])], &[ROOT, ALICE]);
    admits(&[everyone, all_but(&[Service(SERVICE)])], &[SERVICE]);
    let mut buffer = [0; 500];
    let mut builder = PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
    let allowing = Statement { not_principal: true, ..Statement::allow(&[Arn(ALICE)], &all) };
    assert_eq!(builder.statement(&allowing), Err(Error::MalformedPolicyDocument));
}

#[test]
fn actions_match_by_pattern_without_regard_to_case() {
    let by = |actions: &[&str], action| allows(&[Statement::allow(&[Arn(ALICE)], actions)], ALICE, action);
    for (patterns, action, expected) in [
        (&["kms:Decrypt"][..], Action::Decrypt, true),
        (&["KMS:decrypt"], Action::Decrypt, true),
        (&["kms:Decryp"], Action::Decrypt, false),
        (&["kms:Decryp?"], Action::Decrypt, true),
        (&["kms:De*"], Action::Decrypt, true),
        (&["kms:De*"], Action::DescribeKey, true),
        (&["kms:De*"], Action::Encrypt, false),
        (&["kms:*DataKey*"], Action::GenerateDataKeyWithoutPlaintext, true),
        (&["kms:*"], Action::RotateKeyOnDemand, true),
        (&["*"], Action::RotateKeyOnDemand, true),
        (&["s3:*"], Action::Decrypt, false),
        (&["kms:Encrypt", "kms:Decrypt"], Action::Decrypt, true),
        (&[], Action::Decrypt, false),
    ] {
        assert_eq!(by(patterns, action), expected, "{patterns:?} {action:?}");
    }
    let not = |actions: &[&str], action| {
        let statement = Statement { not_action: true, ..Statement::allow(&[Arn(ALICE)], actions) };
        allows(&[statement], ALICE, action)
    };
    assert!(not(&["kms:Encrypt"], Action::Decrypt));
    assert!(!not(&["kms:Encrypt", "kms:Dec*"], Action::Decrypt));
    assert!(not(&["s3:*"], Action::Decrypt));
    assert!(!not(&[], Action::Decrypt), "a statement without an action never applies");
}

#[test]
fn resources_match_field_by_field() {
    let id = KEY.to_string();
    let with = |resources: &[&str], not_resource| {
        let statement = Statement { resources, not_resource, ..Statement::allow(&[Arn(ALICE)], &["kms:*"]) };
        allows(&[statement], ALICE, Action::Decrypt)
    };
    let arn = |rest: &str| format!("arn:aws:kms:us-east-1:000000000000:{rest}");
    for (resource, expected) in [
        ("*".to_string(), true),
        (arn(&format!("key/{id}")), true),
        (arn("key/*"), true),
        (arn("*"), true),
        (arn("key/1111*"), true),
        (arn("key/2222*"), false),
        (arn("k*/*"), false),
        (arn("alias/*"), false),
        ("arn:*:*:*:*:key/*".into(), false),
        ("arn:aws:kms:*:*:key/*".into(), true),
        ("arn:aws:kms:us-west-2:000000000000:key/*".into(), false),
        ("arn:aws:kms:us-east-1:111122223333:key/*".into(), false),
        ("arn:aws:s3:us-east-1:000000000000:key/*".into(), false),
        ("arn:aws*:kms:us-east-?:0*:key/*".into(), true),
    ] {
        assert_eq!(with(&[&resource], false), expected, "{resource}");
        assert_eq!(with(&[&resource], true), !expected, "not {resource}");
    }
    assert!(!with(&[], false) && !with(&[], true), "a statement without a resource never applies");
}

#[test]
fn other_accounts_can_be_allowed_use_but_never_administration() {
    let all = [Statement::allow(&[Everyone, Account("111122223333")], &["kms:*"])];
    for (action, expected) in [
        (Action::Encrypt, true),
        (Action::Decrypt, true),
        (Action::ReEncryptFrom, true),
        (Action::ReEncryptTo, true),
        (Action::GenerateDataKey, true),
        (Action::GenerateDataKeyWithoutPlaintext, true),
        (Action::DescribeKey, true),
        (Action::EnableKey, false),
        (Action::DisableKey, false),
        (Action::RotateKeyOnDemand, false),
        (Action::PutKeyPolicy, false),
        (Action::ScheduleKeyDeletion, false),
        (Action::TagResource, false),
    ] {
        assert_eq!(allows(&all, THEIR_ROOT, action), expected, "{action:?}");
        assert!(!allows(&all, THEIR_USER, action), "a user there needs an identity policy too");
    }
    let refused = decide(&compiled(&all), THEIR_ROOT, Action::DisableKey);
    assert!(matches!(refused, Decision::ImplicitDeny(Reason::OtherAccount)));
}

#[test]
fn actions_without_a_key_are_the_root_users_alone() {
    for caller_name in CALLERS {
        let realm = Realm::default();
        for action in [Action::CreateKey, Action::ListKeys, Action::GenerateRandom] {
            let decision = decide_on(caller_name, action, Resource::everything(&realm), None);
            assert_eq!(
                matches!(decision, Decision::Allow(_)),
                caller_name == ROOT,
                "{caller_name} {action:?}"
            );
        }
    }
}

#[test]
fn what_lies_in_another_partition_is_out_of_reach_and_what_is_nowhere_is_under_no_key_policy() {
    let everyone = compiled(&[Statement::allow(&[Everyone], &["*"])]);
    for (resource, without, with) in [
        ("arn:aws:kms:us-east-1:000000000000:key/a", true, true),
        ("arn:aws-cn:kms:us-east-1:000000000000:key/a", false, false),
        ("*", true, false),
    ] {
        let resource = Resource::parse(resource).unwrap();
        let decide = |caller, policy| decide_on(caller, Action::Decrypt, resource, policy).is_allowed();
        assert_eq!(decide(ROOT, None), without, "{resource}");
        assert_eq!(decide(ROOT, Some(&everyone)), with, "{resource}");
        // Another account's root user needs nothing but the key policy.
        assert_eq!(decide(THEIR_ROOT, Some(&everyone)), with, "{resource}");
    }
}

#[test]
fn actions_and_resources_read_as_policies_write_them() {
    for (text, expected) in
        [("kms:Decrypt", "kms:Decrypt"), ("KMS:decrypt", "kms:Decrypt"), ("s3:Get", "s3:Get")]
    {
        assert_eq!(RequestedAction::parse(text).unwrap().to_string(), expected);
    }
    for text in ["*", "arn:aws:kms:us-east-1:000000000000:key/a:b", "arn:aws-cn:s3:::bucket/x"] {
        assert_eq!(Resource::parse(text).unwrap().to_string(), text);
    }
    let realm = Realm::default();
    let arn = format!("arn:aws:kms:us-east-1:000000000000:key/{KEY}");
    assert_eq!(Resource::key(&realm, KEY).to_string(), arn);
    assert_eq!(Resource::vault(&realm, [0x11; 16]).to_string(), arn.replace("key/", "vault/"));
    assert_eq!(Resource::everything(&realm).to_string(), "*");
}
