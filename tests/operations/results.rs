//! What each operation gives when all is well.

use strongroom_core::Error;
use strongroom_core::key::{KeyId, KeyState};
use strongroom_core::operation::{
    CreateKey, Decrypt, DescribeKey, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext,
    GenerateRandom, ReEncrypt,
};

use super::{Operation, PLAINTEXT, Room, room_for};
use crate::world::{World, create, decrypt, describe, disable, enable, encrypt, list, root, rotate};

#[test]
fn encrypt_and_decrypt_give_back_the_plaintext_in_its_context_alone() {
    let world = World::new(1);
    let room = Room::new(&world);
    let context = [("purpose", "test"), ("tenant", "7")];
    let mut sealed = room_for(PLAINTEXT.len());
    let request = Encrypt { encryption_context: &context, ..Encrypt::new(&room.id, PLAINTEXT) };
    let encrypted = room.vault.encrypt(&root(), request, &mut sealed).unwrap();
    assert_eq!((encrypted.key_id, encrypted.version), (room.key, 1));
    let sealed = encrypted.ciphertext.to_vec();

    // In any order of the pairs.
    let mut out = [0; 100];
    let reversed = [("tenant", "7"), ("purpose", "test")];
    let request = Decrypt { encryption_context: &reversed, ..Decrypt::new(&sealed) };
    let decrypted = room.vault.decrypt(&root(), request, &mut out).unwrap();
    assert_eq!((decrypted.plaintext, decrypted.key_id, decrypted.version), (PLAINTEXT, room.key, 1));

    let wrong: [&[(&str, &str)]; 5] = [
        &[],
        &[("purpose", "test")],
        &[("purpose", "test"), ("tenant", "8")],
        &[("purpose", "test"), ("tenant", "7"), ("x", "")],
        &[("purpose", "test"), ("Tenant", "7")],
    ];
    for context in wrong {
        let request = Decrypt { encryption_context: context, ..Decrypt::new(&sealed) };
        let refused = room.vault.decrypt(&root(), request, &mut out).map(drop);
        assert_eq!(refused.unwrap_err().code(), "InvalidCiphertextException", "{context:?}");
    }
}

#[test]
fn the_same_plaintext_never_gives_the_same_ciphertext() {
    let world = World::new(1);
    let room = Room::new(&world);
    let ciphertexts: std::collections::BTreeSet<_> =
        (0..100).map(|_| encrypt(&room.vault, room.key, PLAINTEXT).unwrap()).collect();
    assert_eq!(ciphertexts.len(), 100);
}

#[test]
fn re_encrypt_moves_a_ciphertext_to_another_key_version_and_context() {
    let world = World::new(1);
    let room = Room::new(&world);
    let mut out = room_for(PLAINTEXT.len());
    let request = ReEncrypt {
        source_key_id: Some(&room.id),
        destination_encryption_context: &[("moved", "yes")],
        ..ReEncrypt::new(&room.ciphertext, &room.other)
    };
    let moved = room.vault.re_encrypt(&root(), request, &mut out).unwrap();
    assert_eq!((moved.source_key_id, moved.source_version, moved.version), (room.key, 1, 1));
    assert_eq!(moved.key_id.to_string(), room.other);
    assert_ne!(moved.source_key_material_id, moved.destination_key_material_id);
    let mut opened = [0; 100];
    let request = Decrypt { encryption_context: &[("moved", "yes")], ..Decrypt::new(moved.ciphertext) };
    assert_eq!(room.vault.decrypt(&root(), request, &mut opened).unwrap().plaintext, PLAINTEXT);

    rotate(&room.vault, room.key).unwrap();
    let mut out = room_for(PLAINTEXT.len());
    let request = ReEncrypt::new(&room.ciphertext, &room.id);
    let moved = room.vault.re_encrypt(&root(), request, &mut out).unwrap();
    assert_eq!((moved.source_version, moved.version), (1, 2));
    assert_eq!(decrypt(&room.vault, moved.ciphertext).unwrap(), PLAINTEXT);
}

#[test]
fn a_data_key_is_what_its_ciphertext_opens_to() {
    let world = World::new(1);
    let room = Room::new(&world);
    for number_of_bytes in [1, 16, 32, 64, 1024] {
        let request = GenerateDataKey { number_of_bytes, ..GenerateDataKey::aes_256(&room.id) };
        let (mut plain, mut sealed) = (vec![0; number_of_bytes], room_for(number_of_bytes));
        let made = room.vault.generate_data_key(&root(), request, &mut plain, &mut sealed).unwrap();
        assert_eq!((made.plaintext.len(), made.key_id, made.version), (number_of_bytes, room.key, 1));
        assert_eq!(decrypt(&room.vault, made.ciphertext).unwrap(), made.plaintext);

        let mut sealed = room_for(number_of_bytes);
        let request = GenerateDataKeyWithoutPlaintext(request);
        let made = room.vault.generate_data_key_without_plaintext(&root(), request, &mut sealed).unwrap();
        assert!(made.plaintext.is_empty());
        let opened = decrypt(&room.vault, made.ciphertext).unwrap();
        assert_eq!(opened.len(), number_of_bytes);
        if number_of_bytes >= 16 {
            assert_ne!(opened, plain, "two data keys are alike");
            assert_ne!(opened, vec![0; number_of_bytes]);
        }
    }
}

