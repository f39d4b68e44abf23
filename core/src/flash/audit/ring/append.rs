//! Appending: where the next frame goes, and which block gives way to it.

use embedded_storage::nor_flash::NorFlash;

use super::super::cell::{CELL_LEN, Cell, CellBytes, DATA_LEN, Front, header};
use super::{End, FRAMES_START, Frame, HEADERS, Ring, bit, frame_len};
use crate::flash::record::{checksum, fill};
use crate::platform::SinkFailed;

/// Why an entry was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flash::audit) enum Refused {
    Full,
    Failed,
}

impl From<SinkFailed> for Refused {
    fn from(_: SinkFailed) -> Self {
        Refused::Failed
    }
}

impl<F: NorFlash> Ring<F> {
    /// Makes certain that the last entry is found by every later mount, if this one has found it. `room` is for its
    /// content.
    pub(in crate::flash::audit) fn make_certain(
        &mut self,
        room: &mut [u8],
        may_drop: bool,
    ) -> Result<(), Refused> {
        let Some(last) = self.last.filter(|last| !last.is_settled) else { return Ok(()) };
        let Some(content) = self.read(&last, room)? else { return Err(Refused::Failed) };
        let mut crc = checksum();
        crc.update(content);
        if crc.finalize() != last.content {
            // Rotten: it is shown as it is, and no verifier takes it.
            return Ok(());
        }
        self.append(last.sequence, content, may_drop)
    }

    /// Appends an entry: `content` is the hash before it, and the entry. On return it stays. The second try is behind what the
    /// first one left.
    pub(in crate::flash::audit) fn append(
        &mut self,
        sequence: u64,
        content: &[u8],
        may_drop: bool,
    ) -> Result<(), Refused> {
        let len = frame_len(content.len());
        for _ in 0..2 {
            let end = self.place(len, may_drop)?;
            // Whatever becomes of it, nothing is written there again.
            let behind = end.offset.saturating_add(len);
            self.end = Some(End { offset: behind, ..end });
            match self.write_frame(end, sequence, content) {
                Ok(frame) => {
                    self.note(frame);
                    self.used |= bit(end.block);
                    return Ok(());
                }
                Err(SinkFailed) => self.end = Some(End { offset: behind.saturating_add(CELL_LEN), ..end }),
            }
        }
        Err(Refused::Failed)
    }

    fn write_frame(&mut self, end: End, sequence: u64, content: &[u8]) -> Result<Frame, SinkFailed> {
        let End { block, generation, offset: at } = end;
        let len = u32::try_from(content.len()).map_err(|_| SinkFailed)?;
        let mut offset = at;
        let mut write = |ring: &mut Self, cell: CellBytes| {
            let written = ring.blocks.write(block, offset, &cell);
            offset = offset.saturating_add(CELL_LEN);
            written.map(|()| offset)
        };
        let mut next = write(self, Cell::Begin { sequence, len }.encode(generation, at))?;
        let mut crc = checksum();
        for piece in content.chunks(DATA_LEN) {
            crc.update(piece);
            let mut cell = [0; 32];
            fill(&mut cell, core::iter::once(0).chain(piece.iter().copied()));
            next = write(self, cell)?;
        }
        let content = crc.finalize();
        next = write(self, Cell::Commit { sequence, content, start: at }.encode(generation, next))?;
        write(self, Cell::Settled { sequence }.encode(generation, next))?;
        Ok(Frame { block, generation, at, sequence, len, content, is_settled: true })
    }

    /// Where a frame of `len` bytes goes.
    fn place(&mut self, len: u32, may_drop: bool) -> Result<End, Refused> {
        match self.end {
            Some(end) if len <= self.rest() => Ok(end),
            _ => self.begin_block(may_drop),
        }
    }

