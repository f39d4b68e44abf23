//! A platform for fuzzing, over any primitives.

use strongroom_core::crypto::Primitives;
use strongroom_core::platform::Platform;
use strongroom_core::ram::{ManualClock, RamCache, RamState, SeededEntropy};
use strongroom_core::{Error, Secret, SlotParameters};

use crate::storage::{ForgetfulSink, HostileStorage};

/// The account's root user in the default realm.
pub const ROOT: &str = "arn:aws:iam::000000000000:root";

/// Everything deterministic, the storage in the attacker's hands.
#[derive(Debug)]
pub struct World<C: Primitives> {
    entropy: SeededEntropy,
    clock: ManualClock,
    /// The attacker's.
    pub storage: HostileStorage,
    sink: ForgetfulSink,
    cache: RamCache<C, 4>,
    state: RamState<C>,
}

impl<C: Primitives> World<C> {
    /// A world with randomness from a seed, on this storage.
    pub fn new(seed: u64, storage: HostileStorage) -> Self {
        World {
            entropy: SeededEntropy::new(seed),
            clock: ManualClock::new(),
            storage,
            sink: ForgetfulSink::default(),
            cache: RamCache::new(),
            state: RamState::new(),
        }
    }
}

/// Opens every slot with the same secret.
///
/// # Errors
/// None.
pub fn unlock(_: &SlotParameters, secret: &mut Secret<32>) -> Result<bool, Error> {
    secret.fill_with(|bytes| bytes.fill(7));
    Ok(true)
}

impl<C: Primitives> Platform for World<C> {
    type Primitives = C;
    type Entropy = SeededEntropy;
    type Clock = ManualClock;
    type Storage = HostileStorage;
    type AuditSink = ForgetfulSink;
    type Cache = RamCache<C, 4>;
    type State = RamState<C>;
    type Freshness = ();
    type Eraser = ();

    fn entropy(&self) -> &SeededEntropy {
        &self.entropy
    }
    fn clock(&self) -> &ManualClock {
        &self.clock
    }
    fn storage(&self) -> &HostileStorage {
        &self.storage
    }
    fn audit_sink(&self) -> &ForgetfulSink {
        &self.sink
    }
    fn cache(&self) -> &RamCache<C, 4> {
        &self.cache
    }
    fn state(&self) -> &RamState<C> {
        &self.state
    }
    fn freshness(&self) -> &() {
        &()
    }
    fn eraser(&self) -> &() {
        &()
    }
}
