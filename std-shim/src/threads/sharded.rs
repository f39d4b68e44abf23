//! One value in several copies, each behind its own lock: a thread uses the copy it was dealt, and nobody waits unless
//! there are more threads than shards.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use strongroom_core::Error;

/// More shards than this would cost memory and save no waiting on machines of today.
const SHARDS_MAX: usize = 64;

/// The number of the calling thread, from 1.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    thread_local!(static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    // While a thread's locals are being torn down, a number that nobody has.
    NUMBER.try_with(|number| *number).unwrap_or_else(|_| NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A lock that answers `Busy` to the thread that holds it, instead of waiting for itself.
#[derive(Debug)]
// Its own cache line, so that neighbours do not slow each other down.
#[repr(align(128))]
pub(crate) struct Lent<T> {
    holder: AtomicUsize,
    value: Mutex<T>,
    /// How many threads let others go first,
    patient: AtomicUsize,
    /// and what tells them that somebody has gone.
    given_back: Condvar,
}

/// How long a thread lets others go first.
const PATIENCE: Duration = Duration::from_millis(5);

impl<T> Lent<T> {
    pub(crate) const fn new(value: T) -> Self {
        Lent {
            holder: AtomicUsize::new(0),
            value: Mutex::new(value),
            patient: AtomicUsize::new(0),
            given_back: Condvar::new(),
        }
    }

    /// Lends the value.
    pub(crate) fn with<R>(&self, use_value: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        self.lend(|value| value, use_value)
    }

    /// Lends the value once `is_turn` says so of it, or after [`PATIENCE`]. It is asked again whenever somebody gives it back.
    pub(crate) fn with_last<R>(
        &self,
        is_turn: impl Fn(&T) -> bool,
        use_value: impl FnOnce(&mut T) -> R,
    ) -> Result<R, Error> {
        let wait = |value| {
            // Under the lock: whoever gives the value back after this sees it.
            self.patient.fetch_add(1, Ordering::Relaxed);
            let waited = self.given_back.wait_timeout_while(value, PATIENCE, |value| !is_turn(value));
            self.patient.fetch_sub(1, Ordering::Relaxed);
            waited.unwrap_or_else(PoisonError::into_inner).0
        };
        self.lend(wait, use_value)
    }

    fn lend<'l, R>(
        &'l self,
        wait: impl FnOnce(MutexGuard<'l, T>) -> MutexGuard<'l, T>,
        use_value: impl FnOnce(&mut T) -> R,
    ) -> Result<R, Error> {
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
        let mut value = wait(self.value.lock().unwrap_or_else(PoisonError::into_inner));
        self.holder.store(me, Ordering::Relaxed);
        let unmark = Unmark(&self.holder);
        let answer = use_value(&mut value);
        let is_awaited = self.patient.load(Ordering::Relaxed) > 0;
        // The mark first: the next holder makes its own.
        drop(unmark);
        drop(value);
        if is_awaited {
            self.given_back.notify_all();
        }
        Ok(answer)
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
