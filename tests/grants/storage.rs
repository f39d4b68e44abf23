//! Grants on a medium that fails, lies and remembers.

use std::collections::BTreeMap;

use strongroom_core::Error;
use strongroom_core::error::{Reason, StorageError};
use strongroom_core::grant::GrantId;
use strongroom_core::operation::{CreateGrant, ListRetirableGrants};
use strongroom_core::platform::{Address, Entropy};
use strongroom_core::policy::Action;
use strongroom_core::ram::SeededEntropy;

use super::{ALICE, BOB, Hall, ROLE, SESSION, denied};
use crate::world::{CommitFate, Image, SECRET, World, caller, mount, root, secret_of};

fn retirable(hall: &Hall<'_>, principal: &str) -> Vec<GrantId> {
    let mut page = vec![0; 65536];
    let request = ListRetirableGrants { retiring_principal: principal, limit: 100, marker: None };
    let listed = hall.vault.list_retirable_grants(&root(), request, &mut page).unwrap();
    listed.iter().map(|grant| grant.grant_id).collect()
}

#[test]
fn a_commit_that_fails_leaves_a_grant_whole_or_absent() {
    for fate in [CommitFate::Fails, CommitFate::LandsAndFails] {
        let landed = fate == CommitFate::LandsAndFails;
        let world = World::new(1);
        let hall = Hall::new(&world);
        let kept = hall.make(CreateGrant {
            retiring_principal: Some(BOB),
            ..CreateGrant::new(&hall.id, ALICE, &[Action::DescribeKey])
        });
        let request = CreateGrant {
            retiring_principal: Some(BOB),
            ..CreateGrant::new(&hall.id, ALICE, &[Action::Decrypt])
        };
        world.storage.decide(&[fate]);
        assert_eq!(hall.vault.create_grant(&root(), request), Err(Error::Storage(StorageError::Medium)));
        assert_eq!(hall.describe_as(ALICE), Err(Error::SessionEnded));
        hall.vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(hall.decrypt_as(ALICE).is_ok(), landed);
        assert_eq!(
            (hall.grants().len(), retirable(&hall, BOB).len()),
            (1 + usize::from(landed), 1 + usize::from(landed))
        );

        world.storage.decide(&[fate]);
        assert_eq!(hall.revoke(&kept.grant_id), Err(Error::Storage(StorageError::Medium)));
        hall.vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(hall.describe_as(ALICE).is_ok(), !landed);
        assert_eq!(retirable(&hall, BOB).contains(&kept.grant_id), !landed);
        let verified = hall.vault.verify().unwrap();
        assert_eq!((verified.damaged, verified.damaged_copies), (0, 0));
    }
}

#[test]
fn an_audit_sink_that_fails_keeps_the_grant_from_changing() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let grant = hall.grant(ALICE, &[Action::Decrypt]);
    // The event of this change waits in the manifest; the next change is refused until the sink has it.
    world.log.fail_appends(1000);
    let revoked = hall.revoke(&grant.grant_id);
    assert!(revoked.is_ok() || revoked == Err(Error::Audit));
    let request = CreateGrant::new(&hall.id, BOB, &[Action::Decrypt]);
    assert_eq!(hall.vault.create_grant(&root(), request), Err(Error::Audit));
    world.log.fail_appends(0);
    assert_eq!(hall.decrypt_as(ALICE).is_ok(), revoked.is_err());
    assert!(hall.grants().len() <= 1);
}

#[test]
fn an_old_record_put_back_gives_no_right_back() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let before = world.storage.image();
    let grant = hall.grant(ALICE, &[Action::Decrypt]);
    let with = world.storage.image();
    hall.revoke(&grant.grant_id).unwrap();
    let new: Vec<Address> = with.blobs.keys().filter(|at| !before.blobs.contains_key(at)).copied().collect();
    assert!(!new.is_empty());
    for address in &new {
        let blob = with.blobs[address].clone();
        world.storage.alter(|blobs| {
            blobs.entry(*address).or_insert(blob);
        });
    }
    assert!(denied(&hall.decrypt_as(ALICE)));
    world
        .log
        .last(|event| assert_eq!(event.reason, Some(Reason::NoIdentityPolicyAllows), "absent, not damaged"));
    assert_eq!(hall.grants(), []);
    // The whole tree as it was: nothing of it opens under the key that the vault holds.
    let revision = world.storage.image().revision;
    world.storage.put_back(&Image { revision, ..with });
    world.cool();
    assert!(hall.decrypt_as(ALICE).is_err());
}

