use std::cell::Cell as Place;

use strongroom_core::platform::{AnchorFailed, CELL_LEN, Cell, Eraser, Freshness};
use strongroom_core::ram::{ManualEraser, ManualFreshness};

/// A counter that may be absent and fails when told to.
#[derive(Debug)]
pub struct Counter {
    counter: Option<ManualFreshness>,
    good_advances: Place<u32>,
    failing_advances: Place<u32>,
    failing_reads: Place<u32>,
}

impl Counter {
    pub fn none() -> Self {
        Counter {
            counter: None,
            good_advances: Place::new(0),
            failing_advances: Place::new(0),
            failing_reads: Place::new(0),
        }
    }

    pub fn at(value: u64) -> Self {
        Counter { counter: Some(ManualFreshness::new(value)), ..Counter::none() }
    }

    pub fn value(&self) -> Option<u64> {
        self.counter.as_ref().and_then(|counter| counter.read().unwrap())
    }

    /// The next so many advances fail and move nothing.
    pub fn fail_advances(&self, count: u32) {
        self.failing_advances.set(count);
    }

    /// One advance fails, after so many that do not.
    pub fn fail_advance_after(&self, good: u32) {
        self.good_advances.set(good);
        self.failing_advances.set(1);
    }

    /// The next so many reads fail.
    pub fn fail_reads(&self, count: u32) {
        self.failing_reads.set(count);
    }
}

/// Counts down, and tells whether there was something left.
fn fails(left: &Place<u32>) -> bool {
    let failing = left.get() > 0;
    left.set(left.get().saturating_sub(1));
    failing
}

impl Freshness for Counter {
    fn read(&self) -> Result<Option<u64>, AnchorFailed> {
        if fails(&self.failing_reads) {
            return Err(AnchorFailed);
        }
        self.counter.as_ref().map_or(Ok(None), ManualFreshness::read)
    }

    fn advance(&self, to: u64) -> Result<(), AnchorFailed> {
        if !fails(&self.good_advances) && fails(&self.failing_advances) {
            return Err(AnchorFailed);
        }
        self.counter.as_ref().map_or(Err(AnchorFailed), |counter| counter.advance(to))
    }
}

/// Cells that may be absent; the power can go before any access.
#[derive(Debug)]
pub struct Cells {
    cells: Option<ManualEraser>,
    accesses_left: Place<u32>,
}

impl Cells {
    pub fn none() -> Self {
        Cells { cells: None, accesses_left: Place::new(u32::MAX) }
    }

    pub fn blank() -> Self {
        Cells { cells: Some(ManualEraser::new()), ..Cells::none() }
    }

    /// All accesses fail after so many more.
    pub fn fail_after(&self, accesses: u32) {
        self.accesses_left.set(accesses);
    }

    /// Both contents, as someone with the chip in hand sees them.
    pub fn contents(&self) -> [[u8; CELL_LEN]; 2] {
        let mut contents = [[0; CELL_LEN]; 2];
        let [a, b] = &mut contents;
        let cells = self.cells.as_ref().unwrap();
        cells.read(Cell::A, a).unwrap();
        cells.read(Cell::B, b).unwrap();
        contents
    }

    /// Puts contents back, as an attacker of a chip that keeps copies would.
    pub fn put_back(&self, [a, b]: &[[u8; CELL_LEN]; 2]) {
        let cells = self.cells.as_ref().unwrap();
        cells.write(Cell::A, a).unwrap();
        cells.write(Cell::B, b).unwrap();
    }

    fn access(&self) -> Result<&ManualEraser, AnchorFailed> {
        let left = self.accesses_left.get().checked_sub(1).ok_or(AnchorFailed)?;
        self.accesses_left.set(left);
        self.cells.as_ref().ok_or(AnchorFailed)
    }
}

impl Eraser for Cells {
    fn is_present(&self) -> bool {
        self.cells.is_some()
    }
    fn read(&self, cell: Cell, content: &mut [u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        self.access()?.read(cell, content)
    }
    fn write(&self, cell: Cell, content: &[u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        self.access()?.write(cell, content)
    }
    fn erase(&self, cell: Cell) -> Result<(), AnchorFailed> {
        self.access()?.erase(cell)
    }
}
