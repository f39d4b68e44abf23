use core::cell::RefCell;

use crate::error::{Error, StorageError};
use crate::platform::{Address, Storage, Transaction};

/// Sealed blobs in `STORE` bytes of memory, packed one behind the other.
#[derive(Debug)]
pub struct RamStorage<const STORE: usize>(RefCell<Store<STORE>>);

/// Entries, each `address (24) ‖ u16 length ‖ blob`; a length of `REMOVED` and no blob stages a removal.
#[derive(Debug)]
struct Store<const STORE: usize> {
    bytes: [u8; STORE],
    len: usize,
    revision: u64,
}

const HEAD: usize = 26;
const REMOVED: u16 = u16::MAX;

impl<const STORE: usize> RamStorage<STORE> {
    /// Empty storage.
    #[must_use]
    pub const fn new() -> Self {
        RamStorage(RefCell::new(Store { bytes: [0; STORE], len: 0, revision: 0 }))
    }
}

impl<const STORE: usize> Default for RamStorage<STORE> {
    fn default() -> Self {
        Self::new()
    }
}

/// An entry's place: where it starts, its address, and its blob if it has one.
type Entry = (usize, Address, Option<core::ops::Range<usize>>);

impl<const STORE: usize> Store<STORE> {
    /// The entry at `at`, and where the next one starts.
    fn entry(&self, at: usize) -> Option<(Entry, usize)> {
        let head = self.bytes.get(at..self.len)?.first_chunk::<HEAD>()?;
        let (address, length) = head.split_first_chunk::<24>()?;
        let length = u16::from_be_bytes(*length.first_chunk()?);
        let start = at.saturating_add(HEAD);
        let end = start.saturating_add(if length == REMOVED { 0 } else { usize::from(length) });
        let blob = (length != REMOVED).then_some(start..end);
        Some(((at, Address(*address), blob), end))
    }

    fn entries(&self, from: usize) -> impl Iterator<Item = Entry> + '_ {
        let mut at = from;
        core::iter::from_fn(move || {
            let (entry, next) = self.entry(at)?;
            at = next;
            Some(entry)
        })
    }

    fn append(&mut self, address: &Address, length: u16, blob: &[u8]) -> Result<(), Error> {
        let end = self.len.saturating_add(HEAD).saturating_add(blob.len());
        let room = self.bytes.get_mut(self.len..end).ok_or(StorageError::Full)?;
        let head = address.0.iter().copied().chain(length.to_be_bytes());
        for (to, from) in room.iter_mut().zip(head.chain(blob.iter().copied())) {
            *to = from;
        }
        self.len = end;
        Ok(())
    }

    /// Cuts the bytes `start..end` out.
    fn cut(&mut self, start: usize, end: usize) {
        if end <= self.len && start <= end {
            self.bytes.copy_within(end..self.len, start);
            self.len = self.len.saturating_sub(end.saturating_sub(start));
        }
    }

    /// Makes what was staged behind `staged_from` the only entries of their addresses, without removals.
    fn settle(&mut self, mut staged_from: usize) {
        let mut at = 0;
        while let Some(((start, address, blob), next)) = self.entry(at) {
            let is_replaced = self.entries(staged_from.max(next)).any(|(_, staged, _)| staged == address);
            if is_replaced || blob.is_none() {
                self.cut(start, next);
                if start < staged_from {
                    staged_from = staged_from.saturating_sub(next.saturating_sub(start));
                }
            } else {
                at = next;
            }
        }
    }
}

impl<const STORE: usize> Transaction for Store<STORE> {
    fn put(&mut self, address: &Address, blob: &[u8]) -> Result<(), Error> {
        let length = u16::try_from(blob.len()).ok().filter(|length| *length != REMOVED);
        self.append(address, length.ok_or(StorageError::Full)?, blob)
    }

    fn remove(&mut self, address: &Address) -> Result<(), Error> {
        self.append(address, REMOVED, &[])
    }
}

impl<const STORE: usize> Storage for RamStorage<STORE> {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        let store = self.0.try_borrow().map_err(|_| StorageError::Busy)?;
        let found = store.entries(0).find(|(_, stored, _)| stored == address);
        let Some(blob) = found.and_then(|(_, _, blob)| store.bytes.get(blob?)) else { return Ok(None) };
        let needed = blob.len();
        buffer.get_mut(..needed).ok_or(StorageError::BufferTooSmall { needed })?.copy_from_slice(blob);
        Ok(Some(needed))
    }

    fn commit(
        &self,
        expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut store = self.0.try_borrow_mut().map_err(|_| StorageError::Busy)?;
        if store.revision != expected_revision {
            return Err(StorageError::Conflict.into());
        }
        let before = store.len;
        match stage(&mut *store) {
            Ok(()) => {
                store.settle(before);
                store.revision = expected_revision.saturating_add(1);
                Ok(())
            }
            Err(error) => {
                store.len = before;
                Err(error)
            }
        }
    }

    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        let store = self.0.try_borrow().map_err(|_| StorageError::Busy)?;
        store.entries(0).for_each(|(_, address, _)| visit(&address));
        Ok(())
    }
}
