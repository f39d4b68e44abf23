//! The memory of a process that uses a vault, read through the operating system and searched for everything secret.
//!
//! The process is a child of the test, and stops where it is told to. Its keys come from the operating system; we learn them by
//! opening a copy of its file with primitives that write down every key which passes through them; what it imports Python
//! wraps. No piece of 16 bytes of any of them may lie anywhere after the vault was locked, no message key, no plaintext and
//! no imported material after an operation, and after a rekey nothing that it has replaced.

mod child;
mod process;
mod secrets;
mod spy;

use std::path::Path;
use std::process::Command;

use process::Observed;
use secrets::{Kind, Secrets};

use crate::hex::{hex, unhex};
use crate::python::{decoder, python, run};

/// Where the child stops to be looked into, and whether its vault is open there.
const STOPS: [(&str, bool); 12] = [
    ("used", true),
    ("imported", true),
    ("shared", true),
    ("rekeyed", true),
    ("locked", false),
    ("dropped", false),
    ("opened by passphrase", true),
    ("locked again", false),
    ("opened by shares", true),
    ("locked a third time", false),
    ("opened by key file", true),
    ("dropped again", false),
];

/// Wraps what the child imports, so that all that it has of it came out of the vault.
fn wrap_material(python: &Path, folder: &Path) {
    for (algorithm, _) in child::WAYS {
        let read = |what: &str| std::fs::read(folder.join(format!("{what} {}", algorithm.name()))).unwrap();
        let mut command = Command::new(python);
        command.arg("-B").arg(decoder().join("wrap_import.py")).arg(algorithm.name());
        command.args([hex(&read("public")), hex(&read("token")), hex(&secrets::material(algorithm))]);
        let wrapped = unhex(run(&mut command).unwrap().trim());
        std::fs::write(folder.join(format!("wrapped {}", algorithm.name())), wrapped).unwrap();
    }
}

#[test]
fn no_piece_of_a_key_is_left_after_locking_and_none_of_a_message_after_its_operation() {
    if !cfg!(target_os = "linux") {
        println!("SKIPPED: only Linux lets one process read another's memory through files");
        return;
    }
    let python = python();
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

    for (stop, is_open) in STOPS {
        if stop == "imported" {
            child.go_to("waits for material");
            // Where there is no Python, the child imports nothing, and everything else is looked at.
            if let Some(python) = &python {
                wrap_material(python, folder.path());
            }
        }
        child.go_to(stop);
        if stop == "shared" {
            for number in 1..=3 {
                let words = std::fs::read(folder.path().join(format!("share {number}"))).unwrap();
                secrets.add("recovery share", Kind::Unlock, &words);
            }
        }
        if stop == "rekeyed" {
            let mut current = Secrets::default();
            spy::learn(folder.path(), &mut current);
            secrets.retire_all_but(&current);
        }
        spy::learn(folder.path(), &mut secrets);
        let kinds = if is_open { &[Kind::Retired, Kind::Message, Kind::Unlock] } else { Kind::ALL };
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
