use std::sync::Arc;

use strongroom_core::crypto::RustCrypto;
use strongroom_std::faults::contract::{audit_sink, cache, entropy, staging, storage};
use strongroom_std::operation::{CreateKey, Decrypt, Encrypt, GenerateDataKey, GenerateRandom, ListKeys};
use strongroom_std::{
    AuditDurability, AuditFile, Error, FileStorage, OsEntropy, SealedFile, Settings, ThreadedCache, Vault,
    audit,
};

use super::{new_vault, root, secret};

#[test]
fn every_request_stands_in_the_log_after_reopening() {
    let (_folder, path, vault) = new_vault();
    let key = vault.create_key(&root(), CreateKey::default()).unwrap();
    let id = key.key_id.to_string();
    let context = [("purpose", "test")];
    let encrypt = Encrypt { encryption_context: &context, ..Encrypt::new(&id, b"never in the log") };
    let sealed = vault.encrypt(&root(), encrypt).unwrap();
    let wrong = vault.decrypt(&root(), Decrypt::new(&sealed.ciphertext)).unwrap_err();
    assert_eq!(wrong.code(), "InvalidCiphertextException");
    vault.close().unwrap();

    let vault = Vault::open(&path, &secret("right")).unwrap();
    let mut seen = Vec::new();
    let mut contexts = Vec::new();
    vault
        .audit_events(0, |_, event| {
            seen.push((event.action.name(), event.error_code));
            contexts.extend(audit::context_pairs(event.context).flatten().map(|(k, v)| format!("{k}={v}")));
        })
        .unwrap();
    assert_eq!(
        seen,
        [
            ("Mount", None),
            ("CreateKey", None),
            ("Encrypt", None),
            ("Decrypt", Some("InvalidCiphertextException")),
            ("Close", None),
            ("Mount", None),
        ]
    );
    assert_eq!(contexts, ["purpose=test"]);
}

#[test]
fn a_program_that_ends_without_closing_loses_no_change() {
    let (_folder, path, vault) = new_vault();
    let key = vault.create_key(&root(), CreateKey::default()).unwrap();
    // The process ends here: nothing is flushed, the file is not closed in order. A copy is what the disk then holds.
    let copy = path.with_extension("copy");
    std::fs::copy(&path, &copy).unwrap();
    drop(vault);
    let vault = Vault::open(&copy, &secret("right")).unwrap();
    assert!(vault.encrypt(&root(), Encrypt::new(&key.key_id.to_string(), b"x")).is_ok());
    let mut actions = Vec::new();
    vault.audit_events(0, |_, event| actions.push(event.action.name())).unwrap();
    assert_eq!(actions.iter().filter(|action| **action == "CreateKey").count(), 1);
    assert!(actions.contains(&"UncleanMount"), "{actions:?}");
}

#[test]
fn a_small_cache_gives_the_same_answers() {
    let (_folder, path, vault) = new_vault();
    let keys: Vec<_> =
        (0..30).map(|_| vault.create_key(&root(), CreateKey::default()).unwrap().key_id).collect();
    vault.close().unwrap();
    let mut settings = Settings::default();
    settings.opened_keys_max = 2;
    let vault = Vault::open_with(&path, &secret("right"), &settings).unwrap();
    for _ in 0..3 {
        for key in &keys {
            let id = key.to_string();
            let sealed = vault.encrypt(&root(), Encrypt::new(&id, id.as_bytes())).unwrap();
            let opened = vault.decrypt(&root(), Decrypt::new(&sealed.ciphertext)).unwrap();
            assert_eq!(opened.plaintext.as_bytes(), id.as_bytes());
        }
    }
    let mut listed = Vec::new();
    let mut marker = None;
    loop {
        let page = vault.list_keys(&root(), ListKeys { limit: 7, marker: marker.as_ref() }).unwrap();
        listed.extend(page.keys);
        marker = page.next_marker;
        if marker.is_none() {
            break;
        }
    }
    listed.sort_unstable();
    let mut expected = keys;
    expected.sort_unstable();
    assert_eq!(listed, expected);
}

#[test]
fn lengths_far_out_of_bounds_are_refused_without_the_memory_for_them() {
    let (_folder, _path, vault) = new_vault();
    let key = vault.create_key(&root(), CreateKey::default()).unwrap();
    let id = key.key_id.to_string();
    let data_key = GenerateDataKey { number_of_bytes: usize::MAX, ..GenerateDataKey::aes_256(&id) };
    let refused = [
        vault.generate_data_key(&root(), data_key).unwrap_err(),
        vault.generate_random(&root(), GenerateRandom { number_of_bytes: usize::MAX }).unwrap_err(),
        vault.list_keys(&root(), ListKeys { limit: usize::MAX, marker: None }).unwrap_err(),
    ];
    assert!(refused.iter().all(|error| matches!(error, Error::Validation(_))), "{refused:?}");
}

/// A new vault file, as a function that opens it; its folder goes when the function does.
fn new_file() -> impl Fn() -> Arc<SealedFile> {
    let folder = tempfile::tempdir().unwrap();
    let path = |folder: &tempfile::TempDir| folder.path().join("contract.vault");
    drop(SealedFile::create(&path(&folder), &Settings::default()).unwrap());
    move || Arc::new(SealedFile::open(&path(&folder), &Settings::default()).unwrap())
}

#[test]
fn the_file_keeps_the_storage_contract() {
    let make = || {
        let open = new_file();
        move || FileStorage::new(open())
    };
    storage::check_reopened(make).unwrap();
    staging::check(|| make()()).unwrap();
}

#[test]
fn the_file_keeps_the_audit_sink_contract() {
    for durability in [AuditDurability::Strict, AuditDurability::Batched] {
        let make = || {
            let open = new_file();
            move || AuditFile::new(open(), durability)
        };
        audit_sink::check_reopened(make).unwrap();
        let open = make();
        audit_sink::check_replacement(&open()).unwrap();
    }
}

#[test]
fn the_threaded_cache_keeps_the_cache_contract() {
    cache::check(|| ThreadedCache::<RustCrypto>::new(1000)).unwrap();
}

#[test]
fn the_operating_systems_randomness_keeps_the_entropy_contract() {
    entropy::check_restarted(|| OsEntropy).unwrap();
}
