//! A device's flash under a vault on the host.

use strongroom_core::Error;
use strongroom_core::crypto::RustCrypto;
use strongroom_core::error::StorageError;
use strongroom_core::flash::{AuditRules, FlashAudit, FlashEraser, FlashError, FlashStorage};
use strongroom_core::platform::{AnchorFailed, CELL_LEN, Cell, Eraser, Platform};

use super::Layout;
use super::flash::ImageFlash;
use crate::threads::{OsEntropy, SystemClock, ThreadedCache, ThreadedState, seed_anew};

/// Places of the index of an opened image.
const INDEX: usize = 256;
/// Room for the events of one flush: two entries of that length fit a block of 8 KiB.
const AUDIT_BUFFER: usize = 3584;

/// What an opened image runs on: the device's flash, and the host's randomness, clock and memory.
#[derive(Debug)]
pub struct ImagePlatform<const WORD: usize> {
    entropy: OsEntropy,
    clock: SystemClock,
    storage: FlashStorage<ImageFlash<WORD>, INDEX>,
    audit: FlashAudit<ImageFlash<WORD>, AUDIT_BUFFER>,
    cache: ThreadedCache<RustCrypto>,
    state: ThreadedState<RustCrypto>,
    eraser: ImageEraser<WORD>,
}

/// The device's eraser, where it has one.
#[derive(Debug)]
pub struct ImageEraser<const WORD: usize>(Option<FlashEraser<ImageFlash<WORD>>>);

impl<const WORD: usize> ImagePlatform<WORD> {
    /// On this flash; a blank store is formatted.
    pub(super) fn new(flash: &ImageFlash<WORD>, layout: &Layout) -> Result<Self, Error> {
        seed_anew();
        let storage = match FlashStorage::mount(flash.clone(), layout.store) {
            Err(FlashError::Blank) => FlashStorage::format(flash.clone(), layout.store),
            mounted => mounted,
        };
        let audit = FlashAudit::mount(flash.clone(), layout.audit, AuditRules::default());
        let eraser = match layout.cells {
            Some(cells) => {
                Some(FlashEraser::new(flash.clone(), cells).ok_or(Error::Storage(StorageError::Medium))?)
            }
            None => None,
        };
        Ok(ImagePlatform {
            entropy: OsEntropy,
            clock: SystemClock::new(),
            storage: storage.map_err(of_flash)?,
            audit: audit.map_err(of_flash)?,
            cache: ThreadedCache::new(64),
            state: ThreadedState::with_record_len(layout.record_len),
            eraser: ImageEraser(eraser),
        })
    }
}

fn of_flash(error: FlashError) -> Error {
    match error {
        FlashError::Blank | FlashError::NotFormatted => Error::NotAVault,
        FlashError::FromTheFuture { format } => Error::FromTheFuture { format },
        _ => Error::Storage(StorageError::Medium),
    }
}

impl<const WORD: usize> Eraser for ImageEraser<WORD> {
    fn is_present(&self) -> bool {
        self.0.is_some()
    }
    fn read(&self, cell: Cell, content: &mut [u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        self.0.as_ref().ok_or(AnchorFailed)?.read(cell, content)
    }
    fn write(&self, cell: Cell, content: &[u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        self.0.as_ref().ok_or(AnchorFailed)?.write(cell, content)
    }
    fn erase(&self, cell: Cell) -> Result<(), AnchorFailed> {
        self.0.as_ref().ok_or(AnchorFailed)?.erase(cell)
    }
}

impl<const WORD: usize> Platform for ImagePlatform<WORD> {
    type Primitives = RustCrypto;
    type Entropy = OsEntropy;
    type Clock = SystemClock;
    type Storage = FlashStorage<ImageFlash<WORD>, INDEX>;
    type AuditSink = FlashAudit<ImageFlash<WORD>, AUDIT_BUFFER>;
    type Cache = ThreadedCache<RustCrypto>;
    type State = ThreadedState<RustCrypto>;
    type Freshness = ();
    type Eraser = ImageEraser<WORD>;

    fn entropy(&self) -> &OsEntropy {
        &self.entropy
    }
    fn clock(&self) -> &SystemClock {
        &self.clock
    }
    fn storage(&self) -> &Self::Storage {
        &self.storage
    }
    fn audit_sink(&self) -> &Self::AuditSink {
        &self.audit
    }
    fn cache(&self) -> &ThreadedCache<RustCrypto> {
        &self.cache
    }
    fn state(&self) -> &ThreadedState<RustCrypto> {
        &self.state
    }
    fn freshness(&self) -> &() {
        &()
    }
    fn eraser(&self) -> &ImageEraser<WORD> {
        &self.eraser
    }
}
