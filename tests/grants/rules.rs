//! When a grant allows a request (`policy-evaluation`, section 8), from both sides.

use strongroom_core::error::Reason;
use strongroom_core::operation::{
    CreateGrant, DescribeKey, EncryptionContext, GenerateDataKey, GenerateDataKeyWithoutPlaintext, ReEncrypt,
};
use strongroom_core::policy::{Action, Caller, Effect, PolicyKind, PrincipalEntry, Statement};
use strongroom_core::{Error, ciphertext_len};

use super::{
    ALICE, BOB, ELSEWHERE, Hall, OTHER_ACCOUNT, OTHER_USER, ROLE, SESSION, denied, equals, identity, subset,
};
use crate::world::{ROOT, World, caller, disable, root};

#[test]
fn a_grant_is_for_its_grantee_and_nobody_else() {
    let federated = "arn:aws:sts::000000000000:federated-user/Fay";
    let other_session = "arn:aws:sts::000000000000:assumed-role/App/two";
    let other_role = "arn:aws:sts::000000000000:assumed-role/App2/one";
    let foreign_session = "arn:aws:sts::111122223333:assumed-role/App/one";
    let same_name = "arn:aws:iam::000000000000:user/App";
    let everyone = [
        ALICE,
        BOB,
        ROLE,
        SESSION,
        other_session,
        other_role,
        foreign_session,
        federated,
        OTHER_USER,
        OTHER_ACCOUNT,
        same_name,
        ELSEWHERE,
        "s3.amazonaws.com",
    ];
    for (grantee, covered) in [
        (ALICE, &[ALICE][..]),
        (ROLE, &[ROLE, SESSION, other_session]),
        (SESSION, &[SESSION]),
        (federated, &[federated]),
        (OTHER_USER, &[OTHER_USER]),
        // Its users need an identity policy as well.
        (OTHER_ACCOUNT, &[OTHER_ACCOUNT]),
        (ROOT, &[]),
    ] {
        let world = World::new(1);
        let hall = Hall::new(&world);
        hall.grant(grantee, &[Action::Decrypt]);
        for principal in everyone {
            let answer = hall.decrypt_as(principal);
            if covered.contains(&principal) {
                assert_eq!(answer.as_deref(), Ok(&b"text"[..]), "{grantee} for {principal}");
            } else {
                assert!(denied(&answer), "{grantee} for {principal}: {answer:?}");
            }
        }
    }
}

#[test]
fn a_grant_to_an_account_needs_an_identity_policy_too() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.grant(OTHER_ACCOUNT, &[Action::Decrypt]);
    let policies = |effect, action| [identity(effect, &[action], &[])];
    for (policies, is_allowed) in [
        (policies(Effect::Allow, "kms:Decrypt"), true),
        (policies(Effect::Allow, "kms:Encrypt"), false),
        (policies(Effect::Deny, "kms:Decrypt"), false),
    ] {
        let policies = policies.each_ref().map(Vec::as_slice);
        let carol = caller(OTHER_USER).with_identity_policies(&policies).unwrap();
        assert_eq!(hall.decrypt(&carol, &hall.ciphertext, &[]).is_ok(), is_allowed);
    }
    assert!(denied(&hall.decrypt_as(OTHER_USER)), "without any");
}

#[test]
fn a_grant_allows_its_operations_on_its_key_only() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.grant(ALICE, &[Action::Encrypt, Action::DescribeKey]);
    assert!(hall.encrypt_as(ALICE, &[]).is_ok());
    assert_eq!(hall.describe_as(ALICE), Ok(()));
    assert!(denied(&hall.decrypt_as(ALICE)));
    let request = GenerateDataKey::aes_256(&hall.id);
    let (mut plain, mut sealed) = ([0; 32], [0; ciphertext_len(32)]);
    assert!(denied(
        &hall.vault.generate_data_key(&caller(ALICE), request, &mut plain, &mut sealed).map(drop)
    ));
    let request = DescribeKey::new(&hall.other);
    assert!(denied(&hall.vault.describe_key(&caller(ALICE), request, &mut [0; 64]).map(drop)));
    // The other operations with an encryption context, each by its own name.
    hall.grant(BOB, &[Action::GenerateDataKeyWithoutPlaintext]);
    let request = GenerateDataKeyWithoutPlaintext(GenerateDataKey::aes_256(&hall.id));
    assert!(hall.vault.generate_data_key_without_plaintext(&caller(BOB), request, &mut sealed).is_ok());
    let request = GenerateDataKey::aes_256(&hall.id);
    assert!(denied(&hall.vault.generate_data_key(&caller(BOB), request, &mut plain, &mut sealed).map(drop)));
}

