//! Writing a frame: records and blobs one behind the other, and a mark that commits them.

use embedded_storage::nor_flash::NorFlash;

use super::medium::{Medium, Segment, length, whole_grains};
use super::record::{BLOB_LEN_MAX, Checksum, RECORD_LEN, Record, checksum, fill};
use crate::error::StorageError;

/// What a frame needs behind its last record: the mark that commits it, and the one that settles it.
const MARKS_LEN: u32 = 2 * RECORD_LEN;

/// A frame that is being written. Until [`FrameWriter::commit`] nothing of it counts.
pub(super) struct FrameWriter {
    segment: Segment,
    epoch: u64,
    revision: u64,
    start: u32,
    at: u32,
    content: Checksum,
}

impl FrameWriter {
    /// Begins a frame with its first record.
    pub(super) fn begin<F: NorFlash>(
        medium: &mut Medium<F>,
        (segment, epoch): (Segment, u64),
        start: u32,
        first: Record,
    ) -> Result<Self, StorageError> {
        let revision = match first {
            Record::Snapshot { revision } | Record::Frame { revision } => revision,
            _ => return Err(StorageError::Medium),
        };
        let mut frame = FrameWriter { segment, epoch, revision, start, at: start, content: checksum() };
        if !frame.has_room(medium, RECORD_LEN) {
            return Err(StorageError::Full);
        }
        frame.record(medium, first)?;
        Ok(frame)
    }

    /// Where its records lie, the first one aside.
    pub(super) const fn records(&self) -> (u32, u32) {
        (self.start.saturating_add(RECORD_LEN), self.at)
    }

    /// Adds a blob: its record, and its bytes. Writes nothing if there is no room.
    pub(super) fn put<F: NorFlash>(
        &mut self,
        medium: &mut Medium<F>,
        record: Record,
        blob: &[u8],
    ) -> Result<(), StorageError> {
        self.check_room(medium, length(blob))?;
        self.record(medium, record)?;
        let grain = Medium::<F>::GRAIN;
        let (whole, rest) = blob.split_at(whole_grains(blob.len(), grain));
        if !whole.is_empty() {
            self.write(medium, whole)?;
        }
        if !rest.is_empty() {
            let mut last = [0; 32];
            fill(&mut last, rest.iter().copied());
            self.write(medium, last.get(..grain).ok_or(StorageError::Medium)?)?;
        }
        Ok(())
    }

    /// Adds a blob that lies elsewhere in flash.
    pub(super) fn copy<F: NorFlash>(
        &mut self,
        medium: &mut Medium<F>,
        record: Record,
        (segment, from): (Segment, u32),
        len: u32,
    ) -> Result<(), StorageError> {
        self.check_room(medium, len)?;
        self.record(medium, record)?;
        let mut copied = 0u32;
        let padded = Medium::<F>::padded(len);
        while copied < padded {
            let mut bytes = [0; 32];
            let wanted =
                usize::try_from(padded.saturating_sub(copied)).unwrap_or(usize::MAX).min(bytes.len());
            let piece = bytes.get_mut(..wanted).ok_or(StorageError::Medium)?;
            medium.read(segment, from.saturating_add(copied), piece)?;
            self.write(medium, piece)?;
            copied = copied.saturating_add(length(piece));
        }
        Ok(())
    }

    /// Adds a record without a blob. Writes nothing if there is no room.
    pub(super) fn remove<F: NorFlash>(
        &mut self,
        medium: &mut Medium<F>,
        record: Record,
    ) -> Result<(), StorageError> {
        self.check_room(medium, 0)?;
        self.record(medium, record)
    }

    /// Commits the frame. When this returns, it stays, whatever happens to power. Returns where the next one begins, and
    /// the revision.
    pub(super) fn commit<F: NorFlash>(mut self, medium: &mut Medium<F>) -> Result<(u32, u64), StorageError> {
        let len = self.at.saturating_sub(self.start);
        let content = self.content.clone().finalize();
        self.record(medium, Record::Commit { revision: self.revision, len, content })?;
        self.record(medium, Record::Settled { revision: self.revision })?;
        Ok((self.at, self.revision))
    }

    fn check_room<F: NorFlash>(&self, medium: &Medium<F>, len: u32) -> Result<(), StorageError> {
        let needed = Medium::<F>::padded(len).saturating_add(RECORD_LEN);
        if len <= BLOB_LEN_MAX && self.has_room(medium, needed) { Ok(()) } else { Err(StorageError::Full) }
    }

    fn has_room<F: NorFlash>(&self, medium: &Medium<F>, len: u32) -> bool {
        self.at.saturating_add(len).saturating_add(MARKS_LEN) <= medium.segment_len()
    }

    fn record<F: NorFlash>(&mut self, medium: &mut Medium<F>, record: Record) -> Result<(), StorageError> {
        self.write(medium, &record.encode(self.epoch, self.at))
    }

    fn write<F: NorFlash>(&mut self, medium: &mut Medium<F>, bytes: &[u8]) -> Result<(), StorageError> {
        medium.write(self.segment, self.at, bytes)?;
        self.content.update(bytes);
        self.at = self.at.saturating_add(length(bytes));
        Ok(())
    }
}
