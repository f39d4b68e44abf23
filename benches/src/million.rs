//! A file with a million keys: open time, memory, cold and warm first use, size.
//!
//! A million durable commits would take an hour, so the vault is made in memory by the same code, and its blobs are
//! then copied into a vault file; what is measured is that file. Its audit log is left out, which the first opening
//! notices and records.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{
    Accepted, Address, AuditSink, LINK_LEN, Platform, SinkFailed, Storage, Transaction,
};
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind};
use strongroom_std::operation::{CreateKey, Encrypt};
use strongroom_std::{Caller, OsEntropy, SystemClock, ThreadedCache, ThreadedState, UnlockSecret, Vault};

use crate::measure::{percentile, resident_mib};

/// What opens the vault.
pub const KEY_FILE: [u8; 32] = [9; 32];

/// Blobs in memory, and their bytes written.
#[derive(Default)]
struct Memory {
    blobs: RefCell<HashMap<Address, Vec<u8>>>,
    revision: RefCell<u64>,
    written: RefCell<u64>,
}

struct Changes(Vec<(Address, Option<Vec<u8>>)>);

impl Transaction for Changes {
    fn put(&mut self, address: &Address, blob: &[u8]) -> Result<(), Error> {
        self.0.push((*address, Some(blob.to_vec())));
        Ok(())
    }
    fn remove(&mut self, address: &Address) -> Result<(), Error> {
        self.0.push((*address, None));
        Ok(())
    }
}

impl Storage for Memory {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        let blobs = self.blobs.borrow();
        let Some(blob) = blobs.get(address) else { return Ok(None) };
        let needed = blob.len();
        buffer.get_mut(..needed).ok_or(StorageError::BufferTooSmall { needed })?.copy_from_slice(blob);
        Ok(Some(needed))
    }

    fn commit(
        &self,
        expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if *self.revision.borrow() != expected_revision {
            return Err(StorageError::Conflict.into());
        }
        let mut changes = Changes(Vec::new());
        stage(&mut changes)?;
        let mut blobs = self.blobs.borrow_mut();
        for (address, blob) in changes.0 {
            *self.written.borrow_mut() += blob.as_ref().map_or(0, |blob| blob.len() as u64);
            match blob {
                Some(blob) => blobs.insert(address, blob),
                None => blobs.remove(&address),
            };
        }
        *self.revision.borrow_mut() += 1;
        Ok(())
    }

    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        self.blobs.borrow().keys().for_each(visit);
        Ok(())
    }
}

/// Takes events and forgets them.
struct Forgetful;

impl AuditSink for Forgetful {
    fn append(&self, _: usize, _: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        Ok(Accepted::Batched)
    }
    fn flush(&self, _: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        Ok(())
    }
    fn scan(&self, _: u64, _: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        Ok(())
    }
}

struct InMemory {
    entropy: OsEntropy,
    clock: SystemClock,
    storage: Memory,
    sink: Forgetful,
    cache: ThreadedCache<RustCrypto>,
    state: ThreadedState<RustCrypto>,
}

impl Platform for InMemory {
    type Primitives = RustCrypto;
    type Entropy = OsEntropy;
    type Clock = SystemClock;
    type Storage = Memory;
    type AuditSink = Forgetful;
    type Cache = ThreadedCache<RustCrypto>;
    type State = ThreadedState<RustCrypto>;
    type Freshness = ();
    type Eraser = ();

    fn entropy(&self) -> &OsEntropy {
        &self.entropy
    }
    fn clock(&self) -> &SystemClock {
        &self.clock
    }
    fn storage(&self) -> &Memory {
        &self.storage
    }
    fn audit_sink(&self) -> &Forgetful {
        &self.sink
    }
    fn cache(&self) -> &ThreadedCache<RustCrypto> {
        &self.cache
    }
    fn state(&self) -> &ThreadedState<RustCrypto> {
        &self.state
    }
    fn freshness(&self) -> &() {
        &()
    }
    fn eraser(&self) -> &() {
        &()
    }
}

pub fn run(keys: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.vault");
    let ids = make(&path, keys);
    println!("file: {:.0} MiB, {} bytes a key\n", size(&path) / 1048576.0, size(&path) as usize / keys);
    let sample: Vec<&str> = ids.iter().step_by((keys / 2000).max(1)).map(String::as_str).collect();
    let sample_path = folder.path().join("sample");
    std::fs::write(&sample_path, sample.join("\n")).unwrap();
    // A process of its own, so that its memory is that of the open vault.
    let this = std::env::current_exe().unwrap();
    let mut child = std::process::Command::new(this);
    child.arg("million-use").arg(&path).arg(&sample_path);
    assert!(child.status().unwrap().success());
}

