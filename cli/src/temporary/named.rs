//! Temporary names. They go with the value that holds them, and with the signals that end a process.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::TempPath;

/// All that there are.
static NAMES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A name that nobody else has. Dropped, it is gone.
#[derive(Debug)]
pub(super) struct Named {
    path: TempPath,
}

impl Named {
    /// A new name in a folder, of what `make` makes there.
    pub(super) fn new<T>(folder: &Path, make: impl FnMut(&Path) -> io::Result<T>) -> io::Result<(T, Named)> {
        remove_at_signals();
        // Whoever removes them waits until this one is among them.
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let made = tempfile::Builder::new().prefix(".strongroom-").make_in(folder, make)?;
        let (made, path) = made.into_parts();
        names.push(path.to_path_buf());
        Ok((made, Named { path }))
    }

    /// Moves it to its last name, in one step.
    pub(super) fn move_to(self, path: &Path, replaces: bool) -> io::Result<()> {
        let before = self.path.to_path_buf();
        let moved = if replaces { self.path.persist(path) } else { self.path.persist_noclobber(path) };
        NAMES.lock().unwrap_or_else(PoisonError::into_inner).retain(|name| *name != before);
        moved.map_err(|error| error.error)
    }
}

/// A new file.
#[cfg(unix)]
pub(super) fn create(path: &Path, mode: u32) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}

/// A new file.
#[cfg(not(unix))]
pub(super) fn create(path: &Path, _: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// From now on, a signal that asks the process to end takes the names away first.
#[cfg(unix)]
fn remove_at_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let asked = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal));
        let Ok(mut signals) = Signals::new(asked) else { return };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                // Held until the end, so that no other name is made.
                let names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
                for name in names.iter() {
                    let _ = std::fs::remove_file(name);
                }
                let _ = emulate_default_handler(signal);
            }
        });
    });
}

#[cfg(not(unix))]
fn remove_at_signals() {}

/// Whether whoever started this process has it ignore a signal, as `nohup` does. That stays so.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    let place = u32::try_from(signal.saturating_sub(1)).unwrap_or_default();
    mask.checked_shr(place).is_some_and(|rest| rest & 1 == 1)
}
