//! Blocks in the order of their generations, frames in the order they were written: finding, reading, appending.

use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

use super::super::record::{checksum, fill};
use super::area::Blocks;
use super::cell::{CELL_LEN, Cell, CellBytes, DATA_LEN, Front, front, header};
use crate::platform::SinkFailed;

/// Places of the two copies of a block's header.
const HEADERS: [u32; 2] = [0, 32];
/// Where the first frame of a block begins.
pub(super) const FRAMES_START: u32 = 64;

/// How many frames that took others' places are remembered; one comes with each power cut that met an entry.
const REPEATS: usize = 8;

/// A frame that was committed, superseded or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    block: u32,
    generation: u64,
    /// Offset of its first cell.
    at: u32,
    /// The number of its entry.
    pub(super) sequence: u64,
    /// Length of its content in bytes.
    pub(super) len: u32,
    /// Checksum of its content.
    content: u32,
    is_settled: bool,
}

impl Frame {
    /// Where it stands in the log.
    const fn place(&self) -> (u64, u32) {
        (self.generation, self.at)
    }
}

/// Where the next frame begins.
#[derive(Clone, Copy, Debug)]
struct End {
    block: u32,
    generation: u64,
    offset: u32,
}

/// Why an entry was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Failed,
}

impl From<SinkFailed> for Refused {
    fn from(_: SinkFailed) -> Self {
        Refused::Failed
    }
}

/// What is known of the log while it is mounted.
#[derive(Debug)]
pub(super) struct Ring<F> {
    pub(super) blocks: Blocks<F>,
    /// Where the log ends, if it has begun.
    end: Option<End>,
    /// Highest generation that was seen.
    generation_max: u64,
    /// Whether a block of a later generation may still come to hold something: the next frame begins a block.
    must_move: bool,
    /// The last frame.
    last: Option<Frame>,
    /// The last frames that took the place of earlier ones.
    repeats: Vec<Frame, REPEATS>,
    /// The last such frame that there was no room for.
    forgotten: Option<Frame>,
    /// Blocks that hold frames, a bit each.
    used: u64,
    /// Blocks that did not erase, a bit each.
    stuck: u64,
}

/// How many bytes the frame of a content of `len` bytes takes.
pub(super) fn frame_len(len: usize) -> u32 {
    let cells = u32::try_from(len.div_ceil(DATA_LEN)).unwrap_or(u32::MAX);
    cells.saturating_add(3).saturating_mul(CELL_LEN)
}

const fn bit(block: u32) -> u64 {
    1u64.unbounded_shl(block)
}

impl<F: NorFlash> Ring<F> {
    /// Finds the log. Writes nothing. `Err(Some(…))`: there is a log that cannot be read by this version or in this area.
    pub(super) fn find(blocks: Blocks<F>) -> Result<Self, Option<Front>> {
        let mut ring = Ring {
            blocks,
            end: None,
            generation_max: 0,
            must_move: false,
            last: None,
            repeats: Vec::new(),
            forgotten: None,
            used: 0,
            stuck: 0,
        };
        for block in 0..ring.blocks.area.blocks {
            let found = ring.front(block).map_err(|SinkFailed| None)?;
            if matches!(found, Front::Newer { .. } | Front::Misfit) {
                return Err(Some(found));
            }
        }
        ring.read_through().map_err(|SinkFailed| None)?;
        Ok(ring)
    }

    fn read_through(&mut self) -> Result<(), SinkFailed> {
        let mut after = None;
        while let Some((block, generation)) = self.next_block(after)? {
            (after, self.generation_max, self.must_move) = (Some(generation), generation, true);
            let mut from = FRAMES_START;
            while let Some((frame, behind)) = self.next_frame(block, generation, from)? {
                from = behind;
                self.used |= bit(block);
                self.must_move = false;
                self.note(frame);
                self.end = Some(End { block, generation, offset: behind });
            }
        }
        if let Some(End { block, generation, .. }) = self.end {
            // The first word behind what is written may have been programmed, and read as erased all the same.
            let offset = self.blocks.content_end(block)?.saturating_add(CELL_LEN);
            self.end = Some(End { block, generation, offset });
        }
        Ok(())
    }

    fn note(&mut self, frame: Frame) {
        if self.last.is_some_and(|last| frame.sequence <= last.sequence) {
            if self.repeats.is_full() {
                self.forgotten = Some(self.repeats.remove(0));
            }
            // Not full.
            let _ = self.repeats.push(frame);
        }
        self.last = Some(frame);
    }

    fn front(&mut self, block: u32) -> Result<Front, SinkFailed> {
        let mut found = Front::None;
        for place in HEADERS {
            let cell = self.blocks.read(block, place)?;
            let area = self.blocks.area;
            match front(&cell, area.block_len, area.blocks) {
                Front::None => {}
                front => found = front,
            }
            if matches!(found, Front::Block { .. }) {
                break;
            }
        }
        Ok(found)
    }

    /// The block of the lowest generation above this one.
    fn next_block(&mut self, after: Option<u64>) -> Result<Option<(u32, u64)>, SinkFailed> {
        let mut next: Option<(u32, u64)> = None;
        for block in 0..self.blocks.area.blocks {
            if let Front::Block { generation } = self.front(block)?
                && after.is_none_or(|after| generation > after)
                && next.is_none_or(|(_, least)| generation < least)
            {
                next = Some((block, generation));
            }
        }
        Ok(next)
    }

