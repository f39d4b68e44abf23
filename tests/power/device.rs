use std::cell::RefCell;

use strongroom_core::audit::AuditKey;
use strongroom_core::crypto::RustCrypto;
use strongroom_core::flash::{
    AuditArea, AuditDurability, AuditRules, FlashArea, FlashAudit, FlashEraser, FlashError, FlashStorage,
    SharedFlash, WhenFull,
};
use strongroom_core::operation::TakeAuditKey;
use strongroom_core::platform::Platform;
use strongroom_core::ram::{ManualClock, RamCache, RamState, SeededEntropy};
use strongroom_core::{Error, Vault};
use strongroom_std::faults::flash::MockFlash;

use crate::world::{SECRET, create, root, secret_of};

/// Length of a sector in bytes.
pub const SECTOR: usize = 1024;
pub type Flash<const WORD: usize> = MockFlash<WORD, SECTOR>;

/// The store: two segments of so many sectors, so small that most scripts make it compact. Some scripts fill smaller ones.
const SEGMENT_SECTORS: usize = 20;
const SMALL_SEGMENT_SECTORS: usize = 12;
pub const STORE: FlashArea = FlashArea { start: 0, segment_len: (SEGMENT_SECTORS * SECTOR) as u32 };
/// The eraser's cells, a sector each, behind the store.
pub const CELLS: FlashArea = FlashArea { start: 2 * STORE.segment_len, segment_len: SECTOR as u32 };

/// The log's blocks, behind the cells.
const LOG_START: u32 = CELLS.start + 2 * CELLS.segment_len;
const LOG_BLOCK_SECTORS: usize = 5;
const LOG_BLOCKS: u32 = 12;
/// Of a log that goes on over its oldest entries.
const WRAPPING_BLOCKS: u32 = 3;

/// What a script's device is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A log that denies when it is full, and writes each event before the operation answers.
    Plain,
    /// Events of operations that change nothing wait in a buffer.
    Batched,
    /// The log is so small that it goes on over its oldest entries.
    Wrapping,
    /// The store is so small that it becomes full.
    Small,
}

impl Kind {
    pub const fn store(self) -> FlashArea {
        match self {
            Kind::Small => FlashArea { segment_len: (SMALL_SEGMENT_SECTORS * SECTOR) as u32, ..STORE },
            Kind::Plain | Kind::Batched | Kind::Wrapping => STORE,
        }
    }

    const fn log(self) -> AuditArea {
        let blocks = if matches!(self, Kind::Wrapping) { WRAPPING_BLOCKS } else { LOG_BLOCKS };
        AuditArea { start: LOG_START, block_len: (LOG_BLOCK_SECTORS * SECTOR) as u32, blocks }
    }

    const fn rules(self) -> AuditRules {
        let durability = match self {
            Kind::Batched => AuditDurability::Batched,
            Kind::Plain | Kind::Wrapping | Kind::Small => AuditDurability::Strict,
        };
        let when_full = match self {
            Kind::Wrapping => WhenFull::DropOldest,
            Kind::Plain | Kind::Batched | Kind::Small => WhenFull::Deny,
        };
        AuditRules { durability, when_full }
    }
}

/// What is left of a device without power.
#[derive(Debug)]
pub struct Device<const WORD: usize> {
    pub kind: Kind,
    pub flash: RefCell<Flash<WORD>>,
    /// The key of its audit log, as the auditor has it.
    pub audit_key: Vec<u8>,
    pub wall_ms: u64,
}

impl<const WORD: usize> Clone for Device<WORD> {
    fn clone(&self) -> Self {
        Device {
            kind: self.kind,
            flash: RefCell::new(self.flash.borrow().clone()),
            audit_key: self.audit_key.clone(),
            wall_ms: self.wall_ms,
        }
    }
}

/// The audit log of one session.
pub type SessionLog<'d, const WORD: usize> = FlashAudit<SharedFlash<'d, Flash<WORD>>, 2048>;

/// The platform of one session.
pub struct Session<'d, const WORD: usize> {
    entropy: SeededEntropy,
    pub clock: ManualClock,
    pub storage: FlashStorage<SharedFlash<'d, Flash<WORD>>, 64>,
    eraser: FlashEraser<SharedFlash<'d, Flash<WORD>>>,
    pub log: SessionLog<'d, WORD>,
    cache: RamCache<RustCrypto, 4>,
    state: RamState<RustCrypto>,
}

pub type SessionVault<'d, const WORD: usize> = Vault<Session<'d, WORD>>;

impl<const WORD: usize> Device<WORD> {
    /// A device with an empty vault, which is closed.
    pub fn new(kind: Kind) -> Self {
        let sectors = 2 * SEGMENT_SECTORS + 2 + LOG_BLOCKS as usize * LOG_BLOCK_SECTORS;
        let flash = RefCell::new(Flash::new(sectors));
        drop(FlashStorage::<_, 0>::format(SharedFlash::new(&flash), kind.store()).unwrap());
        let mut device = Device { kind, flash, audit_key: Vec::new(), wall_ms: 20_000 * 86_400_000 };
        let mut key = AuditKey::empty();
        {
            let vault = create(device.session(1).unwrap());
            vault.take_audit_key(&root(), TakeAuditKey, &mut key).unwrap();
            vault.close().unwrap();
        }
        device.audit_key = key.expose(|bytes| bytes.to_vec());
        device
    }

    /// What a session runs on, before a vault is opened in it. `seed` decides what is random in it.
    fn session(&self, seed: u64) -> Result<Session<'_, WORD>, FlashError> {
        let clock = ManualClock::new();
        clock.set_wall_ms(Some(self.wall_ms));
        let flash = SharedFlash::new(&self.flash);
        Ok(Session {
            entropy: SeededEntropy::new(seed),
            clock,
            storage: FlashStorage::mount(flash, self.kind.store())?,
            eraser: FlashEraser::new(flash, CELLS).ok_or(FlashError::Geometry)?,
            log: FlashAudit::mount(flash, self.kind.log(), self.kind.rules())?,
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
        let (answer, wall_ms) = {
            let vault = Vault::new(self.session(seed).map_err(Failed::Store)?);
            let answer = match vault.mount(&mut secret_of(SECRET)) {
                Ok(()) => Ok(work(&vault)),
                Err(error) => Err(Failed::Vault(error)),
            };
            let Session { clock, .. } = vault.platform();
            (answer, strongroom_core::platform::Clock::wall_ms(clock))
        };
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
    type AuditSink = SessionLog<'d, WORD>;
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
    fn audit_sink(&self) -> &Self::AuditSink {
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
