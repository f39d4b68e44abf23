//! Wrong passphrases wait. Time is an input: nobody sleeps here.

use std::path::{Path, PathBuf};

use strongroom_std::{OpenError, Settings, UnlockSecret, Vault};

use super::{new_vault, root, secret};

const NOON: u64 = 1_800_000_000_000;
const QUARTER: u64 = 15 * 60_000;

/// What an attempt comes to: it opens (and closes), it was wrong, or it has to wait for so many milliseconds.
#[derive(Debug, PartialEq, Eq)]
enum Attempt {
    Opens,
    Wrong,
    Waits(u64),
}
use Attempt::{Opens, Waits, Wrong};

fn attempt(path: &Path, secret: &UnlockSecret, wall_ms: Option<u64>) -> Attempt {
    match Vault::open_at(path, secret, &Settings::default(), wall_ms) {
        Ok(vault) => {
            vault.close().unwrap();
            Opens
        }
        Err(OpenError::WrongSecret) => Wrong,
        Err(OpenError::TooManyAttempts { wait_ms }) => Waits(wait_ms),
        Err(other) => panic!("{other:?}"),
    }
}

fn try_at(path: &Path, passphrase: &str, now_ms: u64) -> Attempt {
    attempt(path, &secret(passphrase), Some(now_ms))
}

fn closed_vault() -> (tempfile::TempDir, PathBuf) {
    let (folder, path, vault) = new_vault();
    let key_file = UnlockSecret::key_file(&[9; 32]).unwrap();
    vault.add_slot(&root(), &key_file).unwrap();
    vault.close().unwrap();
    (folder, path)
}

fn count_file(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.attempts", path.display()))
}

#[test]
fn after_three_wrong_passphrases_each_further_one_waits_twice_as_long() {
    let (_folder, path) = closed_vault();
    for _ in 0..3 {
        assert_eq!(try_at(&path, "wrong", NOON), Wrong);
    }
    let mut now = NOON;
    for wait in [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000, QUARTER, QUARTER]
    {
        // Not even the right one is looked at, and asking does not make it longer.
        assert_eq!(try_at(&path, "right", now), Waits(wait));
        assert_eq!(try_at(&path, "wrong", now + wait - 1), Waits(1));
        now += wait;
        assert_eq!(try_at(&path, "wrong", now), Wrong);
    }
}

#[test]
fn the_right_passphrase_sets_the_count_back() {
    let (_folder, path) = closed_vault();
    for _ in 0..2 {
        for _ in 0..3 {
            assert_eq!(try_at(&path, "wrong", NOON), Wrong);
        }
        assert_eq!(try_at(&path, "right", NOON), Waits(1000));
        assert_eq!(try_at(&path, "right", NOON + 1000), Opens);
        assert!(!count_file(&path).exists());
    }
}

#[test]
fn key_files_do_not_wait_are_not_counted_and_set_nothing_back() {
    let (_folder, path) = closed_vault();
    let [right, wrong] = [[9; 32], [8; 32]].map(|content| UnlockSecret::key_file(&content).unwrap());
    for _ in 0..5 {
        assert_eq!(attempt(&path, &wrong, Some(NOON)), Wrong);
    }
    assert!(!count_file(&path).exists());
    for _ in 0..3 {
        assert_eq!(try_at(&path, "wrong", NOON), Wrong);
    }
    assert_eq!(attempt(&path, &right, Some(NOON)), Opens);
    assert_eq!(try_at(&path, "right", NOON), Waits(1000));
}

#[test]
fn a_clock_that_was_set_back_starts_the_wait_again_and_no_more() {
    let (_folder, path) = closed_vault();
    for _ in 0..3 {
        try_at(&path, "wrong", NOON);
    }
    let earlier = NOON - 365 * 24 * 3_600_000;
    assert_eq!(try_at(&path, "right", earlier), Waits(1000));
    assert_eq!(try_at(&path, "right", earlier + 400), Waits(600));
    assert_eq!(try_at(&path, "right", earlier + 1000), Opens);
}

#[test]
fn attempts_at_the_same_time_are_all_counted() {
    let (_folder, path) = closed_vault();
    let wrong = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| Vault::open_at(&path, &secret("wrong"), &Settings::default(), Some(NOON)))
            })
            .collect();
        let outcomes = threads.into_iter().map(|thread| thread.join().unwrap());
        outcomes.filter(|outcome| matches!(outcome, Err(OpenError::WrongSecret))).count()
    });
    assert!(wrong <= 3, "{wrong} were tried");
}

#[test]
fn whoever_copies_the_file_deletes_the_count_or_knows_no_time_does_not_wait() {
    // What the guide says, so that nobody relies on more.
    let (folder, path) = closed_vault();
    for _ in 0..3 {
        try_at(&path, "wrong", NOON);
    }
    assert_eq!(try_at(&path, "right", NOON), Waits(1000));
    assert_eq!(attempt(&path, &secret("wrong"), None), Wrong);
    let copy = folder.path().join("copy.vault");
    std::fs::copy(&path, &copy).unwrap();
    assert_eq!(try_at(&copy, "right", NOON), Opens);
    std::fs::write(count_file(&path), b"what is no count").unwrap();
    assert_eq!(try_at(&path, "wrong", NOON), Wrong);
    std::fs::remove_file(count_file(&path)).unwrap();
    // A count that cannot be written keeps nobody out.
    std::fs::create_dir(count_file(&path)).unwrap();
    for _ in 0..4 {
        assert_eq!(try_at(&path, "wrong", NOON), Wrong);
    }
    assert_eq!(try_at(&path, "right", NOON), Opens);
}

#[test]
fn what_fails_for_another_reason_is_no_wrong_passphrase() {
    let (_folder, path) = closed_vault();
    let open = Vault::open(&path, &secret("right")).unwrap();
    for _ in 0..5 {
        let refused = Vault::open_at(&path, &secret("right"), &Settings::default(), Some(NOON));
        assert!(matches!(refused, Err(OpenError::InUse(_))), "{refused:?}");
    }
    open.close().unwrap();
    assert_eq!(try_at(&path, "right", NOON), Opens);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_count_is_not_written_through() {
    let (folder, path, vault) = super::new_vault();
    vault.close().unwrap();
    let victim = folder.path().join("victim");
    std::fs::write(&victim, b"mine").unwrap();
    let mut count = path.clone().into_os_string();
    count.push(".attempts");
    std::os::unix::fs::symlink(&victim, count).unwrap();
    for passphrase in ["wrong", "right"] {
        drop(strongroom_std::Vault::open(&path, &super::secret(passphrase)));
    }
    assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
}
