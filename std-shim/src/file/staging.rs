//! Changes of several callers on their way into one commit of the file: sealed blobs in memory, and nothing else.

use std::sync::{Mutex, MutexGuard, PoisonError};

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Address, Transaction};

use crate::gathered::Gathered;

/// What the next commit takes along.
#[derive(Debug, Default)]
pub(super) struct StagedChanges(Mutex<Gathered>);

impl StagedChanges {
    fn lock(&self) -> MutexGuard<'_, Gathered> {
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
        self.lock().0.append(&mut more.0);
        Ok(())
    }

    /// Hands out everything: nothing is staged any more.
    pub(super) fn take(&self) -> Gathered {
        std::mem::take(&mut *self.lock())
    }

    /// What is to be at an address, copied to the front of `buffer`; `None` if that is as it was.
    pub(super) fn read(
        &self,
        address: &Address,
        buffer: &mut [u8],
    ) -> Option<Result<Option<usize>, StorageError>> {
        self.lock().0.get(address).map(|change| {
            let Some(blob) = change else { return Ok(None) };
            let needed = blob.len();
            let place = buffer.get_mut(..needed).ok_or(StorageError::BufferTooSmall { needed })?;
            place.copy_from_slice(blob);
            Ok(Some(needed))
        })
    }
}
