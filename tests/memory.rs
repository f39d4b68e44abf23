//! The memory of a process that uses a vault, read through the operating system and searched for everything secret.
//!
//! The process is a child of the test, and stops where it is told to. Its keys come from the operating system; we learn them by
//! opening a copy of its file with primitives that write down every key which passes through them. No piece of 16 bytes of
//! any of them may lie anywhere after the vault was locked, and no message key and no plaintext after an operation.

mod child;
mod process;
mod secrets;
mod spy;

use process::Observed;
use secrets::{Kind, Secrets};

#[test]
fn no_piece_of_a_key_is_left_after_locking_and_none_of_a_message_after_its_operation() {
    if !cfg!(target_os = "linux") {
        println!("SKIPPED: only Linux lets one process read another's memory through files");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = Observed::start(folder.path());
    let mut secrets = Secrets::default();
    secrets.add_given();
    let (mut searches, mut left) = (0, Vec::new());

    // A search that finds nothing where there is something proves nothing.
    child.go_to("left on purpose");
    assert_eq!(child.search(&secrets, &[Kind::Planted]).len(), 4, "two pieces of each of two planted leaks");
    child.go_to("wiped");
    assert_eq!(child.search(&secrets, &[Kind::Planted]).len(), 0);

    for stop in [
        "used",
        "locked",
        "dropped",
        "opened by passphrase",
        "locked again",
        "opened by key file",
        "dropped again",
    ] {
        child.go_to(stop);
        spy::learn(folder.path(), &mut secrets);
        let is_open = stop.contains("used") || stop.contains("opened");
        let kinds: &[Kind] = if is_open { &[Kind::Message, Kind::Unlock] } else { Kind::ALL };
        let found = child.search(&secrets, kinds);
        for place in &found {
            println!("{stop}: {place}");
        }
        searches += 1;
        if is_open {
            let held = child.search(&secrets, &[Kind::Key]).len();
            println!("{stop}: {held} pieces of keys, as there should be while it is open");
            assert!(held > 0, "the keys of an open vault are in memory");
        }
        left.extend(found);
    }
    assert!(left.is_empty(), "{} pieces of secrets where none may be", left.len());
    println!(
        "memory: {searches} searches for {} secrets in all writable memory, 0 found where none may be",
        secrets.len()
    );
    assert!(secrets.len() > 50);
}
