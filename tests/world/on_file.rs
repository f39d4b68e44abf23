//! A vault in a file whose randomness, clock and primitives a test chooses.

use std::sync::Arc;

use strongroom_core::crypto::Primitives;
use strongroom_core::platform::{Clock, Entropy, Platform};
use strongroom_core::ram::RamCache;
use strongroom_std::{AuditDurability, AuditFile, FileStorage, SealedFile};

use super::{Crowd, WatchedLog};

pub struct OnFile<C: Primitives, E, K> {
    entropy: E,
    clock: K,
    storage: FileStorage,
    log: WatchedLog,
    cache: RamCache<C, 16>,
    state: Crowd<C>,
}

impl<C: Primitives, E, K> OnFile<C, E, K> {
    /// Each event is durable before the operation answers.
    pub fn new(file: SealedFile, entropy: E, clock: K) -> Self {
        Self::with_log(file, entropy, clock, AuditDurability::Strict)
    }

    pub fn with_log(file: SealedFile, entropy: E, clock: K, durability: AuditDurability) -> Self {
        let file = Arc::new(file);
        OnFile {
            entropy,
            clock,
            storage: FileStorage::new(Arc::clone(&file)),
            log: WatchedLog::new(AuditFile::new(file, durability)),
            cache: RamCache::new(),
            state: Crowd::new(),
        }
    }
}

impl<C: Primitives, E: Entropy, K: Clock> Platform for OnFile<C, E, K> {
    type Primitives = C;
    type Entropy = E;
    type Clock = K;
    type Storage = FileStorage;
    type AuditSink = WatchedLog;
    type Cache = RamCache<C, 16>;
    type State = Crowd<C>;
    type Freshness = ();
    type Eraser = ();

    fn entropy(&self) -> &E {
        &self.entropy
    }
    fn clock(&self) -> &K {
        &self.clock
    }
    fn storage(&self) -> &FileStorage {
        &self.storage
    }
    fn audit_sink(&self) -> &WatchedLog {
        &self.log
    }
    fn cache(&self) -> &Self::Cache {
        &self.cache
    }
    fn state(&self) -> &Crowd<C> {
        &self.state
    }
    fn freshness(&self) -> &() {
        &()
    }
    fn eraser(&self) -> &() {
        &()
    }
    fn usage_block(&self) -> u64 {
        0
    }
}
