//! Slots of a vault in a file, with secrets as people have them.

use strongroom_std::operation::{CreateKey, Decrypt, Encrypt, Revocation};
use strongroom_std::{Error, OpenError, SlotState, UnlockSecret, Vault};

use super::{new_vault, root, secret};

fn key_file(byte: u8) -> UnlockSecret {
    UnlockSecret::key_file(&[byte; 32]).unwrap()
}

#[test]
fn a_vault_in_a_file_opens_with_each_of_its_secrets_and_not_with_removed_ones() {
    let (_folder, path, vault) = new_vault();
    let key = vault.create_key(&root(), CreateKey::default()).unwrap();
    let sealed = vault.encrypt(&root(), Encrypt::new(&key.key_id.to_string(), b"kept")).unwrap();
    assert_eq!(vault.add_slot(&root(), &key_file(1)), Ok(1));
    assert_eq!(vault.add_slot(&root(), &secret("second")), Ok(2));
    assert_eq!(vault.change_slot(&root(), 0, &secret("changed")), Ok(Revocation::NotRevokedUntilRekey));
    vault.close().unwrap();
    for secret in [&key_file(1), &secret("second"), &secret("changed")] {
        let vault = Vault::open(&path, secret).unwrap();
        let opened = vault.decrypt(&root(), Decrypt::new(&sealed.ciphertext)).unwrap();
        assert_eq!(opened.plaintext.as_bytes(), b"kept");
        vault.close().unwrap();
    }
    assert!(matches!(Vault::open(&path, &secret("right")), Err(OpenError::WrongSecret)));
    let vault = Vault::open(&path, &key_file(1)).unwrap();
    vault.remove_slot(&root(), 2).unwrap();
    let listed = vault.list_slots(&root()).unwrap();
    assert!(listed.iter().all(|slot| slot.state == SlotState::Good) && listed.len() == 2);
    vault.close().unwrap();
    assert!(matches!(Vault::open(&path, &secret("second")), Err(OpenError::WrongSecret)));
}

#[test]
fn a_rekeyed_vault_in_a_file_opens_with_the_kept_secrets_and_an_older_copy_with_the_old_ones() {
    let (folder, path, vault) = new_vault();
    vault.add_slot(&root(), &secret("second")).unwrap();
    vault.add_slot(&root(), &key_file(1)).unwrap();
    vault.close().unwrap();
    let copy = folder.path().join("copy.vault");
    std::fs::copy(&path, &copy).unwrap();

    let vault = Vault::open(&path, &secret("right")).unwrap();
    let keep = [(0, &secret("right")), (2, &key_file(1))];
    assert_eq!(vault.preview_rekey(&root(), &keep).unwrap().dropped(), [1]);
    let mistyped = [(0, &secret("rihgt")), (2, &key_file(1))];
    assert_eq!(vault.rekey(&root(), &mistyped), Err(Error::WrongSecret));
    let rekeyed = vault.rekey(&root(), &keep).unwrap();
    assert_eq!((rekeyed.dropped(), rekeyed.revocation()), (&[1][..], Revocation::OldImagesOpen));
    vault.close().unwrap();

    assert!(matches!(Vault::open(&path, &secret("second")), Err(OpenError::WrongSecret)));
    Vault::open(&path, &secret("right")).unwrap().close().unwrap();
    Vault::open(&path, &key_file(1)).unwrap().close().unwrap();
    Vault::open(&copy, &secret("second")).unwrap().close().unwrap();
}
