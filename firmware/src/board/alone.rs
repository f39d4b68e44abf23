//! Statics of a program that has one thread.
#![expect(unsafe_code, reason = "one core, and no interrupt has its handler run")]

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