/// Opens the vault at `path` and uses the keys listed in the file `sample`.
pub fn measure_use(path: &Path, sample: &Path) {
    let secret = UnlockSecret::key_file(&KEY_FILE).unwrap();
    let root = Caller::new("arn:aws:iam::000000000000:root").unwrap();
    let sample = std::fs::read_to_string(sample).unwrap();
    let sample: Vec<&str> = sample.lines().collect();
    // The first opening records that the log was left out; those after it are the ordinary case.
    Vault::open(path, &secret).unwrap().close().unwrap();
    let opening = (0..15).map(|_| {
        let started = Instant::now();
        let vault = Vault::open(path, &secret).unwrap();
        let took = started.elapsed().as_secs_f64() * 1e3;
        vault.close().unwrap();
        took
    });
    println!("open, key file, median:       {:>8.2} ms", percentile(opening.collect(), 50));

    let dropped = std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok();
    for (name, is_possible) in [("disk cache dropped", dropped), ("disk cache warm", true)] {
        if !is_possible {
            println!("first use, {name}: not measured, this user may not drop the system's cache");
            continue;
        }
        let vault = Vault::open(path, &secret).unwrap();
        let before = resident_mib();
        let use_all = || -> Vec<f64> {
            let uses = sample.iter().map(|id| {
                let started = Instant::now();
                black_box(vault.encrypt(&root, Encrypt::new(id, &[5; 32])).unwrap());
                started.elapsed().as_secs_f64() * 1e6
            });
            uses.collect()
        };
        let first = use_all();
        let again = use_all();
        println!(
            "first use, {name:<18} {:>8.1} µs p50 {:>8.1} µs p99; again {:.2} µs p50; memory {:.0} MiB, of it {:.0} for {} keys in use",
            percentile(first.clone(), 50),
            percentile(first, 99),
            percentile(again, 50),
            resident_mib(),
            resident_mib() - before,
            sample.len()
        );
        if name == "disk cache warm" {
            let changes = (0..50).map(|_| {
                let started = Instant::now();
                vault.create_key(&root, CreateKey::default()).unwrap();
                started.elapsed().as_secs_f64() * 1e3
            });
            println!("CreateKey, durable:           {:>8.2} ms p50", percentile(changes.collect(), 50));
        }
        vault.close().unwrap();
    }
}

/// Makes the vault in memory and copies it into a file. Answers the key ids.
pub fn make(path: &Path, keys: usize) -> Vec<String> {
    let platform = InMemory {
        entropy: OsEntropy,
        clock: SystemClock::new(),
        storage: Memory::default(),
        sink: Forgetful,
        cache: ThreadedCache::new(64),
        state: ThreadedState::new(),
    };
    let vault = strongroom_core::Vault::new(&platform);
    let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
    vault
        .create(&new, &mut |_, out| {
            use strongroom_core::crypto::Primitives;
            let digest = RustCrypto::sha256(std::iter::once(&KEY_FILE[..]));
            out.fill_with(|out| *out = digest);
            Ok(true)
        })
        .unwrap();
    let root = Caller::new("arn:aws:iam::000000000000:root").unwrap();
    let started = Instant::now();
    let ids: Vec<String> = (0..keys)
        .map(|_| vault.create_key(&root, CreateKey::default()).unwrap().key_id.to_string())
        .collect();
    let took = started.elapsed().as_secs_f64();
    vault.close().unwrap();
    let written = *platform.storage.written.borrow() / keys as u64;
    eprintln!("{keys} keys made in memory in {took:.0} s, {written} sealed bytes handed to storage for each");

    let started = Instant::now();
    let database = redb::Database::builder().create(path).unwrap();
    let blobs = platform.storage.blobs.into_inner();
    let mut addresses: Vec<&Address> = blobs.keys().collect();
    addresses.sort_unstable();
    for chunk in addresses.chunks(100_000) {
        let transaction = database.begin_write().unwrap();
        {
            let mut table =
                transaction.open_table(redb::TableDefinition::<&[u8; 24], &[u8]>::new("blobs")).unwrap();
            for address in chunk {
                table.insert(&address.0, blobs[address].as_slice()).unwrap();
            }
            let mut meta = transaction.open_table(redb::TableDefinition::<&str, u64>::new("meta")).unwrap();
            meta.insert("revision", *platform.storage.revision.borrow()).unwrap();
        }
        transaction.commit().unwrap();
    }
    eprintln!("{} blobs copied into the file in {:.0} s", blobs.len(), started.elapsed().as_secs_f64());
    ids
}

fn size(path: &Path) -> f64 {
    std::fs::metadata(path).map_or(f64::NAN, |metadata| metadata.len() as f64)
}