#[test]
fn re_encrypting_needs_a_right_on_either_side() {
    for (operations, is_allowed) in [
        (&[Action::ReEncryptFrom, Action::ReEncryptTo][..], true),
        (&[Action::ReEncryptFrom], false),
        (&[Action::ReEncryptTo], false),
        (&[Action::Decrypt, Action::Encrypt], false),
    ] {
        let world = World::new(1);
        let hall = Hall::new(&world);
        hall.grant(ALICE, operations);
        let mut out = [0; ciphertext_len(4)];
        let request = ReEncrypt::new(&hall.ciphertext, &hall.id);
        assert_eq!(hall.vault.re_encrypt(&caller(ALICE), request, &mut out).is_ok(), is_allowed);
        world.log.last(|event| assert_eq!(event.deciding_grant.is_some(), is_allowed));
    }
}

#[test]
fn the_context_of_each_side_is_held_against_the_grant_for_that_side() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let sealed = hall.encrypt_as(ROOT, &[("from", "1")]).unwrap();
    let from = &[("from", "1")];
    let to = &[("to", "2")];
    let grant = |operation, pairs| {
        let operations = [operation];
        hall.make(CreateGrant {
            constraints: equals(pairs),
            ..CreateGrant::new(&hall.id, ALICE, &operations)
        });
    };
    grant(Action::ReEncryptFrom, from);
    grant(Action::ReEncryptTo, to);
    let mut out = [0; ciphertext_len(4)];
    let mut move_to = |destination| {
        let request = ReEncrypt {
            source_encryption_context: from,
            destination_encryption_context: destination,
            ..ReEncrypt::new(&sealed, &hall.id)
        };
        hall.vault.re_encrypt(&caller(ALICE), request, &mut out).map(drop)
    };
    assert_eq!(move_to(to), Ok(()));
    assert!(denied(&move_to(from)), "the source's context is not the destination's");
    assert!(denied(&move_to(&[])));
}

#[test]
fn constraints_compare_names_and_values_exactly() {
    let pairs = [("app", "pay"), ("tenant", "blue")];
    let cases: [(EncryptionContext<'_>, bool, bool); 9] = [
        // Context, whether a subset constraint lets it through, whether an equals constraint does.
        (&[("app", "pay"), ("tenant", "blue")], true, true),
        (&[("tenant", "blue"), ("app", "pay")], true, true),
        (&[("app", "pay"), ("tenant", "blue"), ("more", "")], true, false),
        (&[("app", "pay")], false, false),
        (&[], false, false),
        (&[("app", "Pay"), ("tenant", "blue")], false, false),
        (&[("App", "pay"), ("tenant", "blue")], false, false),
        (&[("app", "blue"), ("tenant", "pay")], false, false),
        (&[("apppay", ""), ("tenant", "blue")], false, false),
    ];
    for (context, in_subset, is_equal) in cases {
        for (constraints, expected) in [(subset(&pairs), in_subset), (equals(&pairs), is_equal)] {
            let world = World::new(1);
            let hall = Hall::new(&world);
            let operations = [Action::Encrypt, Action::Decrypt, Action::GenerateDataKey, Action::DescribeKey];
            hall.make(CreateGrant { constraints, ..CreateGrant::new(&hall.id, ALICE, &operations) });
            let by_root = hall.encrypt_as(ROOT, context).unwrap();
            assert_eq!(hall.encrypt_as(ALICE, context).is_ok(), expected, "{constraints:?} {context:?}");
            let opened = hall.decrypt(&caller(ALICE), &by_root, context);
            assert_eq!(opened.is_ok(), expected, "{constraints:?} {context:?}");
            let request =
                GenerateDataKey { encryption_context: context, ..GenerateDataKey::aes_256(&hall.id) };
            let (mut plain, mut sealed) = ([0; 32], [0; ciphertext_len(32)]);
            let made = hall.vault.generate_data_key(&caller(ALICE), request, &mut plain, &mut sealed);
            assert_eq!(made.is_ok(), expected);
            // What takes no context is free of the constraint.
            assert_eq!(hall.describe_as(ALICE), Ok(()));
        }
    }
}

#[test]
fn empty_constraints_mean_what_they_say() {
    for (constraints, with_pairs) in [(subset(&[]), true), (equals(&[]), false)] {
        let world = World::new(1);
        let hall = Hall::new(&world);
        hall.make(CreateGrant { constraints, ..CreateGrant::new(&hall.id, ALICE, &[Action::Encrypt]) });
        assert!(hall.encrypt_as(ALICE, &[]).is_ok());
        assert_eq!(hall.encrypt_as(ALICE, &[("a", "b")]).is_ok(), with_pairs);
    }
}

#[test]
fn one_grant_that_allows_is_enough() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    for pairs in [&[("n", "1")], &[("n", "2")], &[("n", "3")]] {
        let operations = [Action::Encrypt];
        hall.make(CreateGrant {
            constraints: equals(pairs),
            ..CreateGrant::new(&hall.id, ALICE, &operations)
        });
    }
    assert!(hall.encrypt_as(ALICE, &[("n", "2")]).is_ok());
    assert!(hall.encrypt_as(ALICE, &[("n", "3")]).is_ok());
    assert!(denied(&hall.encrypt_as(ALICE, &[("n", "4")])));
}

