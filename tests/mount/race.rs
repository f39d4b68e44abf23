//! Somebody else opens the vault while one is being opened.

use std::cell::RefCell;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::platform::{Clock, Platform};
use strongroom_core::ram::{RamState, SeededEntropy};
use strongroom_core::{Error, Vault};

use crate::world::{
    Cells, Counter, HostileStorage, Log, SECRET, WatchedCache, World, create, create_key, decrypt, encrypt,
    mount, secret_of,
};

/// A world whose clock does something the first time it is read.
struct Interrupted<'w> {
    world: &'w World,
    clock: InterruptingClock<'w>,
}

struct InterruptingClock<'w> {
    world: &'w World,
    once: RefCell<Option<Box<dyn FnOnce() + 'w>>>,
}

impl Clock for InterruptingClock<'_> {
    fn wall_ms(&self) -> Option<u64> {
        let once = self.once.borrow_mut().take();
        if let Some(once) = once {
            once();
        }
        self.world.clock.wall_ms()
    }
    fn monotonic_ms(&self) -> u64 {
        self.world.clock.monotonic_ms()
    }
}

impl<'w> Platform for Interrupted<'w> {
    type Primitives = RustCrypto;
    type Entropy = SeededEntropy;
    type Clock = InterruptingClock<'w>;
    type Storage = HostileStorage;
    type AuditSink = Log;
    type Cache = WatchedCache;
    type State = RamState<RustCrypto>;
    type Freshness = Counter;
    type Eraser = Cells;

    fn entropy(&self) -> &SeededEntropy {
        &self.world.entropy
    }
    fn clock(&self) -> &InterruptingClock<'w> {
        &self.clock
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
    fn freshness(&self) -> &Counter {
        &self.world.counter
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
        let clock = InterruptingClock { world: &world, once: RefCell::new(Some(Box::new(between))) };
        let overtaken = Vault::new(Interrupted { world: &world, clock });
        assert_eq!(overtaken.mount(&mut secret_of(SECRET)), Err(Error::Busy));
        overtaken.mount(&mut secret_of(SECRET)).unwrap();
        overtaken.close().unwrap();
        let vault = mount(&world).unwrap();
        assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
    }
}
