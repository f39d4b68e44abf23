use std::collections::BTreeMap;
use std::sync::Arc;

use redb::{ReadableTable, Table, TableDefinition};
use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Address, Staging, Storage, Transaction};

use super::audit::AUDIT;
use super::sealed_file::{SealedFile, medium};
use super::staging::StagedChanges;

const BLOBS: TableDefinition<'_, &[u8; 24], &[u8]> = TableDefinition::new("blobs");
/// One row, `revision`: counts commits.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const REVISION: &str = "revision";

/// Sealed blobs in the vault's file. A commit is one transaction of the engine, synced before it returns.
#[derive(Debug)]
pub struct FileStorage {
    file: Arc<SealedFile>,
    staged: StagedChanges,
}

impl FileStorage {
    /// The storage in this file.
    #[must_use]
    pub fn new(file: Arc<SealedFile>) -> Self {
        FileStorage { file, staged: StagedChanges::default() }
    }
}

impl SealedFile {
    /// Makes these the contents of a new file, in one transaction.
    pub(crate) fn fill(
        &self,
        revision: u64,
        blobs: &BTreeMap<Address, Vec<u8>>,
        entries: &BTreeMap<u64, Vec<u8>>,
    ) -> Result<(), StorageError> {
        self.write(|transaction| {
            let filled = || -> Result<(), redb::Error> {
                transaction.open_table(META)?.insert(REVISION, revision)?;
                let mut table = transaction.open_table(BLOBS)?;
                for (address, blob) in blobs {
                    table.insert(&address.0, blob.as_slice())?;
                }
                let mut table = transaction.open_table(AUDIT)?;
                for (sequence, entry) in entries {
                    table.insert(sequence, entry.as_slice())?;
                }
                Ok(())
            };
            filled().map_err(|error| medium(&error))
        })
    }
}

/// A table that does not exist yet is an empty one.
fn unless_missing<T>(opened: Result<T, redb::TableError>) -> Result<Option<T>, redb::Error> {
    match opened {
        Ok(table) => Ok(Some(table)),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Storage for FileStorage {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        let mut too_small = None;
        let read = self.file.read(|transaction| {
            let Some(table) = unless_missing(transaction.open_table(BLOBS))? else { return Ok(None) };
            let Some(blob) = table.get(&address.0)? else { return Ok(None) };
            let needed = blob.value().len();
            match buffer.get_mut(..needed) {
                Some(place) => place.copy_from_slice(blob.value()),
                None => too_small = Some(StorageError::BufferTooSmall { needed }),
            }
            Ok(Some(needed))
        });
        match too_small {
            Some(error) => Err(error),
            None => read,
        }
    }

    fn commit(
        &self,
        expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let failed = |error: redb::Error| Error::Storage(medium(&error));
        let staged = self.staged.take();
        self.file.write(|transaction| {
            let mut meta = transaction.open_table(META).map_err(|error| failed(error.into()))?;
            let revision =
                meta.get(REVISION).map_err(|error| failed(error.into()))?.map_or(0, |row| row.value());
            if revision != expected_revision {
                return Err(Error::Storage(StorageError::Conflict));
            }
            let next = expected_revision.saturating_add(1);
            meta.insert(REVISION, next).map_err(|error| failed(error.into()))?;
            let table = transaction.open_table(BLOBS).map_err(|error| failed(error.into()))?;
            let mut writing = Writing(table);
            for (address, change) in &staged.0 {
                match change {
                    Some(blob) => writing.put(address, blob)?,
                    None => writing.remove(address)?,
                }
            }
            stage(&mut writing)
        })
    }

    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        self.file.read(|transaction| {
            let Some(table) = unless_missing(transaction.open_table(BLOBS))? else { return Ok(()) };
            for row in table.iter()? {
                visit(&Address(*row?.0.value()));
            }
            Ok(())
        })
    }

    fn staging(&self) -> Option<&dyn Staging> {
        Some(self)
    }
}

impl Staging for FileStorage {
    fn stage(&self, stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>) -> Result<(), Error> {
        self.staged.keep(stage)
    }

    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        self.staged.read(address, buffer).unwrap_or_else(|| Storage::read(self, address, buffer))
    }

    fn discard(&self) {
        drop(self.staged.take());
    }
}

/// The blobs, open for writing.
struct Writing<'t>(Table<'t, &'static [u8; 24], &'static [u8]>);

impl Transaction for Writing<'_> {
    fn put(&mut self, address: &Address, blob: &[u8]) -> Result<(), Error> {
        self.0.insert(&address.0, blob).map(|_| ()).map_err(|error| Error::Storage(medium(&error.into())))
    }

    fn remove(&mut self, address: &Address) -> Result<(), Error> {
        self.0.remove(&address.0).map(|_| ()).map_err(|error| Error::Storage(medium(&error.into())))
    }
}
