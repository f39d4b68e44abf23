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
}
