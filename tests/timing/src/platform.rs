//! A platform in memory whose audit log forgets, since a measurement takes more requests than a log in memory has room for.

use std::cell::RefCell;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::platform::{Accepted, AuditSink, LINK_LEN, Platform, SinkFailed};
use strongroom_core::ram::{ManualClock, RamCache, RamState, RamStorage, SeededEntropy};

/// Chains each event as a log does, and keeps the last. NOT a log.
#[derive(Debug)]
pub struct ForgetfulSink(RefCell<Vec<u8>>);

impl AuditSink for ForgetfulSink {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        let mut event = self.0.borrow_mut();
        event.resize(len, 0);
        write(&mut event);
        Ok(Accepted::FlushDue)
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        let mut event = self.0.borrow_mut();
        if !event.is_empty() {
            let len = u16::try_from(event.len()).map_err(|_| SinkFailed)?;
            std::hint::black_box(link(&[&len.to_be_bytes()[..], &event[..]].concat()));
            event.clear();
        }
        Ok(())
    }

    fn scan(&self, _: u64, _: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        Ok(())
    }
}

/// The platform.
#[derive(Debug)]
pub struct ForgetfulPlatform {
    entropy: SeededEntropy,
    clock: ManualClock,
    storage: RamStorage<{ 64 << 10 }>,
    sink: ForgetfulSink,
    cache: RamCache<RustCrypto, 4>,
    state: RamState<RustCrypto>,
}

impl ForgetfulPlatform {
    pub fn new() -> Self {
        ForgetfulPlatform {
            entropy: SeededEntropy::new(1),
            clock: ManualClock::new(),
            storage: RamStorage::new(),
            sink: ForgetfulSink(RefCell::new(Vec::new())),
            cache: RamCache::new(),
            state: RamState::new(),
        }
    }
}

impl Platform for ForgetfulPlatform {
    type Primitives = RustCrypto;
    type Entropy = SeededEntropy;
    type Clock = ManualClock;
    type Storage = RamStorage<{ 64 << 10 }>;
    type AuditSink = ForgetfulSink;
    type Cache = RamCache<RustCrypto, 4>;
    type State = RamState<RustCrypto>;
    type Freshness = ();
    type Eraser = ();

    fn entropy(&self) -> &SeededEntropy {
        &self.entropy
    }
    fn clock(&self) -> &ManualClock {
        &self.clock
    }
    fn storage(&self) -> &Self::Storage {
        &self.storage
    }
    fn audit_sink(&self) -> &Self::AuditSink {
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
