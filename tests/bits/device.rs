//! A flash of 64 KiB with a vault in it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::flash::{FlashArea, FlashEraser, FlashError, FlashStorage, SharedFlash};
use strongroom_core::platform::{Address, Platform, Storage};
use strongroom_core::ram::{ManualClock, RamCache, RamState, SeededEntropy};
use strongroom_core::{Error, Vault};
use strongroom_std::faults::flash::MockFlash;

use super::contents::{Answers, Contents, furnish, look};
use super::flip;
use crate::world::{Log, SECRET, create, secret_of};

const SECTOR: usize = 1024;
type Flash = MockFlash<4, SECTOR>;

/// Two segments of 31 sectors, and behind them a sector for each cell of the eraser: 64 in all.
const STORE: FlashArea = FlashArea { start: 0, segment_len: 31 * SECTOR as u32 };
const CELLS: FlashArea = FlashArea { start: 2 * STORE.segment_len, segment_len: SECTOR as u32 };
const BLOB_LEN_MAX: usize = 8192;

/// What a store gives out; nothing where it refuses.
pub type Given = Vec<(Address, Option<Vec<u8>>)>;

pub struct Device {
    flash: RefCell<Flash>,
    log: BTreeMap<u64, Vec<u8>>,
}

struct Session<'d> {
    entropy: SeededEntropy,
    clock: ManualClock,
    storage: FlashStorage<SharedFlash<'d, Flash>, 64>,
    eraser: FlashEraser<SharedFlash<'d, Flash>>,
    log: Log,
    cache: RamCache<RustCrypto, 4>,
    state: RamState<RustCrypto>,
}

impl Device {
    /// A vault with one of everything, closed.
    pub fn furnished() -> (Self, Contents) {
        let mut device = Device { flash: RefCell::new(Flash::new(64)), log: BTreeMap::new() };
        drop(FlashStorage::<_, 0>::format(SharedFlash::new(&device.flash), STORE).unwrap());
        let (contents, log) = {
            let vault = create(device.session(1).unwrap());
            let contents = furnish(&vault);
            vault.close().unwrap();
            (contents, vault.platform().log.entries())
        };
        device.log = log;
        (device, contents)
    }

    /// In bytes.
    pub fn len(&self) -> usize {
        self.flash.borrow().image().len()
    }

    /// The same with one bit flipped.
    pub fn flipped(&self, bit: usize) -> Self {
        let mut flash = self.flash.borrow().clone();
        flash.alter(|bytes| flip(bytes, bit));
        Device { flash: RefCell::new(flash), log: self.log.clone() }
    }

    fn session(&self, seed: u64) -> Result<Session<'_>, FlashError> {
        let clock = ManualClock::new();
        clock.set_wall_ms(Some(20_000 * 86_400_000));
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

    /// Everything that the store gives out, and the contents of the cells, of a copy.
    pub fn blobs(&self) -> Result<Given, FlashError> {
        let flash = RefCell::new(self.flash.borrow().clone());
        let cells = flash.borrow().image()[CELLS.start as usize..].to_vec();
        let store = FlashStorage::<_, 64>::mount(SharedFlash::new(&flash), STORE)?;
        let mut addresses = Vec::new();
        let mut blobs = match store.walk(&mut |address| addresses.push(*address)) {
            Ok(()) => Vec::new(),
            Err(_) => vec![(Address([0xee; 24]), None)],
        };
        addresses.sort_unstable();
        addresses.dedup();
        for address in addresses {
            let mut buffer = vec![0; BLOB_LEN_MAX];
            let blob = store.read(&address, &mut buffer).ok().flatten().map(|len| buffer[..len].to_vec());
            blobs.push((address, blob));
        }
        blobs.push((Address([0xff; 24]), Some(cells)));
        Ok(blobs)
    }

    /// Opens a copy and asks for everything.
    pub fn look(&self, contents: &Contents) -> Result<Answers, Error> {
        let copy = Device { flash: RefCell::new(self.flash.borrow().clone()), log: self.log.clone() };
        let session = copy.session(2).map_err(|_| Error::NotAVault)?;
        let vault = Vault::new(session);
        vault.mount(&mut secret_of(SECRET))?;
        Ok(look(&vault, contents))
    }
}

impl<'d> Platform for Session<'d> {
    type Primitives = RustCrypto;
    type Entropy = SeededEntropy;
    type Clock = ManualClock;
    type Storage = FlashStorage<SharedFlash<'d, Flash>, 64>;
    type AuditSink = Log;
    type Cache = RamCache<RustCrypto, 4>;
    type State = RamState<RustCrypto>;
    type Freshness = ();
    type Eraser = FlashEraser<SharedFlash<'d, Flash>>;

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
        16
    }
}
