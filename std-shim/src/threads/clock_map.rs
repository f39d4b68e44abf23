//! A map of bounded size that makes room by second chance: what was not looked up since the hand last passed goes.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};

/// Hashes keys that are random already: key ids are drawn by the vault, and nothing else is ever inserted, so nobody can
/// choose what collides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RandomKeys;

#[derive(Debug, Default)]
pub(super) struct FoldHasher(u64);

impl BuildHasher for RandomKeys {
    type Hasher = FoldHasher;
    fn build_hasher(&self) -> FoldHasher {
        FoldHasher(0)
    }
}

impl Hasher for FoldHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.0 = self.0.rotate_left(29) ^ u64::from_le_bytes(word);
        }
    }
    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0 ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    fn write_usize(&mut self, _length_prefix: usize) {}
    fn finish(&self) -> u64 {
        self.0
    }
}

#[derive(Debug)]
struct Place<K, V> {
    key: K,
    value: V,
    looked_up: bool,
}

/// The map.
#[derive(Debug)]
pub(super) struct ClockMap<K, V> {
    index: HashMap<K, usize, RandomKeys>,
    places: Vec<Option<Place<K, V>>>,
    free: Vec<usize>,
    hand: usize,
    capacity: usize,
}

impl<K: Copy + Eq + Hash, V> ClockMap<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        ClockMap {
            index: HashMap::with_hasher(RandomKeys),
            places: Vec::new(),
            free: Vec::new(),
            hand: 0,
            capacity: capacity.max(1),
        }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<&V> {
        let place = self.places.get_mut(*self.index.get(key)?)?.as_mut()?;
        place.looked_up = true;
        Some(&place.value)
    }

    /// Puts a value in, and answers the one that had to go for it.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let same = self.remove(&key);
        let at = self.room();
        let place = self.places.get_mut(at)?;
        let given_up = place.replace(Place { key, value, looked_up: false });
        self.index.insert(key, at);
        given_up.map(|place| place.value).or(same)
    }

    /// Everything held, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.places.iter().flatten().map(|place| (&place.key, &place.value))
    }

    /// A free place: a new one while there may be more, else the first that had no second chance.
    fn room(&mut self) -> usize {
        if let Some(at) = self.free.pop() {
            return at;
        }
        if self.places.len() < self.capacity {
            self.places.push(None);
            return self.places.len().saturating_sub(1);
        }
        loop {
            let at = self.hand;
            self.hand = at.saturating_add(1).checked_rem(self.places.len()).unwrap_or(0);
            match self.places.get_mut(at) {
                Some(Some(place)) if place.looked_up => place.looked_up = false,
                Some(Some(place)) => {
                    self.index.remove(&place.key);
                    return at;
                }
                Some(None) | None => return at,
            }
        }
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.index.remove(key)?;
        self.free.push(at);
        self.places.get_mut(at)?.take().map(|place| place.value)
    }

    /// Looks at every key: for changes, which are rare and cost a disk write.
    pub(super) fn remove_where(&mut self, mut is_meant: impl FnMut(&K) -> bool) {
        let meant: Vec<K> = self.index.keys().filter(|key| is_meant(key)).copied().collect();
        meant.iter().for_each(|key| drop(self.remove(key)));
    }

    pub(super) fn clear(&mut self) {
        *self = ClockMap::new(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_at_most_its_capacity_and_keeps_what_is_used() {
        let mut map = ClockMap::new(4);
        for key in 0u32..4 {
            map.insert(key, key);
        }
        for key in 4u32..100 {
            assert_eq!(map.get(&1), Some(&1));
            map.insert(key, key);
        }
        assert_eq!(map.get(&1), Some(&1));
        assert_eq!(map.get(&99), Some(&99));
        assert_eq!((0..100).filter(|key| map.get(key).is_some()).count(), 4);
    }

    #[test]
    fn a_removed_place_is_used_again() {
        let mut map = ClockMap::new(2);
        for round in 0u32..50 {
            map.insert(round, round);
            map.remove(&round);
        }
        assert_eq!(map.places.len(), 1);
        map.insert(1, 1);
        map.insert(2, 2);
        assert_eq!(map.get(&1), Some(&1));
        assert_eq!(map.get(&2), Some(&2));
    }
}
