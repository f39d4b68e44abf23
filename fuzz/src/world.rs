//! A platform for fuzzing, over any primitives.

use strongroom_core::crypto::Primitives;
use strongroom_core::platform::{AuditSink, Platform};
use strongroom_core::policy::Caller;
use strongroom_core::ram::{ManualClock, RamCache, RamState};
use strongroom_core::{Error, Secret, SlotParameters};

use crate::entropy::WatchedEntropy;
use crate::leak;
use crate::storage::{ForgetfulSink, HostileStorage};

/// The account's root user in the default realm.
pub const ROOT: &str = "arn:aws:iam::000000000000:root";

/// Everything deterministic, the storage in the attacker's hands.
#[derive(Debug)]
pub struct World<C: Primitives, S = ForgetfulSink> {
    entropy: WatchedEntropy,
    clock: ManualClock,
    /// The attacker's.
    pub storage: HostileStorage,
    /// The audit log.
    pub sink: S,
    cache: RamCache<C, 4>,
    state: RamState<C>,
}

impl<C: Primitives, S: Default> World<C, S> {
    /// A world with randomness from a seed, on this storage.
    pub fn new(seed: u64, storage: HostileStorage) -> Self {
        World {
            entropy: WatchedEntropy::new(seed, leak::kept()),
            clock: ManualClock::new(),
            storage,
            sink: S::default(),
            cache: RamCache::new(),
            state: RamState::new(),
        }
    }
}

/// The account's root user.
#[must_use]
pub fn root() -> Caller<'static> {
    Caller::new(ROOT).expect("the root user is a principal")
}

/// Any error may be answered, but not that an invariant is broken, and none tells a secret.
#[must_use]
pub fn no_bug(error: Error) -> Error {
    assert_ne!(error, Error::Bug);
    leak::none_in_error(&error);
    error
}

/// Opens every slot with the same secret.
///
/// # Errors
/// None.
pub fn unlock(_: &SlotParameters, secret: &mut Secret<32>) -> Result<bool, Error> {
    secret.fill_with(|bytes| bytes.fill(7));
    Ok(true)
}

impl<C: Primitives, S: AuditSink> Platform for World<C, S> {
    type Primitives = C;
    type Entropy = WatchedEntropy;
    type Clock = ManualClock;
    type Storage = HostileStorage;
    type AuditSink = S;
    type Cache = RamCache<C, 4>;
    type State = RamState<C>;
    type Freshness = ();
    type Eraser = ();

    fn entropy(&self) -> &WatchedEntropy {
        &self.entropy
    }
    fn clock(&self) -> &ManualClock {
        &self.clock
    }
    fn storage(&self) -> &HostileStorage {
        &self.storage
    }
    fn audit_sink(&self) -> &S {
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
