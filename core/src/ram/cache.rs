use core::cell::RefCell;
use core::ops::Range;

use zeroize::Zeroize;

use super::RECORD_BLOB_LEN;
use super::late::Late;
use crate::crypto::Primitives;
use crate::error::Error;
use crate::key::{KeyFacts, KeyId};
use crate::keyring::BackingKey;
use crate::platform::{Cache, Fill};

/// Opened keys in a fixed number of places, the least recently used replaced first; for one thread. A place takes a sealed
/// record of a key of up to `RECORD` bytes; a larger one is refused ([`Error::Capacity`], or the storage says how much it is). All of it
/// starts as zeros: as a static it takes no room in flash.
#[derive(Debug)]
pub struct RamCache<C: Primitives, const KEYS: usize, const RECORD: usize = RECORD_BLOB_LEN>(
    RefCell<Places<C, KEYS, RECORD>>,
);

#[derive(Debug)]
struct Places<C: Primitives, const KEYS: usize, const RECORD: usize> {
    keys: [KeyPlace<RECORD>; KEYS],
    versions: [Late<VersionPlace<C>>; KEYS],
    /// Counts lends, to tell which place was used last.
    ticks: u64,
    /// Fills older than this revision are refused.
    oldest: u64,
}

#[derive(Debug)]
struct KeyPlace<const RECORD: usize> {
    held: Late<(KeyFacts, Range<usize>)>,
    used: u64,
    record: [u8; RECORD],
}

#[derive(Debug)]
struct VersionPlace<C: Primitives> {
    id: KeyId,
    version: u32,
    used: u64,
    key: BackingKey<C>,
}

impl<const RECORD: usize> KeyPlace<RECORD> {
    const EMPTY: Self = KeyPlace { held: Late::Absent, used: 0, record: [0; RECORD] };

    fn wipe(&mut self) {
        self.held = Late::Absent;
        self.used = 0;
        self.record.zeroize();
    }
}

impl<C: Primitives, const KEYS: usize, const RECORD: usize> RamCache<C, KEYS, RECORD> {
    /// An empty cache.
    #[must_use]
    pub const fn new() -> Self {
        RamCache(RefCell::new(Places {
            keys: [const { KeyPlace::EMPTY }; KEYS],
            versions: [const { Late::Absent }; KEYS],
            ticks: 0,
            oldest: 0,
        }))
    }

    fn with<R>(&self, change: impl FnOnce(&mut Places<C, KEYS, RECORD>) -> R) -> Result<R, Error> {
        Ok(change(&mut *self.0.try_borrow_mut().map_err(|_| Error::Busy)?))
    }
}

impl<C: Primitives, const KEYS: usize, const RECORD: usize> Default for RamCache<C, KEYS, RECORD> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Primitives, const KEYS: usize, const RECORD: usize> Cache<C> for RamCache<C, KEYS, RECORD> {
    fn lend_key<R>(&self, id: &KeyId, read: impl FnOnce(&KeyFacts, &[u8]) -> R) -> Result<Option<R>, Error> {
        self.with(|places| {
            places.ticks = places.ticks.saturating_add(1);
            for KeyPlace { held, used, record } in &mut places.keys {
                if let Some((facts, policy)) = held.as_ref().filter(|(facts, _)| facts.key_id == *id) {
                    *used = places.ticks;
                    return Some(read(facts, record.get(policy.clone()).unwrap_or_default()));
                }
            }
            None
        })
    }

    fn fill_key(
        &self,
        id: &KeyId,
        revision: u64,
        open: impl FnOnce(&mut [u8]) -> Result<Option<(KeyFacts, Range<usize>)>, Error>,
    ) -> Result<Fill, Error> {
        self.with(|places| {
            if revision < places.oldest {
                return Ok(Fill::Stale);
            }
            let is_this =
                |place: &KeyPlace<RECORD>| place.held.as_ref().is_some_and(|(facts, _)| facts.key_id == *id);
            let index = places.keys.iter().position(is_this);
            let oldest =
                || places.keys.iter().enumerate().min_by_key(|(_, place)| place.used).map(|(index, _)| index);
            let index = index.or_else(oldest).ok_or(Error::Capacity)?;
            let place = places.keys.get_mut(index).ok_or(Error::Bug)?;
            place.wipe();
            match open(&mut place.record) {
                Ok(Some(held)) => {
                    place.held = Late::Here(held);
                    place.used = places.ticks;
                    Ok(Fill::Done)
                }
                Ok(None) => {
                    place.wipe();
                    Ok(Fill::Absent)
                }
                Err(error) => {
                    place.wipe();
                    Err(error)
                }
            }
        })?
    }

    fn lend_backing_key<R>(
        &self,
        id: &KeyId,
        version: u32,
        read: impl FnOnce(&BackingKey<C>) -> R,
    ) -> Result<Option<R>, Error> {
        self.with(|places| {
            places.ticks = places.ticks.saturating_add(1);
            let mut held = places.versions.iter_mut().filter_map(Late::as_mut);
            let place = held.find(|place| place.id == *id && place.version == version)?;
            place.used = places.ticks;
            Some(read(&place.key))
        })
    }

    fn fill_backing_key(
        &self,
        id: &KeyId,
        version: u32,
        revision: u64,
        key: BackingKey<C>,
        give_up: &mut dyn FnMut(&BackingKey<C>),
    ) -> Result<Fill, Error> {
        self.with(|places| {
            if revision < places.oldest {
                return Fill::Stale;
            }
            let used = places.ticks;
            let place =
                places.versions.iter_mut().min_by_key(|place| place.as_ref().map_or(0, |place| place.used));
            if let Some(place) = place {
                if let Some(given_up) = place.as_ref() {
                    give_up(&given_up.key);
                }
                *place = Late::Here(VersionPlace { id: *id, version, used, key });
            }
            Fill::Done
        })
    }

    fn lend_versions(&self, id: Option<&KeyId>, visit: &mut dyn FnMut(&BackingKey<C>)) -> Result<(), Error> {
        self.with(|places| {
            let held = places.versions.iter().filter_map(Late::as_ref);
            held.filter(|place| id.is_none_or(|id| place.id == *id)).for_each(|place| visit(&place.key));
        })
    }

    fn forget(&self, id: &KeyId, revision: u64) -> Result<(), Error> {
        self.with(|places| {
            places.oldest = places.oldest.max(revision);
            for place in &mut places.keys {
                if place.held.as_ref().is_some_and(|(facts, _)| facts.key_id == *id) {
                    place.wipe();
                }
            }
            for place in &mut places.versions {
                if place.as_ref().is_some_and(|place| place.id == *id) {
                    *place = Late::Absent;
                }
            }
        })
    }

    fn forget_all(&self, revision: u64) -> Result<(), Error> {
        self.with(|places| {
            places.keys.iter_mut().for_each(KeyPlace::wipe);
            places.versions.iter_mut().for_each(|place| *place = Late::Absent);
            places.oldest = revision;
        })
    }
}