/// The address of the only record that a change adds.
fn added(before: &Image, after: &Image) -> Address {
    let mut new = after.blobs.keys().filter(|at| at.0[23] == 48 && !before.blobs.contains_key(at));
    *new.next().unwrap()
}

#[test]
fn a_grant_that_cannot_be_read_allows_nothing_and_can_be_revoked() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let before = world.storage.image();
    let grant = hall.grant(ALICE, &[Action::Decrypt]);
    let address = added(&before, &world.storage.image());
    world.storage.alter(|blobs| {
        let mut blob = blobs[&address].to_vec();
        blob[70] ^= 1;
        blobs.insert(address, blob.into());
    });
    assert!(denied(&hall.decrypt_as(ALICE)));
    world.log.last(|event| assert_eq!(event.reason, Some(Reason::GrantUnreadable)));
    // Another grant still allows, whether it comes before or behind.
    let mut orders = std::collections::BTreeSet::new();
    while orders.len() < 2 {
        let other = hall.grant(ALICE, &[Action::Decrypt]).grant_id;
        orders.insert(other < grant.grant_id);
        assert!(hall.decrypt_as(ALICE).is_ok());
        hall.revoke(&other).unwrap();
    }
    assert!(denied(&hall.decrypt_as(BOB)), "others are not concerned");
    world.log.last(|event| assert_eq!(event.reason, Some(Reason::NoIdentityPolicyAllows)));
    assert_eq!(hall.vault.verify().unwrap().damaged, 1);
    hall.revoke(&grant.grant_id).unwrap();
    assert_eq!(hall.vault.verify().unwrap().damaged, 0);
    assert_eq!(hall.grants(), []);
}

#[test]
fn a_retirable_grant_whose_grant_is_gone_is_passed_over() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let request = |grantee| CreateGrant {
        retiring_principal: Some(BOB),
        ..CreateGrant::new(&hall.id, grantee, &[Action::Decrypt])
    };
    let before = world.storage.image();
    let broken = hall.make(request(ALICE)).grant_id;
    let after = world.storage.image();
    let kept = hall.make(request(ROLE)).grant_id;
    // Two records came; the one below the key's owner is the grant.
    let key_owner: Vec<[u8; 8]> = before.blobs.keys().map(|at| at.0[..8].try_into().unwrap()).collect();
    let new = after.blobs.keys().filter(|at| at.0[23] == 48 && !before.blobs.contains_key(at));
    let grant = *new.clone().find(|at| key_owner.contains(&at.0[..8].try_into().unwrap())).unwrap();
    assert_eq!(new.count(), 2);
    world.storage.alter(|blobs| drop(blobs.insert(grant, vec![0; 100].into())));
    // Revoked unread: the other record cannot be found, and stays.
    hall.revoke(&broken).unwrap();
    assert_eq!(retirable(&hall, BOB), [kept]);
    assert_eq!(hall.vault.verify().unwrap().damaged, 0);
}

