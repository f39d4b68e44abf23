//! RetireGrant and RevokeGrant: who may end a grant, and that it is over then.

use strongroom_core::Error;
use strongroom_core::error::Reason;
use strongroom_core::grant::{GrantId, GrantToken};
use strongroom_core::operation::{CreateGrant, ListGrants, RetireGrant, RetiredGrant, RevokeGrant};
use strongroom_core::policy::{Action, Caller, Effect, PrincipalEntry, Statement};

use super::{ALICE, BOB, Hall, OTHER_ACCOUNT, OTHER_USER, ROLE, SESSION, denied, identity, list};
use crate::world::{ROOT, STRANGER, World, caller, disable, root};

#[test]
fn a_grant_is_over_when_it_is_revoked_and_no_sooner() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let (first, second) = (hall.grant(ALICE, &[Action::Decrypt]), hall.grant(ALICE, &[Action::Decrypt]));
    hall.revoke(&first.grant_id).unwrap();
    world.log.last(|event| assert_eq!((event.grant_id, event.error_code), (Some(first.grant_id), None)));
    assert!(hall.decrypt_as(ALICE).is_ok(), "there is another");
    hall.revoke(&second.grant_id).unwrap();
    assert!(denied(&hall.decrypt_as(ALICE)));
    world.log.last(|event| assert_eq!(event.reason, Some(Reason::NoIdentityPolicyAllows)));
    for gone in [first.grant_id, second.grant_id, GrantId::from_bytes([0; 32])] {
        assert_eq!(hall.revoke(&gone), Err(Error::NotFound));
    }
    assert_eq!(hall.vault.verify().unwrap().records, 4, "two keys and their versions");
}

#[test]
fn the_whole_id_and_the_key_must_be_right() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let grant = hall.grant(ALICE, &[Action::Decrypt]);
    for at in 0..32 {
        let mut bytes = *grant.grant_id.as_bytes();
        bytes[at] ^= 1;
        let wrong = GrantId::from_bytes(bytes);
        assert_eq!(hall.revoke(&wrong), Err(Error::NotFound), "{at}");
        let (key_id, grant_id) = (hall.id.as_str(), &wrong.to_string());
        let dry = RevokeGrant { key_id, grant_id, dry_run: true };
        assert_eq!(hall.vault.revoke_grant(&root(), dry), Err(Error::NotFound), "{at}");
        let request = ListGrants { grant_id: Some(grant_id), ..list(key_id) };
        let listed = hall.vault.list_grants(&root(), request, &mut [0; 512]).map(drop);
        assert_eq!(listed, Err(Error::NotFound), "{at}");
    }
    let text = grant.grant_id.to_string();
    let revoke = |key_id: &str, grant_id: &str| {
        hall.vault.revoke_grant(&root(), RevokeGrant { key_id, grant_id, dry_run: false })
    };
    assert_eq!(revoke(&hall.other, &text), Err(Error::NotFound));
    for wrong in ["x", &text[1..], &text.to_uppercase(), &format!("{text}0")] {
        assert_eq!(revoke(&hall.id, wrong), Err(Error::InvalidGrantId));
        let named = RetiredGrant::Id { key_id: &hall.id, grant_id: wrong };
        let retired = hall.vault.retire_grant(&root(), RetireGrant { grant: named, dry_run: false });
        assert_eq!(retired, Err(Error::InvalidGrantId));
        world.log.last(|event| assert_eq!(event.error_code, Some("InvalidGrantIdException")));
    }
    assert_eq!(hall.grants(), [grant.grant_id]);
}

