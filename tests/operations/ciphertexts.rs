//! Any bytes at all handed to Decrypt: a typed error with the right reason, never a wrong plaintext, never a panic.

use strongroom_core::Error;
use strongroom_core::error::Reason;
use strongroom_core::operation::{Decrypt, ReEncrypt};
use strongroom_core::platform::Entropy;
use strongroom_core::ram::SeededEntropy;

use super::{ALICE, PLAINTEXT, Room};
use crate::world::{World, caller, decrypt, encrypt, mount, root, rotate};

/// What the vault says of a ciphertext with a bit of this byte altered.
fn expected(position: usize) -> Error {
    match position {
        0..4 => Error::InvalidCiphertext(Reason::NotOurs),
        4..20 => Error::AccessDenied(Reason::NoSuchKey),
        20..24 => Error::InvalidCiphertext(Reason::UnknownVersion),
        24..32 => Error::InvalidCiphertext(Reason::OtherMaterial),
        32..48 | 60..92 => Error::InvalidCiphertext(Reason::ContextOrHeaderDiffers),
        _ => Error::InvalidCiphertext(Reason::BodyAltered),
    }
}

#[test]
fn every_altered_bit_of_a_ciphertext_is_refused_for_its_own_reason() {
    let world = World::new(1);
    let room = Room::new(&world);
    world.log.batch();
    let mut cases = 0;
    for position in 0..room.ciphertext.len() {
        for bit in 0..8 {
            let mut altered = room.ciphertext.clone();
            altered[position] ^= 1 << bit;
            assert_eq!(decrypt(&room.vault, &altered), Err(expected(position)), "byte {position} bit {bit}");
            // Named by its caller, an altered key id is the wrong key.
            let request = Decrypt { key_id: Some(&room.id), ..Decrypt::new(&altered) };
            let mut out = [0xaa; 100];
            let named = if (4..20).contains(&position) { Error::IncorrectKey } else { expected(position) };
            assert_eq!(room.vault.decrypt(&root(), request, &mut out).map(drop), Err(named));
            assert_eq!(out, [0; 100]);
            cases += 1;
        }
    }
    println!("{cases} altered ciphertexts refused");
}

#[test]
fn every_truncation_and_extension_is_refused() {
    let world = World::new(1);
    let room = Room::new(&world);
    for len in 0..room.ciphertext.len() {
        let error = decrypt(&room.vault, &room.ciphertext[..len]).unwrap_err();
        let code = if len == 0 { "ValidationException" } else { "InvalidCiphertextException" };
        assert_eq!(error.code(), code, "{len} bytes");
    }
    // However long: no buffer of the caller's would help.
    for more in [1, 16, 100, 4000, 6144 - room.ciphertext.len()] {
        let longer = [&room.ciphertext[..], &vec![0; more]].concat();
        let altered = Err(Error::InvalidCiphertext(Reason::BodyAltered));
        assert_eq!(decrypt(&room.vault, &longer), altered, "{more} more bytes");
        let mut out = [0; 6200];
        let request = ReEncrypt::new(&longer, &room.other);
        assert_eq!(room.vault.re_encrypt(&root(), request, &mut out).map(drop), altered.map(drop));
    }
}

#[test]
fn random_bytes_are_no_ciphertext() {
    let world = World::new(1);
    let room = Room::new(&world);
    world.log.batch();
    let random = SeededEntropy::new(5);
    for case in 0..20_000 {
        let mut len = [0; 2];
        random.fill(&mut len).unwrap();
        let mut bytes = vec![0; 1 + usize::from(u16::from_be_bytes(len)) % 300];
        random.fill(&mut bytes).unwrap();
        // Every other one with as much of a right header as fits.
        let right = [0, 4, 20, 32, 92][case % 5];
        for (to, from) in bytes.iter_mut().zip(&room.ciphertext[..right]) {
            *to = *from;
        }
        let error = decrypt(&room.vault, &bytes).unwrap_err();
        assert!(
            matches!(error, Error::InvalidCiphertext(_) | Error::AccessDenied(Reason::NoSuchKey)),
            "{bytes:?}: {error:?}"
        );
        world.log.lose_what_is_not_durable();
    }
}

#[test]
fn pieces_of_two_ciphertexts_do_not_make_a_third() {
    let world = World::new(1);
    let room = Room::new(&world);
    let other = encrypt(&room.vault, room.key, b"another text of 23 bytes").unwrap();
    rotate(&room.vault, room.key).unwrap();
    let rotated = encrypt(&room.vault, room.key, PLAINTEXT).unwrap();
    for donor in [&other, &rotated] {
        for cut in 1..room.ciphertext.len() {
            let mixed = [&room.ciphertext[..cut], &donor[cut..]].concat();
            if mixed != room.ciphertext && mixed != **donor {
                assert!(decrypt(&room.vault, &mixed).is_err(), "cut at {cut}");
            }
        }
    }
}

#[test]
fn a_version_made_by_a_copy_of_the_vault_is_other_material() {
    let world = World::new(1);
    let room = Room::new(&world);
    room.vault.close().unwrap();
    let ciphertexts: Vec<Vec<u8>> = [2, 3]
        .into_iter()
        .map(|seed| {
            let copy = World::new(seed).with_image(&world.storage.image());
            let vault = mount(&copy).unwrap();
            assert_eq!(rotate(&vault, room.key).unwrap().current_version, 2);
            let ciphertext = encrypt(&vault, room.key, PLAINTEXT).unwrap();
            assert_eq!(decrypt(&vault, &ciphertext).unwrap(), PLAINTEXT);
            assert_eq!(decrypt(&vault, &room.ciphertext).unwrap(), PLAINTEXT);
            ciphertext
        })
        .collect();
    let third = World::new(3).with_image(&world.storage.image());
    let vault = mount(&third).unwrap();
    rotate(&vault, room.key).unwrap();
    let foreign = &ciphertexts[0];
    assert_eq!(decrypt(&vault, foreign), Err(Error::InvalidCiphertext(Reason::OtherMaterial)));
}

#[test]
fn whoever_may_not_see_reasons_is_told_none_and_the_log_has_them_all() {
    let world = World::new(1);
    let room = Room::new(&world);
    let alice = caller(ALICE);
    for (position, reason) in [
        (0, Reason::NotOurs),
        (23, Reason::UnknownVersion),
        (24, Reason::OtherMaterial),
        (40, Reason::ContextOrHeaderDiffers),
        (100, Reason::BodyAltered),
    ] {
        let mut altered = room.ciphertext.clone();
        altered[position] ^= 1;
        let mut out = [0; 100];
        let refused = room.vault.decrypt(&alice, Decrypt::new(&altered), &mut out).map(drop);
        assert_eq!(refused, Err(Error::InvalidCiphertext(Reason::Withheld)));
        world.log.last(|event| {
            assert_eq!((event.error_code, event.reason), (Some("InvalidCiphertextException"), Some(reason)));
        });
    }
}