    /// Bytes that frames may still take in the current block.
    pub(in crate::flash::audit) fn rest(&self) -> u32 {
        match self.end {
            Some(End { offset, .. }) if !self.must_move => self.blocks.area.block_len.saturating_sub(offset),
            _ => 0,
        }
    }

    /// How many blocks hold nothing that counts.
    pub(in crate::flash::audit) fn free(&self) -> u32 {
        (0..self.blocks.area.blocks)
            .filter(|block| (self.used | self.stuck | self.current()) & bit(*block) == 0)
            .fold(0, |free, _| free.saturating_add(1))
    }

    /// The bit of the block that frames are appended to.
    fn current(&self) -> u64 {
        self.end.filter(|_| !self.must_move).map_or(0, |end| bit(end.block))
    }

    fn begin_block(&mut self, may_drop: bool) -> Result<End, Refused> {
        let blocks = self.blocks.area.blocks;
        // Those behind the current one come first, so that all wear the same.
        let first = self.end.map_or(0, |end| end.block.saturating_add(1));
        for step in 0..blocks {
            let block = first.saturating_add(step).checked_rem(blocks).unwrap_or(0);
            if (self.used | self.stuck | self.current()) & bit(block) == 0 && self.erase(block)? {
                return self.write_header(block);
            }
        }
        if !may_drop {
            return Err(Refused::Full);
        }
        while let Some(block) = self.oldest()? {
            if self.erase(block)? {
                return self.write_header(block);
            }
        }
        Err(Refused::Full)
    }

    /// The block of the oldest entries, if it is not where the log ends, and can be erased.
    fn oldest(&mut self) -> Result<Option<u32>, SinkFailed> {
        let mut after = None;
        while let Some((block, generation)) = self.next_block(after)? {
            let is_last = self.end.is_some_and(|end| end.block == block);
            if self.used & !self.stuck & bit(block) != 0 && !is_last {
                return Ok(Some(block));
            }
            after = Some(generation);
        }
        Ok(None)
    }

    /// Erases a block; `false` if it does not come to be blank.
    fn erase(&mut self, block: u32) -> Result<bool, SinkFailed> {
        if self.blocks.erase(block).is_ok() {
            self.used &= !bit(block);
            return Ok(true);
        }
        // Nobody knows what it holds now. If the power is gone, so is this.
        self.blocks.read(block, 0)?;
        self.stuck |= bit(block);
        Ok(false)
    }

    fn write_header(&mut self, block: u32) -> Result<End, Refused> {
        self.generation_max = self.generation_max.checked_add(1).ok_or(Refused::Full)?;
        let generation = self.generation_max;
        let area = self.blocks.area;
        let cell = header(generation, area.block_len, area.blocks);
        let written = HEADERS.into_iter().try_for_each(|place| self.blocks.write(block, place, &cell));
        self.must_move = written.is_err();
        written?;
        Ok(End { block, generation, offset: FRAMES_START })
    }

    /// The number of the first entry that stays when the oldest block is erased.
    pub(in crate::flash::audit) fn next_to_drop(&mut self) -> Result<Option<u64>, SinkFailed> {
        let Some(oldest) = self.oldest()? else { return Ok(None) };
        let Front::Block { generation } = self.front(oldest)? else { return Ok(None) };
        let mut after = Some(generation);
        while let Some((block, generation)) = self.next_block(after)? {
            if let Some((frame, _)) = self.next_frame(block, generation, FRAMES_START)? {
                return Ok(Some(frame.sequence));
            }
            after = Some(generation);
        }
        Ok(None)
    }

    /// Erases the oldest block if all its entries stand before this number; `false` if it does not.
    pub(in crate::flash::audit) fn release(&mut self, before: u64) -> Result<bool, SinkFailed> {
        let Some(next) = self.next_to_drop()? else { return Ok(false) };
        let Some(oldest) = self.oldest()? else { return Ok(false) };
        if next > before || !self.erase(oldest)? {
            return Ok(false);
        }
        Ok(true)
    }
}
