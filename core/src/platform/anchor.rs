//! The two optional anchors outside the image: a counter that detects its rollback, and cells that make old content
//! unreadable.

/// Length of an eraser cell's content in bytes: three copies of 32 bytes, each with a checksum of 4.
pub const CELL_LEN: usize = 108;

/// The counter or the cells could not be read or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnchorFailed;

/// A counter beside the image that only moves up: a fuse bank, RPMB, TPM NV, an enclave's counter.
///
/// # Contract
/// Once `advance` returned, no `read` gives a smaller number again, whatever happens to power or to the image. A
/// counter that moves back lets an old image in; one that moves by itself locks the vault.
pub trait Freshness {
    /// The counter, or `None` where there is none.
    ///
    /// # Errors
    /// [`AnchorFailed`]: the session ends.
    fn read(&self) -> Result<Option<u64>, AnchorFailed>;

    /// Moves the counter to `to`, which is one more than it says. Durable on return.
    ///
    /// # Errors
    /// [`AnchorFailed`]: the session ends.
    fn advance(&self, to: u64) -> Result<(), AnchorFailed>;
}

/// No counter: an older image of the whole vault goes unnoticed.
impl Freshness for () {
    fn read(&self) -> Result<Option<u64>, AnchorFailed> {
        Ok(None)
    }
    fn advance(&self, _to: u64) -> Result<(), AnchorFailed> {
        Err(AnchorFailed)
    }
}

/// Which of the two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// The first.
    A,
    /// The second.
    B,
}

impl Cell {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Cell::A => Cell::B,
            Cell::B => Cell::A,
        }
    }
}

/// Two small cells, replaced in turn, whose old content is irrecoverable: NOR sectors, TPM NV.
///
/// # Contract
/// After `erase` returned, nobody reads the old content again by any means. Losing the cell in use loses the vault.
pub trait Eraser {
    /// Whether there are cells at all.
    fn is_present(&self) -> bool;

    /// Reads a cell; blank cells give any bytes.
    ///
    /// # Errors
    /// [`AnchorFailed`]: the session ends.
    fn read(&self, cell: Cell, content: &mut [u8; CELL_LEN]) -> Result<(), AnchorFailed>;

    /// Writes an erased cell. Durable on return.
    ///
    /// # Errors
    /// [`AnchorFailed`]: the session ends.
    fn write(&self, cell: Cell, content: &[u8; CELL_LEN]) -> Result<(), AnchorFailed>;

    /// Makes a cell's content irrecoverable.
    ///
    /// # Errors
    /// [`AnchorFailed`]: the session ends.
    fn erase(&self, cell: Cell) -> Result<(), AnchorFailed>;
}

/// No cells: what is destroyed may survive in old pages of the medium.
impl Eraser for () {
    fn is_present(&self) -> bool {
        false
    }
    fn read(&self, _cell: Cell, _content: &mut [u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        Err(AnchorFailed)
    }
    fn write(&self, _cell: Cell, _content: &[u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        Err(AnchorFailed)
    }
    fn erase(&self, _cell: Cell) -> Result<(), AnchorFailed> {
        Err(AnchorFailed)
    }
}
