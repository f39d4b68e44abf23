use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use strongroom_core::audit::Finding;
use strongroom_std::operation::{CreateKey, Encrypt, GenerateRandom};
use strongroom_std::{Vault, find_audit_fork, verify_audit_log};

use super::{new_vault, root, secret};

#[test]
fn what_was_released_while_another_thread_closed_stands_in_the_log() {
    let (_folder, path, vault) = new_vault();
    let id = vault.create_key(&root(), CreateKey::default()).unwrap().key_id.to_string();
    let (released, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..2 {
            let (vault, id, released, is_over) = (vault.clone(), &id, &released, &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed)
                    && vault.encrypt(&root(), Encrypt::new(id, b"x")).is_ok()
                {
                    released.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while released.load(Ordering::Relaxed) < 500 {
            thread::yield_now();
        }
        vault.close().unwrap();
        is_over.store(true, Ordering::Relaxed);
    });
    let vault = Vault::open(&path, &secret("right")).unwrap();
    let mut logged = 0;
    vault.audit_events(0, |_, event| logged += u64::from(event.action.name() == "Encrypt")).unwrap();
    // Logged and not released can be: the request that met the closing vault. Released and not logged cannot.
    let released = released.load(Ordering::Relaxed);
    assert!((released..=released + 2).contains(&logged), "{released} released, {logged} in the log");
}

#[test]
fn an_auditor_verifies_a_file_without_any_unlock_secret_and_finds_a_second_life() {
    let (folder, path, vault) = new_vault();
    let key = vault.take_audit_key(&root()).unwrap();
    let random =
        |vault: &Vault| vault.generate_random(&root(), GenerateRandom { number_of_bytes: 8 }).unwrap();
    random(&vault);
    vault.close().unwrap();
    let copy = folder.path().join("copy.vault");
    std::fs::copy(&path, &copy).unwrap();
    assert_eq!(find_audit_fork([&path, &copy], &key).unwrap(), None);

    let vault = Vault::open(&path, &secret("right")).unwrap();
    random(&vault);
    let head = vault.get_audit_head(&root(), [9; 16]).unwrap();
    vault.close().unwrap();
    let report = verify_audit_log(&path, &key, Some(([9; 16], head))).unwrap();
    assert_eq!((report.first, report.findings), (Some(0), vec![]));
    assert!(report.entries > head.next_sequence);
    let older = verify_audit_log(&copy, &key, Some(([9; 16], head))).unwrap();
    assert_eq!(older.findings, [Finding::Truncated { head: head.next_sequence, found: older.entries }]);
    assert_eq!(find_audit_fork([&path, &copy], &key).unwrap(), None, "a copy that is only older is none");

    let second = Vault::open(&copy, &secret("right")).unwrap();
    random(&second);
    second.close().unwrap();
    assert_eq!(verify_audit_log(&copy, &key, None).unwrap().findings, []);
    let fork = find_audit_fork([&path, &copy], &key).unwrap().unwrap();
    assert_eq!(fork.sequence, older.entries);
    assert_ne!(fork.mounts[0], fork.mounts[1]);
}
