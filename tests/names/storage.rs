//! Aliases on a medium that fails, lies and remembers.

use strongroom_core::Error;
use strongroom_core::error::{Part, StorageError};
use strongroom_core::platform::Address;

use super::{ALICE, APP, Hall, denied, describe_as};
use crate::world::{CommitFate, Image, SECRET, World, caller, list, secret_of};

/// What of an alias is where: whether it names the other key, and which of the two keys know it.
fn found(hall: &Hall<'_>, name: &str) -> (Option<bool>, [bool; 2]) {
    let named = hall.named(name).ok().map(|key| key == hall.other);
    let knows = |id: &str| hall.aliases(Some(id)).unwrap().contains(&name.to_owned());
    (named, [knows(&hall.id), knows(&hall.other_id)])
}

#[test]
fn a_commit_that_fails_leaves_an_alias_and_its_keys_in_agreement() {
    let (absent, first, second) =
        ((None, [false, false]), (Some(false), [true, false]), (Some(true), [false, true]));
    for fate in [CommitFate::Fails, CommitFate::LandsAndFails] {
        let world = World::new(1);
        let hall = Hall::new(&world);
        hall.alias("alias/kept", &hall.id).unwrap();
        let steps: [(&dyn Fn() -> Result<(), Error>, _, _); 3] = [
            (&|| hall.alias(APP, &hall.id), absent, first),
            (&|| hall.move_alias(APP, &hall.other_id), first, second),
            (&|| hall.remove_alias(APP), second, absent),
        ];
        for (step, before, after) in steps {
            assert_eq!(found(&hall, APP), before);
            world.storage.decide(&[fate]);
            assert_eq!(step(), Err(Error::Storage(StorageError::Medium)));
            assert_eq!(hall.named(APP), Err(Error::SessionEnded));
            hall.vault.mount(&mut secret_of(SECRET)).unwrap();
            if fate == CommitFate::Fails {
                assert_eq!(found(&hall, APP), before);
                step().unwrap();
            }
            assert_eq!(found(&hall, APP), after);
            assert_eq!(found(&hall, "alias/kept"), (Some(false), [true, false]));
            let verified = hall.vault.verify().unwrap();
            assert_eq!((verified.damaged, verified.damaged_copies), (0, 0));
        }
    }
}

/// The address of the only record that a change adds.
fn added(before: &Image, after: &Image) -> Address {
    let mut new = after.blobs.keys().filter(|at| at.0[23] == 48 && !before.blobs.contains_key(at));
    *new.next().unwrap()
}

#[test]
fn a_removed_alias_leaves_no_record_behind() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let before = world.storage.image();
    hall.alias(APP, &hall.id).unwrap();
    let address = added(&before, &world.storage.image());
    hall.move_alias(APP, &hall.other_id).unwrap();
    hall.remove_alias(APP).unwrap();
    assert!(!world.storage.image().blobs.contains_key(&address));
    assert!(world.storage.image().blobs.keys().eq(before.blobs.keys()));
}

#[test]
fn an_old_alias_put_back_leads_nowhere() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let before = world.storage.image();
    hall.alias(APP, &hall.id).unwrap();
    let with = world.storage.image();
    let address = added(&before, &with);
    hall.move_alias(APP, &hall.other_id).unwrap();
    world.storage.alter(|blobs| drop(blobs.insert(address, with.blobs[&address].clone())));
    assert_eq!(hall.named(APP), Err(Error::Damaged(Part::Record)), "never the key that it named before");
    // A removed one does not come back.
    hall.alias("alias/two", &hall.id).unwrap();
    let with_two = world.storage.image();
    hall.remove_alias("alias/two").unwrap();
    world.storage.alter(|blobs| {
        for (at, blob) in &with_two.blobs {
            blobs.entry(*at).or_insert_with(|| blob.clone());
        }
    });
    assert_eq!(hall.named("alias/two"), Err(Error::NotFound));
}

#[test]
fn an_alias_that_cannot_be_read_is_no_other_key_and_harms_no_other_alias() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let before = world.storage.image();
    hall.alias(APP, &hall.id).unwrap();
    let address = added(&before, &world.storage.image());
    hall.alias("alias/two", &hall.id).unwrap();
    world.storage.alter(|blobs| {
        let mut blob = blobs[&address].to_vec();
        blob[70] ^= 1;
        blobs.insert(address, blob.into());
    });
    let damaged = Error::Damaged(Part::Record);
    assert_eq!(hall.named(APP), Err(damaged));
    assert_eq!(hall.encrypt_by(APP), Err(damaged));
    assert_eq!(hall.alias(APP, &hall.other_id), Err(damaged));
    assert_eq!(hall.move_alias(APP, &hall.other_id), Err(damaged));
    assert_eq!(hall.remove_alias(APP), Err(damaged));
    // Nobody else is told more than for an alias that does not exist.
    assert!(denied(&describe_as(&hall.vault, &caller(ALICE), APP)));
    assert_eq!(hall.named("alias/two"), Ok(hall.key));
    assert_eq!((hall.named(&hall.id), hall.vault.verify().unwrap().damaged), (Ok(hall.key), 1));
}

#[test]
fn neither_aliases_nor_tags_stand_in_storage_in_plain_words() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias("alias/quite-secret-name", &hall.id).unwrap();
    hall.tag(&[("another-secret-name", "secret-value")]).unwrap();
    for (address, blob) in &world.storage.image().blobs {
        for word in [&b"secret"[..], b"alias"] {
            assert!(!blob.windows(word.len()).any(|window| window == word), "{address:?}");
        }
    }
}

#[test]
fn aliases_are_no_keys() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    for number in 0..5 {
        hall.alias(&format!("alias/{number}"), &hall.id).unwrap();
    }
    for limit in [1, 2, 100] {
        assert_eq!(list(&hall.vault, limit).unwrap().len(), 2);
    }
    assert_eq!(hall.vault.verify().unwrap().damaged, 0);
}

#[test]
fn a_key_record_that_would_grow_too_large_is_left_alone() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let long = "v".repeat(256);
    let answers: Vec<_> = (0..50).map(|number| hall.tag(&[(&format!("t{number}"), &long)])).collect();
    let kept = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(kept > 0 && answers[kept..].iter().all(|answer| *answer == Err(Error::Capacity)), "{answers:?}");
    assert_eq!(hall.tags().len(), kept);
    world.cool();
    assert!(hall.encrypt_by(&hall.id).is_ok(), "what was written can be read again");
    let name = |number| format!("alias/{number}-{}", "n".repeat(200));
    let answers: Vec<_> = (0..50).map(|number| hall.alias(&name(number), &hall.other_id)).collect();
    let kept = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(kept > 0 && answers[kept..].iter().all(|answer| *answer == Err(Error::Capacity)), "{answers:?}");
    world.cool();
    assert!(hall.encrypt_by(&hall.other_id).is_ok());
    for alias in hall.aliases(None).unwrap() {
        assert_eq!(hall.named(&alias), Ok(hall.other));
    }
}
