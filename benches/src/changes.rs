//! Changes that are durable when they answer: how many a second, and how many bytes each brings to the disk, against the
//! engine's own commit and a bare sync in the same run.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Instant;

use strongroom_std::operation::{CreateKey, DisableKey, EnableKey, RotateKeyOnDemand};
use strongroom_std::{AuditDurability, Caller, NewVault, Settings, Stretching, UnlockSecret, Vault};

/// What the floor writes: about as much as a change hands over.
const BLOB: [u8; 4096] = [7; 4096];
const BLOBS: redb::TableDefinition<'_, u64, &[u8]> = redb::TableDefinition::new("blobs");
const ROUNDS: u32 = 5;

/// Changes a second, and bytes for each as the system counts them.
struct Rate {
    name: String,
    each_second: Vec<f64>,
    bytes_each: Vec<f64>,
}

/// A way to make one change; the number tells which thread makes it.
type Work<'w> = &'w (dyn Fn(usize) + Sync);

pub fn run(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let secret = UnlockSecret::passphrase("benchmark").with_stretching(Stretching::Minimum);
    let root = Caller::new("arn:aws:iam::000000000000:root").unwrap();
    let vault = |name: &str, audit| {
        let mut settings = Settings::default();
        settings.audit = audit;
        Vault::create_with(&folder.path().join(name), &NewVault::default(), &secret, &settings).unwrap()
    };
    let batched = vault("batched.vault", AuditDurability::Batched);
    let strict = vault("strict.vault", AuditDurability::Strict);
    let key = |vault: &Vault| vault.create_key(&root, CreateKey::default()).unwrap().key_id.to_string();
    let (switched, switched_strictly) = (key(&batched), key(&strict));
    let switch = |vault: &Vault, key_id: &str| {
        vault.disable_key(&root, DisableKey { key_id }).unwrap();
        vault.enable_key(&root, EnableKey { key_id }).unwrap();
    };
    let rotated: Vec<String> = (0..16).map(|_| key(&batched)).collect();
    let database = engine(&folder.path().join("engine"));
    let bare = std::sync::Mutex::new(File::create(folder.path().join("bare")).unwrap());

    let sync = |_: usize| {
        let mut file = bare.lock().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&BLOB).unwrap();
        file.sync_data().unwrap();
    };
    let commit = |_: usize| {
        let mut transaction = database.begin_write().unwrap();
        transaction.set_quick_repair(true);
        transaction.open_table(BLOBS).unwrap().insert(1, BLOB.as_slice()).unwrap();
        transaction.commit().unwrap();
    };
    let create = |_: usize| {
        batched.create_key(&root, CreateKey::default()).unwrap();
    };
    let rotate = |thread: usize| {
        let key_id = &rotated[thread % rotated.len()];
        batched.rotate_key_on_demand(&root, RotateKeyOnDemand { key_id }).unwrap();
    };
    let two_batched = |_: usize| switch(&batched, &switched);
    let two_strict = |_: usize| switch(&strict, &switched_strictly);
    let candidates: [(&str, usize, u32, Work<'_>); 8] = [
        ("4 KiB and fdatasync", 1, 1, &sync),
        ("a commit of the engine, 4 KiB", 1, 1, &commit),
        ("CreateKey", 1, 1, &create),
        ("RotateKeyOnDemand", 1, 1, &rotate),
        ("DisableKey, EnableKey", 1, 2, &two_batched),
        ("DisableKey, EnableKey, strict log", 1, 2, &two_strict),
        ("CreateKey, 4 threads", 4, 1, &create),
        ("CreateKey, 16 threads", 16, 1, &create),
    ];
    let mut rates: Vec<Rate> = candidates
        .iter()
        .map(|(name, ..)| Rate { name: (*name).to_owned(), each_second: Vec::new(), bytes_each: Vec::new() })
        .collect();
    for _ in 0..ROUNDS {
        for ((_, threads, changes_each, work), rate) in candidates.iter().zip(&mut rates) {
            let calls = count / threads / *changes_each as usize;
            let (before, started) = (written_bytes(), Instant::now());
            std::thread::scope(|scope| {
                for thread in 0..*threads {
                    scope.spawn(move || (0..calls).for_each(|_| work(thread)));
                }
            });
            let changes = (calls * threads) as f64 * f64::from(*changes_each);
            rate.each_second.push(changes / started.elapsed().as_secs_f64());
            rate.bytes_each.push((written_bytes() - before) / changes);
        }
    }
    let median = |samples: &[f64]| crate::measure::percentile(samples.to_vec(), 50);
    let floor = median(&rates[1].each_second);
    println!("{:<36}{:>10}{:>12}{:>14}", "durable changes", "each s", "× engine", "KiB written");
    for Rate { name, each_second, bytes_each } in &rates {
        let each_second = median(each_second);
        println!(
            "{name:<36}{each_second:>10.0}{:>12.2}{:>14.1}",
            each_second / floor,
            median(bytes_each) / 1024.0
        );
    }
}

fn engine(path: &Path) -> redb::Database {
    let database = redb::Database::builder().create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    drop(transaction.open_table(BLOBS).unwrap());
    transaction.commit().unwrap();
    database
}

/// Bytes that this process had written to disks so far, where the system tells.
fn written_bytes() -> f64 {
    let counts = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = counts.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    line.and_then(|bytes| bytes.trim().parse().ok()).unwrap_or(f64::NAN)
}
