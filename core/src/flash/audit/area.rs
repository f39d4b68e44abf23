//! The flash as the audit log sees it: blocks of cells of 32 bytes, every write read back.

use embedded_storage::nor_flash::NorFlash;

use super::cell::{CELL_LEN, CellBytes};
use crate::platform::SinkFailed;

/// Where the blocks of an audit log lie: one behind the other, from `start` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditArea {
    /// Offset of the first block in bytes, on the border of a sector.
    pub start: u32,
    /// Length of a block in bytes: a multiple of the sector size, and room for two entries of the greatest length. What the
    /// log erases at a time, and what it loses at a time where it drops old entries.
    pub block_len: u32,
    /// How many blocks: from 2 to 64.
    pub blocks: u32,
}

/// Most blocks of a log.
const BLOCKS_MAX: u32 = 64;

/// A flash, and the part of it that is the log's.
#[derive(Debug)]
pub(super) struct Blocks<F> {
    flash: F,
    pub(super) area: AuditArea,
}

impl<F: NorFlash> Blocks<F> {
    /// `None` where the area does not fit the flash, or cells do not fit its words.
    pub(super) fn new(flash: F, area: AuditArea) -> Option<Self> {
        const { assert!(32 % F::WRITE_SIZE == 0 && 32 % F::READ_SIZE == 0) };
        let sector = u32::try_from(F::ERASE_SIZE).ok()?;
        let end = area.block_len.checked_mul(area.blocks)?.checked_add(area.start)?;
        let fits = (2..=BLOCKS_MAX).contains(&area.blocks)
            && area.block_len.is_multiple_of(CELL_LEN)
            && area.start.is_multiple_of(CELL_LEN)
            && area.block_len.checked_rem(sector) == Some(0)
            && area.start.checked_rem(sector) == Some(0)
            && usize::try_from(end).ok()? <= flash.capacity();
        fits.then_some(Blocks { flash, area })
    }

    fn place(&self, block: u32, offset: u32) -> Result<u32, SinkFailed> {
        let start =
            block.checked_mul(self.area.block_len).and_then(|start| start.checked_add(self.area.start));
        start.and_then(|start| start.checked_add(offset)).ok_or(SinkFailed)
    }

    pub(super) fn read(&mut self, block: u32, offset: u32) -> Result<CellBytes, SinkFailed> {
        let place = self.place(block, offset)?;
        let mut cell = [0; 32];
        self.flash.read(place, &mut cell).map_err(|_| SinkFailed)?;
        Ok(cell)
    }

    /// Writes an erased cell, and reads it back.
    pub(super) fn write(&mut self, block: u32, offset: u32, cell: &CellBytes) -> Result<(), SinkFailed> {
        let place = self.place(block, offset)?;
        self.flash.write(place, cell).map_err(|_| SinkFailed)?;
        if self.read(block, offset)? == *cell { Ok(()) } else { Err(SinkFailed) }
    }

    /// Erases a block, whatever it reads, its header first, and looks whether it is blank.
    pub(super) fn erase(&mut self, block: u32) -> Result<(), SinkFailed> {
        let (mut from, end) = (self.place(block, 0)?, self.place(block, self.area.block_len)?);
        let sector = u32::try_from(F::ERASE_SIZE).map_err(|_| SinkFailed)?;
        while from < end {
            let to = from.saturating_add(sector);
            self.flash.erase(from, to).map_err(|_| SinkFailed)?;
            from = to;
        }
        if self.content_end(block)? == 0 { Ok(()) } else { Err(SinkFailed) }
    }

    /// Where nothing but erased cells follows.
    pub(super) fn content_end(&mut self, block: u32) -> Result<u32, SinkFailed> {
        let mut end = self.area.block_len;
        while let Some(at) = end.checked_sub(CELL_LEN) {
            if self.read(block, at)? != [0xff; 32] {
                break;
            }
            end = at;
        }
        Ok(end)
    }
}
