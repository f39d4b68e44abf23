//! Reading a segment's log: frames of records, from the first to the last.

use embedded_storage::nor_flash::NorFlash;

use super::medium::{Medium, Segment};
use super::record::{RECORD_LEN, Record, checksum};
use super::segment::LOG_START;
use crate::error::StorageError;
use crate::platform::Address;

/// Walks over the valid records of a part of a log, in order. What is no record is stepped over, grain by grain.
pub(super) struct Log<'a, F> {
    medium: &'a mut Medium<F>,
    segment: Segment,
    epoch: u64,
    at: u32,
    end: u32,
}

/// The record at an offset, if it is one.
pub(super) fn record_at<F: NorFlash>(
    medium: &mut Medium<F>,
    (segment, epoch): (Segment, u64),
    at: u32,
) -> Result<Option<Record>, StorageError> {
    let mut bytes = [0; 32];
    medium.read(segment, at, &mut bytes)?;
    Ok(Record::decode(&bytes, epoch, at))
}

/// Where the record of a blob lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Offset of its record.
    pub(super) at: u32,
    /// Length of the blob in bytes.
    pub(super) len: u32,
}

impl Place {
    /// Offset of the blob itself.
    pub(super) const fn blob(&self) -> u32 {
        self.at.saturating_add(RECORD_LEN)
    }
}

/// What a mount finds in a segment's log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    /// Where the last commit ends.
    pub(super) end: u32,
    /// What it led to.
    pub(super) revision: u64,
    /// Frames of which something is lost.
    pub(super) damaged: u32,
    /// Whether the first frame is whole.
    pub(super) has_whole_snapshot: bool,
    /// Whether anything lies behind the first frame.
    pub(super) has_frames: bool,
    /// Whether the last commit was read back after it was written, and nothing but erased flash follows.
    pub(super) is_clean: bool,
}

/// What a scan knows of the frame that it is in.
#[derive(Default)]
struct Frame {
    /// Where it starts, if that is known.
    start: Option<u32>,
    /// Whether it has records that no mark has committed yet.
    is_open: bool,
    /// What a mark with a wrong checksum would have led to, and where that mark ends.
    in_doubt: Option<(u64, u32)>,
    is_snapshot: bool,
}

impl<'a, F: NorFlash> Log<'a, F> {
    pub(super) fn new(medium: &'a mut Medium<F>, segment: Segment, epoch: u64, from: u32, end: u32) -> Self {
        Log { medium, segment, epoch, at: from, end }
    }

    /// The next record, and its offset.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Record)>, StorageError> {
        while self.at.checked_add(RECORD_LEN).is_some_and(|behind| behind <= self.end) {
            let at = self.at;
            let record = record_at(self.medium, (self.segment, self.epoch), at)?;
            let behind = record.and_then(|record| self.behind(at, &record));
            if let (Some(record), Some(behind)) = (record, behind) {
                self.at = behind;
                return Ok(Some((at, record)));
            }
            self.at = at.saturating_add(Medium::<F>::grain());
        }
        Ok(None)
    }

    /// Where a record and its blob end, if they end within the log.
    fn behind(&self, at: u32, record: &Record) -> Option<u32> {
        let blob = if let Record::Put { len, .. } = record { Medium::<F>::padded(*len) } else { 0 };
        at.checked_add(RECORD_LEN)?.checked_add(blob).filter(|behind| *behind <= self.end)
    }

    /// The committed blob of an address: the last one. The log ends with a commit, so what it ends with is committed,
    /// even if the mark reads otherwise by now.
    pub(super) fn find(&mut self, wanted: &Address) -> Result<Option<Place>, StorageError> {
        let mut found = None;
        // What the frame at hand would make of it.
        let mut staged: Option<Option<Place>> = None;
        while let Some((at, record)) = self.next()? {
            match record {
                Record::Snapshot { .. } | Record::Frame { .. } => staged = None,
                Record::Put { address, len } if address == *wanted => staged = Some(Some(Place { at, len })),
                Record::Remove { address } if address == *wanted => staged = Some(None),
                Record::Commit { .. } | Record::Settled { .. } => {
                    if let Some(staged) = staged.take() {
                        found = staged;
                    }
                }
                Record::Put { .. } | Record::Remove { .. } | Record::Proof => {}
            }
        }
        Ok(staged.unwrap_or(found))
    }

    /// Looks for the end of the log, and for damage before it.
    pub(super) fn scan(&mut self) -> Result<Scan, StorageError> {
        let content_end = self.medium.content_end(self.segment)?;
        self.end = content_end.max(LOG_START);
        let mut scan = Scan {
            end: LOG_START,
            revision: 0,
            damaged: 0,
            has_whole_snapshot: false,
            has_frames: false,
            is_clean: false,
        };
        let mut frame = Frame::default();
        while let Some((at, record)) = self.next()? {
            match record {
                Record::Snapshot { .. } | Record::Frame { .. } => {
                    // A frame is never begun behind one that was not completed, so that one is damaged.
                    if let Some((revision, end)) = frame.in_doubt.take() {
                        scan.commit(revision, end);
                        scan.damage();
                    } else if frame.is_open {
                        scan.damage();
                    }
                    let is_snapshot = matches!(record, Record::Snapshot { .. });
                    scan.has_frames |= !is_snapshot;
                    frame = Frame { start: Some(at), is_open: true, in_doubt: None, is_snapshot };
                }
                Record::Put { .. } | Record::Remove { .. } => {
                    if let Some((revision, end)) = frame.in_doubt.take() {
                        scan.commit(revision, end);
                        scan.damage();
                    }
                    frame.is_open = true;
                }
                Record::Commit { revision, len, content } => {
                    let end = at.saturating_add(RECORD_LEN);
                    if self.is_whole(&frame, at, len, content)? {
                        scan.commit(revision, end);
                        scan.has_whole_snapshot |= frame.is_snapshot;
                        frame = Frame::default();
                    } else {
                        frame = Frame { in_doubt: Some((revision, end)), ..Frame::default() };
                    }
                    scan.is_clean = false;
                }
                Record::Settled { revision } => {
                    if frame.in_doubt.is_some() || frame.is_open {
                        scan.damage();
                    }
                    scan.commit(revision, at.saturating_add(RECORD_LEN));
                    scan.is_clean = true;
                    frame = Frame::default();
                }
                Record::Proof => {}
            }
        }
        scan.is_clean &= content_end <= scan.end;
        Ok(scan)
    }

    /// Whether the frame that a mark at `mark` ends is as it was written.
    fn is_whole(&mut self, frame: &Frame, mark: u32, len: u32, content: u32) -> Result<bool, StorageError> {
        let Some(start) = frame.start else { return Ok(false) };
        if mark.checked_sub(start) != Some(len) {
            return Ok(false);
        }
        let mut crc = checksum();
        let mut at = start;
        while at < mark {
            let mut bytes = [0; 32];
            let wanted = usize::try_from(mark.saturating_sub(at)).unwrap_or(usize::MAX).min(bytes.len());
            let Some(piece) = bytes.get_mut(..wanted) else { return Ok(false) };
            self.medium.read(self.segment, at, piece)?;
            crc.update(piece);
            at = at.saturating_add(super::medium::length(piece));
        }
        Ok(crc.finalize() == content)
    }
}

impl Scan {
    fn commit(&mut self, revision: u64, end: u32) {
        self.revision = revision;
        self.end = end;
    }

    fn damage(&mut self) {
        self.damaged = self.damaged.saturating_add(1);
    }
}
