use core::cell::{Cell as Place, RefCell};

use crate::platform::{AnchorFailed, CELL_LEN, Cell, Eraser, Freshness};

/// A counter in memory, to be kept beside an image by whoever tests rollback.
#[derive(Debug, Default)]
pub struct ManualFreshness(Place<u64>);

impl ManualFreshness {
    /// A counter that stands at `value`.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        ManualFreshness(Place::new(value))
    }
}

impl Freshness for ManualFreshness {
    fn read(&self) -> Result<Option<u64>, AnchorFailed> {
        Ok(Some(self.0.get()))
    }
    fn advance(&self, to: u64) -> Result<(), AnchorFailed> {
        if self.0.get().checked_add(1) != Some(to) {
            return Err(AnchorFailed);
        }
        self.0.set(to);
        Ok(())
    }
}

/// Two cells in memory.
#[derive(Debug)]
pub struct ManualEraser(RefCell<[[u8; CELL_LEN]; 2]>);

impl ManualEraser {
    /// Two blank cells.
    #[must_use]
    pub const fn new() -> Self {
        ManualEraser(RefCell::new([[0xff; CELL_LEN]; 2]))
    }

    fn with<R>(&self, cell: Cell, change: impl FnOnce(&mut [u8; CELL_LEN]) -> R) -> Result<R, AnchorFailed> {
        let mut cells = self.0.try_borrow_mut().map_err(|_| AnchorFailed)?;
        let [a, b] = &mut *cells;
        Ok(change(match cell {
            Cell::A => a,
            Cell::B => b,
        }))
    }
}

impl Default for ManualEraser {
    fn default() -> Self {
        Self::new()
    }
}

impl Eraser for ManualEraser {
    fn is_present(&self) -> bool {
        true
    }
    fn read(&self, cell: Cell, content: &mut [u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        self.with(cell, |stored| *content = *stored)
    }
    fn write(&self, cell: Cell, content: &[u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        self.with(cell, |stored| *stored = *content)
    }
    fn erase(&self, cell: Cell) -> Result<(), AnchorFailed> {
        self.with(cell, |stored| *stored = [0xff; CELL_LEN])
    }
}
