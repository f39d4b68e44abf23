//! Storage that breaks the two promises of `commit`: what was acknowledged may then be lost, but nothing is ever wrong.

use strongroom_core::error::StorageError;
use strongroom_core::{Error, Vault};

use super::MANIFEST;
use crate::world::{
    CommitFate, SECRET, World, create, create_key, decrypt, describe, encrypt, mount, other_copy, rotate,
    secret_of,
};

/// Asks for an old and a new ciphertext: each opens to what it was made of, or is refused.
fn check(vault: &Vault<&World>, ciphertexts: &[Vec<u8>]) -> usize {
    let mut opened = 0;
    for (ciphertext, plaintext) in ciphertexts.iter().zip([b"version 1", b"version 2"]) {
        vault.platform().cool();
        match decrypt(vault, ciphertext) {
            Ok(bytes) => {
                assert_eq!(bytes, plaintext);
                opened += 1;
            }
            Err(error) => assert!(
                matches!(error, Error::Damaged(_) | Error::InvalidCiphertext(_) | Error::SessionEnded),
                "{error:?}"
            ),
        }
    }
    opened
}

#[test]
fn a_commit_that_was_acknowledged_and_forgotten_is_noticed_by_the_next_read_and_the_next_change() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"version 1").unwrap();
    world.storage.decide(&[CommitFate::IsForgotten]);
    rotate(&vault, key).unwrap();
    world.cool();
    assert!(matches!(decrypt(&vault, &ciphertext), Err(Error::Damaged(_))));
    assert!(vault.verify().unwrap().damaged > 0);
    assert!(rotate(&vault, key).is_err());
    // A change that meets no damage meets the revision.
    assert!(matches!(vault.close(), Err(Error::Storage(StorageError::Conflict))));
    vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(describe(&vault, key).unwrap().current_version, 1);
    assert_eq!(check(&vault, &[ciphertext]), 1);
}

#[test]
fn a_torn_commit_gives_no_wrong_answer_wherever_it_is_torn() {
    let (mut whole, mut lost) = (0, 0);
    for kept in 0..20 {
        let world = World::new(1);
        let vault = create(&world);
        let key = create_key(&vault);
        let mut ciphertexts = vec![encrypt(&vault, key, b"version 1").unwrap()];
        rotate(&vault, key).unwrap();
        ciphertexts.push(encrypt(&vault, key, b"version 2").unwrap());
        world.storage.decide(&[CommitFate::IsTorn(kept)]);
        assert_eq!(rotate(&vault, key), Err(Error::Storage(StorageError::Medium)));
        assert_eq!(check(&vault, &ciphertexts), 0, "the session has ended");
        let image = world.storage.image();
        let torn = World::new(2).with_image(&image);
        torn.storage.ignore_revision();
        let vault = mount(&torn).unwrap();
        let opened = check(&vault, &ciphertexts);
        let verified = vault.verify().unwrap();
        if opened == 2 {
            whole += 1;
            assert_eq!(verified.damaged, 0);
        } else {
            lost += 1;
            assert!(verified.damaged > 0);
        }
    }
    assert!(whole > 2 && lost > 2, "{whole} whole, {lost} with damage");
}

#[test]
fn manifests_rolled_back_by_a_storage_that_forgets_revisions_open_nothing_newer() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertexts = [encrypt(&vault, key, b"version 1").unwrap()];
    vault.close().unwrap();
    let old = world.storage.image();
    vault.mount(&mut secret_of(SECRET)).unwrap();
    rotate(&vault, key).unwrap();
    vault.close().unwrap();
    let mut mixed = world.storage.image();
    for address in [MANIFEST, other_copy(&MANIFEST)] {
        mixed.blobs.insert(address, old.blobs[&address].clone());
    }
    // The revision tells.
    let honest = World::new(2).with_image(&mixed);
    assert_eq!(mount(&honest).map(drop), Err(Error::Storage(StorageError::Conflict)));
    assert_eq!(honest.storage.image(), mixed);
    // Without it, the old manifest opens no newer node.
    let forgetful = World::new(2).with_image(&mixed);
    forgetful.storage.ignore_revision();
    let vault = mount(&forgetful).unwrap();
    assert_eq!(check(&vault, &ciphertexts), 0);
    assert!(vault.verify().unwrap().damaged > 0);
}
