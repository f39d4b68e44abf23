//! Bundles of a vault in a file: made, drilled and restored with the secrets that people have.

use std::fs::File;
use std::io::{self, Read, Write};

use strongroom_core::error::BundleFault;
use strongroom_std::operation::{CreateKey, Decrypt, Encrypt};
use strongroom_std::{
    BackupError, Error, OpenError, UnlockSecret, Vault, drill, generate_key_file, make_recovery_shares,
};

use super::{new_vault, root, secret};

fn encrypt(vault: &Vault, description: &str) -> Vec<u8> {
    let request = CreateKey { description, ..CreateKey::default() };
    let key_id = vault.create_key(&root(), request).unwrap().key_id.to_string();
    vault.encrypt(&root(), Encrypt::new(&key_id, description.as_bytes())).unwrap().ciphertext
}

#[test]
fn a_bundle_in_a_file_opens_with_each_of_its_secrets_and_is_restored_into_a_new_file() {
    let (folder, path, vault) = new_vault();
    let sealed: Vec<Vec<u8>> = (0..20).map(|n| encrypt(&vault, &format!("key {n}"))).collect();
    let key_path = folder.path().join("bundle.key");
    generate_key_file(&key_path).unwrap();
    let key_file = std::fs::read(&key_path).unwrap();
    let (shares, by_shares) = shares();
    let secrets = [secret("of the bundle"), UnlockSecret::key_file(&key_file).unwrap(), by_shares];
    let bundle = folder.path().join("vault.bundle");
    let made = {
        let mut file = File::create(&bundle).unwrap();
        let secrets: Vec<&UnlockSecret> = secrets.iter().collect();
        vault.backup(&root(), &mut file, &secrets).unwrap()
    };
    assert_eq!((made.keys, made.opened), (20, 20));
    let words: Vec<&str> = shares.iter().map(String::as_str).collect();
    let again = [
        secret("of the bundle"),
        UnlockSecret::key_file(&key_file).unwrap(),
        UnlockSecret::recovery_shares(&words[..2]).unwrap(),
    ];
    for one in &again {
        assert_eq!(drill(&mut File::open(&bundle).unwrap(), one).unwrap(), made);
    }
    let wrong = drill(&mut File::open(&bundle).unwrap(), &secret("right"));
    assert!(matches!(wrong, Err(BackupError::Vault(Error::WrongSecret))));

    let elsewhere = folder.path().join("restored.vault");
    let (restored, found) =
        Vault::restore(&elsewhere, &mut File::open(&bundle).unwrap(), &again[2], &secret("new")).unwrap();
    assert_eq!(found, made);
    restored.close().unwrap();
    assert!(matches!(Vault::open(&elsewhere, &secret("right")), Err(OpenError::WrongSecret)));
    let restored = Vault::open(&elsewhere, &secret("new")).unwrap();
    for (n, ciphertext) in sealed.iter().enumerate() {
        let opened = restored.decrypt(&root(), Decrypt::new(ciphertext)).unwrap();
        assert_eq!(opened.plaintext.as_bytes(), format!("key {n}").as_bytes());
    }
    // The vault itself noticed nothing but the request.
    encrypt(&vault, "later");
    drop(vault);
    assert!(Vault::open(&path, &secret("right")).is_ok());
}

fn shares() -> (Vec<String>, UnlockSecret) {
    let (secret, shares) = make_recovery_shares(2, 3).unwrap();
    (shares.iter().map(|share| share.words().to_owned()).collect(), secret)
}

/// Fails after some bytes.
struct Broken<'b>(&'b [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the disk is gone")),
            got => Ok(got),
        }
    }
}

impl Write for Broken<'_> {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is full"))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_restore_that_fails_leaves_no_file_and_one_over_a_file_leaves_it_alone() {
    let (folder, path, vault) = new_vault();
    encrypt(&vault, "one");
    let (mut bundle, of_bundle) = (Vec::new(), secret("of the bundle"));
    vault.backup(&root(), &mut bundle, &[&of_bundle]).unwrap();
    let elsewhere = folder.path().join("restored.vault");
    let restore = |from: &mut dyn Read, with: &UnlockSecret| {
        let restored = Vault::restore(&elsewhere, from, with, &secret("new"));
        assert!(!elsewhere.exists());
        restored.map(drop).unwrap_err()
    };
    let cut = restore(&mut &bundle[..bundle.len() - 1], &of_bundle);
    assert!(matches!(cut, BackupError::Vault(Error::Bundle(BundleFault::Truncated))));
    let wrong = restore(&mut bundle.as_slice(), &secret("wrong"));
    assert!(matches!(wrong, BackupError::Vault(Error::WrongSecret)));
    let gone = restore(&mut Broken(&bundle[..700]), &of_bundle);
    assert!(matches!(gone, BackupError::Io(error) if error.to_string() == "the disk is gone"));

    let full = vault.backup(&root(), &mut Broken(&[]), &[&of_bundle]);
    assert!(matches!(full, Err(BackupError::Io(error)) if error.to_string() == "the disk is full"));
    let before = std::fs::read(&path).unwrap();
    let over = Vault::restore(&path, &mut bundle.as_slice(), &of_bundle, &secret("new"));
    assert!(matches!(over, Err(BackupError::File(OpenError::AlreadyExists(_)))));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(Vault::restore(&elsewhere, &mut bundle.as_slice(), &of_bundle, &secret("new")).is_ok());
}