#[test]
fn random_bytes_have_the_length_asked_for_and_are_never_the_same() {
    let world = World::new(1);
    let room = Room::new(&world);
    let mut seen = std::collections::BTreeSet::new();
    for number_of_bytes in [16, 32, 1024] {
        for _ in 0..10 {
            let mut out = [0; 1024];
            let request = GenerateRandom { number_of_bytes };
            let drawn = room.vault.generate_random(&root(), request, &mut out).unwrap();
            assert_eq!(drawn.len(), number_of_bytes);
            assert!(seen.insert(drawn.to_vec()));
        }
    }
}

#[test]
fn a_new_key_is_described_and_listed_as_it_was_made() {
    let world = World::new(1);
    world.clock.set_wall_ms(Some(1_700_000_000_000));
    let vault = create(&world);
    let request = CreateKey { description: "für Rechnungen", ..CreateKey::default() };
    let made = vault.create_key(&root(), request).unwrap();
    assert_eq!((made.state, made.current_version, made.on_demand_rotations), (KeyState::Enabled, 1, 0));
    assert_eq!(made.created_ms, Some(1_700_000_000_000));
    let (mut description, id) = ([0; 100], made.key_id.to_string());
    for text in [id.clone(), format!("arn:aws:kms:us-east-1:000000000000:key/{id}")] {
        let described = vault.describe_key(&root(), DescribeKey::new(&text), &mut description).unwrap();
        assert_eq!((described.facts, described.description), (made, "für Rechnungen"));
    }
    assert_eq!(list(&vault, 10).unwrap(), [made.key_id]);
}

#[test]
fn rotation_makes_a_new_current_version_and_old_ciphertexts_still_open() {
    let world = World::new(1);
    let room = Room::new(&world);
    for version in 2..10 {
        let facts = rotate(&room.vault, room.key).unwrap();
        assert_eq!((facts.current_version, facts.on_demand_rotations), (version, version - 1));
        let ciphertext = encrypt(&room.vault, room.key, b"new").unwrap();
        let header = strongroom_core::Ciphertext::parse(&ciphertext).unwrap().header;
        assert_eq!(header.version, version);
        assert_eq!(decrypt(&room.vault, &room.ciphertext).unwrap(), PLAINTEXT);
        assert_eq!(decrypt(&room.vault, &ciphertext).unwrap(), b"new");
    }
}

#[test]
fn a_disabled_key_is_described_and_managed_but_not_used_until_it_is_enabled() {
    let world = World::new(1);
    let room = Room::new(&world);
    // Also while it is in the cache.
    decrypt(&room.vault, &room.ciphertext).unwrap();
    assert_eq!(disable(&room.vault, room.key).unwrap().state, KeyState::Disabled);
    let caller = root();
    for operation in Operation::on_keys() {
        let may = matches!(operation, Operation::DescribeKey | Operation::EnableKey | Operation::DisableKey);
        let expected = if may { Ok(()) } else { Err(Error::Disabled) };
        assert_eq!(room.try_one(operation, room.ask(&caller)), expected, "{operation:?}");
        disable(&room.vault, room.key).unwrap();
    }
    // As the source of a ReEncrypt too.
    let mut out = room_for(PLAINTEXT.len());
    let request = ReEncrypt::new(&room.ciphertext, &room.other);
    assert_eq!(room.vault.re_encrypt(&root(), request, &mut out).map(drop), Err(Error::Disabled));
    assert_eq!(enable(&room.vault, room.key).unwrap().state, KeyState::Enabled);
    assert_eq!(decrypt(&room.vault, &room.ciphertext).unwrap(), PLAINTEXT);
    assert_eq!(enable(&room.vault, room.key), describe(&room.vault, room.key), "enabling twice is no error");
}

#[test]
fn changes_survive_closing_and_power_cuts() {
    let world = World::new(1);
    let room = Room::new(&world);
    rotate(&room.vault, room.key).unwrap();
    disable(&room.vault, KeyId::parse(&room.other).unwrap()).unwrap();
    let before = (describe(&room.vault, room.key), list(&room.vault, 10));
    for is_orderly in [true, false] {
        if is_orderly {
            room.vault.close().unwrap();
        } else {
            world.cut_power();
        }
        room.vault.mount(&mut crate::world::secret_of(crate::world::SECRET)).unwrap();
        assert_eq!((describe(&room.vault, room.key), list(&room.vault, 10)), before);
        assert_eq!(decrypt(&room.vault, &room.ciphertext).unwrap(), PLAINTEXT);
    }
}
