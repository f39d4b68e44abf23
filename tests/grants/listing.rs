//! ListGrants, ListRetirableGrants, and what ListKeys sees of grants.

use std::collections::BTreeSet;

use strongroom_core::Error;
use strongroom_core::error::Parameter;
use strongroom_core::grant::GrantId;
use strongroom_core::operation::{CreateGrant, GrantMarker, ListGrants, ListRetirableGrants};
use strongroom_core::policy::{Action, Effect};

use super::{ALICE, BOB, Hall, OTHER_USER, ROLE, SESSION, denied, identity, list, subset};
use crate::world::{World, caller, create_key, root, rotate};

/// All pages, and how many there were.
fn pages(
    mut page_of: impl FnMut(Option<&GrantMarker>) -> (Vec<GrantId>, Option<GrantMarker>),
) -> (Vec<GrantId>, usize) {
    let (mut all, mut marker, mut count) = (Vec::new(), None, 0);
    loop {
        let (ids, next) = page_of(marker.as_ref());
        assert!(next.is_none() || !ids.is_empty(), "a page that is not the last has grants");
        all.extend(ids);
        count += 1;
        marker = next;
        if marker.is_none() {
            return (all, count);
        }
    }
}

fn of_key(hall: &Hall<'_>, request: ListGrants<'_>, room: usize) -> (Vec<GrantId>, usize) {
    pages(|marker| {
        let mut page = vec![0; room];
        let listed = hall.vault.list_grants(&root(), ListGrants { marker, ..request }, &mut page).unwrap();
        (listed.iter().map(|grant| grant.grant_id).collect(), listed.next_marker)
    })
}

fn retirable(hall: &Hall<'_>, principal: &str, limit: usize, room: usize) -> (Vec<GrantId>, usize) {
    pages(|marker| {
        let mut page = vec![0; room];
        let request = ListRetirableGrants { retiring_principal: principal, limit, marker };
        let listed = hall.vault.list_retirable_grants(&root(), request, &mut page).unwrap();
        (listed.iter().map(|grant| grant.grant_id).collect(), listed.next_marker)
    })
}

#[test]
fn three_hundred_grants_come_in_pages_each_once() {
    let world = World::new(1);
    world.storage.keep_no_history();
    let hall = Hall::new(&world);
    for _ in 0..5 {
        rotate(&hall.vault, hall.key).unwrap();
    }
    let (mut all, mut of_alice, mut of_bob) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for number in 0..300 {
        let grantee = [ALICE, ROLE, SESSION][number % 3];
        let retiring = [Some(BOB), None][number % 2];
        let key = if number % 50 == 49 { &hall.other } else { &hall.id };
        let request = CreateGrant {
            retiring_principal: retiring,
            ..CreateGrant::new(key, grantee, &[Action::Decrypt])
        };
        let id = hall.make(request).grant_id;
        if key == &hall.id {
            all.insert(id);
            if grantee == ALICE {
                of_alice.insert(id);
            }
        }
        if retiring.is_some() {
            of_bob.insert(id);
        }
    }
    let found = |(ids, count): (Vec<GrantId>, usize)| {
        let set: BTreeSet<GrantId> = ids.iter().copied().collect();
        assert_eq!(set.len(), ids.len(), "each once");
        (set, count)
    };
    for (limit, count) in [(100, 3), (7, 42), (1, 294)] {
        assert_eq!(
            found(of_key(&hall, ListGrants { limit, ..list(&hall.id) }, 100_000)),
            (all.clone(), count)
        );
    }
    // A page that does not fit is shorter.
    let (set, count) = found(of_key(&hall, list(&hall.id), 1000));
    assert_eq!(set, all);
    assert!(count > 40);
    let alices = ListGrants { grantee_principal: Some(ALICE), ..list(&hall.id) };
    assert_eq!(found(of_key(&hall, ListGrants { limit: 10, ..alices }, 100_000)).0, of_alice);
    assert_eq!(found(retirable(&hall, BOB, 100, 100_000)), (of_bob.clone(), 2));
    assert_eq!(found(retirable(&hall, BOB, 13, 100_000)).0, of_bob);
    assert_eq!(found(retirable(&hall, ALICE, 100, 100_000)), (BTreeSet::new(), 1));
    // Some end, and the rest is still listed.
    for id in of_bob.iter().filter(|id| all.contains(id)).take(40).copied().collect::<Vec<_>>() {
        hall.revoke(&id).unwrap();
        for listed in [&mut all, &mut of_bob, &mut of_alice] {
            listed.remove(&id);
        }
    }
    assert_eq!(found(of_key(&hall, list(&hall.id), 100_000)).0, all);
    assert_eq!(found(retirable(&hall, BOB, 100, 100_000)).0, of_bob);
    assert_eq!(found(of_key(&hall, alices, 100_000)).0, of_alice);
    assert_eq!(hall.vault.verify().unwrap().damaged, 0);
}

