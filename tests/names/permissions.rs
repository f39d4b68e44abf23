//! Who may change an alias, what an alias opens to whom, and what policies see of aliases.

use strongroom_core::Error;
use strongroom_core::error::Reason;
use strongroom_core::operation::{
    CreateAlias, CreateKey, DeleteAlias, DisableKey, Encrypt, ListAliases, ReEncrypt, UpdateAlias,
};
use strongroom_core::policy::{
    Caller, Condition, Effect, Operator, PolicyKind, PrincipalEntry, Qualifier, Statement,
};

use super::{ALICE, APP, APP_ARN, Hall, allowing, compiled, denied, describe_as, interrupted, key_admitting};
use crate::world::{FOREIGNER, World, caller, root};

fn key_arn(id: &str) -> String {
    format!("arn:aws:kms:us-east-1:000000000000:key/{id}")
}

/// Alice, allowed these actions on these resources.
fn with_alice<R>(actions: &[&str], resources: &[&str], ask: impl FnOnce(&Caller<'_>) -> R) -> R {
    let policy = allowing(actions, resources, &[]);
    ask(&caller(ALICE).with_identity_policies(&[&policy[..]]).unwrap())
}

#[test]
fn to_change_an_alias_one_needs_the_alias_and_every_key_concerned() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let (key, other) = (key_arn(&hall.id), key_arn(&hall.other_id));
    let another = "arn:aws:kms:us-east-1:000000000000:alias/application";
    let actions = ["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"];
    let create = CreateAlias { alias_name: APP, target_key_id: &hall.id };
    let update = UpdateAlias { alias_name: APP, target_key_id: &hall.other_id };
    let delete = DeleteAlias { alias_name: APP };
    let try_all = |resources: &[&str]| {
        with_alice(&actions, resources, |alice| {
            let _ = hall.remove_alias(APP);
            let created = hall.vault.create_alias(alice, create);
            let _ = hall.alias(APP, &hall.id);
            let updated = hall.vault.update_alias(alice, update);
            let _ = hall.move_alias(APP, &hall.id);
            let deleted = hall.vault.delete_alias(alice, delete);
            let answers = [created, updated, deleted];
            assert!(answers.iter().all(|answer| answer.is_ok() || denied(answer)), "{answers:?}");
            answers.map(|answer| answer.is_ok())
        })
    };
    let (create_and_delete, none) = ([true, false, true], [false; 3]);
    for (resources, expected) in [
        (&[APP_ARN, &key, &other][..], [true; 3]),
        (&["*"], [true; 3]),
        (&["arn:aws:kms:us-east-1:000000000000:alias/*", &key, &other], [true; 3]),
        (&["arn:aws:kms:*:000000000000:*"], [true; 3]),
        (&[APP_ARN, &key], create_and_delete),
        (&[APP_ARN, &other], none),
        (&[APP_ARN], none),
        (&[&key, &other], none),
        (&[another, &key, &other], none),
        (&["arn:aws:kms:us-east-1:000000000000:key/*"], none),
        (&["arn:aws:kms:us-east-1:111122223333:alias/app", &key, &other], none),
    ] {
        assert_eq!(try_all(resources), expected, "{resources:?}");
    }
}

#[test]
fn a_key_policy_speaks_for_the_key_and_not_for_the_alias() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let id = key_admitting(&hall.vault, ALICE, &["kms:*Alias"]).to_string();
    let create = CreateAlias { alias_name: APP, target_key_id: &id };
    assert!(denied(&hall.vault.create_alias(&caller(ALICE), create)));
    let created =
        with_alice(&["kms:CreateAlias"], &[APP_ARN], |alice| hall.vault.create_alias(alice, create));
    assert_eq!(created, Ok(()));
    assert!(denied(&hall.vault.delete_alias(&caller(ALICE), DeleteAlias { alias_name: APP })));
    // Another account's callers change no aliases, and an explicit deny is a deny.
    assert!(denied(&hall.vault.delete_alias(&caller(FOREIGNER), DeleteAlias { alias_name: APP })));
    assert_eq!(world.log.last(|event| event.reason), Some(Reason::OtherAccount));
    let deny = Statement {
        effect: Effect::Deny,
        resources: &[APP_ARN],
        ..Statement::allow(&[], &["kms:DeleteAlias"])
    };
    let policy = compiled(PolicyKind::Identity, &[Statement::allow(&[], &["kms:*"]), deny]);
    let policies = [policy.as_slice()];
    let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
    assert!(denied(&hall.vault.delete_alias(&alice, DeleteAlias { alias_name: APP })));
    assert_eq!(world.log.last(|event| event.reason), Some(Reason::StatementDenies));
    assert_eq!(hall.named(APP).unwrap().to_string(), id);
}

