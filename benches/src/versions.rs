//! One key with many versions against one with a single version: the cost must not depend on their number.

use std::hint::black_box;
use std::time::Instant;

use strongroom_std::operation::{CreateKey, Decrypt, Encrypt, RotateKeyOnDemand};
use strongroom_std::{Caller, NewVault, Stretching, UnlockSecret, Vault};

use crate::measure::{in_turns, percentile};

pub fn run(versions: usize) {
    let folder = tempfile::tempdir().unwrap();
    let secret = UnlockSecret::passphrase("benchmark").with_stretching(Stretching::Minimum);
    let root = Caller::new("arn:aws:iam::000000000000:root").unwrap();
    let (one, many) = (folder.path().join("one.vault"), folder.path().join("many.vault"));
    let make = |path: &std::path::Path, rotations: usize| {
        let vault = Vault::create(path, &NewVault::default(), &secret).unwrap();
        let id = vault.create_key(&root, CreateKey::default()).unwrap().key_id.to_string();
        let first = vault.encrypt(&root, Encrypt::new(&id, &[5; 32])).unwrap().ciphertext;
        for _ in 0..rotations {
            vault.rotate_key_on_demand(&root, RotateKeyOnDemand { key_id: &id }).unwrap();
        }
        vault.close().unwrap();
        first
    };
    let started = Instant::now();
    let sealed = [make(&one, 0), make(&many, versions.saturating_sub(1))];
    println!("{versions} versions made in {:.1} s, a durable commit each\n", started.elapsed().as_secs_f64());

    let open = |path| {
        let times = (0..15).map(|_| {
            let started = Instant::now();
            drop(black_box(Vault::open(path, &secret).unwrap()));
            started.elapsed().as_nanos() as f64
        });
        percentile(times.collect(), 50)
    };
    let opening = [open(&one), open(&many)];
    let first_use = [(&one, &sealed[0]), (&many, &sealed[1])].map(|(path, sealed)| {
        let times = (0..15).map(|_| {
            let vault = Vault::open(path, &secret).unwrap();
            let started = Instant::now();
            black_box(vault.decrypt(&root, Decrypt::new(sealed)).unwrap());
            started.elapsed().as_nanos() as f64
        });
        percentile(times.collect(), 50)
    });
    let vaults = [&one, &many].map(|path| Vault::open(path, &secret).unwrap());
    let warm = in_turns([
        &mut || drop(black_box(vaults[0].decrypt(&root, Decrypt::new(&sealed[0])).unwrap())),
        &mut || drop(black_box(vaults[1].decrypt(&root, Decrypt::new(&sealed[1])).unwrap())),
    ]);
    println!("{:<34}{:>14}{:>16}{:>8}", "median", "1 version", format!("{versions} versions"), "×");
    for (name, [one, many]) in [
        ("open, ns", opening),
        ("decrypt, oldest version, cold, ns", first_use),
        ("decrypt, oldest version, warm, ns", warm),
    ] {
        println!("{name:<34}{one:>14.0}{many:>16.0}{:>8.2}", many / one);
    }
}
