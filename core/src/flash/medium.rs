//! The flash as the store sees it: two segments, read and written in grains, and every write read back.

use embedded_storage::nor_flash::NorFlash;
use zeroize::Zeroizing;

use crate::error::StorageError;

/// Where the two segments lie: one behind the other, from `start` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashArea {
    /// Offset of the first segment in bytes, on the border of a sector.
    pub start: u32,
    /// Length of each segment in bytes: a multiple of the sector size, and at least 1024 for a store, 128 for an
    /// eraser.
    pub segment_len: u32,
}

/// Which of the two segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    A,
    B,
}

impl Segment {
    pub(super) const fn other(self) -> Self {
        match self {
            Segment::A => Segment::B,
            Segment::B => Segment::A,
        }
    }
}

/// Largest grain in bytes, and the size of every buffer on the stack.
const GRAIN_MAX: usize = 32;

/// A flash, and the part of it that is ours.
#[derive(Debug)]
pub(super) struct Medium<F> {
    flash: F,
    area: FlashArea,
}

impl<F: NorFlash> Medium<F> {
    /// Everything begins and ends on a multiple of this many bytes.
    pub(super) const GRAIN: usize = {
        assert!(F::WRITE_SIZE.is_power_of_two() && F::READ_SIZE.is_power_of_two());
        assert!(F::WRITE_SIZE <= GRAIN_MAX && F::READ_SIZE <= GRAIN_MAX);
        let words = if F::WRITE_SIZE > F::READ_SIZE { F::WRITE_SIZE } else { F::READ_SIZE };
        if words > 4 { words } else { 4 }
    };

    /// `None` where the area does not fit the flash.
    pub(super) fn new(flash: F, area: FlashArea, segment_len_min: u32) -> Option<Self> {
        let sector = u32::try_from(F::ERASE_SIZE).ok()?;
        let end = area.segment_len.checked_mul(2)?.checked_add(area.start)?;
        let fits = area.segment_len >= segment_len_min
            && area.segment_len.is_multiple_of(32)
            && sector.is_multiple_of(Self::grain())
            && area.segment_len.checked_rem(sector) == Some(0)
            && area.start.checked_rem(sector) == Some(0)
            && usize::try_from(end).ok()? <= flash.capacity();
        fits.then_some(Medium { flash, area })
    }

    pub(super) fn grain() -> u32 {
        u32::try_from(Self::GRAIN).unwrap_or(u32::MAX)
    }

    /// `len` rounded up to whole grains.
    pub(super) fn padded(len: u32) -> u32 {
        len.checked_next_multiple_of(Self::grain()).unwrap_or(u32::MAX)
    }

    pub(super) const fn segment_len(&self) -> u32 {
        self.area.segment_len
    }

    fn place(&self, segment: Segment, offset: u32) -> Result<u32, StorageError> {
        let start = match segment {
            Segment::A => Some(self.area.start),
            Segment::B => self.area.start.checked_add(self.area.segment_len),
        };
        start.and_then(|start| start.checked_add(offset)).ok_or(StorageError::Medium)
    }

    /// Reads whole grains.
    pub(super) fn read(
        &mut self,
        segment: Segment,
        offset: u32,
        bytes: &mut [u8],
    ) -> Result<(), StorageError> {
        let place = self.place(segment, offset)?;
        self.flash.read(place, bytes).map_err(|_| StorageError::Medium)
    }

    /// Reads any number of bytes from the start of a grain on.
    pub(super) fn read_bytes(
        &mut self,
        segment: Segment,
        offset: u32,
        bytes: &mut [u8],
    ) -> Result<(), StorageError> {
        let (whole, rest) = bytes.split_at_mut(whole_grains(bytes.len(), Self::GRAIN));
        if !whole.is_empty() {
            self.read(segment, offset, whole)?;
        }
        if !rest.is_empty() {
            let mut last = Zeroizing::new([0; GRAIN_MAX]);
            let last = last.get_mut(..Self::GRAIN).ok_or(StorageError::Medium)?;
            self.read(segment, offset.saturating_add(length(whole)), last)?;
            super::record::fill(rest, last.iter().copied());
        }
        Ok(())
    }

    /// Writes whole grains that are erased, and reads them back.
    pub(super) fn write(&mut self, segment: Segment, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        let place = self.place(segment, offset)?;
        self.flash.write(place, bytes).map_err(|_| StorageError::Medium)?;
        let mut at = offset;
        for written in bytes.chunks(GRAIN_MAX) {
            let mut found = Zeroizing::new([0; GRAIN_MAX]);
            let found = found.get_mut(..written.len()).ok_or(StorageError::Medium)?;
            self.read(segment, at, found)?;
            if found != written {
                return Err(StorageError::Medium);
            }
            at = at.saturating_add(length(written));
        }
        Ok(())
    }

    /// Erases a segment, whatever it reads, its header first, and looks whether it is blank.
    pub(super) fn erase(&mut self, segment: Segment) -> Result<(), StorageError> {
        let (mut from, end) = (self.place(segment, 0)?, self.place(segment, self.area.segment_len)?);
        let sector = u32::try_from(F::ERASE_SIZE).map_err(|_| StorageError::Medium)?;
        while from < end {
            let to = from.saturating_add(sector);
            self.flash.erase(from, to).map_err(|_| StorageError::Medium)?;
            from = to;
        }
        if self.content_end(segment)? == 0 { Ok(()) } else { Err(StorageError::Medium) }
    }

    /// Where nothing but erased grains follows.
    pub(super) fn content_end(&mut self, segment: Segment) -> Result<u32, StorageError> {
        let mut bytes = [0; GRAIN_MAX];
        let mut end = self.area.segment_len;
        while let Some(at) = end.checked_sub(length(&bytes)) {
            self.read(segment, at, &mut bytes)?;
            if let Some(last) = bytes.iter().rposition(|byte| *byte != 0xff) {
                let last = u32::try_from(last).map_err(|_| StorageError::Medium)?;
                return Ok(Self::padded(at.saturating_add(last).saturating_add(1)));
            }
            end = at;
        }
        Ok(end)
    }

    /// Whether the 32 bytes from `offset` on read as erased.
    pub(super) fn is_blank(&mut self, segment: Segment, offset: u32) -> Result<bool, StorageError> {
        let mut bytes = [0; GRAIN_MAX];
        self.read(segment, offset, &mut bytes)?;
        Ok(bytes.iter().all(|byte| *byte == 0xff))
    }
}

/// How many of `len` bytes fill whole grains.
pub(super) fn whole_grains(len: usize, grain: usize) -> usize {
    len.saturating_sub(len.checked_rem(grain).unwrap_or(0))
}

/// The length of a slice as flash counts.
pub(super) fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}
