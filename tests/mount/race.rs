//! Somebody else opens the vault while one is being opened.

use std::cell::{Cell, RefCell};

use strongroom_core::crypto::RustCrypto;

use strongroom_core::platform::{AnchorFailed, Freshness, Platform};
use strongroom_core::ram::{ManualClock, RamState};
use strongroom_core::{Error, Vault};

use crate::world::{
    Cells, HostileStorage, Log, SECRET, WatchedCache, WatchedEntropy, World, create, create_key, decrypt,
    encrypt, mount, secret_of,
};

/// A world whose counter does something the first time it is read: the manifest is chosen then.
struct Interrupted<'w> {
    world: &'w World,
    counter: InterruptingCounter<'w>,
}

struct InterruptingCounter<'w> {
    world: &'w World,
    once: RefCell<Option<Box<dyn FnOnce() + 'w>>>,
    /// How often it was told to move.
    advances: Cell<u32>,
}

impl<'w> InterruptingCounter<'w> {
    fn new(world: &'w World, between: impl FnOnce() + 'w) -> Self {
        InterruptingCounter { world, once: RefCell::new(Some(Box::new(between))), advances: Cell::new(0) }
    }
}

impl Freshness for InterruptingCounter<'_> {
    fn read(&self) -> Result<Option<u64>, AnchorFailed> {
        let now = self.world.counter.read();
        let once = self.once.borrow_mut().take();
        if let Some(once) = once {
            once();
        }
        now
    }
    fn advance(&self, to: u64) -> Result<(), AnchorFailed> {
        self.advances.set(self.advances.get() + 1);
        self.world.counter.advance(to)
    }
}

impl<'w> Platform for Interrupted<'w> {
    type Primitives = RustCrypto;
    type Entropy = WatchedEntropy;
    type Clock = ManualClock;
    type Storage = HostileStorage;
    type AuditSink = Log;
    type Cache = WatchedCache;
    type State = RamState<RustCrypto>;
    type Freshness = InterruptingCounter<'w>;
    type Eraser = Cells;

    fn entropy(&self) -> &WatchedEntropy {
        &self.world.entropy
    }
    fn clock(&self) -> &ManualClock {
        &self.world.clock
    }
    fn storage(&self) -> &HostileStorage {
        &self.world.storage
    }
    fn audit_sink(&self) -> &Log {
        &self.world.log
    }
    fn cache(&self) -> &WatchedCache {
        &self.world.cache
    }
    fn state(&self) -> &RamState<RustCrypto> {
        &self.world.state
    }
    fn freshness(&self) -> &InterruptingCounter<'w> {
        &self.counter
    }
    fn eraser(&self) -> &Cells {
        &self.world.cells
    }
    fn usage_block(&self) -> u64 {
        0
    }
}

#[test]
fn a_mount_that_another_has_overtaken_does_not_erase_the_cell_in_use() {
    for sessions in [1, 2] {
        let world = World::new(1).with_cells();
        let vault = create(&world);
        let key = create_key(&vault);
        let ciphertext = encrypt(&vault, key, b"kept").unwrap();
        vault.close().unwrap();
        let between = || (0..sessions).for_each(|_| mount(&world).unwrap().close().unwrap());
        let counter = InterruptingCounter::new(&world, between);
        let overtaken = Vault::new(Interrupted { world: &world, counter });
        assert_eq!(overtaken.mount(&mut secret_of(SECRET)), Err(Error::Busy));
        overtaken.mount(&mut secret_of(SECRET)).unwrap();
        overtaken.close().unwrap();
        let vault = mount(&world).unwrap();
        assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
    }
}

/// Two histories of one vault can have the same revision; who opened one of them does not go on in the other.
#[test]
fn a_mount_does_not_go_on_with_another_history_than_the_one_it_has_looked_at() {
    let world = World::new(1);
    create(&world).close().unwrap();
    let beginning = world.storage.image();
    let history = |world: &World| {
        world.storage.put_back(&beginning);
        let vault = mount(world).unwrap();
        create_key(&vault);
        vault.close().unwrap();
        (world.storage.image(), world.storage.revision())
    };
    let (first, revision) = history(&world);
    let (_, same_revision) = history(&world);
    assert_eq!(revision, same_revision);
    let between = || world.storage.put_back(&first);
    let counter = InterruptingCounter::new(&world, between);
    let misled = Vault::new(Interrupted { world: &world, counter });
    assert_eq!(misled.mount(&mut secret_of(SECRET)), Err(Error::Busy));
}

/// The storage that a mount was shown is put back while the counter goes on: what it looked at was in step, and is not any more.
#[test]
fn a_mount_does_not_move_a_counter_that_has_moved_since_it_looked() {
    let world = World::new(1).with_counter(0);
    create(&world).close().unwrap();
    let shown = world.storage.image();
    let between = || {
        mount(&world).unwrap().close().unwrap();
        world.storage.put_back(&shown);
    };
    let misled =
        Vault::new(Interrupted { world: &world, counter: InterruptingCounter::new(&world, between) });
    assert!(matches!(misled.mount(&mut secret_of(SECRET)), Err(Error::RolledBack { .. })));
    assert_eq!(misled.platform().counter.advances.get(), 0);
}
