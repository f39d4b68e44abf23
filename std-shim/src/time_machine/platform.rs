//! The world that the machine moves through time: all in memory, with a clock that stands until it is moved.

use std::cell::RefCell;
use std::collections::BTreeMap;

use strongroom_core::Error;
use strongroom_core::audit::Entry;
use strongroom_core::crypto::RustCrypto;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{
    Accepted, Address, AuditSink, LINK_LEN, Platform, SinkFailed, Storage, Transaction,
};
use strongroom_core::ram::{ManualClock, RamCache, RamState, SeededEntropy};

use crate::gathered::Gathered;

/// How many entries of the audit log are kept: the machine reads none that are older.
const LOG_ENTRIES: usize = 4096;

/// A platform of any size in memory, deterministic from a seed. NOT SECURE: for tests.
#[derive(Debug)]
pub struct TestPlatform {
    entropy: SeededEntropy,
    clock: ManualClock,
    storage: GrowingStorage,
    sink: GrowingSink,
    cache: RamCache<RustCrypto, 8>,
    state: RamState<RustCrypto>,
}

impl TestPlatform {
    pub(super) fn new(seed: u64) -> Self {
        TestPlatform {
            entropy: SeededEntropy::new(seed),
            clock: ManualClock::new(),
            storage: GrowingStorage::default(),
            sink: GrowingSink::default(),
            cache: RamCache::new(),
            state: RamState::new(),
        }
    }

    /// The clock, to be moved.
    #[must_use]
    pub fn manual_clock(&self) -> &ManualClock {
        &self.clock
    }

    /// What a power cut takes: all that only memory held.
    pub(super) fn cut_power(&self) {
        self.sink.taken.borrow_mut().clear();
    }
}

impl Platform for TestPlatform {
    type Primitives = RustCrypto;
    type Entropy = SeededEntropy;
    type Clock = ManualClock;
    type Storage = GrowingStorage;
    type AuditSink = GrowingSink;
    type Cache = RamCache<RustCrypto, 8>;
    type State = RamState<RustCrypto>;
    type Freshness = ();
    type Eraser = ();

    fn entropy(&self) -> &SeededEntropy {
        &self.entropy
    }
    fn clock(&self) -> &ManualClock {
        &self.clock
    }
    fn storage(&self) -> &GrowingStorage {
        &self.storage
    }
    fn audit_sink(&self) -> &GrowingSink {
        &self.sink
    }
    fn cache(&self) -> &Self::Cache {
        &self.cache
    }
    fn state(&self) -> &Self::State {
        &self.state
    }
    fn freshness(&self) -> &() {
        &()
    }
    fn eraser(&self) -> &() {
        &()
    }
}

/// Blobs in a map.
#[derive(Debug, Default)]
pub struct GrowingStorage(RefCell<(u64, BTreeMap<Address, Vec<u8>>)>);

impl Storage for GrowingStorage {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        let held = self.0.try_borrow().map_err(|_| StorageError::Busy)?;
        let Some(blob) = held.1.get(address) else { return Ok(None) };
        let needed = blob.len();
        buffer.get_mut(..needed).ok_or(StorageError::BufferTooSmall { needed })?.copy_from_slice(blob);
        Ok(Some(needed))
    }

    fn commit(
        &self,
        expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut staged = Gathered::default();
        stage(&mut staged)?;
        let mut held = self.0.try_borrow_mut().map_err(|_| Error::Storage(StorageError::Busy))?;
        let (revision, blobs) = &mut *held;
        if *revision != expected_revision {
            return Err(Error::Storage(StorageError::Conflict));
        }
        *revision = revision.saturating_add(1);
        for (address, blob) in staged.0 {
            match blob {
                Some(blob) => blobs.insert(address, blob),
                None => blobs.remove(&address),
            };
        }
        Ok(())
    }

    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        let held = self.0.try_borrow().map_err(|_| StorageError::Busy)?;
        held.1.keys().for_each(visit);
        Ok(())
    }
}

/// A strict audit log that forgets its oldest entries.
#[derive(Debug, Default)]
pub struct GrowingSink {
    taken: RefCell<Vec<Vec<u8>>>,
    durable: RefCell<BTreeMap<u64, Vec<u8>>>,
}

impl AuditSink for GrowingSink {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        let mut event = vec![0; len];
        write(&mut event);
        self.taken.try_borrow_mut().map_err(|_| SinkFailed)?.push(event);
        Ok(Accepted::FlushDue)
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        let mut taken = self.taken.try_borrow_mut().map_err(|_| SinkFailed)?;
        let mut durable = self.durable.try_borrow_mut().map_err(|_| SinkFailed)?;
        if taken.is_empty() {
            return Ok(());
        }
        let mut events = Vec::new();
        for event in taken.iter() {
            events.extend(u16::try_from(event.len()).map_err(|_| SinkFailed)?.to_be_bytes());
            events.extend(event);
        }
        let mut entry = link(&events).to_vec();
        entry.extend(events);
        taken.clear();
        let sequence = Entry::read(&entry).map_err(|_| SinkFailed)?.sequence;
        durable.insert(sequence, entry);
        if durable.len() > LOG_ENTRIES {
            durable.pop_first();
        }
        Ok(())
    }

    fn scan(&self, from: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        let durable = self.durable.try_borrow().map_err(|_| SinkFailed)?;
        durable.range(from..).map(|(_, entry)| entry).take_while(|entry| visit(entry)).for_each(drop);
        Ok(())
    }
}
