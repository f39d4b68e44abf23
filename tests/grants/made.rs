//! CreateGrant: what it takes, what it refuses, and the same request twice.

use strongroom_core::error::Parameter;
use strongroom_core::grant::GrantId;
use strongroom_core::key::{KeySpec, KeyUsage};
use strongroom_core::operation::{CreateGrant, CreateKey, EncryptionContext};
use strongroom_core::policy::{Action, Condition, Effect, Operator, PrincipalEntry, Qualifier, Statement};
use strongroom_core::{Error, Vault};

use super::{ALICE, BOB, ELSEWHERE, Hall, OTHER_USER, ROLE, SESSION, denied, equals, list, subset};
use crate::world::{World, caller, root};

fn create(vault: &Vault<&World>, request: CreateGrant<'_>) -> Result<GrantId, Error> {
    vault.create_grant(&root(), request).map(|grant| grant.grant_id)
}

fn refused(parameter: Parameter) -> Result<GrantId, Error> {
    Err(Error::Validation(parameter))
}

#[test]
fn every_field_of_a_grant_is_listed_as_it_was_given() {
    let world = World::new(1);
    world.clock.set_wall_ms(Some(5000));
    let hall = Hall::new(&world);
    let pairs = [("tenant", "blue"), ("app", "pay")];
    let request = CreateGrant {
        retiring_principal: Some(BOB),
        constraints: equals(&pairs),
        name: Some("a:name/with_all-09"),
        ..CreateGrant::new(&hall.id, ROLE, &[Action::Decrypt, Action::RetireGrant, Action::Decrypt])
    };
    let made = hall.make(request);
    world.log.last(|event| assert_eq!((event.grant_id, event.error_code), (Some(made.grant_id), None)));
    let mut page = [0; 1024];
    let listed = hall.vault.list_grants(&root(), list(&hall.id), &mut page).unwrap();
    let grants: Vec<_> = listed.iter().collect();
    let [grant] = grants.as_slice() else { panic!("{grants:?}") };
    assert_eq!((grant.key_id, grant.grant_id, grant.created_ms), (hall.key, made.grant_id, Some(5000)));
    assert_eq!(grant.operations.iter().collect::<Vec<_>>(), [Action::Decrypt, Action::RetireGrant]);
    assert_eq!((grant.grantee_principal, grant.retiring_principal), (ROLE, Some(BOB)));
    assert_eq!((grant.name, grant.issuing_account.as_str()), ("a:name/with_all-09", "000000000000"));
    let constraint = grant.constraints.unwrap();
    assert_eq!(constraint.pairs().collect::<Vec<_>>(), [("app", "pay"), ("tenant", "blue")]);
    assert_eq!(format!("{:?}", constraint.kind()), "EncryptionContextEquals");
    assert!(GrantId::parse(&made.grant_id.to_string()) == Ok(made.grant_id));
}

#[test]
fn the_same_request_with_a_name_finds_its_grant_and_any_difference_makes_another() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let both = [Action::Decrypt, Action::Encrypt];
    let turned = [Action::Encrypt, Action::Decrypt];
    let pairs: EncryptionContext<'_> = &[("a", "1"), ("b", "2")];
    let turned_pairs: EncryptionContext<'_> = &[("b", "2"), ("a", "1")];
    let first = CreateGrant {
        retiring_principal: Some(BOB),
        constraints: subset(pairs),
        name: Some("n"),
        ..CreateGrant::new(&hall.id, ALICE, &both)
    };
    let made = hall.make(first);
    let revision = world.storage.image().revision;
    for same in [
        first,
        CreateGrant { operations: &turned, ..first },
        CreateGrant { constraints: subset(turned_pairs), ..first },
    ] {
        assert_eq!(hall.make(same), made);
        world.log.last(|event| assert_eq!(event.grant_id, Some(made.grant_id)));
    }
    assert_eq!(world.storage.image().revision, revision, "finding one changes nothing");
    let mut all = vec![made.grant_id];
    for different in [
        CreateGrant { key_id: &hall.other, ..first },
        CreateGrant { grantee_principal: SESSION, ..first },
        CreateGrant { operations: &both[..1], ..first },
        CreateGrant { constraints: equals(pairs), ..first },
        CreateGrant { constraints: subset(&pairs[..1]), ..first },
        CreateGrant { constraints: None, ..first },
        CreateGrant { retiring_principal: Some(ALICE), ..first },
        CreateGrant { retiring_principal: None, ..first },
        CreateGrant { name: Some("N"), ..first },
        CreateGrant { name: None, ..first },
        CreateGrant { name: None, ..first },
    ] {
        let grant = hall.make(different).grant_id;
        assert!(!all.contains(&grant), "{different:?}");
        all.push(grant);
    }
    // Once it is gone, the same request makes a new one.
    hall.revoke(&made.grant_id).unwrap();
    assert!(!all.contains(&hall.make(first).grant_id));
}

