use std::cell::{Cell, RefCell};
use std::ops::Range;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::key::{KeyFacts, KeyId};
use strongroom_core::platform::{Cache, Fill};
use strongroom_core::ram::RamCache;
use strongroom_core::{BackingKey, Error};
use strongroom_std::faults::contract::{Clause, cache};

use super::catches;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    MixesKeysUp,
    KeepsWhatFailed,
    LendsADirtyBuffer,
    ForgetsTheOthersToo,
    TakesStaleFills,
    ForgetsNotAll,
    FailsOddlyWithinALend,
    GivesUpInSilence,
    VisitsNoVersions,
    None,
}

/// A cache of eight places, with one thing wrong about it.
struct Broken {
    fault: Fault,
    cache: RamCache<RustCrypto, 8>,
    dirty: RefCell<Vec<u8>>,
    is_lent: Cell<bool>,
}

impl Broken {
    fn new(fault: Fault) -> Self {
        let dirty = RefCell::new(vec![0; 1024]);
        Broken { fault, cache: RamCache::new(), dirty, is_lent: Cell::new(false) }
    }

    fn name(&self, id: &KeyId) -> KeyId {
        if self.fault == Fault::MixesKeysUp { KeyId::from_bytes([0; 16]) } else { *id }
    }

    fn revision(&self, revision: u64) -> u64 {
        if self.fault == Fault::TakesStaleFills { u64::MAX } else { revision }
    }
}

impl Cache<RustCrypto> for Broken {
    fn lend_key<R>(&self, id: &KeyId, read: impl FnOnce(&KeyFacts, &[u8]) -> R) -> Result<Option<R>, Error> {
        if self.is_lent.replace(true) && self.fault == Fault::FailsOddlyWithinALend {
            return Err(Error::Bug);
        }
        let lent = self.cache.lend_key(&self.name(id), read);
        self.is_lent.set(false);
        lent
    }

    fn fill_key(
        &self,
        id: &KeyId,
        revision: u64,
        open: impl FnOnce(&mut [u8]) -> Result<Option<(KeyFacts, Range<usize>)>, Error>,
    ) -> Result<Fill, Error> {
        let fill = self.cache.fill_key(&self.name(id), self.revision(revision), |buffer| {
            if self.fault != Fault::LendsADirtyBuffer {
                return open(buffer);
            }
            let mut dirty = self.dirty.borrow_mut();
            let opened = open(&mut dirty);
            buffer[..1024].copy_from_slice(&dirty);
            opened
        });
        if fill == Ok(Fill::Absent) && self.fault == Fault::KeepsWhatFailed {
            return Ok(Fill::Done);
        }
        fill
    }

    fn lend_backing_key<R>(
        &self,
        id: &KeyId,
        version: u32,
        read: impl FnOnce(&BackingKey<RustCrypto>) -> R,
    ) -> Result<Option<R>, Error> {
        self.cache.lend_backing_key(&self.name(id), version, read)
    }

    fn fill_backing_key(
        &self,
        id: &KeyId,
        version: u32,
        revision: u64,
        key: BackingKey<RustCrypto>,
        give_up: &mut dyn FnMut(&BackingKey<RustCrypto>),
    ) -> Result<Fill, Error> {
        let (id, revision) = (self.name(id), self.revision(revision));
        if self.fault == Fault::GivesUpInSilence {
            return self.cache.fill_backing_key(&id, version, revision, key, &mut |_| ());
        }
        self.cache.fill_backing_key(&id, version, revision, key, give_up)
    }

    fn lend_versions(
        &self,
        id: Option<&KeyId>,
        visit: &mut dyn FnMut(&BackingKey<RustCrypto>),
    ) -> Result<(), Error> {
        if self.fault == Fault::VisitsNoVersions {
            return Ok(());
        }
        self.cache.lend_versions(id, visit)
    }

    fn forget(&self, id: &KeyId, revision: u64) -> Result<(), Error> {
        if self.fault == Fault::ForgetsTheOthersToo {
            self.cache.forget_all(revision)?;
        }
        self.cache.forget(id, revision)
    }

    fn forget_all(&self, revision: u64) -> Result<(), Error> {
        if self.fault == Fault::ForgetsNotAll {
            return Ok(());
        }
        self.cache.forget_all(revision)
    }
}

#[test]
fn a_cache_with_nothing_wrong_passes() {
    let report = cache::check(|| Broken::new(Fault::None)).unwrap();
    assert_eq!(report.clauses().len(), 9);
}

#[test]
fn a_cache_that_breaks_a_clause_is_caught() {
    for (fault, clause) in [
        (Fault::MixesKeysUp, Clause::LendsWhatWasFilled),
        (Fault::KeepsWhatFailed, Clause::FailedFillKeepsNothing),
        (Fault::LendsADirtyBuffer, Clause::FillBufferIsBlank),
        (Fault::ForgetsTheOthersToo, Clause::ForgetsOneKey),
        (Fault::TakesStaleFills, Clause::StaleFillIsRefused),
        (Fault::ForgetsNotAll, Clause::ForgetsAllKeys),
        (Fault::FailsOddlyWithinALend, Clause::LendsNeverNest),
        (Fault::GivesUpInSilence, Clause::GivenUpCopiesAreShown),
        (Fault::VisitsNoVersions, Clause::VersionsHeldAreVisited),
    ] {
        catches(cache::check(|| Broken::new(fault)), clause);
    }
    // Eight places where four were promised.
    catches(cache::check_bounded(&Broken::new(Fault::None), 4), Clause::CacheIsBounded);
}
