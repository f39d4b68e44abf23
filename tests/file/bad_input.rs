use std::fs;
use std::path::Path;
use std::process::Command;

use strongroom_std::operation::{CreateKey, Decrypt, Encrypt};
use strongroom_std::{Error, NewVault, OpenError, UnlockSecret, Vault, generate_key_file};

use super::{new_vault, root, secret};

/// A closed vault with one key and a ciphertext of it.
fn closed_vault() -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
    let (folder, path, vault) = new_vault();
    let key = vault.create_key(&root(), CreateKey::default()).unwrap();
    let sealed = vault.encrypt(&root(), Encrypt::new(&key.key_id.to_string(), b"kept")).unwrap();
    vault.close().unwrap();
    (folder, path, sealed.ciphertext)
}

fn still_opens(path: &Path, ciphertext: &[u8]) {
    let vault = Vault::open(path, &secret("right")).unwrap();
    let opened = vault.decrypt(&root(), Decrypt::new(ciphertext)).unwrap();
    assert_eq!(opened.plaintext.as_bytes(), b"kept");
    assert_eq!(vault.verify().unwrap().damaged, 0);
}

#[test]
fn a_wrong_passphrase_changes_not_one_byte() {
    let (_folder, path, ciphertext) = closed_vault();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Vault::open(&path, &secret("wrong")), Err(OpenError::WrongSecret)));
    assert!(fs::read(&path).unwrap() == before, "the file changed");
    still_opens(&path, &ciphertext);
}

#[test]
fn a_key_file_is_no_passphrase_and_a_short_one_is_no_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, key_path) = (folder.path().join("v"), folder.path().join("k"));
    generate_key_file(&key_path).unwrap();
    assert!(matches!(generate_key_file(&key_path), Err(OpenError::AlreadyExists(_))));
    let content = fs::read(&key_path).unwrap();
    let key_file = UnlockSecret::key_file(&content).unwrap();
    Vault::create(&path, &NewVault::default(), &key_file).unwrap().close().unwrap();

    assert!(matches!(Vault::open(&path, &secret("right")), Err(OpenError::WrongSecret)));
    let other = UnlockSecret::key_file(&[7; 32]).unwrap();
    assert!(matches!(Vault::open(&path, &other), Err(OpenError::WrongSecret)));
    assert_eq!(UnlockSecret::key_file(&content[..31]).err(), Some(Error::WrongSecret));
    Vault::open(&path, &key_file).unwrap();
}

#[test]
fn a_vault_is_never_created_over_a_file() {
    let (_folder, path, ciphertext) = closed_vault();
    let again = Vault::create(&path, &NewVault::default(), &secret("right"));
    assert!(matches!(again, Err(OpenError::AlreadyExists(_))));
    still_opens(&path, &ciphertext);
}

#[test]
fn what_is_no_vault_is_called_so_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    assert!(matches!(Vault::open(&path, &secret("right")), Err(OpenError::NotFound(_))));
    for content in [&b""[..], b"Dear Sir or Madam", &[0; 4096], &[0xff; 100_000]] {
        fs::write(&path, content).unwrap();
        let refused = Vault::open(&path, &secret("right")).unwrap_err();
        assert!(matches!(refused, OpenError::NotAVault(_)), "{refused:?}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    assert!(matches!(Vault::open(folder.path(), &secret("right")), Err(OpenError::NotAVault(_))));
}

#[test]
fn a_truncated_vault_is_refused_with_a_typed_error_at_any_length() {
    let (folder, path, _) = closed_vault();
    let whole = fs::read(&path).unwrap();
    let cut = folder.path().join("cut.vault");
    for parts in 0..64 {
        fs::write(&cut, &whole[..whole.len() * parts / 64]).unwrap();
        match Vault::open(&cut, &secret("right")) {
            Err(OpenError::NotAVault(_) | OpenError::Damaged(_)) => {}
            other => panic!("{parts}/64 of the file: {other:?}"),
        }
    }
}

#[test]
fn a_database_of_somebody_else_is_no_vault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.redb");
    let database = redb::Database::create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let table = redb::TableDefinition::<u64, u64>::new("theirs");
    transaction.open_table(table).unwrap().insert(1, 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    assert!(matches!(Vault::open(&path, &secret("right")), Err(OpenError::NotAVault(_))));
    let database = redb::Database::open(&path).unwrap();
    let read = redb::ReadableDatabase::begin_read(&database).unwrap();
    assert_eq!(redb::ReadableTable::get(&read.open_table(table).unwrap(), 1).unwrap().unwrap().value(), 2);
}

#[test]
fn a_vault_from_the_future_says_so() {
    let (_folder, path, _) = closed_vault();
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut blobs =
            transaction.open_table(redb::TableDefinition::<&[u8; 24], &[u8]>::new("blobs")).unwrap();
        // The two copies of the slot area; byte 4 is the format.
        let (mut first, mut second) = ([0; 24], [0xff; 24]);
        (first[23], second[23]) = (0x41, 0xc1);
        for address in [first, second] {
            let mut area = redb::ReadableTable::get(&blobs, &address).unwrap().unwrap().value().to_vec();
            area[4] = 2;
            blobs.insert(&address, area.as_slice()).unwrap();
        }
    }
    transaction.commit().unwrap();
    drop(database);
    assert!(matches!(Vault::open(&path, &secret("right")), Err(OpenError::FromTheFuture(_))));
}

#[test]
fn a_vault_that_is_open_is_in_use_here_and_in_another_process() {
    const CHILD: &str = "STRONGROOM_TEST_OPEN";
    if let Ok(path) = std::env::var(CHILD) {
        let refused = Vault::open(Path::new(&path), &secret("right"));
        std::process::exit(if matches!(refused, Err(OpenError::InUse(_))) { 42 } else { 1 });
    }
    let (_folder, path, vault) = new_vault();
    assert!(matches!(Vault::open(&path, &secret("right")), Err(OpenError::InUse(_))));
    let name = "file::bad_input::a_vault_that_is_open_is_in_use_here_and_in_another_process";
    let child =
        Command::new(std::env::current_exe().unwrap()).args(["--exact", name]).env(CHILD, &path).output();
    assert_eq!(child.unwrap().status.code(), Some(42));
    vault.close().unwrap();
    Vault::open(&path, &secret("right")).unwrap();
}

/// The database engine panics on some damaged pages: the fence turns that into errors, and no answer is wrong.
#[test]
fn damaged_pages_give_typed_errors_and_never_a_wrong_answer() {
    let (folder, path, ciphertext) = closed_vault();
    let whole = fs::read(&path).unwrap();
    let damaged = folder.path().join("damaged.vault");
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let (mut opened, mut refused) = (0, 0);
    for page in (0..whole.len() / 4096).step_by(3) {
        for fill in [0x00, 0xa5] {
            let mut bytes = whole.clone();
            bytes[page * 4096..][..4096].fill(fill);
            fs::write(&damaged, &bytes).unwrap();
            let Ok(vault) = Vault::open(&damaged, &secret("right")) else {
                refused += 1;
                continue;
            };
            match vault.decrypt(&root(), Decrypt::new(&ciphertext)) {
                Ok(plain) => {
                    assert_eq!(plain.plaintext.as_bytes(), b"kept");
                    opened += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    std::panic::set_hook(quiet);
    println!("{opened} answered rightly, {refused} refused");
    assert!(opened > 0 && refused > 0);
}
