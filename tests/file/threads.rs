use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use strongroom_std::operation::{
    CreateKey, Decrypt, DisableKey, EnableKey, Encrypt, RetireCheck, RotateKeyOnDemand,
};
use strongroom_std::{Error, NewVault, Settings, Vault};

use super::{new_vault, root, secret};

fn is_shared<T: Clone + Send + Sync + 'static>() {}

#[test]
fn the_handle_is_for_many_threads() {
    is_shared::<Vault>();
}

#[test]
fn readers_are_right_while_keys_rotate_and_come_and_go() {
    let mut settings = Settings::default();
    settings.usage_block = 0;
    let (records, _) = read_while_keys_rotate(&settings);
    assert_eq!(records, RECORDS);
}

#[test]
fn four_threads_never_count_fewer_uses_than_there_were() {
    let (records, answers) = read_while_keys_rotate(&Settings::default());
    // A line of counts for each version that was used, and one for the key.
    assert!((RECORDS..=RECORDS + 62).contains(&records), "{records}");
    assert!(answers > 100);
}

/// Two keys' first records, 60 rotations, 60 more keys with a version each.
const RECORDS: u64 = 2 + 60 + 2 * 60;

/// Four threads encrypt and decrypt while keys rotate and are made; answers how many records the vault then has, and how
/// often a thread was answered. Where uses are counted, none of them is missing.
fn read_while_keys_rotate(settings: &Settings) -> (u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.vault");
    let vault = Vault::create_with(&path, &NewVault::default(), &secret("right"), settings).unwrap();
    let key = vault.create_key(&root(), CreateKey::default()).unwrap();
    let id = key.key_id.to_string();
    let (is_over, answers) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for reader in 0..4u8 {
            let (vault, id, is_over, answers) = (vault.clone(), &id, &is_over, &answers);
            scope.spawn(move || {
                let mut kept = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let plain = [reader, u8::try_from(kept.len() % 251).unwrap()];
                    kept.push((plain, vault.encrypt(&root(), Encrypt::new(id, &plain)).unwrap().ciphertext));
                    let (plain, sealed) = &kept[kept.len() / 2];
                    let opened = vault.decrypt(&root(), Decrypt::new(sealed)).unwrap();
                    assert_eq!(opened.plaintext.as_bytes(), plain);
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..60 {
            vault.rotate_key_on_demand(&root(), RotateKeyOnDemand { key_id: &id }).unwrap();
            vault.create_key(&root(), CreateKey::default()).unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let answers = answers.into_inner();
    assert!(answers > 100);
    vault.close().unwrap();
    let vault = Vault::open_with(&path, &secret("right"), settings).unwrap();
    let verified = vault.verify().unwrap();
    assert_eq!((verified.damaged, verified.damaged_copies), (0, 0));
    if settings.usage_block > 0 {
        let (mut sealings, mut openings) = (0, 0);
        for version in 1..=61 {
            let request = RetireCheck { key_id: &id, version, within_days: 1 };
            let usage = vault.retire_check(&root(), request).unwrap();
            sealings += usage.sealings_at_most;
            openings += usage.openings_at_most;
        }
        assert!(sealings >= answers && openings >= answers, "{sealings} and {openings} of {answers}");
    }
    (verified.records, answers)
}

#[test]
fn a_disabled_key_stops_working_in_every_thread_before_the_call_returns() {
    let (_folder, _path, vault) = new_vault();
    let key = vault.create_key(&root(), CreateKey::default()).unwrap();
    let id = key.key_id.to_string();
    // Even numbers: enabled. Odd numbers: disabled. A thread that sees the same number before and after its call knows
    // what the answer had to be.
    let state = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    let decided = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    let before = state.load(Ordering::SeqCst);
                    let answer = vault.encrypt(&root(), Encrypt::new(&id, b"x")).map(|_| ());
                    if state.load(Ordering::SeqCst) == before && before % 4 != 1 && before % 4 != 3 {
                        let expected = if before.is_multiple_of(4) { Ok(()) } else { Err(Error::Disabled) };
                        assert_eq!(answer, expected);
                        decided.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        for _ in 0..40 {
            // 1 and 3: a change is under way, either answer is right.
            state.fetch_add(1, Ordering::SeqCst);
            vault.disable_key(&root(), DisableKey { key_id: &id }).unwrap();
            state.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(2));
            state.fetch_add(1, Ordering::SeqCst);
            vault.enable_key(&root(), EnableKey { key_id: &id }).unwrap();
            state.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(2));
        }
        is_over.store(true, Ordering::SeqCst);
    });
    assert!(decided.load(Ordering::Relaxed) > 100);
}

#[test]
fn closing_locks_every_clone() {
    let (_folder, path, vault) = new_vault();
    let key = vault.create_key(&root(), CreateKey::default()).unwrap();
    let id = key.key_id.to_string();
    let clone = vault.clone();
    vault.close().unwrap();
    let refused = thread::spawn(move || clone.encrypt(&root(), Encrypt::new(&id, b"x")).unwrap_err());
    assert_eq!(refused.join().unwrap(), Error::Locked);
    Vault::open(&path, &secret("right")).unwrap();
}

#[test]
fn many_handles_in_turn_open_the_same_file_at_once_after_closing() {
    let (_folder, path, vault) = new_vault();
    vault.close().unwrap();
    let started = Instant::now();
    let mut rounds = 0;
    while rounds < 30 && started.elapsed() < Duration::from_secs(20) {
        drop(Vault::open(&path, &secret("right")).unwrap());
        rounds += 1;
    }
    assert!(rounds > 5);
}
