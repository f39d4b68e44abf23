//! A whole platform in memory, without an allocator: for tests, examples, and as parts for firmware.
//!
//! [`RamCache`] and [`RamState`] are ready for microcontrollers. [`RamSink`] is for tests and short runs: it is lost with the
//! power, and once it is full every request is denied. [`SeededEntropy`] and [`ManualClock`] make the deterministic world that
//! tests run in and are NOT SECURE.

mod anchors;
mod cache;
mod late;
mod sink;
mod state;
mod storage;
mod world;

pub use anchors::{ManualEraser, ManualFreshness};
pub use cache::RamCache;
pub use sink::RamSink;
pub use state::RamState;
pub use storage::RamStorage;
pub use world::{ManualClock, SeededEntropy};

use crate::crypto::RustCrypto;
use crate::platform::{Eraser, Freshness, Platform};

/// Largest sealed record of this platform in bytes; a key's description and policy share about 1800 of them.
pub const RECORD_BLOB_LEN: usize = 2048;

/// A platform with `STORE` bytes of storage and `LOG` bytes of audit log. A full log denies.
#[derive(Debug)]
pub struct RamPlatform<const STORE: usize, const LOG: usize, F = (), E = ()> {
    /// Deterministic randomness. NOT SECURE.
    pub entropy: SeededEntropy,
    /// A clock that stands until it is moved.
    pub clock: ManualClock,
    /// Sealed blobs.
    pub storage: RamStorage<STORE>,
    /// The audit log.
    pub sink: RamSink<LOG>,
    /// The freshness counter, or `()`.
    pub freshness: F,
    /// The eraser, or `()`.
    pub eraser: E,
    cache: RamCache<RustCrypto, 4>,
    state: RamState<RustCrypto>,
}

impl<const STORE: usize, const LOG: usize> RamPlatform<STORE, LOG> {
    /// An empty platform without anchors, deterministic from its seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self::with_anchors(seed, (), ())
    }
}

impl<const STORE: usize, const LOG: usize, F, E> RamPlatform<STORE, LOG, F, E> {
    /// An empty platform with anchors, deterministic from its seed.
    #[must_use]
    pub const fn with_anchors(seed: u64, freshness: F, eraser: E) -> Self {
        RamPlatform {
            entropy: SeededEntropy::new(seed),
            clock: ManualClock::new(),
            storage: RamStorage::new(),
            sink: RamSink::new(),
            freshness,
            eraser,
            cache: RamCache::new(),
            state: RamState::new(),
        }
    }
}

impl<const STORE: usize, const LOG: usize, F: Freshness, E: Eraser> Platform
    for RamPlatform<STORE, LOG, F, E>
{
    type Primitives = RustCrypto;
    type Entropy = SeededEntropy;
    type Clock = ManualClock;
    type Storage = RamStorage<STORE>;
    type AuditSink = RamSink<LOG>;
    type Cache = RamCache<RustCrypto, 4>;
    type State = RamState<RustCrypto>;
    type Freshness = F;
    type Eraser = E;

    fn entropy(&self) -> &Self::Entropy {
        &self.entropy
    }
    fn clock(&self) -> &Self::Clock {
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
    fn freshness(&self) -> &Self::Freshness {
        &self.freshness
    }
    fn eraser(&self) -> &Self::Eraser {
        &self.eraser
    }
}