#[test]
fn revoking_is_for_whom_policies_allow_and_no_grant_does() {
    let carol = [PrincipalEntry::Arn(OTHER_USER)];
    let world = World::new(1);
    let hall = Hall::with_policy(&world, Statement::allow(&carol, &["kms:RevokeGrant"]));
    let all = [Action::Decrypt, Action::CreateGrant, Action::RetireGrant];
    let request = CreateGrant { retiring_principal: Some(BOB), ..CreateGrant::new(&hall.id, ALICE, &all) };
    let grant = hall.make(request).grant_id.to_string();
    let request = RevokeGrant { key_id: &hall.id, grant_id: &grant, dry_run: false };
    for principal in [ALICE, BOB, STRANGER, OTHER_USER, OTHER_ACCOUNT] {
        assert!(denied(&hall.vault.revoke_grant(&caller(principal), request)), "{principal}");
    }
    // From another account both sides must allow it.
    let policy = identity(Effect::Allow, &["kms:RevokeGrant"], &[]);
    let policies = [policy.as_slice()];
    let carol = caller(OTHER_USER).with_identity_policies(&policies).unwrap();
    assert_eq!(hall.vault.revoke_grant(&carol, RevokeGrant { dry_run: true, ..request }), Err(Error::DryRun));
    assert_eq!(hall.grants().len(), 1);
    assert_eq!(hall.vault.revoke_grant(&carol, request), Ok(()));
    assert_eq!(hall.grants(), []);
}

/// Whether this caller may retire a grant like that, by id and by token.
fn may_retire(caller: &Caller<'_>, grantee: &str, retiring: Option<&str>, operations: &[Action]) -> bool {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let request =
        CreateGrant { retiring_principal: retiring, ..CreateGrant::new(&hall.id, grantee, operations) };
    let by_id = hall.make(request);
    let answer = hall.retire(caller, &by_id.grant_id);
    world.log.last(|event| match answer {
        Ok(()) => assert_eq!(event.deciding_grant, Some(by_id.grant_id)),
        Err(_) => assert_eq!(event.reason, Some(Reason::MayNotRetire)),
    });
    assert_eq!(hall.grants().is_empty(), answer.is_ok());
    let by_token = hall.make(request);
    let answer_by_token = hall.retire_by_token(caller, &by_token.grant_token);
    assert_eq!(answer, answer_by_token);
    assert!(answer.is_ok() || denied(&answer), "{answer:?}");
    answer.is_ok()
}

#[test]
fn retiring_is_for_those_whom_the_grant_means() {
    let decrypt = &[Action::Decrypt][..];
    let with_retire = &[Action::Decrypt, Action::RetireGrant][..];
    let policy = identity(Effect::Allow, &["kms:RetireGrant"], &[]);
    let policies = [policy.as_slice()];
    let allowed = |principal| caller(principal).with_identity_policies(&policies).unwrap();
    for (asking, grantee, retiring, operations, expected) in [
        // The retiring principal.
        (caller(BOB), ALICE, Some(BOB), decrypt, true),
        (caller(SESSION), ALICE, Some(ROLE), decrypt, true),
        (caller(OTHER_USER), ALICE, Some(OTHER_USER), decrypt, true),
        (caller(STRANGER), ALICE, Some(BOB), decrypt, false),
        (caller(BOB), ALICE, None, decrypt, false),
        // The grantee, if the grant says so.
        (caller(ALICE), ALICE, None, with_retire, true),
        (caller(ALICE), ALICE, None, decrypt, false),
        (caller(SESSION), ROLE, None, with_retire, true),
        (caller(ALICE), ALICE, Some(ALICE), decrypt, true),
        (caller(BOB), ALICE, None, with_retire, false),
        // The account that made it, and whom it lets.
        (root(), ALICE, None, decrypt, true),
        (allowed(STRANGER), ALICE, None, decrypt, true),
        (caller(STRANGER), ALICE, None, decrypt, false),
        (caller(OTHER_ACCOUNT), ALICE, None, decrypt, false),
        (allowed(OTHER_USER), ALICE, None, decrypt, false),
        // An account that retires, and whom it lets.
        (caller(OTHER_ACCOUNT), ALICE, Some(OTHER_ACCOUNT), decrypt, true),
        (allowed(OTHER_USER), ALICE, Some(OTHER_ACCOUNT), decrypt, true),
        (caller(OTHER_USER), ALICE, Some(OTHER_ACCOUNT), decrypt, false),
        (caller("s3.amazonaws.com"), ALICE, Some(BOB), with_retire, false),
    ] {
        let principal = asking.principal().as_str();
        let did = may_retire(&asking, grantee, retiring, operations);
        assert_eq!(did, expected, "{principal}: {grantee}, {retiring:?}, {operations:?}");
    }
}

