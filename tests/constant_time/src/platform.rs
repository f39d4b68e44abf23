//! A platform in memory whose generator hides what may be a key.

use strongroom_core::platform::{Entropy, EntropyFailed, Platform};
use strongroom_core::ram::{ManualClock, RamCache, RamSink, RamState, RamStorage, SeededEntropy};

use crate::hidden::draw;
use crate::watched::Watched;

/// Deterministic. Keys have 32 bytes, or a multiple; ids, salts and nonces are shorter, and stored in the clear.
#[derive(Debug)]
pub struct HidingEntropy(SeededEntropy);

impl Entropy for HidingEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
        self.0.fill(buffer)?;
        if buffer.len() >= 32 {
            draw(buffer);
        }
        Ok(())
    }
}

/// The platform.
#[derive(Debug)]
pub struct HidingPlatform {
    entropy: HidingEntropy,
    clock: ManualClock,
    storage: RamStorage<{ 256 << 10 }>,
    sink: RamSink<{ 256 << 10 }>,
    cache: RamCache<Watched, 8>,
    state: RamState<Watched>,
}

impl HidingPlatform {
    pub fn new() -> Self {
        HidingPlatform {
            entropy: HidingEntropy(SeededEntropy::new(1)),
            clock: ManualClock::new(),
            storage: RamStorage::new(),
            sink: RamSink::new(),
            cache: RamCache::new(),
            state: RamState::new(),
        }
    }
}

impl Platform for HidingPlatform {
    type Primitives = Watched;
    type Entropy = HidingEntropy;
    type Clock = ManualClock;
    type Storage = RamStorage<{ 256 << 10 }>;
    type AuditSink = RamSink<{ 256 << 10 }>;
    type Cache = RamCache<Watched, 8>;
    type State = RamState<Watched>;
    type Freshness = ();
    type Eraser = ();

    fn entropy(&self) -> &HidingEntropy {
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
