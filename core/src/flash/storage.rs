use core::cell::RefCell;

use embedded_storage::nor_flash::NorFlash;

use super::FlashError;
use super::frame::FrameWriter;
use super::log::Log;
use super::medium::{FlashArea, Medium, length};
use super::record::{RECORD_LEN, Record};
use super::segment::LOG_START;
use super::store::Store;
use crate::error::{Error, StorageError};
use crate::platform::{Address, Storage, Transaction};

/// Sealed blobs in two segments of a NOR flash. See the [module](super) for what it needs and what it promises.
///
/// With an `INDEX` of as many places as there are blobs, of 8 bytes of memory each, reads and compactions do not search
/// the log. With fewer they do, which takes time in proportion to its length, and compactions to its square.
#[derive(Debug)]
pub struct FlashStorage<F: NorFlash, const INDEX: usize = 0>(RefCell<Store<F, INDEX>>);

/// Least length of a segment in bytes.
const SEGMENT_LEN_MIN: u32 = 1024;

/// What a store knows of its flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashHealth {
    /// What the last commit left; the next one expects it.
    pub revision: u64,
    /// Frames of which something was lost since the store was formatted. What they held may be older than it should be,
    /// or gone; the vault notices when it reads it.
    pub damaged_frames: u32,
    /// How often the store has moved to the other segment: each sector was erased about half as often.
    pub compactions: u64,
    /// Bytes of the active segment that are written, those of old blobs included.
    pub used: u32,
    /// Length of a segment in bytes.
    pub segment_len: u32,
}

impl<F: NorFlash, const INDEX: usize> FlashStorage<F, INDEX> {
    /// Makes an empty store in an area of a flash, and destroys what was there.
    ///
    /// # Errors
    /// [`FlashError::Geometry`]: the area does not fit the flash. [`FlashError::Medium`]: the flash failed; formatting
    /// again may help.
    pub fn format(flash: F, area: FlashArea) -> Result<Self, FlashError> {
        let medium = Medium::new(flash, area, SEGMENT_LEN_MIN).ok_or(FlashError::Geometry)?;
        Store::format(medium).map(|store| FlashStorage(RefCell::new(store)))
    }

    /// Opens the store in an area of a flash. After a power cut it may erase and write, to make certain what it found.
    ///
    /// # Errors
    /// [`FlashError::Blank`] and [`FlashError::NotFormatted`]: there is no store here. [`FlashError::Damaged`]: there was
    /// one, and its header is lost. [`FlashError::Geometry`]: the area does not fit the flash, or not the store.
    /// [`FlashError::FromTheFuture`]. [`FlashError::Medium`]: the flash failed; trying again may help.
    pub fn mount(flash: F, area: FlashArea) -> Result<Self, FlashError> {
        let medium = Medium::new(flash, area, SEGMENT_LEN_MIN).ok_or(FlashError::Geometry)?;
        Store::mount(medium).map(|store| FlashStorage(RefCell::new(store)))
    }

    /// How the flash is.
    ///
    /// # Errors
    /// [`StorageError::Medium`]: the flash failed. [`StorageError::Busy`]: a commit is under way.
    pub fn health(&self) -> Result<FlashHealth, StorageError> {
        self.with(|store| {
            Ok(FlashHealth {
                revision: store.revision,
                damaged_frames: store.header.damaged.saturating_add(store.damaged),
                compactions: store.header.epoch.saturating_sub(1),
                used: store.end,
                segment_len: store.medium.segment_len(),
            })
        })
    }

    /// Moves what is live to the other segment and erases this one, so that no old blob is left in the flash.
    ///
    /// # Errors
    /// [`StorageError::Medium`]: the flash failed; the store holds what it held.
    pub fn wipe_old(&self) -> Result<(), StorageError> {
        self.with(|store| {
            store.compact()?;
            store.medium.erase(store.active.other())
        })
    }

    /// Works on the store, once it is certain what the flash holds.
    fn with<R>(
        &self,
        work: impl FnOnce(&mut Store<F, INDEX>) -> Result<R, StorageError>,
    ) -> Result<R, StorageError> {
        let mut store = self.0.try_borrow_mut().map_err(|_| StorageError::Busy)?;
        if store.is_in_doubt {
            store.mount_again().map_err(|_| StorageError::Medium)?;
        }
        work(&mut store)
    }
}

