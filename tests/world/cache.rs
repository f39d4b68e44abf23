use std::cell::RefCell;
use std::ops::Range;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::key::{KeyFacts, KeyId};
use strongroom_core::platform::{Cache, Fill};
use strongroom_core::ram::RamCache;
use strongroom_core::{BackingKey, Error};

/// An opened version of a key, with the names it was opened for.
pub type Caught = (KeyId, u32, BackingKey<RustCrypto>);

/// A cache that can hand out the opened keys it is given, for tests that need some.
#[derive(Debug, Default)]
pub struct WatchedCache {
    cache: RamCache<RustCrypto, 4>,
    /// Where there is a list, fills of backing keys go there instead.
    caught: RefCell<Option<Vec<Caught>>>,
}

impl WatchedCache {
    /// Catches the backing keys that `request` opens.
    pub fn catch(&self, request: impl FnOnce()) -> Vec<Caught> {
        self.cache.forget_all(0).unwrap();
        *self.caught.borrow_mut() = Some(Vec::new());
        request();
        self.caught.take().unwrap()
    }
}

impl Cache<RustCrypto> for WatchedCache {
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
        id: &KeyId,
        version: u32,
        read: impl FnOnce(&BackingKey<RustCrypto>) -> R,
    ) -> Result<Option<R>, Error> {
        self.cache.lend_backing_key(id, version, read)
    }

    fn fill_backing_key(
        &self,
        id: &KeyId,
        version: u32,
        revision: u64,
        key: BackingKey<RustCrypto>,
        give_up: &mut dyn FnMut(&BackingKey<RustCrypto>),
    ) -> Result<Fill, Error> {
        if let Some(caught) = &mut *self.caught.borrow_mut() {
            caught.push((*id, version, key));
            return Ok(Fill::Done);
        }
        self.cache.fill_backing_key(id, version, revision, key, give_up)
    }

    fn lend_versions(
        &self,
        id: Option<&KeyId>,
        visit: &mut dyn FnMut(&BackingKey<RustCrypto>),
    ) -> Result<(), Error> {
        self.cache.lend_versions(id, visit)
    }

    fn forget(&self, id: &KeyId, revision: u64) -> Result<(), Error> {
        self.cache.forget(id, revision)
    }

    fn forget_all(&self, revision: u64) -> Result<(), Error> {
        self.cache.forget_all(revision)
    }
}