#[test]
fn limits_hold_from_both_sides() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let base = CreateGrant::new(&hall.id, ALICE, &[Action::Decrypt]);
    let arn = |len: usize| format!("arn:aws:iam::000000000000:user/{}", "n".repeat(len - 31));
    let (longest, too_long) = (arn(256), arn(257));
    let create = |request| create(&hall.vault, request).map(drop);
    let ok = Ok(());
    let no = |parameter| Err(Error::Validation(parameter));
    for (grantee, expected) in [
        (longest.as_str(), ok),
        (too_long.as_str(), no(Parameter::GranteePrincipal)),
        ("", no(Parameter::GranteePrincipal)),
        ("*", no(Parameter::GranteePrincipal)),
        ("s3.amazonaws.com", no(Parameter::GranteePrincipal)),
        ("arn:aws:iam::000000000000:group/g", no(Parameter::GranteePrincipal)),
        (ELSEWHERE, no(Parameter::GranteePrincipal)),
        (OTHER_USER, ok),
    ] {
        assert_eq!(create(CreateGrant { grantee_principal: grantee, ..base }), expected, "{grantee}");
        let expected = expected.map_err(|_| Error::Validation(Parameter::RetiringPrincipal));
        assert_eq!(create(CreateGrant { retiring_principal: Some(grantee), ..base }), expected, "{grantee}");
    }
    let long = "n".repeat(257);
    for (name, expected) in [
        (&long[..256], ok),
        (&long, no(Parameter::GrantName)),
        ("", no(Parameter::GrantName)),
        ("a b", no(Parameter::GrantName)),
        ("\u{e9}", no(Parameter::GrantName)),
        ("a.b", no(Parameter::GrantName)),
    ] {
        assert_eq!(create(CreateGrant { name: Some(name), ..base }), expected, "{name}");
    }
    let names: Vec<String> = (0..9).map(|n| n.to_string()).collect();
    let nine: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let wide = "\u{e9}".repeat(385);
    let (fits, too_wide) = (&wide[..768], &wide[..]);
    let name_of_a_pair = "k".repeat(4096 - 6);
    for (pairs, expected) in [
        (&nine[..8], ok),
        (&nine[..], no(Parameter::GrantConstraints)),
        (&[("k", fits)], ok),
        (&[("k", too_wide)], no(Parameter::GrantConstraints)),
        (&[("k", ""), ("k", "")], no(Parameter::GrantConstraints)),
        (&[(&name_of_a_pair, "v")], no(Parameter::GrantConstraints)),
        // Within the limits, but this world keeps records of two kilobytes.
        (&[(&name_of_a_pair, "")], Err(Error::Capacity)),
    ] {
        assert_eq!(create(CreateGrant { constraints: subset(pairs), ..base }), expected, "{}", pairs.len());
        assert_eq!(create(CreateGrant { constraints: equals(pairs), ..base }), expected);
    }
    assert!(hall.decrypt_as(ALICE).is_ok(), "the session goes on");
}

#[test]
fn only_what_grants_can_confer_and_the_key_can_do_is_granted() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let create = |operations: &[Action]| create(&hall.vault, CreateGrant::new(&hall.id, ALICE, operations));
    for operation in [
        Action::Decrypt,
        Action::Encrypt,
        Action::GenerateDataKey,
        Action::GenerateDataKeyWithoutPlaintext,
        Action::GenerateDataKeyPair,
        Action::GenerateDataKeyPairWithoutPlaintext,
        Action::ReEncryptFrom,
        Action::ReEncryptTo,
        Action::DescribeKey,
        Action::CreateGrant,
        Action::RetireGrant,
    ] {
        assert!(create(&[operation]).is_ok(), "{operation:?}");
    }
    for operation in [
        // Grants can confer these, for other keys.
        Action::Sign,
        Action::Verify,
        Action::GenerateMac,
        Action::VerifyMac,
        Action::DeriveSharedSecret,
        Action::GetPublicKey,
        // And never these.
        Action::PutKeyPolicy,
        Action::RevokeGrant,
        Action::ListGrants,
        Action::ScheduleKeyDeletion,
        Action::ReEncrypt,
        Action::Mount,
    ] {
        assert_eq!(create(&[operation]), refused(Parameter::GrantOperations), "{operation:?}");
        assert_eq!(create(&[Action::Decrypt, operation]), refused(Parameter::GrantOperations));
    }
    assert_eq!(create(&[]), refused(Parameter::GrantOperations));
}

