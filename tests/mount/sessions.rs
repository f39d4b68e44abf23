//! What ends a session, and what a failed opening leaves.

use strongroom_core::error::StorageError;
use strongroom_core::operation::{Decrypt, Encrypt};
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault};

use crate::world::{
    CommitFate, SECRET, World, create, create_key, decrypt, describe, disable, encrypt, list, mount, root,
    rotate, secret_of,
};

const MEDIUM: Error = Error::Storage(StorageError::Medium);

#[test]
fn after_a_failed_commit_nothing_is_answered_until_the_vault_is_mounted_again() {
    for (fate, version) in [(CommitFate::Fails, 1), (CommitFate::LandsAndFails, 2)] {
        let world = World::new(1);
        let vault = create(&world);
        let key = create_key(&vault);
        let ciphertext = encrypt(&vault, key, b"kept").unwrap();
        world.storage.decide(&[fate]);
        assert_eq!(rotate(&vault, key), Err(MEDIUM));
        let (id, mut out) = (key.to_string(), [1; 200]);
        // Warm caches do not help.
        assert_eq!(
            vault.decrypt(&root(), Decrypt::new(&ciphertext), &mut out).map(|_| ()),
            Err(Error::SessionEnded)
        );
        assert_eq!(out, [0; 200]);
        let sealed = vault.encrypt(&root(), Encrypt::new(&id, b"x"), &mut out).map(|_| ());
        assert_eq!(sealed, Err(Error::SessionEnded));
        assert_eq!(describe(&vault, key).map(|_| ()), Err(Error::SessionEnded));
        assert_eq!(rotate(&vault, key), Err(Error::SessionEnded));
        assert_eq!(list(&vault, 10), Err(Error::SessionEnded));
        assert_eq!(vault.verify().map(|_| ()), Err(Error::SessionEnded));

        vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(describe(&vault, key).unwrap().current_version, version, "{fate:?}");
        assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
    }
}

#[test]
fn a_failing_counter_ends_the_session_and_the_change_is_there_after_the_next_mount() {
    let world = World::new(1).with_counter(0);
    let vault = create(&world);
    let key = create_key(&vault);
    world.counter.fail_advances(1);
    assert_eq!(disable(&vault, key), Err(Error::Anchor));
    assert_eq!(describe(&vault, key).map(|_| ()), Err(Error::SessionEnded));
    vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(describe(&vault, key).unwrap().state.name(), "Disabled");

    world.counter.fail_reads(1);
    assert_eq!(rotate(&vault, key).err(), Some(Error::Disabled), "a refused change moves no counter");
    assert_eq!(crate::world::enable(&vault, key).err(), Some(Error::Anchor));
    assert_eq!(describe(&vault, key).map(|_| ()), Err(Error::SessionEnded));
}

#[test]
fn entropy_that_fails_in_the_middle_of_a_change_harms_nothing() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"kept").unwrap();
    for draws in 0.. {
        let before = world.storage.image();
        world.entropy.fail_after(draws);
        let rotated = rotate(&vault, key);
        world.entropy.fail_after(u64::MAX);
        if rotated.is_ok() {
            assert!(draws > 8, "a rotation draws more than {draws} times");
            break;
        }
        assert_eq!(rotated, Err(Error::Entropy));
        assert_eq!(world.storage.image(), before);
        if vault.verify().is_err() {
            // It failed while the commit was written.
            vault.mount(&mut secret_of(SECRET)).unwrap();
        }
        assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
        assert_eq!(describe(&vault, key).unwrap().current_version, 1);
    }
}

#[test]
fn a_vault_that_is_open_is_not_mounted_again() {
    let world = World::new(1);
    let vault = create(&world);
    let before = world.storage.image();
    assert_eq!(vault.mount(&mut secret_of(SECRET)), Err(Error::Busy));
    assert_eq!(world.storage.image(), before);
    create_key(&vault);
}

#[test]
fn a_locked_vault_answers_nothing_and_touches_no_storage() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"kept").unwrap();
    vault.lock().unwrap();
    let (before, reads) = (world.storage.image(), world.storage.reads());
    assert_eq!(decrypt(&vault, &ciphertext), Err(Error::Locked));
    assert_eq!(rotate(&vault, key), Err(Error::Locked));
    assert_eq!(list(&vault, 10), Err(Error::Locked));
    assert_eq!(vault.close(), Err(Error::Locked));
    assert_eq!((world.storage.image(), world.storage.reads()), (before, reads));
    vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
}

