//! What a damaged file still holds comes into a new one, and nothing that was gone comes back.

use std::path::Path;

use strongroom_std::operation::{CreateKey, Decrypt, DisableKey, Encrypt, RotateKeyOnDemand};
use strongroom_std::{OpenError, Salvaged, Vault, salvage};
use tempfile::TempDir;

use super::{new_vault, root, secret};

const PAGE: usize = 4096;

/// A key's id, and a ciphertext of each of its versions.
type Key = (String, Vec<Vec<u8>>);

/// A closed vault with keys of one to three versions, and a ciphertext of each version.
fn with_keys(count: usize) -> (TempDir, std::path::PathBuf, Vec<Key>) {
    let (folder, path, vault) = new_vault();
    let mut keys = Vec::new();
    for number in 0..count {
        let id = vault.create_key(&root(), CreateKey::default()).unwrap().key_id.to_string();
        let mut ciphertexts = Vec::new();
        for version in 0..=number % 3 {
            if version > 0 {
                vault.rotate_key_on_demand(&root(), RotateKeyOnDemand { key_id: &id }).unwrap();
            }
            ciphertexts.push(vault.encrypt(&root(), Encrypt::new(&id, b"kept")).unwrap().ciphertext);
        }
        keys.push((id, ciphertexts));
    }
    vault.close().unwrap();
    (folder, path, keys)
}

/// How many of the ciphertexts open; none opens to anything wrong.
fn opening(path: &Path, keys: &[Key]) -> usize {
    let vault = Vault::open(path, &secret("right")).unwrap();
    let opens = |ciphertext: &Vec<u8>| match vault.decrypt(&root(), Decrypt::new(ciphertext)) {
        Ok(opened) => {
            assert_eq!(opened.plaintext.as_bytes(), b"kept");
            true
        }
        Err(_) => false,
    };
    keys.iter().flat_map(|(_, ciphertexts)| ciphertexts).filter(|ciphertext| opens(ciphertext)).count()
}

fn save(folder: &TempDir, damaged: &[u8]) -> (std::path::PathBuf, Result<Salvaged, OpenError>) {
    let (from, into) = (folder.path().join("damaged.vault"), folder.path().join("saved.vault"));
    let _ = std::fs::remove_file(&into);
    std::fs::write(&from, damaged).unwrap();
    let saved = salvage(&from, &into, &secret("right"));
    assert_eq!(std::fs::read(&from).unwrap(), damaged, "the damaged file stays as it is");
    assert_eq!(saved.is_ok(), into.exists());
    (into, saved)
}

#[test]
fn a_whole_file_comes_through_whole() {
    let (folder, path, keys) = with_keys(12);
    let (into, saved) = save(&folder, &std::fs::read(path).unwrap());
    let saved = saved.unwrap();
    assert_eq!((saved.verified.damaged, saved.verified.damaged_copies), (0, 0));
    assert_eq!(opening(&into, &keys), 24);
    let vault = Vault::open(&into, &secret("right")).unwrap();
    assert_eq!(vault.verify().unwrap().damaged, 0);
    let mut created = 0;
    vault.audit_events(0, |_, event| created += u32::from(event.action.name() == "CreateKey")).unwrap();
    assert_eq!(created, 12, "the audit log came too");
    vault.create_key(&root(), CreateKey::default()).unwrap();
}

#[test]
fn a_file_whose_engine_cannot_find_anything_any_more_loses_no_key() {
    let (folder, path, keys) = with_keys(12);
    let mut bytes = std::fs::read(path).unwrap();
    bytes[..PAGE].fill(0);
    let damaged = folder.path().join("damaged.vault");
    std::fs::write(&damaged, &bytes).unwrap();
    assert!(Vault::open(&damaged, &secret("right")).is_err());
    let (into, saved) = save(&folder, &bytes);
    assert_eq!(saved.unwrap().verified.damaged, 0);
    assert_eq!(opening(&into, &keys), 24);
}