#[test]
fn a_constraint_on_the_encryption_context_is_for_keys_that_are_used_with_one() {
    let world = World::new(1);
    let vault = crate::world::create(&world);
    let request = CreateKey {
        key_spec: KeySpec::Hmac256,
        key_usage: KeyUsage::GenerateVerifyMac,
        ..CreateKey::default()
    };
    let id = vault.create_key(&root(), request).unwrap().key_id.to_string();
    let plain = CreateGrant::new(&id, ALICE, &[Action::GenerateMac]);
    let pairs = [("tenant", "blue")];
    for constraints in [equals(&pairs), subset(&pairs)] {
        assert_eq!(
            create(&vault, CreateGrant { constraints, ..plain }),
            refused(Parameter::GrantConstraints)
        );
    }
    create(&vault, plain).unwrap();
}

#[test]
fn a_dry_run_makes_no_grant() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let revision = world.storage.image().revision;
    let request = CreateGrant { dry_run: true, ..CreateGrant::new(&hall.id, ALICE, &[Action::Decrypt]) };
    assert_eq!(create(&hall.vault, request), Err(Error::DryRun));
    assert!(denied(&hall.vault.create_grant(&caller(ALICE), request)));
    assert_eq!((hall.grants(), world.storage.image().revision), (vec![], revision));
    assert!(denied(&hall.decrypt_as(ALICE)));
}

#[test]
fn policies_can_ask_what_the_grant_will_be() {
    let bob = [PrincipalEntry::Arn(BOB)];
    let equal = |key, values| Condition::new(Operator::StringEquals, key, values);
    let all = |key, values| Condition { qualifier: Qualifier::ForAllValues, ..equal(key, values) };
    let null = |key, values| Condition::new(Operator::Null, key, values);
    let pairs: EncryptionContext<'_> = &[("app", "pay"), ("tenant", "blue")];
    let operations = [Action::Decrypt, Action::DescribeKey];
    for (condition, is_allowed) in [
        (all("kms:GrantOperations", &["Decrypt", "DescribeKey", "Encrypt"][..]), true),
        (all("kms:GrantOperations", &["Decrypt"]), false),
        (equal("kms:GranteePrincipal", &[ALICE]), true),
        (equal("kms:GranteePrincipal", &[BOB]), false),
        (equal("kms:RetiringPrincipal", &[ROLE]), true),
        (equal("kms:RetiringPrincipal", &[ALICE]), false),
        (equal("kms:GrantConstraintType", &["EncryptionContextSubset"]), true),
        (equal("kms:GrantConstraintType", &["EncryptionContextEquals"]), false),
        (Condition::new(Operator::Bool, "kms:GrantIsForAWSResource", &["false"]), true),
        (Condition::new(Operator::Bool, "kms:GrantIsForAWSResource", &["true"]), false),
        (equal("kms:EncryptionContext:App", &["pay"]), true),
        (equal("kms:EncryptionContext:app", &["play"]), false),
        (all("kms:EncryptionContextKeys", &["app", "tenant"]), true),
        (all("kms:EncryptionContextKeys", &["app"]), false),
        (null("kms:EncryptionAlgorithm", &["true"]), true),
        (null("kms:GrantConstraintType", &["true"]), false),
    ] {
        let world = World::new(1);
        let conditions = [condition];
        let allow = Statement { conditions: &conditions, ..Statement::allow(&bob, &["kms:CreateGrant"]) };
        let hall = Hall::with_policy(&world, allow);
        let request = CreateGrant {
            retiring_principal: Some(ROLE),
            constraints: subset(pairs),
            ..CreateGrant::new(&hall.id, ALICE, &operations)
        };
        let made = hall.vault.create_grant(&caller(BOB), request);
        assert_eq!(made.is_ok(), is_allowed, "{condition:?}");
    }
    // What the request does not have is absent.
    let conditions = [null("kms:GrantConstraintType", &["true"]), null("kms:RetiringPrincipal", &["true"])];
    let deny = Statement { effect: Effect::Deny, ..Statement::allow(&bob, &["kms:CreateGrant"]) };
    for (effect, is_allowed) in [(Effect::Allow, true), (Effect::Deny, false)] {
        let world = World::new(1);
        let hall = Hall::with_policy(&world, Statement { effect, conditions: &conditions, ..deny });
        let request = CreateGrant::new(&hall.id, ALICE, &operations);
        assert_eq!(hall.vault.create_grant(&caller(BOB), request).is_ok(), is_allowed);
    }
}