/// Makes something fail.
type Failure = fn(&World);

#[test]
fn a_mount_that_fails_anywhere_leaves_the_vault_closed_and_can_be_repeated() {
    let sick: [(&str, Failure); 6] = [
        ("commit", |world| world.storage.decide(&[CommitFate::Fails])),
        ("commit that lands", |world| world.storage.decide(&[CommitFate::LandsAndFails])),
        ("advance", |world| world.counter.fail_advances(1)),
        // One that fails once is flushed and asked again.
        ("append", |world| world.log.fail_appends(2)),
        ("flush", |world| world.log.fail_flushes(10)),
        ("entropy", |world| world.entropy.fail_after(3)),
    ];
    for (what, fail) in sick {
        let world = World::new(1).with_counter(5);
        let vault = create(&world);
        let key = create_key(&vault);
        vault.close().unwrap();
        fail(&world);
        let refused = vault.mount(&mut secret_of(SECRET));
        assert!(refused.is_err(), "{what}");
        assert_eq!(describe(&vault, key).map(|_| ()), Err(Error::Locked), "{what}: {refused:?}");
        world.log.fail_flushes(0);
        world.entropy.fail_after(u64::MAX);
        assert_eq!(vault.mount(&mut secret_of(SECRET)), Ok(()), "{what}");
        describe(&vault, key).unwrap();
    }
}

#[test]
fn entropy_that_fails_at_any_draw_of_a_mount_leaves_the_vault_closed() {
    let world = World::new(1).with_counter(5).with_cells();
    let vault = create(&world);
    let key = create_key(&vault);
    vault.close().unwrap();
    for draws in 0.. {
        world.entropy.fail_after(draws);
        let mounted = vault.mount(&mut secret_of(SECRET));
        world.entropy.fail_after(u64::MAX);
        if mounted.is_ok() {
            break;
        }
        assert_eq!(mounted, Err(Error::Entropy), "draw {draws}");
        assert_eq!(describe(&vault, key).map(|_| ()), Err(Error::Locked), "draw {draws}");
    }
    describe(&vault, key).unwrap();
}

#[test]
fn a_creation_that_fails_can_be_repeated() {
    let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
    let world = World::new(1);
    let vault = Vault::new(&world);
    world.storage.decide(&[CommitFate::Fails]);
    assert_eq!(vault.create(&new, &mut secret_of(SECRET)), Err(MEDIUM));
    assert!(world.storage.image().blobs.is_empty());
    assert_eq!(vault.create(&new, &mut |_, _| Ok(false)), Err(Error::WrongSecret));
    for draws in 0..6 {
        world.entropy.fail_after(draws);
        assert_eq!(vault.create(&new, &mut secret_of(SECRET)), Err(Error::Entropy));
        assert!(world.storage.image().blobs.is_empty());
    }
    world.entropy.fail_after(u64::MAX);
    assert_eq!(vault.create(&new, &mut secret_of(SECRET)), Ok(()));
    create_key(&vault);
}

#[test]
fn a_sink_that_refuses_once_is_flushed_and_asked_again_for_the_vaults_own_events() {
    let world = World::new(1);
    world.log.fail_appends(1);
    let vault = create(&world);
    world.log.fail_appends(1);
    vault.close().unwrap();
    world.log.fail_appends(1);
    vault.mount(&mut secret_of(SECRET)).unwrap();
}

#[test]
fn a_creation_whose_end_is_not_recorded_leaves_a_vault_that_mounts() {
    let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
    let world = World::new(1);
    let vault = Vault::new(&world);
    world.log.fail_appends(2);
    assert_eq!(vault.create(&new, &mut secret_of(SECRET)), Err(Error::Audit));
    assert_eq!(list(&vault, 1), Err(Error::Locked));
    vault.mount(&mut secret_of(SECRET)).unwrap();
    create_key(&vault);
}

#[test]
fn a_second_vault_object_on_the_same_storage_ends_the_first_ones_session() {
    let world = World::new(1);
    let first = create(&world);
    let key = create_key(&first);
    let other = World::new(2).with_image(&world.storage.image());
    let second = mount(&other).unwrap();
    rotate(&second, key).unwrap();
    world.storage.put_back(&other.storage.image());
    assert_eq!(disable(&first, key).map(|_| ()).unwrap_err().code(), "KMSInternalException");
    assert_eq!(world.storage.image(), other.storage.image());
}
