//! What is left in the caller's buffers, dry runs, and markers.

use strongroom_core::Error;
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    Decrypt, DescribeKey, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom,
    ListKeys, Marker, ReEncrypt,
};

use super::{Ask, Operation, Out, PLAINTEXT, Room};
use crate::world::{STRANGER, World, caller, create, create_key, disable, list, root};

#[test]
fn a_success_writes_nothing_behind_its_output() {
    let world = World::new(1);
    let room = Room::new(&world);
    let caller = root();
    for operation in Operation::ALL {
        let mut out = Out::new();
        room.perform(operation, room.ask(&caller), &mut out).unwrap();
        let sealed = PLAINTEXT.len().max(32) + 108;
        assert!(out.plaintext[32.max(PLAINTEXT.len())..].iter().all(|byte| *byte == 0xaa), "{operation:?}");
        assert!(out.ciphertext[sealed..].iter().all(|byte| *byte == 0xaa), "{operation:?}");
        assert!(out.keys[100..].iter().all(|key| *key == KeyId::from_bytes([0xaa; 16])), "{operation:?}");
        crate::world::enable(&room.vault, room.key).unwrap();
    }
}

/// Makes something fail.
type Failure = fn(&World);

#[test]
fn whatever_goes_wrong_the_buffers_are_wiped() {
    let world = World::new(1);
    let room = Room::new(&world);
    let caller = root();
    // `try_one` looks at the buffers.
    let wrong: [(&str, Failure); 5] = [
        ("append", |world| world.log.fail_appends(1)),
        ("flush", |world| world.log.fail_flushes(1)),
        ("entropy", |world| world.entropy.fail_after(0)),
        ("entropy later", |world| world.entropy.fail_after(1)),
        ("storage", |world| {
            world.cool();
            (0..20).for_each(|read| world.storage.lie_at(read, crate::world::Lie::Absent));
        }),
    ];
    for operation in Operation::ALL.into_iter().filter(|operation| !operation.is_change()) {
        for (what, break_it) in wrong {
            break_it(&world);
            let answer = room.try_one(operation, room.ask(&caller));
            world.entropy.fail_after(u64::MAX);
            world.log.fail_appends(0);
            world.log.fail_flushes(0);
            world.storage.stop_lying();
            match (what, operation) {
                ("append" | "flush", _) => assert_eq!(answer, Err(Error::Audit), "{operation:?}"),
                ("entropy", _) => assert_eq!(answer, Err(Error::Entropy), "{operation:?}"),
                ("storage", Operation::GenerateRandom) => assert_eq!(answer, Ok(())),
                ("storage", _) => {
                    assert!(matches!(answer, Err(Error::Damaged(_))), "{operation:?} {answer:?}")
                }
                _ => {}
            }
            assert_eq!(room.try_one(operation, room.ask(&caller)), Ok(()), "{operation:?} after {what}");
        }
        room.vault.lock().unwrap();
        assert_eq!(room.try_one(operation, room.ask(&caller)), Err(Error::Locked));
        room.vault.mount(&mut crate::world::secret_of(crate::world::SECRET)).unwrap();
        let stranger = crate::world::caller(STRANGER);
        assert!(room.try_one(operation, room.ask(&stranger)).is_err(), "{operation:?}");
    }
}

#[test]
fn a_buffer_that_is_too_small_is_wiped_and_told_how_much_is_needed() {
    let world = World::new(1);
    let room = Room::new(&world);
    let (vault, caller) = (&room.vault, root());
    let sealed = PLAINTEXT.len() + 108;
    let data_key = GenerateDataKey::aes_256(&room.id);
    let list = ListKeys { limit: 5, marker: None };
    let small = |len: usize| vec![0xaa; len];
    for len in [0, 1, 6] {
        let (mut out, mut other) = (small(len), small(len));
        let mut keys = vec![KeyId::from_bytes([0xaa; 16]); len.min(4)];
        let too_small = |needed| Err(Error::BufferTooSmall { needed });
        assert_eq!(
            vault.encrypt(&caller, Encrypt::new(&room.id, PLAINTEXT), &mut out).map(drop),
            too_small(sealed)
        );
        assert_eq!(out, vec![0; len]);
        out = small(len);
        let decrypted = vault.decrypt(&caller, Decrypt::new(&room.ciphertext), &mut out).map(drop);
        assert_eq!((decrypted, &out), (too_small(PLAINTEXT.len()), &vec![0; len]));
        out = small(len);
        let moved = vault.re_encrypt(&caller, ReEncrypt::new(&room.ciphertext, &room.id), &mut out).map(drop);
        assert_eq!((moved, &out), (too_small(sealed), &vec![0; len]));
        out = small(len);
        let random =
            vault.generate_random(&caller, GenerateRandom { number_of_bytes: 32 }, &mut out).map(drop);
        assert_eq!((random, &out), (too_small(32), &vec![0; len]));
        out = small(len);
        let described = vault.describe_key(&caller, DescribeKey::new(&room.id), &mut out).map(drop);
        assert_eq!((described, &out), (too_small("Alice's".len()), &vec![0; len]));
        out = small(500);
        let made = vault.generate_data_key(&caller, data_key, &mut out, &mut other).map(drop);
        assert_eq!((made, &out, &other), (too_small(140), &vec![0; 500], &vec![0; len]));
        (out, other) = (small(len), small(500));
        let made = vault.generate_data_key(&caller, data_key, &mut out, &mut other).map(drop);
        assert_eq!((made, &out, &other), (too_small(32), &vec![0; len], &vec![0; 500]));
        out = small(len);
        let request = GenerateDataKeyWithoutPlaintext(data_key);
        let made = vault.generate_data_key_without_plaintext(&caller, request, &mut out).map(drop);
        assert_eq!((made, &out), (too_small(140), &vec![0; len]));
        assert_eq!(vault.list_keys(&caller, list, &mut keys).map(drop), too_small(5));
        assert!(keys.iter().all(|key| *key == KeyId::from_bytes([0; 16])));
    }
}

