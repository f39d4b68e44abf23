//! A vault in memory around one part that is being checked.

use std::cell::RefCell;
use std::ops::Range;

use strongroom_core::crypto::Primitives;
use strongroom_core::key::{KeyFacts, KeyId};
use strongroom_core::operation::{CreateKey, Decrypt, Encrypt};
use strongroom_core::platform::{Cache, Fill, Platform, State};
use strongroom_core::policy::Caller;
use strongroom_core::ram::{ManualClock, RamCache, RamState, SeededEntropy};
use strongroom_core::{
    BackingKey, Error, NewSlot, NewVault, Realm, Secret, SlotKind, SlotParameters, Vault, ciphertext_len,
};

use crate::time_machine::{GrowingSink, GrowingStorage};

const ROOT: &str = "arn:aws:iam::000000000000:root";
const PLAINTEXT: &[u8] = b"kept";

/// The platform of one vault.
pub(super) struct Around<C: Primitives, T, S> {
    entropy: SeededEntropy,
    clock: ManualClock,
    storage: GrowingStorage,
    sink: GrowingSink,
    cache: T,
    state: S,
    _primitives: std::marker::PhantomData<C>,
}

impl<C: Primitives, T: Cache<C>, S: State<C>> Around<C, T, S> {
    fn new(cache: T, state: S) -> Self {
        Around {
            entropy: SeededEntropy::new(1),
            clock: ManualClock::new(),
            storage: GrowingStorage::default(),
            sink: GrowingSink::default(),
            cache,
            state,
            _primitives: std::marker::PhantomData,
        }
    }
}

impl<C: Primitives, T: Cache<C>, S: State<C>> Platform for Around<C, T, S> {
    type Primitives = C;
    type Entropy = SeededEntropy;
    type Clock = ManualClock;
    type Storage = GrowingStorage;
    type AuditSink = GrowingSink;
    type Cache = T;
    type State = S;
    type Freshness = ();
    type Eraser = ();

    fn entropy(&self) -> &SeededEntropy {
        &self.entropy
    }
    fn clock(&self) -> &ManualClock {
        &self.clock
    }
    fn storage(&self) -> &GrowingStorage {
        &self.storage
    }
    fn audit_sink(&self) -> &GrowingSink {
        &self.sink
    }
    fn cache(&self) -> &T {
        &self.cache
    }
    fn state(&self) -> &S {
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

#[expect(clippy::unnecessary_wraps, reason = "the form of an unlock closure")]
fn unlock(_: &SlotParameters, secret: &mut Secret<32>) -> Result<bool, Error> {
    secret.fill_with(|bytes| bytes.fill(7));
    Ok(true)
}

fn encrypt<P: Platform>(vault: &Vault<P>, key: &KeyId) -> Result<Vec<u8>, Error> {
    let mut room = vec![0; ciphertext_len(PLAINTEXT.len())];
    let request = &key.to_string();
    let sealed = vault.encrypt(&Caller::new(ROOT)?, Encrypt::new(request, PLAINTEXT), &mut room)?;
    Ok(sealed.ciphertext.to_vec())
}

fn opens<P: Platform>(vault: &Vault<P>, ciphertext: &[u8]) -> Result<bool, Error> {
    let mut room = vec![0; ciphertext.len()];
    let opened = vault.decrypt(&Caller::new(ROOT)?, Decrypt::new(ciphertext), &mut room)?;
    Ok(opened.plaintext == PLAINTEXT)
}

fn created<P: Platform>(platform: P) -> Result<(Vault<P>, KeyId), Error> {
    let vault = Vault::new(platform);
    let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
    vault.create(&new, &mut unlock)?;
    let key = vault.create_key(&Caller::new(ROOT)?, CreateKey::default())?.key_id;
    Ok((vault, key))
}

/// Runs a vault on a state: makes it, works with it, locks it, opens it. Answers whether it went as it must.
pub(super) fn runs_on<C: Primitives>(state: impl State<C>) -> Result<bool, Error> {
    let (vault, key) = created(Around::new(RamCache::<C, 4>::new(), state))?;
    let sealed = encrypt(&vault, &key)?;
    let works = opens(&vault, &sealed)?;
    vault.close()?;
    let is_closed = opens(&vault, &sealed) == Err(Error::Locked);
    vault.mount(&mut unlock)?;
    let works_again = opens(&vault, &sealed)?;
    vault.lock()?;
    Ok(works && is_closed && works_again && encrypt(&vault, &key) == Err(Error::Locked))
}

/// So many opened keys. Their names are the business of whoever takes them.
pub(super) fn opened_keys<C: Primitives>(count: usize) -> Result<Vec<BackingKey<C>>, Error> {
    let cache = Catching::<C> { cache: RamCache::new(), caught: RefCell::default() };
    let (vault, key) = created(Around::new(cache, RamState::<C>::new()))?;
    let caught = &vault.platform().cache.caught;
    while caught.borrow().len() < count {
        let before = caught.borrow().len();
        // It finds in the cache nothing of what it filled in, and gives up.
        let _ = encrypt(&vault, &key);
        if caught.borrow().len() == before {
            return Err(Error::Bug);
        }
    }
    Ok(caught.take())
}

/// A cache that keeps the opened versions for whoever wants some.
struct Catching<C: Primitives> {
    cache: RamCache<C, 4>,
    caught: RefCell<Vec<BackingKey<C>>>,
}

impl<C: Primitives> Cache<C> for Catching<C> {
    fn lend_key<R>(&self, id: &KeyId, read: impl FnOnce(&KeyFacts, &[u8]) -> R) -> Result<Option<R>, Error> {
        self.cache.lend_key(id, read)
    }

    fn fill_key(
        &self,
        id: &KeyId,
        revision: u64,
        open: impl FnOnce(&mut [u8]) -> Result<Option<(KeyFacts, Range<usize>)>, Error>,
    ) -> Result<Fill, Error> {
        self.cache.fill_key(id, revision, open)
    }

    fn lend_backing_key<R>(
        &self,
        _id: &KeyId,
        _version: u32,
        _read: impl FnOnce(&BackingKey<C>) -> R,
    ) -> Result<Option<R>, Error> {
        Ok(None)
    }

    fn fill_backing_key(
        &self,
        _id: &KeyId,
        _version: u32,
        _revision: u64,
        key: BackingKey<C>,
        _give_up: &mut dyn FnMut(&BackingKey<C>),
    ) -> Result<Fill, Error> {
        self.caught.try_borrow_mut().map_err(|_| Error::Busy)?.push(key);
        Ok(Fill::Done)
    }

    fn lend_versions(
        &self,
        _id: Option<&KeyId>,
        _visit: &mut dyn FnMut(&BackingKey<C>),
    ) -> Result<(), Error> {
        Ok(())
    }

    fn forget(&self, id: &KeyId, revision: u64) -> Result<(), Error> {
        self.cache.forget(id, revision)
    }

    fn forget_all(&self, revision: u64) -> Result<(), Error> {
        self.cache.forget_all(revision)
    }
}
