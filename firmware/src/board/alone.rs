//! Statics of a program that has one thread.
#![expect(unsafe_code, reason = "one core, and no interrupt has its handler run")]

use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;

/// A value that only one thread can reach, because there is no other.
#[derive(Debug)]
pub struct Alone<T>(T);

// SAFETY: these boards have one core that runs, no handler of an interrupt is run, and `run` is called once: nothing else ever
// reads or writes the value at the same time.
unsafe impl<T> Sync for Alone<T> {}

impl<T> Alone<T> {
    /// For a static.
    pub const fn new(value: T) -> Self {
        Alone(value)
    }
}

impl<T> core::ops::Deref for Alone<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A value that is made once, and then stays. Its memory starts as zeros, which take no room in flash.
pub struct Once<T> {
    is_made: Cell<bool>,
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Once<T> {
    /// For a static.
    pub const fn new() -> Self {
        Once { is_made: Cell::new(false), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// The value, once it was made.
    pub fn get(&self) -> Option<&T> {
        // SAFETY: it was made, and from then on nobody writes to it.
        self.is_made.get().then(|| unsafe { (*self.value.get()).assume_init_ref() })
    }

    /// Keeps this value, unless there is one already, and lends the one that there is.
    pub fn get_or_keep(&self, value: T) -> &T {
        if !self.is_made.get() {
            // SAFETY: nothing was lent yet, and only one thread can be here: the type is not `Sync`.
            unsafe { (*self.value.get()).write(value) };
            self.is_made.set(true);
        }
        // SAFETY: as in `get`.
        unsafe { (*self.value.get()).assume_init_ref() }
    }
}