#[test]
fn a_dry_run_that_would_succeed_releases_and_changes_nothing_and_is_recorded() {
    let world = World::new(1);
    let room = Room::new(&world);
    let caller = root();
    for operation in Operation::ALL.into_iter().filter(|operation| operation.has_dry_run()) {
        let (before, events) = (world.storage.image(), world.log.events().len());
        let ask = Ask { dry_run: true, ..room.ask(&caller) };
        assert_eq!(room.try_one(operation, ask), Err(Error::DryRun), "{operation:?}");
        assert_eq!(world.storage.image(), before);
        assert_eq!(world.log.events().len(), events + 1);
        world.log.last(|event| {
            assert!(event.dry_run);
            assert_eq!(event.error_code, Some("DryRunOperationException"));
        });
    }
}

#[test]
fn a_dry_run_that_would_fail_fails_alike() {
    let world = World::new(1);
    let room = Room::new(&world);
    let (caller, stranger) = (root(), caller(STRANGER));
    let mut altered = room.ciphertext.clone();
    altered[100] ^= 1;
    let check = |ask: Ask<'_>| {
        for operation in Operation::ALL.into_iter().filter(|operation| operation.has_dry_run()) {
            let real = room.try_one(operation, ask);
            let dry = room.try_one(operation, Ask { dry_run: true, ..ask });
            assert_eq!(dry, real.and(Err(Error::DryRun)), "{operation:?}");
        }
    };
    check(room.ask(&caller));
    check(room.ask(&stranger));
    check(Ask { ciphertext: &altered, ..room.ask(&caller) });
    check(Ask { ciphertext: b"not a ciphertext", ..room.ask(&caller) });
    check(Ask { key: "", ..room.ask(&caller) });
    check(Ask { key: &room.other, ..room.ask(&caller) });
    check(Ask { key: "no such key", ..room.ask(&caller) });
    check(Ask { context: &[("a", "1"), ("a", "2")], ..room.ask(&caller) });
    disable(&room.vault, room.key).unwrap();
    check(room.ask(&caller));
}

#[test]
fn a_marker_is_taken_back_only_as_it_was_given_and_only_by_its_vault() {
    let (world, other) = (World::new(1), World::new(2));
    let (vault, elsewhere) = (create(&world), create(&other));
    for vault in [&vault, &elsewhere] {
        for _ in 0..5 {
            create_key(vault);
        }
    }
    let page = |marker: Option<&Marker>| {
        let mut keys = [KeyId::from_bytes([0; 16]); 2];
        let listed = vault.list_keys(&root(), ListKeys { limit: 2, marker }, &mut keys)?;
        Ok::<_, Error>((listed.keys.to_vec(), listed.next_marker))
    };
    let (_, marker) = page(None).unwrap();
    let marker = marker.unwrap();
    assert!(page(Some(&marker)).is_ok());
    for position in 0..24 {
        for bit in 0..8 {
            let mut forged = marker;
            forged.0[position] ^= 1 << bit;
            assert_eq!(page(Some(&forged)), Err(Error::InvalidMarker), "byte {position} bit {bit}");
        }
    }
    assert_eq!(page(Some(&Marker([0; 24]))), Err(Error::InvalidMarker));
    let mut keys = [KeyId::from_bytes([0; 16]); 2];
    let request = ListKeys { limit: 2, marker: Some(&marker) };
    assert_eq!(elsewhere.list_keys(&root(), request, &mut keys).map(drop), Err(Error::InvalidMarker));

    // A marker outlives changes and sessions.
    let all = list(&vault, 100).unwrap();
    vault.close().unwrap();
    vault.mount(&mut crate::world::secret_of(crate::world::SECRET)).unwrap();
    disable(&vault, all[0]).unwrap();
    assert_eq!(page(Some(&marker)).unwrap().0, all[2..4]);
}