#[test]
fn damaged_pages_cost_what_was_on_them() {
    let (folder, path, keys) = with_keys(12);
    let whole = std::fs::read(path).unwrap();
    let (mut files, mut refused, mut opened, mut lost) = (0, 0, 0, 0);
    for (number, page) in
        (0..whole.len()).step_by(PAGE).enumerate().filter(|(_, page)| !is_blank(&whole, *page))
    {
        let mut bytes = whole.clone();
        bytes[page..page + PAGE].fill(if number % 2 == 0 { 0x00 } else { 0xa5 });
        files += 1;
        match save(&folder, &bytes) {
            (into, Ok(saved)) => {
                let open = opening(&into, &keys);
                opened += open;
                lost += 24 - open;
                assert!(saved.verified.damaged > 0 || open == 24, "what is lost is said");
            }
            // The one page with the slots or the manifest, and no older page holds one.
            (_, Err(OpenError::NotAVault(_) | OpenError::Damaged(_) | OpenError::WrongSecret)) => {
                refused += 1
            }
            (_, Err(other)) => panic!("{other}"),
        }
    }
    println!(
        "{files} files with a damaged page: {opened} ciphertexts open, {lost} lost, {refused} files refused"
    );
    assert!(opened > 20 * files && refused * 10 < files);
}

/// Pages that hold nothing have nothing to lose.
fn is_blank(file: &[u8], page: usize) -> bool {
    file[page..page + PAGE].iter().all(|byte| *byte == 0)
}

#[test]
fn the_newest_state_is_taken_and_what_was_disabled_stays_so() {
    let (folder, path, keys) = with_keys(3);
    let vault = Vault::open(&path, &secret("right")).unwrap();
    vault.disable_key(&root(), DisableKey { key_id: &keys[0].0 }).unwrap();
    vault.close().unwrap();
    let (into, saved) = save(&folder, &std::fs::read(path).unwrap());
    saved.unwrap();
    assert_eq!(opening(&into, &keys), 5, "all but the one of the disabled key");
}

#[test]
fn what_is_no_vault_and_a_wrong_secret_leave_no_file_behind() {
    let (folder, path, _) = with_keys(1);
    let (_, none) = save(&folder, b"no vault at all");
    assert!(matches!(none, Err(OpenError::NotAVault(_))));
    let into = folder.path().join("never");
    assert!(matches!(salvage(&path, &into, &secret("wrong")), Err(OpenError::WrongSecret)));
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(salvage(&nowhere, &into, &secret("right")), Err(OpenError::NotFound(_))));
    assert!(!into.exists());
    std::fs::write(&into, b"mine").unwrap();
    assert!(matches!(salvage(&path, &into, &secret("right")), Err(OpenError::AlreadyExists(_))));
    assert_eq!(std::fs::read(&into).unwrap(), b"mine");
}

#[test]
fn guessing_a_passphrase_waits_here_too() {
    let (folder, path, _) = with_keys(1);
    let into = folder.path().join("saved.vault");
    for _ in 0..3 {
        assert!(matches!(salvage(&path, &into, &secret("wrong")), Err(OpenError::WrongSecret)));
    }
    assert!(matches!(salvage(&path, &into, &secret("right")), Err(OpenError::TooManyAttempts { .. })));
    assert!(!into.exists());
}

#[test]
fn of_two_slot_areas_that_open_the_newest_state_the_one_with_every_slot_is_taken() {
    let (folder, path, keys) = with_keys(2);
    let vault = Vault::open(&path, &secret("right")).unwrap();
    for passphrase in ["second", "third"] {
        vault.add_slot(&root(), &secret(passphrase)).unwrap();
    }
    vault.close().unwrap();
    let (into, saved) = save(&folder, &std::fs::read(path).unwrap());
    assert_eq!(saved.unwrap().verified.damaged_copies, 0);
    for passphrase in ["right", "second", "third"] {
        drop(Vault::open(&into, &secret(passphrase)).unwrap());
    }
    assert_eq!(opening(&into, &keys), 3);
}