#[test]
fn a_deny_beats_every_grant() {
    let alice = [PrincipalEntry::Arn(ALICE)];
    let deny = Statement { effect: Effect::Deny, ..Statement::allow(&alice, &["kms:Decrypt"]) };
    let world = World::new(1);
    let hall = Hall::with_policy(&world, deny);
    hall.grant(ALICE, &[Action::Decrypt, Action::Encrypt]);
    assert!(denied(&hall.decrypt_as(ALICE)));
    world.log.last(|event| {
        assert_eq!((event.reason, event.deciding_grant), (Some(Reason::StatementDenies), None));
    });
    assert!(hall.encrypt_as(ALICE, &[]).is_ok());
    // In an identity policy too, also of another account.
    let policy = identity(Effect::Deny, &["kms:Encrypt"], &[]);
    let policies = [policy.as_slice()];
    for principal in [BOB, OTHER_USER] {
        hall.grant(principal, &[Action::Encrypt, Action::DescribeKey]);
        let denied_caller = caller(principal).with_identity_policies(&policies).unwrap();
        let request = strongroom_core::operation::Encrypt::new(&hall.id, b"x");
        let mut out = [0; ciphertext_len(1)];
        assert!(denied(&hall.vault.encrypt(&denied_caller, request, &mut out).map(drop)));
        assert!(hall.encrypt_as(principal, &[]).is_ok(), "the same caller without the policy");
    }
}

#[test]
fn a_grant_changes_nothing_about_key_states() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.grant(ALICE, &[Action::Decrypt, Action::DescribeKey, Action::CreateGrant]);
    disable(&hall.vault, hall.key).unwrap();
    assert_eq!(hall.decrypt_as(ALICE), Err(Error::Disabled));
    assert_eq!(hall.describe_as(ALICE), Ok(()));
    let request = CreateGrant::new(&hall.id, BOB, &[Action::Decrypt]);
    assert_eq!(hall.vault.create_grant(&caller(ALICE), request), Err(Error::Disabled));
    assert_eq!(hall.vault.create_grant(&root(), request), Err(Error::Disabled));
}

#[test]
fn the_log_names_the_grant_that_allowed_a_request() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let grant = hall.grant(ALICE, &[Action::Decrypt]);
    hall.decrypt_as(ALICE).unwrap();
    world.log.last(|event| {
        assert_eq!((event.deciding_grant, event.grant_id), (Some(grant.grant_id), None));
        assert_eq!(event.decider.map(|decider| decider.policy), Some(PolicyKind::Grant));
        assert_eq!((event.principal, event.error_code), (ALICE, None));
    });
    // Where a policy allows it, no grant is asked.
    hall.grant(ROOT, &[Action::Decrypt]);
    hall.decrypt_as(ROOT).unwrap();
    world.log.last(|event| {
        assert_eq!(event.deciding_grant, None);
        assert_eq!(event.decider.map(|decider| decider.policy), Some(PolicyKind::Key));
    });
    hall.encrypt_as(ALICE, &[]).unwrap_err();
    world.log.last(|event| {
        assert_eq!((event.deciding_grant, event.error_code), (None, Some("AccessDeniedException")));
    });
}

#[test]
fn an_unauthorized_caller_learns_nothing_of_grants() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let before = hall.grant(BOB, &[Action::Decrypt]);
    let bystander: Caller<'_> = caller(ALICE);
    let nothing = |answer: Result<(), Error>| {
        assert_eq!(answer, Err(Error::AccessDenied(Reason::Withheld)));
    };
    let request = CreateGrant::new(&hall.id, ALICE, &[Action::Decrypt]);
    nothing(hall.vault.create_grant(&bystander, request).map(drop));
    nothing(hall.vault.list_grants(&bystander, super::list(&hall.id), &mut [0; 512]).map(drop));
    let request =
        strongroom_core::operation::ListRetirableGrants { retiring_principal: ALICE, limit: 1, marker: None };
    nothing(hall.vault.list_retirable_grants(&bystander, request, &mut [0; 512]).map(drop));
    for grant_id in [before.grant_id, strongroom_core::grant::GrantId::from_bytes([1; 32])] {
        let grant_id_text = grant_id.to_string();
        let request = strongroom_core::operation::RevokeGrant {
            key_id: &hall.id,
            grant_id: &grant_id_text,
            dry_run: false,
        };
        nothing(hall.vault.revoke_grant(&bystander, request));
        nothing(hall.retire(&bystander, &grant_id));
    }
    nothing(hall.retire_by_token(&bystander, &before.grant_token));
    assert_eq!(hall.grants(), [before.grant_id]);
}
