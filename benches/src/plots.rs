//! What the cost of a request grows with, and what it does not grow with: a table and a picture of each.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use strongroom_std::operation::{CreateKey, Decrypt, Encrypt, RotateKeyOnDemand};
use strongroom_std::{Caller, NewVault, Stretching, UnlockSecret, Vault};

use crate::chart::{Chart, Points};
use crate::decisions::decide;
use crate::floor::Floor;
use crate::measure::{in_turns, percentile};
use crate::million;

const ROOT: &str = "arn:aws:iam::000000000000:root";
/// How often something is opened or used for the first time; medians are over these.
const TIMES: usize = 15;

/// Measures, prints, and writes pictures into the folder.
pub fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let us = "median microseconds a call";
    let (floor, encrypt, decrypt) = payload();
    let payload = Chart {
        title: "Cost and length of the plaintext",
        across: "bytes",
        up: us,
        lines: &[("floor", floor), ("Encrypt", encrypt), ("Decrypt", decrypt)],
    };
    payload.show(&folder.join("payload.svg"))?;
    let (first, again) = versions();
    let versions = Chart {
        title: "Decrypt with the oldest version, and versions of the key",
        across: "versions",
        up: us,
        lines: &[("first use", first), ("again", again)],
    };
    versions.show(&folder.join("versions.svg"))?;
    let (allowed, denied) = statements();
    let statements = Chart {
        title: "A decision, and statements of the key policy",
        across: "statements",
        up: us,
        lines: &[("last allows", allowed), ("none, with reason", denied)],
    };
    statements.show(&folder.join("statements.svg"))?;
    let (open, first, again) = keys();
    let keys = Chart {
        title: "Encrypt with a key, and keys of the vault",
        across: "keys",
        up: us,
        lines: &[("first use", first), ("again", again)],
    };
    keys.show(&folder.join("keys.svg"))?;
    let opening = Chart {
        title: "Opening a vault with a key file, and keys of the vault",
        across: "keys",
        up: "median milliseconds",
        lines: &[("open", open)],
    };
    opening.show(&folder.join("opening.svg"))
}

fn vault(path: &Path) -> (Vault, Caller<'static>) {
    let secret = UnlockSecret::passphrase("benchmark").with_stretching(Stretching::Minimum);
    (Vault::create(path, &NewVault::default(), &secret).unwrap(), Caller::new(ROOT).unwrap())
}

fn payload() -> (Points, Points, Points) {
    let folder = tempfile::tempdir().unwrap();
    let (vault, root) = vault(&folder.path().join("plots.vault"));
    let id = vault.create_key(&root, CreateKey::default()).unwrap().key_id.to_string();
    let floor = Floor::new();
    let mut points = (Vec::new(), Vec::new(), Vec::new());
    for len in [16, 32, 64, 128, 256, 512, 1024, 2048, 4096] {
        let plain = vec![5; len];
        let sealed = vault.encrypt(&root, Encrypt::new(&id, &plain)).unwrap().ciphertext;
        let mut buffer = [0u8; 4096];
        let [floor, encrypt, decrypt] = in_turns([
            &mut || {
                buffer[..len].copy_from_slice(&plain);
                black_box(floor.seal(&mut buffer[..len]));
            },
            &mut || drop(black_box(vault.encrypt(&root, Encrypt::new(&id, &plain)).unwrap())),
            &mut || drop(black_box(vault.decrypt(&root, Decrypt::new(&sealed)).unwrap())),
        ]);
        let at = |nanoseconds: f64| (len as f64, nanoseconds / 1e3);
        points.0.push(at(floor));
        points.1.push(at(encrypt));
        points.2.push(at(decrypt));
    }
    points
}

fn versions() -> (Points, Points) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plots.vault");
    let (mut vault, root) = vault(&path);
    let id = vault.create_key(&root, CreateKey::default()).unwrap().key_id.to_string();
    let sealed = vault.encrypt(&root, Encrypt::new(&id, &[5; 32])).unwrap().ciphertext;
    let secret = UnlockSecret::passphrase("benchmark");
    let mut points = (Vec::new(), Vec::new());
    let mut there = 1;
    for versions in [1, 10, 100, 1000] {
        while there < versions {
            vault.rotate_key_on_demand(&root, RotateKeyOnDemand { key_id: &id }).unwrap();
            there += 1;
        }
        let mut first = Vec::new();
        for _ in 0..TIMES {
            vault.close().unwrap();
            vault = Vault::open(&path, &secret).unwrap();
            let started = Instant::now();
            black_box(vault.decrypt(&root, Decrypt::new(&sealed)).unwrap());
            first.push(started.elapsed().as_secs_f64() * 1e6);
        }
        let [again] =
            in_turns([&mut || drop(black_box(vault.decrypt(&root, Decrypt::new(&sealed)).unwrap()))]);
        points.0.push((f64::from(versions), percentile(first, 50)));
        points.1.push((f64::from(versions), again / 1e3));
    }
    points
}

fn statements() -> (Points, Points) {
    let mut points = (Vec::new(), Vec::new());
    for statements in [1, 2, 5, 10, 20, 50, 100] {
        let [allowed, denied] = decide(statements);
        points.0.push((statements as f64, allowed / 1e3));
        points.1.push((statements as f64, denied / 1e3));
    }
    points
}

fn keys() -> (Points, Points, Points) {
    let secret = UnlockSecret::key_file(&million::KEY_FILE).unwrap();
    let root = Caller::new(ROOT).unwrap();
    let mut points = (Vec::new(), Vec::new(), Vec::new());
    for keys in [10, 100, 1000, 10_000] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plots.vault");
        let ids = million::make(&path, keys);
        // The first opening records that the log was left out; those after it are the ordinary case.
        Vault::open(&path, &secret).unwrap().close().unwrap();
        let (mut open, mut first, mut again) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..TIMES {
            let started = Instant::now();
            let vault = Vault::open(&path, &secret).unwrap();
            open.push(started.elapsed().as_secs_f64() * 1e3);
            let sample = ids.iter().skip(number % (ids.len() / 10)).step_by(ids.len() / 10);
            for id in sample {
                let use_it = |times: &mut Vec<f64>| {
                    let started = Instant::now();
                    black_box(vault.encrypt(&root, Encrypt::new(id, &[5; 32])).unwrap());
                    times.push(started.elapsed().as_secs_f64() * 1e6);
                };
                use_it(&mut first);
                use_it(&mut again);
            }
            vault.close().unwrap();
        }
        points.0.push((keys as f64, percentile(open, 50)));
        points.1.push((keys as f64, percentile(first, 50)));
        points.2.push((keys as f64, percentile(again, 50)));
    }
    points
}
