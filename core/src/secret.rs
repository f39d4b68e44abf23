//! The one type for secrets of a fixed length.

use zeroize::Zeroize;

use crate::error::Error;
use crate::platform::Entropy;

/// `N` secret bytes: filled in place, lent by closure, wiped on drop.
///
/// It has no `Clone`, `PartialEq` or serialization, and its `Debug` shows the length only. A move in memory is a copy
/// that nobody wipes, so secrets stay in their slot and are lent.
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// A slot of zeros, to be filled.
    #[must_use]
    pub const fn zeroed() -> Self {
        Secret([0; N])
    }

    /// Fills the slot with fresh random bytes.
    ///
    /// # Errors
    /// [`Error::Entropy`]: the slot holds zeros; a retry may help.
    pub fn draw(&mut self, entropy: &impl Entropy) -> Result<(), Error> {
        entropy.fill(&mut self.0).map_err(|_| {
            self.0.zeroize();
            Error::Entropy
        })
    }

    /// Lends the bytes for reading.
    pub fn expose<R>(&self, read: impl FnOnce(&[u8; N]) -> R) -> R {
        read(&self.0)
    }

    /// Lends the bytes for writing in place.
    pub fn fill_with<R>(&mut self, write: impl FnOnce(&mut [u8; N]) -> R) -> R {
        write(&mut self.0)
    }

    /// Wipes the slot before its time.
    pub(crate) fn wipe(&mut self) {
        self.0.zeroize();
    }

    /// Takes another secret's bytes into this slot. The other one keeps its own.
    pub(crate) fn set_from(&mut self, other: &Secret<N>) {
        self.0 = other.0;
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> zeroize::ZeroizeOnDrop for Secret<N> {}

impl<const N: usize> core::fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Secret({N} bytes)")
    }
}
