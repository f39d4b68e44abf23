use crate::crypto::Primitives;
use crate::error::Error;
use crate::key::{KeyFacts, KeyId};
use crate::keyring::BackingKey;

/// What became of a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Kept, or given up for lack of room: the next lend tells.
    Done,
    /// The record does not exist.
    Absent,
    /// Older than the last `forget`: read it again.
    Stale,
}

/// Lends opened key records and backing keys to closures.
///
/// # Contract
/// The cache bounds RAM, not the vault. It wipes what it evicts and forgets; `forget_all` returns only when every copy
/// in every thread's reach is wiped. Lends never nest: a call from within a lent closure is [`Error::Busy`] or works,
/// but never waits for itself. A fill that carries a revision older than the last `forget` is refused, otherwise a
/// disabled key would go on working from a copy that a slow reader put back.
pub trait Cache<C: Primitives> {
    /// Lends the facts and the compiled policy of a key, if held.
    ///
    /// # Errors
    /// [`Error::Busy`].
    fn lend_key<R>(&self, id: &KeyId, read: impl FnOnce(&KeyFacts, &[u8]) -> R) -> Result<Option<R>, Error>;

    /// Lends an empty buffer, into which `open` brings the key record as read at `revision`; it answers the facts and
    /// where in the buffer the policy lies, or `None` for a record that does not exist.
    ///
    /// # Errors
    /// What `open` answers, or [`Error::Busy`]. Nothing is kept.
    fn fill_key(
        &self,
        id: &KeyId,
        revision: u64,
        open: impl FnOnce(&mut [u8]) -> Result<Option<(KeyFacts, core::ops::Range<usize>)>, Error>,
    ) -> Result<Fill, Error>;

    /// Lends one version of a key, if held.
    ///
    /// # Errors
    /// [`Error::Busy`].
    fn lend_backing_key<R>(
        &self,
        id: &KeyId,
        version: u32,
        read: impl FnOnce(&BackingKey<C>) -> R,
    ) -> Result<Option<R>, Error>;

    /// Keeps one version of a key, as read at `revision`. Every copy that is given up for it, and a copy of the same version
    /// that it replaces, is shown to `give_up` first: it may hold counted uses.
    ///
    /// # Errors
    /// [`Error::Busy`]. Nothing is kept.
    fn fill_backing_key(
        &self,
        id: &KeyId,
        version: u32,
        revision: u64,
        key: BackingKey<C>,
        give_up: &mut dyn FnMut(&BackingKey<C>),
    ) -> Result<Fill, Error>;

    /// Lends every copy held of every version of a key, or of all keys, one after the other.
    ///
    /// # Errors
    /// [`Error::Busy`]: some may not have been lent.
    fn lend_versions(&self, id: Option<&KeyId>, visit: &mut dyn FnMut(&BackingKey<C>)) -> Result<(), Error>;

    /// Forgets everything about a key, and refuses fills older than `revision` from now on.
    ///
    /// # Errors
    /// [`Error::Busy`]: something may still be held.
    fn forget(&self, id: &KeyId, revision: u64) -> Result<(), Error>;

    /// Wipes everything, and refuses fills older than `revision` from now on: `u64::MAX` for all of them. A later call
    /// with a lower revision lets fills in again.
    ///
    /// # Errors
    /// [`Error::Busy`]: something may still be held.
    fn forget_all(&self, revision: u64) -> Result<(), Error>;
}
