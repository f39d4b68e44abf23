//! Whole older images put back: the last thousand there were, each against the counter and without one; and the attack that
//! makes a fork of a commit that was cut off before the counter moved.

use strongroom_core::key::KeyId;
use strongroom_core::operation::{CreateAlias, DeleteAlias, UpdateKeyDescription};
use strongroom_core::policy::Action;
use strongroom_core::{Error, Protection, Vault};

use crate::world::{
    Image, SECRET, World, create, create_key, describe, disable, enable, mount, root, rotate, secret_of,
};

/// How many images are kept.
const IMAGES: usize = 1000;

/// One small change after the other, of several kinds.
fn change(vault: &Vault<&World>, keys: &mut Vec<KeyId>, number: usize) {
    let key = keys[number % keys.len()];
    let id = key.to_string();
    let alias_name = format!("alias/{}", number / 9 % 7);
    match number % 9 {
        0 if keys.len() < 6 => keys.push(create_key(vault)),
        0 | 1 => drop(rotate(vault, key).unwrap()),
        2 => drop(disable(vault, key).unwrap()),
        // The next one has another key.
        3 => drop(enable(vault, keys[(number - 1) % keys.len()]).unwrap()),
        4 => {
            vault.create_alias(&root(), CreateAlias { alias_name: &alias_name, target_key_id: &id }).unwrap()
        }
        5 => vault.delete_alias(&root(), DeleteAlias { alias_name: &alias_name }).unwrap_or(()),
        _ => {
            let description = format!("number {number}");
            let request = UpdateKeyDescription { key_id: &id, description: &description };
            vault.update_key_description(&root(), request).map(|_| ()).unwrap();
        }
    }
}

/// A vault with a history; the last so many images, the last one being what is there now.
fn history(world: &World) -> Vec<Image> {
    let vault = create(world);
    let mut keys = vec![create_key(&vault), create_key(&vault)];
    let mut number = 0;
    while world.storage.image().revision < IMAGES as u64 + 20 {
        change(&vault, &mut keys, number);
        number += 1;
        // Now and then it is closed in order, or is not.
        match number % 90 {
            30 => {
                vault.close().unwrap();
                vault.mount(&mut secret_of(SECRET)).unwrap();
            }
            60 => {
                world.cut_power();
                vault.mount(&mut secret_of(SECRET)).unwrap();
            }
            _ => {}
        }
    }
    let mut history = world.storage.history();
    history.split_off(history.len() - IMAGES - 1)
}

#[test]
fn with_a_counter_none_of_the_last_thousand_images_opens_but_the_last() {
    let world = World::new(11).with_counter(5);
    let history = history(&world);
    let (last, older) = history.split_last().unwrap();
    let counter = world.counter.value().unwrap();
    let mut refused = 0;
    for image in older {
        let world = World::new(12).with_image(image).with_counter(counter);
        match mount(&world).map(drop) {
            Err(Error::RolledBack { image: fresh, counter: stands }) => {
                assert!(fresh < stands && stands == counter);
            }
            other => panic!("revision {} of {}: {other:?}", image.revision, last.revision),
        }
        assert_eq!(
            (&world.storage.image(), world.counter.value()),
            (image, Some(counter)),
            "nothing has changed"
        );
        refused += 1;
    }
    // A counter that stands one behind is that of a commit whose advance was cut off: the image before it is then the
    // newest that was acknowledged. No image further back opens.
    let mut accepted = Vec::new();
    for image in &history {
        let world = World::new(12).with_image(image).with_counter(counter - 1);
        if mount(&world).is_ok() {
            accepted.push(image.revision);
        }
    }
    assert_eq!(accepted, [last.revision - 1, last.revision]);
    mount(&World::new(12).with_image(last).with_counter(counter)).unwrap();
    println!("rollback: {refused} older images against a counter, {refused} refused, the last one opens");
    assert_eq!(refused, IMAGES);
}

#[test]
fn without_a_counter_each_of_the_last_thousand_images_opens_and_posture_and_log_say_so() {
    let world = World::new(11);
    let history = history(&world);
    let (last, older) = history.split_last().unwrap();
    let entries = world.log.entries();
    let (mut flagged, mut told) = (0, 0);
    for image in older {
        let world = World::new(12).with_image(image);
        world.log.put_back(entries.clone());
        let vault = mount(&world).unwrap();
        let is_flagged = |line: &Protection| {
            matches!(line, Protection::ImageRollbackUndetected | Protection::StateBehindLog { .. })
        };
        flagged += usize::from(vault.posture().unwrap().iter().any(is_flagged));
        // The log was not put back with it, and knows more than the image does.
        told +=
            usize::from(world.log.last(|event| {
                matches!(event.action, Action::Mount | Action::UncleanMount) && event.detail > 0
            }));
    }
    println!(
        "rollback: {flagged} older images without a counter, flagged in posture, {told} told of by the log"
    );
    assert_eq!((flagged, told), (IMAGES, IMAGES), "revision {}", last.revision);
}

/// The attack: a commit is cut off before the counter moves, the image before it is put back, the vault goes on from there,
/// and then the cut image returns.
#[test]
fn a_fork_of_a_commit_that_was_cut_before_its_advance_ends_in_refusal() {
    let mut forks = 0;
    // Acknowledged changes between the two; whether the session ends in order; which image is put back.
    for (between, is_closed, back) in (0..4).flat_map(|n| {
        [true, false].into_iter().flat_map(move |closed| (0..3).map(move |back| (n, closed, back)))
    }) {
        let world = World::new(1).with_counter(0);
        let vault = create(&world);
        let key = create_key(&vault);
        rotate(&vault, key).unwrap();
        rotate(&vault, key).unwrap();
        let before = world.storage.history();
        world.counter.fail_advances(1);
        assert_eq!(disable(&vault, key), Err(Error::Anchor), "it was not acknowledged");
        let cut = world.storage.image();
        assert_eq!(disable(&vault, key), Err(Error::SessionEnded));

        let put_back = &before[before.len() - 1 - back];
        world.storage.put_back(put_back);
        let mounted = vault.mount(&mut secret_of(SECRET));
        if back > 0 {
            assert!(matches!(mounted, Err(Error::RolledBack { .. })), "an image that others have followed");
            continue;
        }
        mounted.unwrap();
        for _ in 0..between {
            rotate(&vault, key).unwrap();
        }
        let versions = describe(&vault, key).unwrap().current_version;
        assert_eq!(versions, 3 + between);
        if is_closed {
            vault.close().unwrap();
        } else {
            world.cut_power();
        }
        let latest = world.storage.image();
        world.storage.put_back(&cut);
        let refused = vault.mount(&mut secret_of(SECRET));
        assert!(matches!(refused, Err(Error::RolledBack { .. })), "after {between} changes: {refused:?}");
        world.storage.put_back(&latest);
        vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(
            describe(&vault, key).unwrap().current_version,
            versions,
            "nothing acknowledged is undone"
        );
        forks += 1;
    }
    println!("rollback: {forks} forks of a cut commit, {forks} refused");
    assert_eq!(forks, 8);
}