#[test]
fn grants_made_and_ended_at_random_are_what_a_model_says() {
    for seed in 0..2 {
        let world = World::new(seed);
        world.storage.keep_no_history();
        let hall = Hall::new(&world);
        let entropy = SeededEntropy::new(500 + seed);
        let below = |bound: usize| {
            let mut bytes = [0; 4];
            entropy.fill(&mut bytes).unwrap();
            usize::try_from(u32::from_be_bytes(bytes)).unwrap() % bound
        };
        let empty = hall.vault.verify().unwrap().records;
        let mut model: BTreeMap<GrantId, (&str, bool)> = BTreeMap::new();
        for step in 0..400 {
            let grantee = [ALICE, BOB, ROLE, SESSION][below(4)];
            if model.is_empty() || below(5) < 3 {
                let retiring = (below(2) == 0).then_some(BOB);
                let operations = [Action::Decrypt, Action::RetireGrant];
                let request = CreateGrant {
                    retiring_principal: retiring,
                    ..CreateGrant::new(&hall.id, grantee, &operations)
                };
                let made = hall.make(request).grant_id;
                assert!(model.insert(made, (grantee, retiring.is_some())).is_none());
            } else {
                let (id, (grantee, _)) = model.iter().nth(below(model.len())).map(|(a, b)| (*a, *b)).unwrap();
                if below(2) == 0 {
                    hall.revoke(&id).unwrap()
                } else {
                    hall.retire(&caller(grantee), &id).unwrap()
                }
                model.remove(&id);
            }
            if step % 40 == 0 {
                match below(3) {
                    0 => world.cut_power(),
                    1 => hall.vault.close().unwrap(),
                    _ => {}
                }
                let _ = hall.vault.lock();
                hall.vault.mount(&mut secret_of(SECRET)).unwrap();
                assert_eq!(hall.grants(), model.keys().copied().collect::<Vec<_>>());
                let mut of_bob: Vec<_> =
                    model.iter().filter(|(_, (_, retirable))| *retirable).map(|(id, _)| *id).collect();
                of_bob.truncate(100);
                let mut found = retirable(&hall, BOB);
                found.sort();
                if of_bob.len() < 100 {
                    assert_eq!(found, of_bob);
                }
                for principal in [ALICE, BOB, ROLE, SESSION] {
                    let covers =
                        |grantee: &str| grantee == principal || (grantee, principal) == (ROLE, SESSION);
                    let is_allowed = model.values().any(|(grantee, _)| covers(grantee));
                    assert_eq!(hall.decrypt_as(principal).is_ok(), is_allowed, "{principal}");
                }
                let verified = hall.vault.verify().unwrap();
                assert_eq!((verified.damaged, verified.damaged_copies), (0, 0));
                let indexed = model.values().filter(|(_, retirable)| *retirable).count();
                let expected = empty + u64::try_from(model.len() + indexed).unwrap();
                assert_eq!(verified.records, expected);
            }
        }
        for id in hall.grants() {
            hall.revoke(&id).unwrap();
        }
        assert_eq!(hall.vault.verify().unwrap().records, empty);
        hall.vault.close().unwrap();
        assert!(mount(&world).is_ok());
    }
}

#[test]
fn a_request_in_the_middle_of_a_change_of_grants_is_right_or_busy() {
    let world: &'static World = Box::leak(Box::new(World::new(1)));
    world.log.batch();
    let hall: &'static Hall<'static> = Box::leak(Box::new(Hall::new(world)));
    let grant = hall.grant(ALICE, &[Action::Decrypt]);
    let seen: &'static std::cell::Cell<u32> = Box::leak(Box::default());
    let look = move || {
        let answer = hall.decrypt_as(ALICE);
        assert!(matches!(answer, Ok(_) | Err(Error::Busy)) || denied(&answer), "{answer:?}");
        seen.set(seen.get() + 1);
    };
    world.storage.when_committing(look);
    let second = hall.grant(ALICE, &[Action::Decrypt]);
    world.storage.when_committing(look);
    hall.revoke(&second.grant_id).unwrap();
    world.storage.when_committing(look);
    hall.revoke(&grant.grant_id).unwrap();
    assert_eq!(seen.get(), 3);
    assert!(denied(&hall.decrypt_as(ALICE)));
}

#[test]
fn the_same_request_that_lands_in_between_is_found_and_not_made_twice() {
    for read in 0..60 {
        let world: &'static World = Box::leak(Box::new(World::new(1)));
        let hall: &'static Hall<'static> = Box::leak(Box::new(Hall::new(world)));
        let request =
            CreateGrant { name: Some("n"), ..CreateGrant::new(&hall.id, ALICE, &[Action::Decrypt]) };
        world.storage.before_read(read, move || {
            // Refused as busy where something is lent just then.
            let _ = hall.vault.create_grant(&root(), request);
        });
        let answer = hall.vault.create_grant(&root(), request);
        assert!(matches!(answer, Ok(_) | Err(Error::Busy)), "before read {read}: {answer:?}");
        assert_eq!(hall.grants().len(), 1, "before read {read}");
    }
}
