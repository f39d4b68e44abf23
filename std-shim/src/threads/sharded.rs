//! One value in several copies, each behind its own lock: a thread uses the copy it was dealt, and nobody waits unless
//! there are more threads than shards.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use strongroom_core::Error;

/// More shards than this would cost memory and save no waiting on machines of today.
const SHARDS_MAX: usize = 64;

/// The number of the calling thread, from 1.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    thread_local!(static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    // While a thread's locals are being torn down, any number will do.
    NUMBER.try_with(|number| *number).unwrap_or(1)
}

/// A lock that answers `Busy` to the thread that holds it, instead of waiting for itself.
#[derive(Debug)]
// Its own cache line, so that neighbours do not slow each other down.
#[repr(align(128))]
pub(crate) struct Lent<T> {
    holder: AtomicUsize,
    value: Mutex<T>,
}

impl<T> Lent<T> {
    pub(crate) const fn new(value: T) -> Self {
        Lent { holder: AtomicUsize::new(0), value: Mutex::new(value) }
    }

    /// Lends the value.
    pub(crate) fn with<R>(&self, use_value: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        /// Gives the lock's mark back, also when a closure panics.
        struct Unmark<'h>(&'h AtomicUsize);
        impl Drop for Unmark<'_> {
            fn drop(&mut self) {
                self.0.store(0, Ordering::Relaxed);
            }
        }

        let me = thread_number();
        if self.holder.load(Ordering::Relaxed) == me {
            return Err(Error::Busy);
        }
        // A panic inside a lend leaves nothing half-changed that would open anything: values are caches.
        let mut value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        self.holder.store(me, Ordering::Relaxed);
        let _unmark = Unmark(&self.holder);
        Ok(use_value(&mut value))
    }
}

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

    #[test]
    fn a_panic_in_a_lend_does_not_lock_the_shard_for_ever() {
        let lent = Lent::new(1);
        let caught =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| lent.with(|_| panic!("as planned"))));
        assert!(caught.is_err());
        assert_eq!(lent.with(|value| *value), Ok(1));
    }
}
