use crate::error::{Error, StorageError};

/// Where a blob lies: 24 bytes that say nothing about what it is to whoever has not got the vault's name key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(pub [u8; 24]);

/// A map from addresses to sealed blobs, changed by small atomic commits.
///
/// # Contract
/// The vault trusts storage with nothing but the two properties of [`Storage::commit`]. Whatever `read` returns is
/// checked, so wrong, old or missing blobs are noticed and cost the record they belong to. But a commit that is half
/// done, or that was acknowledged and is gone after a power cut, loses what the caller was told is safe.
pub trait Storage {
    /// Copies the blob at `address` to the front of `buffer` and returns its length, or `None` where there is none.
    ///
    /// # Errors
    /// [`StorageError::BufferTooSmall`] tells the length needed. Others: nothing is known of the blob.
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError>;

    /// Applies all changes that `stage` makes, or none, and makes them durable before returning.
    ///
    /// `expected_revision` is what the last commit left, 0 for empty storage; after this one it is one higher. `stage`
    /// only writes and may be called once; if it fails, nothing changes.
    ///
    /// # Errors
    /// [`Error::Storage`] with [`StorageError::Conflict`] if the revision differs. After any error the vault ends its
    /// session, since the outcome may be unknown.
    fn commit(
        &self,
        expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// Visits every address in use, in no particular order. For repair and inspection only: never trusted.
    ///
    /// # Errors
    /// The visit ended early.
    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError>;

    /// Where changes wait for a commit that several of them share; none if the storage keeps nothing in memory. Of use only
    /// where the state tells that others wait for the writer ([`super::State::is_awaited`]).
    fn staging(&self) -> Option<&dyn Staging> {
        None
    }
}

/// Changes in memory on their way into a storage: those of several callers, for one commit.
///
/// # Contract
/// The next [`Storage::commit`] makes what is staged part of its changes, before those of its own, and whatever comes of it
/// nothing is staged afterwards. [`Storage::read`] and [`Storage::walk`] see nothing of it until then. A staging that loses
/// changes, or shows them to readers, makes a vault answer what a power cut can take back.
pub trait Staging {
    /// Keeps what `stage` writes, or nothing of it. `stage` may be called once.
    ///
    /// # Errors
    /// What `stage` answers; the vault ends its session then, and calls [`Staging::discard`].
    fn stage(&self, stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>) -> Result<(), Error>;

    /// As [`Storage::read`], of what the storage would hold after a commit.
    ///
    /// # Errors
    /// Those of [`Storage::read`].
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError>;

    /// Gives up everything that is staged.
    fn discard(&self);
}

/// The changes of one commit.
pub trait Transaction {
    /// Stores `blob` at `address`, in place of what is there.
    ///
    /// # Errors
    /// [`Error::Storage`]: the commit is to be given up.
    fn put(&mut self, address: &Address, blob: &[u8]) -> Result<(), Error>;

    /// Removes the blob at `address`, if there is one.
    ///
    /// # Errors
    /// [`Error::Storage`]: the commit is to be given up.
    fn remove(&mut self, address: &Address) -> Result<(), Error>;
}
