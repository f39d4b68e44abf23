use core::cell::RefCell;

use rand_core::TryCryptoRng;

/// No randomness could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntropyFailed;

/// Fills buffers with the output of a cryptographically secure generator.
///
/// # Contract
/// Every byte is unpredictable to anyone who has not read this process's memory, also across restarts, forks and
/// restored snapshots. The buffer is filled whole or the call fails. Output that repeats lets an attacker recover
/// message keys and makes two stored records share a key; nothing in the vault can notice.
pub trait Entropy {
    /// Fills `buffer` with random bytes, or fails; never short.
    ///
    /// # Errors
    /// [`EntropyFailed`]: the buffer's content is unspecified and must not be used.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed>;
}

/// Any fallible generator of `rand_core` behind a cell.
impl<R: TryCryptoRng> Entropy for RefCell<R> {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
        self.try_borrow_mut().map_err(|_| EntropyFailed)?.try_fill_bytes(buffer).map_err(|_| EntropyFailed)
    }
}
