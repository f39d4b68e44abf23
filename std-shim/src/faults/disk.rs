//! A disk in memory with one file on it, which loses power where a test wants it to.

mod sectors;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use sectors::{File, SECTOR};

use super::dice::Dice;
use super::power_cuts::Device;
use crate::error::OpenError;
use crate::file::SealedFile;
use crate::vault::Settings;

/// A disk with one vault's file on it.
///
/// What is written is seen at once and is on the disk for good only when the next sync returns. A write, a change of the
/// file's length and a sync are a *step* each; power can go at any of them.
///
/// A clone is another disk with the same bytes, on which nothing is open.
///
/// ```
/// use strongroom_std::faults::disk::MockDisk;
/// use strongroom_std::faults::power_cuts::Device;
/// use strongroom_std::Settings;
///
/// let mut disk = MockDisk::new();
/// drop(disk.open(&Settings::default())?);
/// let before = disk.steps();
/// disk.cut_at(before + 1, 0, 0);
/// assert!(disk.open(&Settings::default()).is_err());
/// disk.power_up();
/// disk.open(&Settings::default())?;
/// # Ok::<(), strongroom_std::OpenError>(())
/// ```
#[derive(Default)]
pub struct MockDisk(Arc<Mutex<Disk>>);

/// What a power cut leaves of the writes since the last sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiskCut {
    /// None of them.
    Lost,
    /// All of them, in order, but for the one that was interrupted.
    Kept,
    /// All of them, and the front half of the one that was interrupted.
    Torn,
    /// Any sectors of any of them.
    Sectors,
}

impl DiskCut {
    /// All of them.
    pub const ALL: [DiskCut; 4] = [DiskCut::Lost, DiskCut::Kept, DiskCut::Torn, DiskCut::Sectors];
}

#[derive(Clone)]
enum Change {
    Write { offset: u64, bytes: Arc<[u8]> },
    Length(u64),
}

#[derive(Clone, Default)]
struct Disk {
    /// As it is read.
    seen: File,
    /// As of the last sync.
    durable: File,
    /// Since the last sync.
    changes: Vec<Change>,
    steps: u64,
    cut: Option<(u64, DiskCut, u64)>,
    has_no_power: bool,
    syncs_nothing: bool,
}

impl Change {
    /// Does it to a file, a sector where `is_kept` says so.
    fn apply(&self, file: &mut File, is_kept: impl FnMut() -> bool) {
        match self {
            Change::Write { offset, bytes } => file.write(*offset, bytes, is_kept),
            Change::Length(len) => file.set_len(*len),
        }
    }
}

impl Disk {
    /// Counts a step. If power goes at it, decides what is left on the disk.
    fn step(&mut self, interrupted: Option<&Change>) -> io::Result<()> {
        if self.has_no_power {
            return Err(no_power());
        }
        let step = self.steps;
        self.steps = step.saturating_add(1);
        let Some((at, cut, seed)) = self.cut else { return Ok(()) };
        if step != at {
            return Ok(());
        }
        let mut dice = Dice::new(seed);
        let changes = std::mem::take(&mut self.changes);
        match cut {
            DiskCut::Lost => {}
            DiskCut::Kept => changes.iter().for_each(|change| change.apply(&mut self.durable, || true)),
            DiskCut::Torn => {
                changes.iter().for_each(|change| change.apply(&mut self.durable, || true));
                if let Some(Change::Write { offset, bytes }) = interrupted {
                    let mut left = bytes.len() / SECTOR / 2;
                    self.durable.write(*offset, bytes, || {
                        left = left.saturating_sub(1);
                        left > 0
                    });
                }
            }
            DiskCut::Sectors => {
                for change in changes.iter().chain(interrupted) {
                    // A length that is not kept leaves writes behind the old end without a place.
                    if matches!(change, Change::Write { .. }) || dice.below(2) == 0 {
                        change.apply(&mut self.durable, || dice.below(2) == 0);
                    }
                }
            }
        }
        self.has_no_power = true;
        Err(no_power())
    }

    fn change(&mut self, change: Change) -> io::Result<()> {
        self.step(Some(&change))?;
        change.apply(&mut self.seen, || true);
        self.changes.push(change);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.step(None)?;
        if !self.syncs_nothing {
            self.durable = self.seen.clone();
            self.changes.clear();
        }
        Ok(())
    }
}

fn no_power() -> io::Error {
    io::Error::other("the power is off")
}

impl MockDisk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        MockDisk::default()
    }

    /// Opens the file, and makes it if it is empty. One handle at a time: a second one sees and writes the same bytes.
    ///
    /// # Errors
    /// See [`OpenError`]; a path in it says only that the file is on this disk.
    pub fn open(&self, settings: &Settings) -> Result<SealedFile, OpenError> {
        SealedFile::on(Path::new("a disk in memory"), Handle(Arc::clone(&self.0)), settings)
    }

    /// From now on a sync does nothing and says that it did, as some drives do.
    pub fn sync_nothing(&self) {
        self.disk().syncs_nothing = true;
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for MockDisk {
    fn clone(&self) -> Self {
        MockDisk(Arc::new(Mutex::new(self.disk().clone())))
    }
}

impl fmt::Debug for MockDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MockDisk({} bytes, {} steps)", self.disk().seen.len, self.disk().steps)
    }
}

impl Device for MockDisk {
    fn manners(&self) -> usize {
        DiskCut::ALL.len()
    }

    fn steps(&self) -> u64 {
        self.disk().steps
    }

    fn cut_at(&mut self, step: u64, manner: usize, seed: u64) {
        let cut = DiskCut::ALL.get(manner).copied().unwrap_or(DiskCut::Lost);
        self.disk().cut = Some((step, cut, seed));
    }

    fn power_up(&mut self) {
        let mut disk = self.disk();
        disk.cut = None;
        if std::mem::take(&mut disk.has_no_power) {
            disk.seen = disk.durable.clone();
        }
    }
}

/// The file, as the database engine has it.
struct Handle(Arc<Mutex<Disk>>);

impl Handle {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        let disk = self.disk();
        if disk.has_no_power { Err(no_power()) } else { Ok(disk.seen.len) }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let disk = self.disk();
        if disk.has_no_power { Err(no_power()) } else { disk.seen.read(offset, out) }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk().change(Change::Length(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk().sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.disk().change(Change::Write { offset, bytes: data.into() })
    }
}
