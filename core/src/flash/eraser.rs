use core::cell::RefCell;

use embedded_storage::nor_flash::NorFlash;
use zeroize::Zeroizing;

use super::medium::{FlashArea, Medium, Segment};
use crate::platform::{AnchorFailed, CELL_LEN, Cell, Eraser};

/// Two cells in sectors of their own, outside the area of the store.
///
/// # Security
/// An erased sector is gone for whoever reads the flash through its interface. Whoever copied the flash before has the
/// copy. Whether a laboratory could read an erased cell's remains is a question to the maker of the flash.
#[derive(Debug)]
pub struct FlashEraser<F: NorFlash>(RefCell<Medium<F>>);

/// A cell in whole grains of the largest kind.
const PADDED_LEN: usize = CELL_LEN.next_multiple_of(32);

impl<F: NorFlash> FlashEraser<F> {
    /// Cells in two blocks of `area.segment_len` bytes each; a sector each is enough. `None` where the area does not
    /// fit the flash.
    #[must_use]
    pub fn new(flash: F, area: FlashArea) -> Option<Self> {
        Medium::new(flash, area, 128).map(|medium| FlashEraser(RefCell::new(medium)))
    }

    fn with<R>(
        &self,
        work: impl FnOnce(&mut Medium<F>) -> Result<R, crate::error::StorageError>,
    ) -> Result<R, AnchorFailed> {
        let mut medium = self.0.try_borrow_mut().map_err(|_| AnchorFailed)?;
        work(&mut medium).map_err(|_| AnchorFailed)
    }
}

const fn block(cell: Cell) -> Segment {
    match cell {
        Cell::A => Segment::A,
        Cell::B => Segment::B,
    }
}

impl<F: NorFlash> Eraser for FlashEraser<F> {
    fn is_present(&self) -> bool {
        true
    }

    fn read(&self, cell: Cell, content: &mut [u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        self.with(|medium| medium.read_bytes(block(cell), 0, content))
    }

    fn write(&self, cell: Cell, content: &[u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        let mut padded = Zeroizing::new([0; PADDED_LEN]);
        super::record::fill(&mut *padded, content.iter().copied());
        self.with(|medium| medium.write(block(cell), 0, &*padded))
    }

    fn erase(&self, cell: Cell) -> Result<(), AnchorFailed> {
        self.with(|medium| medium.erase(block(cell)))
    }
}