    /// The next committed frame of a block, and where it ends. What is none is stepped over, cell by cell.
    fn next_frame(
        &mut self,
        block: u32,
        generation: u64,
        from: u32,
    ) -> Result<Option<(Frame, u32)>, SinkFailed> {
        let mut at = from;
        while at < self.blocks.area.block_len {
            if let Some(found) = self.frame_at(block, generation, at)? {
                return Ok(Some(found));
            }
            at = at.saturating_add(CELL_LEN);
        }
        Ok(None)
    }

    fn frame_at(&mut self, block: u32, generation: u64, at: u32) -> Result<Option<(Frame, u32)>, SinkFailed> {
        let Some(Cell::Begin { sequence, len }) = self.cell(block, generation, at)? else { return Ok(None) };
        let data = usize::try_from(len).map_or(u32::MAX, frame_len).saturating_sub(2 * CELL_LEN);
        let mark = at.saturating_add(data);
        // One of the same place may end another frame, behind what is left of this one.
        let content = match self.cell(block, generation, mark)? {
            Some(Cell::Commit { sequence: of, content, start }) if (of, start) == (sequence, at) => content,
            _ => return Ok(None),
        };
        let settled = mark.saturating_add(CELL_LEN);
        let is_settled = self.cell(block, generation, settled)? == Some(Cell::Settled { sequence });
        let behind = if is_settled { settled.saturating_add(CELL_LEN) } else { settled };
        Ok(Some((Frame { block, generation, at, sequence, len, content, is_settled }, behind)))
    }

    fn cell(&mut self, block: u32, generation: u64, at: u32) -> Result<Option<Cell>, SinkFailed> {
        if at.checked_add(CELL_LEN).is_none_or(|behind| behind > self.blocks.area.block_len) {
            return Ok(None);
        }
        Ok(Cell::decode(&self.blocks.read(block, at)?, generation, at))
    }

    /// The frame behind one, or the first, superseded ones included.
    fn behind(&mut self, frame: Option<&Frame>) -> Result<Option<Frame>, SinkFailed> {
        let mut after = None;
        if let Some(frame) = frame {
            let from = frame.at.saturating_add(CELL_LEN);
            if let Some((next, _)) = self.next_frame(frame.block, frame.generation, from)? {
                return Ok(Some(next));
            }
            after = Some(frame.generation);
        }
        while let Some((block, generation)) = self.next_block(after)? {
            if let Some((next, _)) = self.next_frame(block, generation, FRAMES_START)? {
                return Ok(Some(next));
            }
            after = Some(generation);
        }
        Ok(None)
    }

    /// The frame of the next entry that counts, from a number on. A frame takes the place of all before it that have its
    /// number or a higher one: the vault went on from there.
    pub(super) fn next(&mut self, after: Option<&Frame>, from: u64) -> Result<Option<Frame>, SinkFailed> {
        let mut next = self.behind(after)?;
        while let Some(frame) = next {
            if frame.sequence >= from && !self.is_superseded(&frame)? {
                break;
            }
            next = self.behind(Some(&frame))?;
        }
        Ok(next)
    }

    fn is_superseded(&mut self, frame: &Frame) -> Result<bool, SinkFailed> {
        let takes_its_place =
            |later: &Frame| later.place() > frame.place() && later.sequence <= frame.sequence;
        if self.repeats.iter().any(takes_its_place) {
            return Ok(true);
        }
        let Some(forgotten) = self.forgotten else { return Ok(false) };
        let mut later = *frame;
        while later.place() < forgotten.place() {
            let Some(next) = self.behind(Some(&later))? else { break };
            if next.sequence <= frame.sequence {
                return Ok(true);
            }
            later = next;
        }
        Ok(false)
    }

    /// Reads the content of a frame to the front of a buffer. `None`: it does not fit.
    pub(super) fn read<'b>(
        &mut self,
        frame: &Frame,
        buffer: &'b mut [u8],
    ) -> Result<Option<&'b mut [u8]>, SinkFailed> {
        let len = usize::try_from(frame.len).unwrap_or(usize::MAX);
        let Some(content) = buffer.get_mut(..len) else { return Ok(None) };
        let mut at = frame.at;
        for piece in content.chunks_mut(DATA_LEN) {
            at = at.saturating_add(CELL_LEN);
            let cell = self.blocks.read(frame.block, at)?;
            fill(piece, cell.into_iter().skip(1));
        }
        Ok(Some(content))
    }

    /// The last frame, whatever it takes the place of.
    pub(super) const fn last(&self) -> Option<&Frame> {
        self.last.as_ref()
    }

    /// Makes certain that the last entry is found by every later mount, if this one has found it. `room` is for its
    /// content.
    pub(super) fn make_certain(&mut self, room: &mut [u8], may_drop: bool) -> Result<(), Refused> {
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
    pub(super) fn append(&mut self, sequence: u64, content: &[u8], may_drop: bool) -> Result<(), Refused> {
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
    pub(super) fn rest(&self) -> u32 {
        match self.end {
            Some(End { offset, .. }) if !self.must_move => self.blocks.area.block_len.saturating_sub(offset),
            _ => 0,
        }
    }

    /// How many blocks hold nothing that counts.
    pub(super) fn free(&self) -> u32 {
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
    pub(super) fn next_to_drop(&mut self) -> Result<Option<u64>, SinkFailed> {
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
    pub(super) fn release(&mut self, before: u64) -> Result<bool, SinkFailed> {
        let Some(next) = self.next_to_drop()? else { return Ok(false) };
        let Some(oldest) = self.oldest()? else { return Ok(false) };
        if next > before || !self.erase(oldest)? {
            return Ok(false);
        }
        Ok(true)
    }
}
