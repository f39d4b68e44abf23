use std::cell::RefCell;
use std::collections::BTreeMap;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::flash::{FlashArea, FlashEraser, FlashError, FlashStorage, SharedFlash};
use strongroom_core::platform::Platform;
use strongroom_core::ram::{ManualClock, RamCache, RamState, SeededEntropy};
use strongroom_core::{Error, Vault};
use strongroom_std::faults::flash::MockFlash;

use crate::world::{Log, SECRET, create, secret_of};

/// Length of a sector in bytes.
pub const SECTOR: usize = 1024;
pub type Flash<const WORD: usize> = MockFlash<WORD, SECTOR>;

/// The store: two segments of so many sectors, so small that most scripts make it compact.
const SEGMENT_SECTORS: usize = 20;
pub const STORE: FlashArea = FlashArea { start: 0, segment_len: (SEGMENT_SECTORS * SECTOR) as u32 };
/// The eraser's cells, a sector each, behind the store.
pub const CELLS: FlashArea = FlashArea { start: 2 * STORE.segment_len, segment_len: SECTOR as u32 };

/// What is left of a device without power.
#[derive(Debug)]
pub struct Device<const WORD: usize> {
    pub flash: RefCell<Flash<WORD>>,
    log: BTreeMap<u64, Vec<u8>>,
    pub wall_ms: u64,
}

impl<const WORD: usize> Clone for Device<WORD> {
    fn clone(&self) -> Self {
        Device {
            flash: RefCell::new(self.flash.borrow().clone()),
            log: self.log.clone(),
            wall_ms: self.wall_ms,
        }
    }
}

/// The platform of one session.
pub struct Session<'d, const WORD: usize> {
    entropy: SeededEntropy,
    pub clock: ManualClock,
    storage: FlashStorage<SharedFlash<'d, Flash<WORD>>, 64>,
    eraser: FlashEraser<SharedFlash<'d, Flash<WORD>>>,
    log: Log,
    cache: RamCache<RustCrypto, 4>,
    state: RamState<RustCrypto>,
}

pub type SessionVault<'d, const WORD: usize> = Vault<Session<'d, WORD>>;

impl<const WORD: usize> Device<WORD> {
    /// A device with an empty vault, which is closed.
    pub fn new() -> Self {
        let flash = RefCell::new(Flash::new(2 * SEGMENT_SECTORS + 2));
        drop(FlashStorage::<_, 0>::format(SharedFlash::new(&flash), STORE).unwrap());
        let mut device = Device { flash, log: BTreeMap::new(), wall_ms: 20_000 * 86_400_000 };
        let log = {
            let vault = create(device.session(1).unwrap());
            vault.close().unwrap();
            vault.platform().log.entries()
        };
        device.log = log;
        device
    }

    /// What a session runs on, before a vault is opened in it. `seed` decides what is random in it.
    fn session(&self, seed: u64) -> Result<Session<'_, WORD>, FlashError> {
        let clock = ManualClock::new();
        clock.set_wall_ms(Some(self.wall_ms));
        let log = Log::default();
        log.put_back(self.log.clone());
        Ok(Session {
            entropy: SeededEntropy::new(seed),
            clock,
            storage: FlashStorage::mount(SharedFlash::new(&self.flash), STORE)?,
            eraser: FlashEraser::new(SharedFlash::new(&self.flash), CELLS).ok_or(FlashError::Geometry)?,
            log,
            cache: RamCache::new(),
            state: RamState::new(),
        })
    }

    /// Gives power, opens the vault, does something, and takes power away. `Err`: it did not open.
    pub fn run<R>(
        &mut self,
        seed: u64,
        work: impl FnOnce(&SessionVault<'_, WORD>) -> R,
    ) -> Result<R, Failed> {
        let (answer, log, wall_ms) = {
            let vault = Vault::new(self.session(seed).map_err(Failed::Store)?);
            let answer = match vault.mount(&mut secret_of(SECRET)) {
                Ok(()) => Ok(work(&vault)),
                Err(error) => Err(Failed::Vault(error)),
            };
            let Session { log, clock, .. } = vault.platform();
            (answer, log.entries(), strongroom_core::platform::Clock::wall_ms(clock))
        };
        self.log = log;
        self.wall_ms = wall_ms.unwrap_or(self.wall_ms);
        answer
    }
}

/// Why a vault did not open.
#[derive(Clone, Copy, Debug)]
pub enum Failed {
    Store(#[expect(dead_code, reason = "shown")] FlashError),
    Vault(#[expect(dead_code, reason = "shown")] Error),
}

impl<'d, const WORD: usize> Platform for Session<'d, WORD> {
    type Primitives = RustCrypto;
    type Entropy = SeededEntropy;
    type Clock = ManualClock;
    type Storage = FlashStorage<SharedFlash<'d, Flash<WORD>>, 64>;
    type AuditSink = Log;
    type Cache = RamCache<RustCrypto, 4>;
    type State = RamState<RustCrypto>;
    type Freshness = ();
    type Eraser = FlashEraser<SharedFlash<'d, Flash<WORD>>>;

    fn entropy(&self) -> &SeededEntropy {
        &self.entropy
    }
    fn clock(&self) -> &ManualClock {
        &self.clock
    }
    fn storage(&self) -> &Self::Storage {
        &self.storage
    }
    fn audit_sink(&self) -> &Log {
        &self.log
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
    fn eraser(&self) -> &Self::Eraser {
        &self.eraser
    }
    fn usage_block(&self) -> u64 {
        0
    }
}