#[test]
fn an_alias_that_does_not_exist_is_answered_like_one_that_is_not_permitted() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    let stranger = caller(ALICE);
    let withheld = Error::AccessDenied(Reason::Withheld);
    let mut reasons = Vec::new();
    for name in [APP, "alias/none", "alias/aws/s3"] {
        assert_eq!(describe_as(&hall.vault, &stranger, name), Err(withheld), "{name}");
        reasons.push(world.log.last(|event| event.reason).unwrap());
    }
    assert_eq!(reasons, [Reason::NoIdentityPolicyAllows, Reason::NoSuchKey, Reason::NoSuchKey]);
    // Whom the default policy would admit may know.
    with_alice(&["kms:DescribeKey"], &["*"], |alice| {
        assert_eq!(describe_as(&hall.vault, alice, APP), Ok(hall.key));
        assert_eq!(describe_as(&hall.vault, alice, "alias/none"), Err(Error::NotFound));
    });
    // Permission on every alias, and on no key, says nothing of which aliases there are.
    let aliases = ["arn:aws:kms:us-east-1:000000000000:alias/*"];
    with_alice(&["kms:*"], &aliases, |alice| {
        for alias_name in [APP, "alias/none"] {
            let update = UpdateAlias { alias_name, target_key_id: &hall.other_id };
            assert_eq!(hall.vault.update_alias(alice, update), Err(withheld));
            assert_eq!(hall.vault.delete_alias(alice, DeleteAlias { alias_name }), Err(withheld));
        }
    });
}

#[test]
fn an_alias_opens_nothing_that_its_key_does_not() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    with_alice(&["kms:DescribeKey"], &[APP_ARN], |alice| {
        assert!(denied(&describe_as(&hall.vault, alice, APP)));
    });
    with_alice(&["kms:DescribeKey"], &[&key_arn(&hall.id)], |alice| {
        assert_eq!(describe_as(&hall.vault, alice, APP), Ok(hall.key));
        hall.move_alias(APP, &hall.other_id).unwrap();
        assert!(denied(&describe_as(&hall.vault, alice, APP)));
    });
    // A key's own policy counts for it under every name.
    let admitting = key_admitting(&hall.vault, ALICE, &["kms:DescribeKey"]);
    hall.move_alias(APP, &admitting.to_string()).unwrap();
    assert_eq!(describe_as(&hall.vault, &caller(ALICE), APP), Ok(admitting));
}

fn is<'a>(key: &'a str, values: &'a [&'a str]) -> Condition<'a> {
    Condition::new(Operator::StringEquals, key, values)
}

/// Whether Alice may do this with an identity policy under one condition.
fn may(condition: Condition<'_>, ask: impl FnOnce(&Caller<'_>) -> Result<(), Error>) -> bool {
    let policy = allowing(&["kms:*"], &["*"], &[condition]);
    let answer = ask(&caller(ALICE).with_identity_policies(&[&policy[..]]).unwrap());
    assert!(answer.is_ok() || denied(&answer), "{answer:?}");
    answer.is_ok()
}

#[test]
fn policies_see_the_alias_that_a_request_has_and_no_other() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    hall.alias("alias/two", &hall.id).unwrap();
    let by = |name: &str, asking: &Caller<'_>| {
        hall.vault.encrypt(asking, Encrypt::new(name, b"x"), &mut [0; 200]).map(drop)
    };
    let app = is("kms:RequestAlias", &[APP]);
    let absent = Condition::new(Operator::Null, "kms:RequestAlias", &["true"]);
    let arn = key_arn(&hall.id);
    for (name, is_app, is_absent) in [
        (APP, true, false),
        (APP_ARN, true, false),
        ("alias/two", false, false),
        (hall.id.as_str(), false, true),
        (arn.as_str(), false, true),
    ] {
        assert_eq!(may(app, |alice| by(name, alice)), is_app, "{name}");
        assert_eq!(may(absent, |alice| by(name, alice)), is_absent, "{name}");
    }
    assert!(!may(is("kms:RequestAlias", &[APP_ARN]), |alice| by(APP_ARN, alice)), "a name, not an ARN");
    // Each key of a ReEncrypt has its own.
    hall.alias("alias/source", &hall.other_id).unwrap();
    let sealed = hall.encrypt_by(&hall.other_id).unwrap();
    let both = is("kms:RequestAlias", &[APP, "alias/source"]);
    let re_encrypt = |source_key_id, destination: &str, asking: &Caller<'_>| {
        let request = ReEncrypt { source_key_id, ..ReEncrypt::new(&sealed, destination) };
        hall.vault.re_encrypt(asking, request, &mut [0; 200]).map(drop)
    };
    assert!(may(both, |alice| re_encrypt(Some("alias/source"), APP, alice)));
    assert!(!may(both, |alice| re_encrypt(None, APP, alice)));
    assert!(!may(both, |alice| re_encrypt(Some("alias/source"), &hall.id, alice)));
    // Key policies can ask for it too.
    let alice = [PrincipalEntry::Arn(ALICE)];
    let account = [PrincipalEntry::Account("000000000000")];
    let conditions = [is("kms:RequestAlias", &["alias/three"])];
    let admitting = Statement { conditions: &conditions, ..Statement::allow(&alice, &["kms:Encrypt"]) };
    let policy = compiled(PolicyKind::Key, &[Statement::allow(&account, &["kms:*"]), admitting]);
    // Made by the root user, who could still change it with an account statement.
    let request = CreateKey { policy: Some(&policy), ..CreateKey::default() };
    let id = hall.vault.create_key(&root(), request).unwrap().key_id.to_string();
    hall.alias("alias/three", &id).unwrap();
    assert_eq!(by("alias/three", &caller(ALICE)), Ok(()));
    assert!(denied(&by(&id, &caller(ALICE))));
}

