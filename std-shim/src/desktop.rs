//! The desktop platform: one file, the operating system's randomness and clock, caches for many threads. No freshness
//! counter and no eraser: a file can be copied, and `posture()` says what follows from that.

use std::sync::Arc;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::platform::Platform;

use crate::file::{AuditFile, FileStorage, SealedFile};
use crate::threads::{OsEntropy, SystemClock, ThreadedCache, ThreadedState, seed_anew};
use crate::vault::Settings;

/// Everything a vault in a file runs on.
#[derive(Debug)]
pub struct DesktopPlatform {
    entropy: OsEntropy,
    clock: SystemClock,
    storage: FileStorage,
    sink: AuditFile,
    cache: ThreadedCache<RustCrypto>,
    state: ThreadedState<RustCrypto>,
    usage_block: u64,
}

impl DesktopPlatform {
    pub(crate) fn new(file: SealedFile, settings: &Settings) -> Self {
        seed_anew();
        let file = Arc::new(file);
        DesktopPlatform {
            entropy: OsEntropy,
            clock: SystemClock::new(),
            storage: FileStorage::new(Arc::clone(&file)),
            sink: AuditFile::new(file, settings.audit),
            cache: ThreadedCache::new(settings.opened_keys_max),
            state: ThreadedState::new(),
            usage_block: settings.usage_block,
        }
    }
}

impl Platform for DesktopPlatform {
    type Primitives = RustCrypto;
    type Entropy = OsEntropy;
    type Clock = SystemClock;
    type Storage = FileStorage;
    type AuditSink = AuditFile;
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
    fn storage(&self) -> &FileStorage {
        &self.storage
    }
    fn audit_sink(&self) -> &AuditFile {
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
    fn usage_block(&self) -> u64 {
        self.usage_block
    }
}
