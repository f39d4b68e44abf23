//! A file that is there once it is whole. On Linux it has no name until then, so that nothing is left of it whatever ends the
//! process. Where that cannot be had, it has a name of its own.

mod named;

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::path::Path;

use self::named::Named;

/// A new file, not yet under its name. Dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Temporary {
    file: File,
    /// `None`: it has none.
    name: Option<Named>,
}

impl Temporary {
    /// In the folder in which it is to stay, so that naming it moves no bytes.
    pub(crate) fn beside(path: &Path, mode: u32) -> io::Result<Self> {
        let folder = folder_of(path);
        if let Some(file) = unnamed(folder, mode) {
            return Ok(Temporary { file, name: None });
        }
        let (file, name) = Named::new(folder, |path| named::create(path, mode))?;
        Ok(Temporary { file, name: Some(name) })
    }

    pub(crate) fn set_permissions(&self, permissions: Permissions) -> io::Result<()> {
        self.file.set_permissions(permissions)
    }

    /// Makes it durable, then gives it its name, in one step: `path` has the old content, or none, or this.
    pub(crate) fn keep_as(self, path: &Path, replaces: bool) -> io::Result<()> {
        self.file.sync_all()?;
        let folder = folder_of(path);
        match self.name {
            Some(name) => name.move_to(path, replaces)?,
            None => link(&self.file, folder, path, replaces)?,
        }
        sync_folder(folder)
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A file without a name, where the file system has such and a name can be given to it later.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path, mode: u32) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    if std::env::var_os("STRONGROOM_NAMED_TEMPORARY").is_some_and(|value| !value.is_empty()) {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = File::from(open(folder, flags, Mode::from_raw_mode(mode)).ok()?);
    place_of(&file).exists().then_some(file)
}

/// Where the system shows an open file.
#[cfg(target_os = "linux")]
fn place_of(file: &File) -> std::path::PathBuf {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Names a file that has none. A name that is taken can only be replaced by another name: so for a moment there are two.
#[cfg(target_os = "linux")]
fn link(file: &File, folder: &Path, path: &Path, replaces: bool) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    let place = place_of(file);
    let link =
        |path: &Path| -> io::Result<()> { Ok(linkat(CWD, &place, CWD, path, AtFlags::SYMLINK_FOLLOW)?) };
    if !replaces {
        return link(path);
    }
    let ((), name) = Named::new(folder, link)?;
    name.move_to(path, true)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path, _: u32) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path, _: &Path, _: bool) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
