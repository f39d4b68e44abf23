use crate::crypto::Primitives;
use crate::error::Error;
use crate::vault::{Published, Writer};

/// A home for the vault's own mutable state: the writer's half under one lock, and a published half for readers.
///
/// # Contract
/// At most one closure has the writer at a time, and readers of the published half see a change whole or not at all.
/// The published half may be kept in several copies, for threads; `publish` changes every one before it returns.
/// Neither half is written anywhere. A state that lends the writer twice loses commits.
pub trait State<C: Primitives> {
    /// Lends the writer's half, and a buffer as large as the largest sealed record of this platform.
    ///
    /// # Errors
    /// [`Error::Busy`].
    fn lend_writer<R>(&self, write: impl FnOnce(&mut Writer<C>, &mut [u8]) -> R) -> Result<R, Error>;

    /// Lends the published half.
    ///
    /// # Errors
    /// [`Error::Busy`].
    fn lend_published<R>(&self, read: impl FnOnce(&Published<C>) -> R) -> Result<R, Error>;

    /// Changes every copy of the published half.
    ///
    /// # Errors
    /// [`Error::Busy`].
    fn publish(&self, change: impl Fn(&mut Published<C>)) -> Result<(), Error>;

    /// Whether somebody else waits for the writer just now. Where the storage has a staging, the vault gathers changes of several
    /// callers for one commit while this holds; an answer that comes too late costs time, and nothing else.
    fn is_awaited(&self) -> bool {
        false
    }

    /// As [`State::lend_writer`], once nobody else waits for the writer any more, or `is_over` says of it that there is nothing
    /// left to wait for, or after a few milliseconds.
    ///
    /// # Errors
    /// None where [`State::is_awaited`] ever holds: a caller that may not come back is told nothing of its change.
    fn lend_writer_last<R>(
        &self,
        is_over: impl Fn(&Writer<C>) -> bool,
        write: impl FnOnce(&mut Writer<C>, &mut [u8]) -> R,
    ) -> Result<R, Error> {
        let _ = is_over;
        self.lend_writer(write)
    }
}
