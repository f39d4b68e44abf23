//! A lock that knows who holds it, and that can be left to others first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use strongroom_core::Error;

/// The number of the calling thread, from 1.
pub(super) fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    thread_local!(static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    // While a thread's locals are being torn down, a number that nobody has.
    NUMBER.try_with(|number| *number).unwrap_or_else(|_| NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A lock that answers `Busy` to the thread that holds it, instead of waiting for itself.
#[derive(Debug)]
// Its own cache line, so that neighbours do not slow each other down.
#[repr(align(128))]
pub(super) struct Lent<T> {
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
    pub(super) const fn new(value: T) -> Self {
        Lent {
            holder: AtomicUsize::new(0),
            value: Mutex::new(value),
            patient: AtomicUsize::new(0),
            given_back: Condvar::new(),
        }
    }

    /// Lends the value.
    pub(super) fn with<R>(&self, use_value: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        self.lend(|value| value, use_value)
    }

    /// Lends the value once `is_turn` says so of it, or after [`PATIENCE`]. It is asked again whenever somebody gives it back.
    pub(super) fn with_last<R>(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_lend_does_not_lock_the_shard_for_ever() {
        let lent = Lent::new(1);
        let caught =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| lent.with(|_| panic!("as planned"))));
        assert!(caught.is_err());
        assert_eq!(lent.with(|value| *value), Ok(1));
    }
}
