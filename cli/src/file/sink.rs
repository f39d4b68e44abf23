//! Where bytes go: standard output as they come, or a file that appears once it is whole.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::path::PathBuf;

use super::places::{Target, exists};
use crate::error::CommandError;
use crate::output::{Raw, raw};
use crate::temporary::Temporary;

/// Who may read a new file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Readers {
    /// Its owner alone: plaintext.
    Owner,
    /// Whom the user's file mode creation mask leaves.
    AsUsual,
}

impl Readers {
    const fn mode(self) -> u32 {
        match self {
            Readers::Owner => 0o600,
            Readers::AsUsual => 0o666,
        }
    }
}

/// An output that is open.
pub(super) enum Sink {
    Standard(Raw),
    File { file: Temporary, path: PathBuf, replaces: bool },
}

impl Sink {
    pub(super) fn open(target: &Target, readers: Readers) -> Result<Self, CommandError> {
        let (path, replaces) = match target {
            Target::Standard => return Ok(Sink::Standard(raw())),
            Target::New(path) => (path, false),
            Target::Existing { file, .. } => (file, true),
        };
        let file = Temporary::beside(path, readers.mode());
        let file = file.map_err(|error| CommandError::written(path, &error))?;
        Ok(Sink::File { file, path: path.clone(), replaces })
    }

    /// Gives the file the permissions of the one that it replaces.
    pub(super) fn keep_permissions(&self) -> Result<(), CommandError> {
        let Sink::File { file, path, replaces: true } = self else { return Ok(()) };
        let kept: io::Result<Permissions> = fs::metadata(path).map(|found| found.permissions());
        let kept = kept.and_then(|permissions| file.set_permissions(permissions));
        kept.map_err(|error| CommandError::written(path, &error))
    }

    /// Everything was written: the file gets its name, and both are on the disk when this returns.
    pub(super) fn keep(self) -> Result<(), CommandError> {
        match self {
            Sink::Standard(mut standard) => Ok(standard.flush()?),
            Sink::File { file, path, replaces } => {
                file.keep_as(&path, replaces).map_err(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists => exists(&path),
                    _ => CommandError::written(&path, &error),
                })
            }
        }
    }
}

/// That an output cannot be written.
pub(super) fn unwritten(target: &Target, error: io::Error) -> CommandError {
    match target {
        Target::Standard => error.into(),
        Target::New(path) | Target::Existing { name: path, .. } => CommandError::written(path, &error),
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Standard(standard) => standard.write(bytes),
            Sink::File { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Standard(standard) => standard.flush(),
            Sink::File { file, .. } => file.flush(),
        }
    }
}
