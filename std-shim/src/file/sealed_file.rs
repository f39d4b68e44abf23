use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::backends::FileBackend;
use redb::{
    Builder, Database, DatabaseError, ReadOnlyDatabase, ReadableDatabase, StorageBackend,
    StorageError as RedbError,
};
use strongroom_core::error::StorageError;

use crate::error::OpenError;
use crate::threads::soil_stack;
use crate::vault::Settings;

/// An open vault file, behind a fence: a panic of the database engine becomes an error, and the handle is of no use from
/// then on.
///
/// The fence needs unwinding: a program built with `panic = "abort"` ends when redb meets a page that was damaged in
/// certain ways.
#[derive(Debug)]
pub struct SealedFile {
    /// Always there, until the drop.
    engine: Option<Engine>,
    /// The engine panicked: what it has in memory is not to be trusted.
    is_poisoned: AtomicBool,
    quick_repair: bool,
}

enum Engine {
    ReadWrite(Database),
    /// Leaves every byte of the file as it is.
    ReadOnly(ReadOnlyDatabase),
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Engine::ReadWrite(_) => "ReadWrite",
            Engine::ReadOnly(_) => "ReadOnly",
        })
    }
}

impl SealedFile {
    /// Makes a new file.
    ///
    /// # Errors
    /// [`OpenError::AlreadyExists`], [`OpenError::Io`]: nothing was made.
    pub fn create(path: &Path, settings: &Settings) -> Result<Self, OpenError> {
        // Whoever creates the name owns it: two creators cannot both succeed.
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = match options.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(OpenError::AlreadyExists(path.to_owned()));
            }
            Err(error) => return Err(error.into()),
        };
        let made = FileBackend::new(file)
            .map_err(|error| refusal(path, error))
            .and_then(|backend| Self::on(path, backend, settings));
        match made {
            Ok(_) => sync_parent(path)?,
            // Ours, and not a vault.
            Err(_) => drop(std::fs::remove_file(path)),
        }
        made
    }

    /// Opens what is behind a backend, and makes it if that is empty. The path is for errors.
    pub(crate) fn on(
        path: &Path,
        backend: impl StorageBackend,
        settings: &Settings,
    ) -> Result<Self, OpenError> {
        Self::fenced(path, settings, |builder| builder.create_with_backend(backend).map(Engine::ReadWrite))
    }

    /// Opens an existing file and takes it for this handle alone.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, settings: &Settings) -> Result<Self, OpenError> {
        Self::check_is_file(path)?;
        Self::fenced(path, settings, |builder| builder.open(path).map(Engine::ReadWrite))
    }

    /// Opens an existing file only to look at it; `None` if it was not closed in order and must be repaired first.
    pub(crate) fn open_read_only(path: &Path, settings: &Settings) -> Result<Option<Self>, OpenError> {
        Self::check_is_file(path)?;
        let mut needs_repair = false;
        let opened = Self::fenced(path, settings, |builder| {
            let opened = builder.open_read_only(path);
            needs_repair = matches!(opened, Err(DatabaseError::RepairAborted));
            opened.map(Engine::ReadOnly)
        });
        if needs_repair { Ok(None) } else { opened.map(Some) }
    }

    fn check_is_file(path: &Path) -> Result<(), OpenError> {
        let length = match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => metadata.len(),
            Ok(_) => return Err(OpenError::NotAVault(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(OpenError::NotFound(path.to_owned()));
            }
            Err(error) => return Err(error.into()),
        };
        // The engine makes a new database of an empty file.
        if length == 0 {
            return Err(OpenError::NotAVault(path.to_owned()));
        }
        Ok(())
    }

    fn fenced(
        path: &Path,
        settings: &Settings,
        open: impl FnOnce(&mut Builder) -> Result<Engine, DatabaseError>,
    ) -> Result<Self, OpenError> {
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let mut builder = Database::builder();
            builder.set_cache_size(settings.file_cache_bytes);
            open(&mut builder)
        }));
        match opened {
            Ok(Ok(engine)) => Ok(SealedFile {
                engine: Some(engine),
                is_poisoned: AtomicBool::new(false),
                quick_repair: settings.quick_repair,
            }),
            Ok(Err(error)) => Err(refusal(path, error)),
            Err(_) => Err(OpenError::Damaged(path.to_owned())),
        }
    }

    /// Calls the engine, and turns what it does into one of our errors.
    fn fence<R>(&self, call: impl FnOnce(&Engine) -> Result<R, StorageError>) -> Result<R, StorageError> {
        soil_stack();
        if self.is_poisoned.load(Ordering::Acquire) {
            return Err(StorageError::Medium);
        }
        let engine = self.engine.as_ref().ok_or(StorageError::Medium)?;
        catch_unwind(AssertUnwindSafe(|| call(engine))).unwrap_or_else(|_| {
            self.is_poisoned.store(true, Ordering::Release);
            Err(StorageError::Medium)
        })
    }

    /// Reads in a transaction of its own.
    pub(super) fn read<R>(
        &self,
        read: impl FnOnce(&redb::ReadTransaction) -> Result<R, redb::Error>,
    ) -> Result<R, StorageError> {
        self.fence(|engine| {
            let begun = match engine {
                Engine::ReadWrite(database) => database.begin_read(),
                Engine::ReadOnly(database) => database.begin_read(),
            };
            let transaction = begun.map_err(|error| medium(&error.into()))?;
            read(&transaction).map_err(|error| medium(&error))
        })
    }

    /// Writes in a transaction that is durable when this returns, or has left no trace.
    pub(super) fn write<R, E: From<StorageError>>(
        &self,
        write: impl FnOnce(&redb::WriteTransaction) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut refused = None;
        let written = self.fence(|engine| {
            let Engine::ReadWrite(database) = engine else { return Err(StorageError::Medium) };
            let mut transaction = database.begin_write().map_err(|error| medium(&error.into()))?;
            transaction.set_quick_repair(self.quick_repair);
            match write(&transaction) {
                Ok(answer) => {
                    transaction.commit().map_err(|error| medium(&error.into()))?;
                    Ok(Some(answer))
                }
                Err(error) => {
                    refused = Some(error);
                    transaction.abort().map_err(|error| medium(&error.into()))?;
                    Ok(None)
                }
            }
        });
        match (written, refused) {
            (_, Some(error)) => Err(error),
            (Ok(Some(answer)), None) => Ok(answer),
            (Ok(None), None) => Err(StorageError::Medium.into()),
            (Err(error), None) => Err(error.into()),
        }
    }
}

impl Drop for SealedFile {
    /// Closing writes, and a damaged file can make that panic too.
    fn drop(&mut self) {
        let engine = self.engine.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(engine)));
    }
}

/// Makes a new file's name as durable as its content, where folders can be synced.
fn sync_parent(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(parent) = path.parent() {
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        std::fs::File::open(parent)?.sync_all()?;
    }
    Ok(())
}

/// What the engine's errors mean to a vault.
pub(super) fn medium(error: &redb::Error) -> StorageError {
    match error {
        redb::Error::Io(error) if error.kind() == io::ErrorKind::StorageFull => StorageError::Full,
        _ => StorageError::Medium,
    }
}

/// What the engine's refusal to open means to a person.
fn refusal(path: &Path, error: DatabaseError) -> OpenError {
    let path = path.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => OpenError::InUse(path),
        DatabaseError::UpgradeRequired(_) => OpenError::FromTheFuture(path),
        DatabaseError::Storage(RedbError::Io(error)) => match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => OpenError::NotAVault(path),
            _ => OpenError::Io(error),
        },
        _ => OpenError::Damaged(path),
    }
}
