//! A platform whose every part can fail, lie or remember: the surroundings that integration tests put a vault into.

mod anchors;
mod cache;
mod canaries;
mod crowd;
mod entropy;
mod log;
mod on_file;
mod requests;
mod sample;
mod storage;
mod watched_log;
mod wrapping;

pub use anchors::{Cells, Counter};
pub use cache::WatchedCache;
pub use canaries::Canaries;
pub use crowd::Crowd;
pub use entropy::WatchedEntropy;
pub use log::Log;
pub use on_file::OnFile;
pub use requests::*;
pub use sample::Sample;
pub use storage::{Blob, CommitFate, HostileStorage, Image, Lie, is_copy, other_copy};
pub use watched_log::WatchedLog;
pub use wrapping::{PlainWrapping, import, import_token, import_with};

use std::cell::Cell;
use std::rc::Rc;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::platform::{Cache, Platform};
use strongroom_core::policy::Caller;
use strongroom_core::ram::{ManualClock, RamState};
use strongroom_core::{Error, NewSlot, NewVault, Realm, Secret, SlotKind, SlotParameters, Vault};

/// The root user of the default realm.
pub const ROOT: &str = "arn:aws:iam::000000000000:root";
/// A user of the same account, whom no policy admits.
pub const STRANGER: &str = "arn:aws:iam::000000000000:user/stranger";
/// The root user of another account.
pub const FOREIGNER: &str = "arn:aws:iam::111122223333:root";
/// The byte that the right unlock secret is filled with.
pub const SECRET: u8 = 7;

/// The surroundings of one vault.
#[derive(Debug)]
pub struct World {
    pub entropy: WatchedEntropy,
    /// Secrets that may be found nowhere, if a test watches.
    pub canaries: Rc<Canaries>,
    pub clock: ManualClock,
    pub storage: HostileStorage,
    pub log: Log,
    pub counter: Counter,
    pub cells: Cells,
    pub cache: WatchedCache,
    pub state: RamState<RustCrypto>,
    /// Nothing is counted unless a test says so: it would count commits and records with it.
    pub usage_block: Cell<u64>,
}

impl World {
    /// Empty storage, an empty log, no anchors; deterministic from the seed.
    pub fn new(seed: u64) -> Self {
        let canaries = Rc::new(Canaries::default());
        World {
            entropy: WatchedEntropy::new(seed, Rc::clone(&canaries)),
            canaries,
            clock: ManualClock::new(),
            storage: HostileStorage::default(),
            log: Log::default(),
            counter: Counter::none(),
            cells: Cells::none(),
            cache: WatchedCache::default(),
            state: RamState::new(),
            usage_block: Cell::new(0),
        }
    }

    pub fn with_counter(mut self, value: u64) -> Self {
        self.counter = Counter::at(value);
        self
    }

    pub fn with_cells(mut self) -> Self {
        self.cells = Cells::blank();
        self
    }

    /// The same world around another image; nothing is open.
    pub fn with_image(mut self, image: &Image) -> Self {
        self.storage = HostileStorage::holding(image);
        self
    }

    /// Forgets what only memory held, as a power cut does.
    pub fn cut_power(&self) {
        Vault::new(self).lock().unwrap();
        self.log.lose_what_is_not_durable();
    }

    /// Forgets every opened key, so that the next request reads storage.
    pub fn cool(&self) {
        self.cache.forget_all(0).unwrap();
    }
}

impl Platform for World {
    type Primitives = RustCrypto;
    type Entropy = WatchedEntropy;
    type Clock = ManualClock;
    type Storage = HostileStorage;
    type AuditSink = Log;
    type Cache = WatchedCache;
    type State = RamState<RustCrypto>;
    type Freshness = Counter;
    type Eraser = Cells;

    fn entropy(&self) -> &WatchedEntropy {
        &self.entropy
    }
    fn clock(&self) -> &ManualClock {
        &self.clock
    }
    fn storage(&self) -> &HostileStorage {
        &self.storage
    }
    fn audit_sink(&self) -> &Log {
        &self.log
    }
    fn cache(&self) -> &WatchedCache {
        &self.cache
    }
    fn state(&self) -> &RamState<RustCrypto> {
        &self.state
    }
    fn freshness(&self) -> &Counter {
        &self.counter
    }
    fn eraser(&self) -> &Cells {
        &self.cells
    }
    fn usage_block(&self) -> u64 {
        self.usage_block.get()
    }
}

/// Gives the same secret for every slot.
pub fn secret_of(byte: u8) -> impl FnMut(&SlotParameters, &mut Secret<32>) -> Result<bool, Error> {
    move |_, secret| {
        secret.fill_with(|bytes| bytes.fill(byte));
        Ok(true)
    }
}

/// Makes a vault with one key-file slot and opens it.
pub fn create<P: Platform>(platform: P) -> Vault<P> {
    let vault = Vault::new(platform);
    let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
    vault.create(&new, &mut secret_of(SECRET)).unwrap();
    vault
}

/// Opens the vault with the right secret.
pub fn mount<P: Platform>(platform: P) -> Result<Vault<P>, Error> {
    let vault = Vault::new(platform);
    vault.mount(&mut secret_of(SECRET)).map(|()| vault)
}

pub fn root() -> Caller<'static> {
    Caller::new(ROOT).unwrap()
}

pub fn caller(principal: &str) -> Caller<'_> {
    Caller::new(principal).unwrap()
}
