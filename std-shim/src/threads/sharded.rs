//! One value in several copies, each behind its own lock: a thread uses the copy it was dealt, and nobody waits unless
//! there are more threads than shards.

use std::thread;

use strongroom_core::Error;

use super::lent::{Lent, thread_number};

/// More shards than this would cost memory and save no waiting on machines of today.
const SHARDS_MAX: usize = 64;

/// The shards.
#[derive(Debug)]
pub(crate) struct Sharded<T> {
    shards: Box<[Lent<T>]>,
}

impl<T> Sharded<T> {
    pub(crate) fn new(mut make: impl FnMut() -> T) -> Self {
        Sharded { shards: (0..Self::count()).map(|_| Lent::new(make())).collect() }
    }

    /// How many shards there are on this machine.
    pub(crate) fn count() -> usize {
        thread::available_parallelism().map_or(4, usize::from).clamp(1, SHARDS_MAX)
    }

    /// Lends the calling thread's copy.
    pub(crate) fn mine<R>(&self, use_value: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        let place = thread_number().checked_rem(self.shards.len()).unwrap_or(0);
        self.shards.get(place).ok_or(Error::Bug)?.with(use_value)
    }

    /// Lends every copy in turn.
    pub(crate) fn all(&self, mut use_value: impl FnMut(&mut T)) -> Result<(), Error> {
        self.shards.iter().try_for_each(|shard| shard.with(&mut use_value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lend_within_a_lend_is_busy_and_not_a_deadlock() {
        let sharded = Sharded::new(|| 0);
        let inner = sharded.mine(|_| sharded.mine(|_| ())).unwrap();
        assert_eq!(inner, Err(Error::Busy));
        assert!(sharded.mine(|_| ()).is_ok());
    }
}