#[test]
fn identity_policies_see_all_aliases_of_a_key() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let describe = |asking: &Caller<'_>| describe_as(&hall.vault, asking, &hall.id).map(drop);
    let any = Condition { qualifier: Qualifier::ForAnyValue, ..is("kms:ResourceAliases", &[APP]) };
    let every = Condition { qualifier: Qualifier::ForAllValues, ..is("kms:ResourceAliases", &[APP]) };
    let none = Condition::new(Operator::Null, "kms:ResourceAliases", &["true"]);
    let single = is("kms:ResourceAliases", &[APP]);
    let seen = || [any, every, none, single].map(|condition| may(condition, describe));
    assert_eq!(seen(), [false, true, true, false]);
    hall.alias(APP, &hall.id).unwrap();
    assert_eq!(seen(), [true, true, false, false]);
    hall.alias("alias/two", &hall.id).unwrap();
    assert_eq!(seen(), [true, false, false, false]);
    hall.move_alias(APP, &hall.other_id).unwrap();
    assert_eq!(seen(), [false, false, false, false]);
    hall.remove_alias("alias/two").unwrap();
    assert_eq!(seen(), [false, true, true, false]);
    // The same under every name of the key, and of that key only.
    hall.move_alias(APP, &hall.id).unwrap();
    assert!(may(any, |alice| describe_as(&hall.vault, alice, APP).map(drop)));
    assert!(!may(any, |alice| describe_as(&hall.vault, alice, &hall.other_id).map(drop)));
}

#[test]
fn what_was_permitted_by_an_alias_is_not_done_once_the_alias_is_gone() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let any = Condition { qualifier: Qualifier::ForAnyValue, ..is("kms:ResourceAliases", &[APP]) };
    let policy = allowing(&["kms:DisableKey"], &["*"], &[any]);
    let policies = [policy.as_slice()];
    let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
    let disable = DisableKey { key_id: &hall.id };
    let gone = || hall.remove_alias(APP).unwrap();
    let moved = || hall.move_alias(APP, &hall.other_id).unwrap();
    for meanwhile in [&gone as &dyn Fn(), &moved] {
        hall.alias(APP, &hall.id).unwrap();
        assert_eq!(interrupted(&hall, &alice, disable, meanwhile), Err(Error::Busy));
    }
    // Nor is an alias given to a key on what was allowed before the key had another.
    hall.remove_alias(APP).unwrap();
    let none = Condition::new(Operator::Null, "kms:ResourceAliases", &["true"]);
    let policy = allowing(&["kms:UpdateAlias"], &[&key_arn(&hall.other_id)], &[none]);
    let rest = allowing(&["kms:UpdateAlias"], &[APP_ARN, &key_arn(&hall.id)], &[]);
    let policies = [policy.as_slice(), rest.as_slice()];
    let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
    hall.alias(APP, &hall.id).unwrap();
    let update = UpdateAlias { alias_name: APP, target_key_id: &hall.other_id };
    let first = || hall.alias("alias/first", &hall.other_id).unwrap();
    assert_eq!(interrupted(&hall, &alice, update, first), Err(Error::Busy));
    assert!(denied(&hall.vault.update_alias(&alice, update)));
    hall.remove_alias("alias/first").unwrap();
    assert_eq!(hall.vault.update_alias(&alice, update), Ok(()));
}

#[test]
fn listing_aliases_needs_permission_for_the_listing_alone() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    let list = |asking: &Caller<'_>, key_id| {
        let request = ListAliases { key_id, ..ListAliases::default() };
        hall.vault.list_aliases(asking, request, &mut [0; 300]).map(|listed| listed.iter().count())
    };
    for key_id in [None, Some(hall.id.as_str())] {
        assert!(denied(&list(&caller(ALICE), key_id)));
        assert!(denied(&list(&caller(FOREIGNER), key_id)));
        with_alice(&["kms:ListAliases"], &["*"], |alice| assert_eq!(list(alice, key_id), Ok(1)));
        with_alice(&["kms:ListAliases"], &[&key_arn(&hall.id), APP_ARN], |alice| {
            assert!(denied(&list(alice, key_id)));
        });
    }
}
