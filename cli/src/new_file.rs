//! Files that are there whole or not at all, and never in the place of another one unasked.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::CommandError;
use crate::exit::Kind;
use crate::temporary::Temporary;

/// A file that is being written. Unless it is [`NewFile::keep`]t, nothing of it stays.
#[derive(Debug)]
pub(crate) struct NewFile {
    path: PathBuf,
    may_replace: bool,
    to: To,
}

#[derive(Debug)]
enum To {
    /// A file in the same folder that has no name, where that can be had.
    Beside(Temporary),
    /// A device or a pipe, which is not made and not replaced.
    Itself(File),
}

impl NewFile {
    /// Looks whether the file may be written, before anybody is asked for anything.
    ///
    /// # Errors
    /// [`Kind::InvalidState`]: there is one already, and it may not be replaced.
    pub(crate) fn check(path: &Path, may_replace: bool) -> Result<(), CommandError> {
        if may_replace || is_passage(path) || fs::symlink_metadata(path).is_err() {
            return Ok(());
        }
        Err(exists(path))
    }

    /// Begins a file, readable by its owner only where the system knows owners.
    ///
    /// # Errors
    /// As [`NewFile::check`]; [`Kind::Other`]: it cannot be written there.
    pub(crate) fn begin(path: &Path, may_replace: bool) -> Result<Self, CommandError> {
        Self::check(path, may_replace)?;
        let wrong = |error: io::Error| CommandError::written(path, &error);
        let to = if is_passage(path) {
            To::Itself(OpenOptions::new().write(true).open(path).map_err(wrong)?)
        } else {
            To::Beside(Temporary::beside(path, 0o600).map_err(wrong)?)
        };
        Ok(NewFile { path: path.to_owned(), may_replace, to })
    }

    /// Gives it its name, once all of it is on the disk.
    ///
    /// # Errors
    /// [`Kind::InvalidState`]: somebody else took the name meanwhile. [`Kind::Other`]: the disk. Nothing stays.
    pub(crate) fn keep(self) -> Result<(), CommandError> {
        let NewFile { path, may_replace, to } = self;
        let wrong = |error: io::Error| CommandError::written(&path, &error);
        let beside = match to {
            // What is no disk has nothing to sync.
            To::Itself(mut file) => return file.flush().map_err(wrong),
            To::Beside(beside) => beside,
        };
        beside.keep_as(&path, may_replace).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => exists(&path),
            _ => wrong(error),
        })
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            To::Beside(file) => file.write(bytes),
            To::Itself(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Beside(file) => file.flush(),
            To::Itself(file) => file.flush(),
        }
    }
}

fn exists(path: &Path) -> CommandError {
    CommandError::of(Kind::InvalidState, format_args!("`{}` exists already", path.display()))
        .next("choose another name, or give --force to replace it")
}

/// Whether bytes that are written there go on to somewhere else.
#[cfg(unix)]
fn is_passage(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path).is_ok_and(|known| known.file_type().is_char_device() || known.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_passage(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::NewFile;
    use crate::exit::Kind;

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let mut file = NewFile::begin(&path, false).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");

        let mut file = NewFile::begin(&path, false).unwrap();
        file.write_all(b"whole").unwrap();
        file.keep().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_replaced_only_where_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        // Somebody else takes the name while the file is written.
        let mut late = NewFile::begin(&path, false).unwrap();
        late.write_all(b"late").unwrap();
        fs::write(&path, b"first").unwrap();
        assert_eq!(late.keep().unwrap_err().kind, Kind::InvalidState);
        assert_eq!(NewFile::begin(&path, false).unwrap_err().kind, Kind::InvalidState);
        assert_eq!(fs::read(&path).unwrap(), b"first");

        let mut forced = NewFile::begin(&path, true).unwrap();
        forced.write_all(b"forced").unwrap();
        forced.keep().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"forced");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
