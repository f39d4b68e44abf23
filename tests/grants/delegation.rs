//! A grant that lists CreateGrant: its grantee can pass on no more than the grant itself gives.

use strongroom_core::operation::{CreateGrant, GrantConstraints};
use strongroom_core::policy::{Action, PolicyKind};

use super::{ALICE, BOB, Hall, OTHER_USER, denied, equals, subset};
use crate::world::{World, caller, root};

const PARENTS: [Action; 3] = [Action::CreateGrant, Action::Decrypt, Action::DescribeKey];

#[test]
fn a_child_has_no_operation_that_its_parent_lacks() {
    for (operations, is_allowed) in [
        (&[Action::Decrypt][..], true),
        (&[Action::CreateGrant, Action::DescribeKey], true),
        (&PARENTS[..], true),
        (&[Action::Encrypt], false),
        (&[Action::Decrypt, Action::Encrypt], false),
        (&[Action::RetireGrant], false),
    ] {
        let world = World::new(1);
        let hall = Hall::new(&world);
        let parent = hall.grant(ALICE, &PARENTS);
        let request = CreateGrant::new(&hall.id, BOB, operations);
        let child = hall.vault.create_grant(&caller(ALICE), request);
        assert_eq!(child.is_ok(), is_allowed, "{operations:?}");
        world.log.last(|event| {
            assert_eq!(event.deciding_grant.is_some(), is_allowed);
            if let Ok(child) = child {
                let both = (event.deciding_grant, event.grant_id);
                assert_eq!(both, (Some(parent.grant_id), Some(child.grant_id)));
                assert_eq!(event.decider.map(|decider| decider.policy), Some(PolicyKind::Grant));
            }
        });
        // Whoever has the right from a policy is not bound by that.
        assert!(hall.vault.create_grant(&root(), request).is_ok());
    }
}

#[test]
fn a_childs_constraint_is_at_least_as_strict_as_its_parents() {
    let none: Option<GrantConstraints<'_>> = None;
    let (a, b, ab): (&[_], &[_], &[_]) = (&[("a", "1")], &[("b", "2")], &[("a", "1"), ("b", "2")]);
    let other: &[_] = &[("a", "2")];
    for (parent, child, is_allowed) in [
        (none, none, true),
        (none, subset(a), true),
        (none, equals(a), true),
        (subset(a), none, false),
        (subset(a), subset(a), true),
        (subset(a), subset(ab), true),
        (subset(a), equals(a), true),
        (subset(a), equals(ab), true),
        (subset(a), subset(b), false),
        (subset(a), equals(b), false),
        (subset(a), subset(other), false),
        (subset(a), subset(&[]), false),
        (subset(ab), subset(a), false),
        (equals(a), none, false),
        (equals(a), equals(a), true),
        (equals(a), subset(a), false),
        (equals(a), equals(ab), false),
        (equals(a), subset(ab), false),
        (equals(ab), equals(a), false),
        (equals(ab), equals(&[("b", "2"), ("a", "1")]), true),
        (equals(&[]), equals(&[]), true),
        (equals(&[]), subset(&[]), false),
        (subset(&[]), subset(a), true),
        (subset(&[]), none, false),
    ] {
        let world = World::new(1);
        let hall = Hall::new(&world);
        hall.make(CreateGrant { constraints: parent, ..CreateGrant::new(&hall.id, ALICE, &PARENTS) });
        let operations = [Action::Decrypt];
        let request = CreateGrant { constraints: child, ..CreateGrant::new(&hall.id, BOB, &operations) };
        let made = hall.vault.create_grant(&caller(ALICE), request);
        assert_eq!(made.is_ok(), is_allowed, "{parent:?} makes {child:?}");
    }
}

#[test]
fn the_parents_of_a_child_do_not_add_up() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.grant(ALICE, &[Action::CreateGrant, Action::Decrypt]);
    hall.grant(ALICE, &[Action::CreateGrant, Action::Encrypt]);
    hall.grant(ALICE, &[Action::DescribeKey]);
    let make = |operations: &[Action]| {
        hall.vault.create_grant(&caller(ALICE), CreateGrant::new(&hall.id, BOB, operations)).map(drop)
    };
    assert_eq!((make(&[Action::Decrypt]), make(&[Action::Encrypt])), (Ok(()), Ok(())));
    assert!(denied(&make(&[Action::Decrypt, Action::Encrypt])));
    assert!(denied(&make(&[Action::DescribeKey])), "it cannot be passed on");
}

#[test]
fn a_grantee_of_another_account_issues_for_its_own() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.grant(OTHER_USER, &[Action::CreateGrant, Action::Decrypt]);
    let request = CreateGrant::new(&hall.id, BOB, &[Action::Decrypt]);
    let child = hall.vault.create_grant(&caller(OTHER_USER), request).unwrap();
    let mut page = [0; 1024];
    let listed = hall.vault.list_grants(&root(), super::list(&hall.id), &mut page).unwrap();
    let listed = listed.iter().find(|grant| grant.grant_id == child.grant_id).unwrap();
    assert_eq!(listed.issuing_account.as_str(), "111122223333");
    assert!(hall.decrypt_as(BOB).is_ok());
    // So that account can end it, and the vault's own cannot, but by revoking.
    assert!(denied(&hall.retire(&root(), &child.grant_id)));
    assert_eq!(hall.retire(&caller(super::OTHER_ACCOUNT), &child.grant_id), Ok(()));
    assert!(denied(&hall.decrypt_as(BOB)));
}
