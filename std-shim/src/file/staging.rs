//! Changes of several callers on their way into one commit of the file: sealed blobs in memory, and nothing else.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Address, Transaction};

/// What each address is to hold: a blob, or nothing any more. Of what was put twice the last is left.
pub(super) type Changes = BTreeMap<Address, Option<Vec<u8>>>;

/// What the next commit takes along.
#[derive(Debug, Default)]
pub(super) struct StagedChanges(Mutex<Changes>);

impl StagedChanges {
    fn lock(&self) -> MutexGuard<'_, Changes> {
        // Changes come whole or not at all, so a panic elsewhere leaves nothing half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps all of it, or nothing.
    pub(super) fn keep(
        &self,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut more = Gathered::default();
        stage(&mut more)?;
        self.lock().append(&mut more.0);
        Ok(())
    }

    /// Hands out everything: nothing is staged any more.
    pub(super) fn take(&self) -> Changes {
        std::mem::take(&mut *self.lock())
    }

    /// What is to be at an address, copied to the front of `buffer`; `None` if that is as it was.
    pub(super) fn read(
        &self,
        address: &Address,
        buffer: &mut [u8],
    ) -> Option<Result<Option<usize>, StorageError>> {
        self.lock().get(address).map(|change| {
            let Some(blob) = change else { return Ok(None) };
            let needed = blob.len();
            let place = buffer.get_mut(..needed).ok_or(StorageError::BufferTooSmall { needed })?;
            place.copy_from_slice(blob);
            Ok(Some(needed))
        })
    }
}

/// What one change writes.
#[derive(Default)]
struct Gathered(Changes);

impl Transaction for Gathered {
    fn put(&mut self, address: &Address, blob: &[u8]) -> Result<(), Error> {
        self.0.insert(*address, Some(blob.to_vec()));
        Ok(())
    }

    fn remove(&mut self, address: &Address) -> Result<(), Error> {
        self.0.insert(*address, None);
        Ok(())
    }
}
