//! Blocks in the order of their generations, frames in the order they were written: finding and reading.

mod append;

use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

use super::super::record::fill;
use super::area::Blocks;
use super::cell::{CELL_LEN, Cell, DATA_LEN, Front, front};
use crate::platform::SinkFailed;

pub(super) use self::append::Refused;

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
}
