use std::ops::Range;

use strongroom_core::crypto::Primitives;
use strongroom_core::key::{KeyFacts, KeyId};
use strongroom_core::platform::{Cache, Fill};
use strongroom_core::{BackingKey, Error};
use zeroize::Zeroize;

use super::clock_map::ClockMap;
use super::sharded::Sharded;
use super::state::RECORD_BLOB_LEN;

/// Opened keys, in a shard for each thread. A key that several threads use is opened once in each of their shards.
#[derive(Debug)]
pub struct ThreadedCache<C: Primitives> {
    shards: Sharded<Shard<C>>,
}

/// The facts of a key and its compiled policy.
type OpenedKey = (KeyFacts, Box<[u8]>);

#[derive(Debug)]
struct Shard<C: Primitives> {
    keys: ClockMap<KeyId, OpenedKey>,
    /// Boxed, so that a growing map moves no key material about.
    versions: ClockMap<(KeyId, u32), Box<BackingKey<C>>>,
    /// Fills older than this revision are refused.
    oldest: u64,
    /// Where records are opened; made when the first one is.
    scratch: Vec<u8>,
}

impl<C: Primitives> ThreadedCache<C> {
    /// Holds at most `keys_max` keys and as many versions, over all shards.
    #[must_use]
    pub fn new(keys_max: usize) -> Self {
        let each = keys_max.div_ceil(Sharded::<Shard<C>>::count());
        let shard = || Shard {
            keys: ClockMap::new(each),
            versions: ClockMap::new(each),
            oldest: 0,
            scratch: Vec::new(),
        };
        ThreadedCache { shards: Sharded::new(shard) }
    }
}

/// Opens a record in the scratch buffer, keeps what is wanted of it, and wipes the rest.
fn open_in(
    scratch: &mut Vec<u8>,
    open: impl FnOnce(&mut [u8]) -> Result<Option<(KeyFacts, Range<usize>)>, Error>,
) -> Result<Option<OpenedKey>, Error> {
    scratch.resize(RECORD_BLOB_LEN, 0);
    match open(scratch) {
        Ok(Some((facts, policy))) => {
            let kept = Box::from(scratch.get(policy.clone()).unwrap_or_default());
            // Behind the policy come padding and tag; nothing else was written.
            let end = policy.end.saturating_add(256).min(scratch.len());
            scratch.get_mut(..end).unwrap_or_default().zeroize();
            Ok(Some((facts, kept)))
        }
        other => {
            scratch.as_mut_slice().zeroize();
            other.map(|_| None)
        }
    }
}

impl<C: Primitives> Cache<C> for ThreadedCache<C> {
    fn lend_key<R>(&self, id: &KeyId, read: impl FnOnce(&KeyFacts, &[u8]) -> R) -> Result<Option<R>, Error> {
        self.shards.mine(|shard| shard.keys.get(id).map(|(facts, policy)| read(facts, policy)))
    }

    fn fill_key(
        &self,
        id: &KeyId,
        revision: u64,
        open: impl FnOnce(&mut [u8]) -> Result<Option<(KeyFacts, Range<usize>)>, Error>,
    ) -> Result<Fill, Error> {
        self.shards.mine(|shard| {
            if revision < shard.oldest {
                return Ok(Fill::Stale);
            }
            match open_in(&mut shard.scratch, open)? {
                Some(opened) => {
                    shard.keys.insert(*id, opened);
                    Ok(Fill::Done)
                }
                None => Ok(Fill::Absent),
            }
        })?
    }

    fn lend_backing_key<R>(
        &self,
        id: &KeyId,
        version: u32,
        read: impl FnOnce(&BackingKey<C>) -> R,
    ) -> Result<Option<R>, Error> {
        self.shards.mine(|shard| shard.versions.get(&(*id, version)).map(|key| read(key)))
    }

    fn fill_backing_key(
        &self,
        id: &KeyId,
        version: u32,
        revision: u64,
        key: BackingKey<C>,
        give_up: &mut dyn FnMut(&BackingKey<C>),
    ) -> Result<Fill, Error> {
        self.shards.mine(|shard| {
            if revision < shard.oldest {
                return Fill::Stale;
            }
            if let Some(given_up) = shard.versions.insert((*id, version), Box::new(key)) {
                give_up(&given_up);
            }
            Fill::Done
        })
    }

    fn lend_versions(&self, id: Option<&KeyId>, visit: &mut dyn FnMut(&BackingKey<C>)) -> Result<(), Error> {
        self.shards.all(|shard| {
            let held = shard.versions.iter();
            held.filter(|((of, _), _)| id.is_none_or(|id| of == id)).for_each(|(_, key)| visit(key));
        })
    }

    fn forget(&self, id: &KeyId, revision: u64) -> Result<(), Error> {
        self.shards.all(|shard| {
            shard.oldest = shard.oldest.max(revision);
            shard.keys.remove(id);
            shard.versions.remove_where(|(key_id, _)| key_id == id);
        })
    }

    fn forget_all(&self, revision: u64) -> Result<(), Error> {
        self.shards.all(|shard| {
            shard.keys.clear();
            shard.versions.clear();
            shard.scratch.zeroize();
            shard.oldest = revision;
        })
    }
}