#[test]
fn a_grantee_is_found_by_exactly_its_own_name() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let bare = "arn:aws:iam::000000000000:role/App";
    let made = [ROLE, bare, SESSION, ALICE].map(|grantee| (grantee, hall.grant(grantee, &[Action::Decrypt])));
    for (grantee, grant) in made {
        let request = ListGrants { grantee_principal: Some(grantee), ..list(&hall.id) };
        assert_eq!(of_key(&hall, request, 4096).0, [grant.grant_id], "{grantee}");
        let id = grant.grant_id.to_string();
        let by_id = ListGrants { grant_id: Some(&id), ..list(&hall.id) };
        assert_eq!(of_key(&hall, by_id, 4096).0, [grant.grant_id]);
        let both = ListGrants { grantee_principal: Some(BOB), ..by_id };
        assert_eq!(of_key(&hall, both, 4096).0, []);
        let elsewhere = ListGrants { grant_id: Some(&id), ..list(&hall.other) };
        let answer = hall.vault.list_grants(&root(), elsewhere, &mut [0; 512]).map(drop);
        assert_eq!(answer, Err(Error::NotFound));
    }
}

#[test]
fn a_marker_is_good_for_its_own_listing_only() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    for _ in 0..3 {
        for key in [&hall.id, &hall.other] {
            let request = CreateGrant {
                retiring_principal: Some(ALICE),
                ..CreateGrant::new(key, ALICE, &[Action::Decrypt])
            };
            hall.make(request);
        }
    }
    let mut page = [0; 4096];
    let first = ListGrants { limit: 1, ..list(&hall.id) };
    let marker = hall.vault.list_grants(&root(), first, &mut page).unwrap().next_marker.unwrap();
    let mut with = |request: ListGrants<'_>, marker: &GrantMarker| {
        let request = ListGrants { marker: Some(marker), ..request };
        hall.vault.list_grants(&root(), request, &mut page).map(drop)
    };
    assert_eq!(with(first, &marker), Ok(()));
    assert_eq!(with(ListGrants { limit: 100, ..first }, &marker), Ok(()), "the size of pages may change");
    let invalid = Err(Error::InvalidMarker);
    assert_eq!(with(ListGrants { key_id: &hall.other, ..first }, &marker), invalid);
    assert_eq!(with(ListGrants { grantee_principal: Some(ALICE), ..first }, &marker), invalid);
    let id = hall.grants()[0].to_string();
    assert_eq!(with(ListGrants { grant_id: Some(&id), ..first }, &marker), invalid);
    for at in 0..31 {
        let mut forged = marker;
        forged.0[at] ^= 1;
        assert_eq!(with(first, &forged), invalid, "{at}");
    }
    let mut page = [0; 4096];
    let request = ListRetirableGrants { retiring_principal: ALICE, limit: 1, marker: None };
    let of_alice =
        hall.vault.list_retirable_grants(&root(), request, &mut page).unwrap().next_marker.unwrap();
    for (retiring_principal, marker, expected) in
        [(ALICE, &of_alice, Ok(())), (BOB, &of_alice, invalid), (ALICE, &marker, invalid)]
    {
        let request = ListRetirableGrants { retiring_principal, limit: 1, marker: Some(marker) };
        assert_eq!(hall.vault.list_retirable_grants(&root(), request, &mut page).map(drop), expected);
    }
}