#[test]
fn a_policy_alone_retires_nothing_and_a_deny_holds() {
    // In a key policy it allows nothing.
    let alice = [PrincipalEntry::Arn(ALICE)];
    let world = World::new(1);
    let hall = Hall::with_policy(&world, Statement::allow(&alice, &["kms:*"]));
    let grant = hall.grant(BOB, &[Action::Decrypt]);
    assert!(denied(&hall.retire(&caller(ALICE), &grant.grant_id)));
    world.log.last(|event| assert_eq!((event.reason, event.decider), (Some(Reason::MayNotRetire), None)));
    // A deny is a deny, there or in an identity policy.
    let deny = Statement { effect: Effect::Deny, ..Statement::allow(&alice, &["kms:RetireGrant"]) };
    let world = World::new(1);
    let hall = Hall::with_policy(&world, deny);
    let grant = hall.grant(ALICE, &[Action::RetireGrant]);
    assert!(denied(&hall.retire(&caller(ALICE), &grant.grant_id)));
    let policy = identity(Effect::Deny, &["kms:RetireGrant"], &[]);
    let policies = [policy.as_slice()];
    let grant = hall.grant(BOB, &[Action::RetireGrant]);
    let bob = caller(BOB).with_identity_policies(&policies).unwrap();
    assert!(denied(&hall.retire_by_token(&bob, &grant.grant_token)));
    assert_eq!(hall.retire(&caller(BOB), &grant.grant_id), Ok(()));
}

#[test]
fn what_is_not_there_cannot_be_retired() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let grant = hall.grant(ALICE, &[Action::RetireGrant]);
    hall.retire(&caller(ALICE), &grant.grant_id).unwrap();
    assert!(denied(&hall.retire(&caller(ALICE), &grant.grant_id)));
    assert_eq!(hall.retire(&root(), &grant.grant_id), Err(Error::NotFound));
    for caller in [caller(ALICE), root(), caller(OTHER_USER)] {
        assert_eq!(hall.retire_by_token(&caller, &grant.grant_token), Err(Error::InvalidGrantToken));
    }
    // A key that is not there, and one that is not named.
    for key_id in ["0123abcd-4567-4e89-8abc-def012345678", "alias/x"] {
        let text = grant.grant_id.to_string();
        let named = RetiredGrant::Id { key_id, grant_id: &text };
        let request = RetireGrant { grant: named, dry_run: false };
        assert!(denied(&hall.vault.retire_grant(&caller(ALICE), request)));
        assert_eq!(hall.vault.retire_grant(&root(), request), Err(Error::NotFound));
    }
}

#[test]
fn garbled_tokens_retire_nothing() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let grant = hall.grant(ALICE, &[Action::RetireGrant]);
    for at in 0..64 {
        let mut bytes = *grant.grant_token.as_bytes();
        bytes[at] ^= 0x80;
        let token = GrantToken::from_bytes(&bytes).unwrap();
        for caller in [caller(ALICE), root()] {
            assert_eq!(hall.retire_by_token(&caller, &token), Err(Error::InvalidGrantToken), "{at}");
        }
        world.log.last(|event| assert_eq!(event.error_code, Some("InvalidGrantTokenException")));
    }
    assert_eq!(hall.grants(), [grant.grant_id]);
    let dry = RetireGrant { grant: RetiredGrant::Token(&grant.grant_token), dry_run: true };
    assert_eq!(hall.vault.retire_grant(&caller(ALICE), dry), Err(Error::DryRun));
    assert_eq!(hall.grants(), [grant.grant_id]);
}

#[test]
fn grants_end_and_are_listed_in_every_key_state() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let [a, b] = [0; 2].map(|_| hall.grant(ALICE, &[Action::RetireGrant]));
    disable(&hall.vault, hall.key).unwrap();
    assert_eq!(hall.grants().len(), 2);
    assert_eq!(hall.retire(&caller(ALICE), &a.grant_id), Ok(()));
    assert_eq!(hall.revoke(&b.grant_id), Ok(()));
    assert_eq!(hall.grants(), []);
    assert!(hall.describe_as(ROOT).is_ok());
}