#[test]
fn the_new_log_says_that_it_was_salvaged_and_from_which_revision() {
    let (folder, path, _) = with_keys(1);
    let (into, saved) = save(&folder, &std::fs::read(path).unwrap());
    let saved = saved.unwrap();
    let vault = Vault::open(&into, &secret("right")).unwrap();
    let mut said = Vec::new();
    let salvaged = |event: &strongroom_std::audit::RecordedEvent<'_>| event.action.name() == "Salvage";
    vault.audit_events(0, |_, event| said.extend(salvaged(event).then_some(event.detail))).unwrap();
    assert_eq!(said, [saved.revision]);
    assert_eq!((saved.revision, saved.slot_id), (saved.newest_revision, 0));
}

#[test]
fn a_secret_that_was_removed_since_saves_an_older_state_and_is_told_so() {
    let (folder, path, keys) = with_keys(1);
    let vault = Vault::open(&path, &secret("right")).unwrap();
    let slot_id = vault.add_slot(&root(), &secret("second")).unwrap();
    vault.close().unwrap();
    let old_pages = std::fs::read(&path).unwrap();
    let vault = Vault::open(&path, &secret("right")).unwrap();
    vault.remove_slot(&root(), slot_id).unwrap();
    vault.close().unwrap();
    let (damaged, into) = (folder.path().join("copy.vault"), folder.path().join("saved.vault"));
    std::fs::write(&damaged, [std::fs::read(&path).unwrap(), old_pages].concat()).unwrap();
    let saved = salvage(&damaged, &into, &secret("second")).unwrap();
    assert_eq!(saved.slot_id, slot_id);
    assert!(saved.newest_revision > saved.revision, "{saved:?}");
    assert!(Vault::open(&into, &secret("right")).is_ok());
    let newest = saved.newest_revision;
    let (into, saved) = save(&folder, &std::fs::read(&path).unwrap());
    let saved = saved.unwrap();
    assert_eq!((saved.revision, saved.newest_revision, saved.slot_id), (newest, newest, 0));
    assert!(Vault::open(&into, &secret("second")).is_err());
    assert_eq!(opening(&into, &keys), 1);
}

/// A page with one row of the audit log, as the engine would write it.
fn page_with_entry(sequence: u64, entry: &[u8]) -> Vec<u8> {
    let mut page = vec![1, 0, 1, 0];
    page.extend(u32::try_from(16 + entry.len()).unwrap().to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend(entry);
    page.resize(page.len().next_multiple_of(PAGE), 0);
    page
}

#[test]
fn of_several_entries_of_one_number_the_one_that_the_vault_wrote_is_taken() {
    let (folder, path, vault) = new_vault();
    let key = vault.take_audit_key(&root()).unwrap();
    for _ in 0..4 {
        vault.create_key(&root(), CreateKey::default()).unwrap();
    }
    vault.close().unwrap();
    let whole = std::fs::read(&path).unwrap();
    let entries = strongroom_std::verify_audit_log(&path, &key, None).unwrap().entries;
    for forged in [vec![1], vec![0, 2], (0..entries).collect()] {
        for is_in_front in [false, true] {
            let mut pages = Vec::new();
            for sequence in &forged {
                let entry = [&sequence.to_be_bytes()[..], &[7; 60]].concat();
                pages.extend(page_with_entry(*sequence, &entry));
            }
            let damaged = if is_in_front { [pages, whole.clone()] } else { [whole.clone(), pages] }.concat();
            let (into, saved) = save(&folder, &damaged);
            saved.unwrap();
            let report = strongroom_std::verify_audit_log(&into, &key, None).unwrap();
            assert_eq!(report.findings, [], "{forged:?} {is_in_front}");
            assert!(report.entries > entries);
        }
    }
}