#[test]
fn pages_have_1_to_100_grants_and_one_must_fit() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let pairs = [("a", "1"), ("b", "2")];
    let request = CreateGrant {
        constraints: subset(&pairs),
        retiring_principal: Some(BOB),
        ..CreateGrant::new(&hall.id, ALICE, &[Action::Decrypt])
    };
    hall.make(request);
    let limit = Err(Error::Validation(Parameter::Limit));
    for (limit, expected) in [(0, limit), (1, Ok(())), (100, Ok(())), (101, limit), (usize::MAX, limit)] {
        let request = ListGrants { limit, ..list(&hall.id) };
        assert_eq!(hall.vault.list_grants(&root(), request, &mut [0; 512]).map(drop), expected);
        let request = ListRetirableGrants { retiring_principal: BOB, limit, marker: None };
        assert_eq!(hall.vault.list_retirable_grants(&root(), request, &mut [0; 512]).map(drop), expected);
    }
    let short = hall.vault.list_grants(&root(), list(&hall.id), &mut [0; 10]).map(drop);
    let Err(Error::BufferTooSmall { needed }) = short else { panic!("{short:?}") };
    assert!(hall.vault.list_grants(&root(), list(&hall.id), &mut vec![0; needed]).is_ok());
    let short = hall.vault.list_grants(&root(), list(&hall.id), &mut vec![0; needed - 1]).map(drop);
    assert_eq!(short, Err(Error::BufferTooSmall { needed }));
    for principal in ["", "*", "s3.amazonaws.com"] {
        let request = ListGrants { grantee_principal: Some(principal), ..list(&hall.id) };
        let refused = Err(Error::Validation(Parameter::GranteePrincipal));
        assert_eq!(hall.vault.list_grants(&root(), request, &mut [0; 512]).map(drop), refused);
        let request = ListRetirableGrants { retiring_principal: principal, limit: 1, marker: None };
        let refused = Err(Error::Validation(Parameter::RetiringPrincipal));
        assert_eq!(hall.vault.list_retirable_grants(&root(), request, &mut [0; 512]).map(drop), refused);
    }
}

#[test]
fn listing_is_for_whom_policies_allow() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let all = [Action::Decrypt, Action::CreateGrant, Action::DescribeKey, Action::RetireGrant];
    let request = CreateGrant { retiring_principal: Some(ALICE), ..CreateGrant::new(&hall.id, ALICE, &all) };
    hall.make(request);
    let request = ListRetirableGrants { retiring_principal: ALICE, limit: 1, marker: None };
    assert!(denied(&hall.vault.list_grants(&caller(ALICE), list(&hall.id), &mut [0; 512]).map(drop)));
    assert!(denied(&hall.vault.list_retirable_grants(&caller(ALICE), request, &mut [0; 512]).map(drop)));
    let policy = identity(Effect::Allow, &["kms:List*"], &[]);
    let policies = [policy.as_slice()];
    let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
    assert!(hall.vault.list_grants(&alice, list(&hall.id), &mut [0; 512]).is_ok());
    assert!(hall.vault.list_retirable_grants(&alice, request, &mut [0; 512]).is_ok());
    let carol = caller(OTHER_USER).with_identity_policies(&policies).unwrap();
    assert!(denied(&hall.vault.list_grants(&carol, list(&hall.id), &mut [0; 512]).map(drop)));
}

#[test]
fn keys_are_listed_as_if_there_were_no_grants() {
    let world = World::new(1);
    world.storage.keep_no_history();
    let hall = Hall::new(&world);
    for _ in 0..8 {
        create_key(&hall.vault);
    }
    let before = crate::world::list(&hall.vault, 1000).unwrap();
    // Every retiring principal has a place of its own among the keys.
    for number in 0..40 {
        let principal = format!("arn:aws:iam::000000000000:user/{number}");
        let request = CreateGrant {
            retiring_principal: Some(&principal),
            ..CreateGrant::new(&hall.id, ALICE, &[Action::Decrypt])
        };
        hall.make(request);
    }
    for limit in [1, 2, 3, 9, 10, 1000] {
        assert_eq!(crate::world::list(&hall.vault, limit).unwrap(), before, "pages of {limit}");
    }
    let mut page = [hall.key; 10];
    let request = strongroom_core::operation::ListKeys { limit: 10, marker: None };
    let listed = hall.vault.list_keys(&root(), request, &mut page).unwrap();
    assert_eq!(listed.next_marker, None, "a page that holds all keys is the last");
}