impl<F: NorFlash, const INDEX: usize> Storage for FlashStorage<F, INDEX> {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        self.with(|store| {
            let Some(place) = store.find(address)? else { return Ok(None) };
            let needed = usize::try_from(place.len).map_err(|_| StorageError::Medium)?;
            let bytes = buffer.get_mut(..needed).ok_or(StorageError::BufferTooSmall { needed })?;
            store.medium.read_bytes(store.active, place.blob(), bytes)?;
            Ok(Some(needed))
        })
    }

    fn commit(
        &self,
        expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut refused = Ok(());
        self.with(|store| {
            if store.revision != expected_revision {
                return Err(StorageError::Conflict);
            }
            let mut commit = Commit::begin(store)?;
            refused = stage(&mut commit);
            commit.end(refused.is_ok())
        })?;
        refused
    }

    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        self.with(|store| {
            let mut from = LOG_START;
            while let Some((address, place)) = store.next_live(from)? {
                visit(&address);
                from = store.behind(&place);
            }
            Ok(())
        })
    }
}

/// A commit under way: its frame goes straight to flash.
struct Commit<'a, F: NorFlash, const INDEX: usize> {
    store: &'a mut Store<F, INDEX>,
    frame: FrameWriter,
    /// The first error, after which nothing is committed.
    failed: Option<StorageError>,
}

impl<'a, F: NorFlash, const INDEX: usize> Commit<'a, F, INDEX> {
    fn begin(store: &'a mut Store<F, INDEX>) -> Result<Self, StorageError> {
        if store.has_torn_tail {
            store.compact()?;
        }
        let frame = match store.begin_frame() {
            Err(StorageError::Full) if !store.has_frames => Err(StorageError::Full),
            // No room, or a place that a cut left half-programmed though it reads as erased.
            Err(_) => {
                store.has_torn_tail = true;
                store.compact().and_then(|()| store.begin_frame())
            }
            begun => begun,
        }?;
        Ok(Commit { store, frame, failed: None })
    }

    /// Adds to the frame. If there is no room, what is live and the frame so far move to the other segment.
    fn add(
        &mut self,
        write: impl Fn(&mut FrameWriter, &mut Medium<F>) -> Result<(), StorageError>,
    ) -> Result<(), Error> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        let added = match write(&mut self.frame, &mut self.store.medium) {
            Err(StorageError::Full) if self.store.has_frames => {
                self.make_room().and_then(|()| write(&mut self.frame, &mut self.store.medium))
            }
            added => added,
        };
        self.failed = added.err();
        added.map_err(Error::from)
    }

    fn make_room(&mut self) -> Result<(), StorageError> {
        let (segment, epoch) = (self.store.active, self.store.header.epoch);
        let (start, end) = self.frame.records();
        self.store.compact()?;
        let mut frame = self.store.begin_frame()?;
        let mut from = start;
        while from < end {
            let medium = &mut self.store.medium;
            let (at, record) =
                Log::new(medium, segment, epoch, from, end).next()?.ok_or(StorageError::Medium)?;
            if at != from {
                return Err(StorageError::Medium);
            }
            from = at.saturating_add(RECORD_LEN);
            match record {
                Record::Put { len, .. } => {
                    frame.copy(medium, record, (segment, from), len)?;
                    from = from.saturating_add(Medium::<F>::padded(len));
                }
                record => frame.remove(medium, record)?,
            }
        }
        self.frame = frame;
        Ok(())
    }

    /// Commits, or leaves what was written as a torn tail.
    fn end(self, is_wanted: bool) -> Result<(), StorageError> {
        let Commit { store, frame, failed } = self;
        store.has_torn_tail = true;
        if let Some(error) = failed {
            return Err(error);
        }
        if !is_wanted {
            return Ok(());
        }
        let committed = frame.commit(&mut store.medium);
        let (end, revision) = committed.inspect_err(|_| store.is_in_doubt = true)?;
        let start = store.end;
        store.end = end;
        store.revision = revision;
        store.index_from(start);
        store.has_frames = true;
        store.has_torn_tail = false;
        store.retire_other();
        Ok(())
    }
}

impl<F: NorFlash, const INDEX: usize> Store<F, INDEX> {
    fn begin_frame(&mut self) -> Result<FrameWriter, StorageError> {
        self.ensure_proven()?;
        let revision = self.revision.checked_add(1).ok_or(StorageError::Full)?;
        let place = (self.active, self.header.epoch);
        FrameWriter::begin(&mut self.medium, place, self.end, Record::Frame { revision })
    }
}

impl<F: NorFlash, const INDEX: usize> Transaction for Commit<'_, F, INDEX> {
    fn put(&mut self, address: &Address, blob: &[u8]) -> Result<(), Error> {
        let record = Record::Put { address: *address, len: length(blob) };
        self.add(|frame, medium| frame.put(medium, record, blob))
    }

    fn remove(&mut self, address: &Address) -> Result<(), Error> {
        let record = Record::Remove { address: *address };
        self.add(|frame, medium| frame.remove(medium, record))
    }
}
