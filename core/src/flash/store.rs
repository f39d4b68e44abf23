//! The two segments as one store: choosing the one that holds, moving what is live to the other.

use embedded_storage::nor_flash::NorFlash;

use super::FlashError;
use super::frame::FrameWriter;
use super::index::Index;
use super::log::{Log, Place, Scan, record_at};
use super::medium::{Medium, Segment};
use super::record::{RECORD_LEN, Record};
use super::segment::{Front, Header, LOG_START};
use crate::error::StorageError;
use crate::platform::Address;

/// What is known of the flash while it is mounted. The active segment's log ends with a commit, at `end`.
#[derive(Debug)]
pub(super) struct Store<F, const INDEX: usize> {
    pub(super) medium: Medium<F>,
    pub(super) active: Segment,
    pub(super) header: Header,
    /// Highest epoch that was seen in either segment.
    epoch_max: u64,
    /// Where the blobs lie, as far as there is room to know it.
    index: Index<INDEX>,
    /// Where the next frame begins.
    pub(super) end: u32,
    pub(super) revision: u64,
    /// Frames of the active segment of which something is lost.
    pub(super) damaged: u32,
    /// Whether anything lies behind the first frame.
    pub(super) has_frames: bool,
    /// Whether the header's proof cannot be half-programmed: read back since the mount, or followed by frames.
    pub(super) is_proven: bool,
    /// Whether something that is no part of the log follows it.
    pub(super) has_torn_tail: bool,
    /// Whether a write failed, so that only the flash knows what it holds.
    pub(super) is_in_doubt: bool,
    /// Whether the other segment is known not to come back.
    pub(super) other_is_retired: bool,
}

/// What a mount goes by.
struct Chosen {
    segment: Segment,
    header: Header,
    scan: Scan,
    /// Whether the other segment has a header.
    has_other: bool,
    /// Highest epoch that was seen.
    epoch_max: u64,
}

impl<F: NorFlash, const INDEX: usize> Store<F, INDEX> {
    /// Makes an empty store, whatever was there.
    pub(super) fn format(mut medium: Medium<F>) -> Result<Self, FlashError> {
        medium.erase(Segment::A)?;
        medium.erase(Segment::B)?;
        let header = Header { epoch: 1, damaged: 0 };
        let place = (Segment::A, header.epoch);
        let frame = FrameWriter::begin(&mut medium, place, LOG_START, Record::Snapshot { revision: 0 })?;
        let (end, _) = frame.commit(&mut medium)?;
        medium.write_header(Segment::A, header)?;
        medium.prove(Segment::A, header.epoch)?;
        let mut index = Index::new();
        index.begin();
        Ok(Store {
            medium,
            active: Segment::A,
            header,
            epoch_max: header.epoch,
            index,
            end,
            revision: 0,
            damaged: 0,
            has_frames: false,
            is_proven: true,
            has_torn_tail: false,
            is_in_doubt: false,
            other_is_retired: true,
        })
    }

    /// Finds the state that the last commit left, and makes it certain: when this returns, no later mount finds another.
    pub(super) fn mount(medium: Medium<F>) -> Result<Self, FlashError> {
        let mut store = Store {
            medium,
            active: Segment::A,
            header: Header { epoch: 0, damaged: 0 },
            epoch_max: 0,
            index: Index::new(),
            end: LOG_START,
            revision: 0,
            damaged: 0,
            has_frames: false,
            is_proven: false,
            has_torn_tail: false,
            is_in_doubt: true,
            other_is_retired: true,
        };
        store.mount_again()?;
        Ok(store)
    }

    /// As [`Store::mount`], after a write failed.
    pub(super) fn mount_again(&mut self) -> Result<(), FlashError> {
        self.is_in_doubt = true;
        let chosen = self.choose()?;
        self.active = chosen.segment;
        self.header = chosen.header;
        self.epoch_max = chosen.epoch_max;
        self.end = chosen.scan.end;
        self.revision = chosen.scan.revision;
        self.damaged = chosen.scan.damaged;
        self.has_frames = chosen.scan.has_frames;
        self.is_proven = chosen.scan.has_frames;
        self.other_is_retired = !chosen.has_other;
        self.index_anew();
        // What a cut left half-programmed may read otherwise tomorrow, so it is left behind now.
        if !chosen.scan.is_clean || chosen.epoch_max > chosen.header.epoch {
            self.compact()?;
        }
        self.has_torn_tail = false;
        self.is_in_doubt = false;
        Ok(())
    }

    /// The segment that holds the last commit.
    fn choose(&mut self) -> Result<Chosen, FlashError> {
        let (a, b) = (self.header_of(Segment::A)?, self.header_of(Segment::B)?);
        let (newer, older) = match (a, b) {
            (None, None) => return Err(self.why_no_header()?),
            (Some(a), None) => ((Segment::A, a), None),
            (None, Some(b)) => ((Segment::B, b), None),
            (Some(a), Some(b)) if a.epoch >= b.epoch => ((Segment::A, a), Some((Segment::B, b))),
            (Some(a), Some(b)) => ((Segment::B, b), Some((Segment::A, a))),
        };
        let newer = self.look_at(newer)?;
        let older = older.map(|older| self.look_at(older)).transpose()?;
        // A new segment takes over when it is whole and proven. Until then it holds nothing that the old one lacks.
        let (chosen, other) = match (newer, older) {
            (newer, Some(older)) if !newer.can_take_over() && older.is_usable() => (older, Some(newer)),
            (newer, older) if newer.is_usable() => (newer, older),
            (newer, older) if newer.is_retired || older.is_some() => return Err(FlashError::Damaged),
            _ => return Err(FlashError::NotFormatted),
        };
        let epoch_max = other.as_ref().map_or(0, |other| other.header.epoch).max(chosen.header.epoch);
        Ok(Chosen {
            segment: chosen.segment,
            header: chosen.header,
            scan: chosen.scan,
            has_other: other.is_some(),
            epoch_max,
        })
    }

    fn header_of(&mut self, segment: Segment) -> Result<Option<Header>, FlashError> {
        match self.medium.front(segment)? {
            Front::Header(header) => Ok(Some(header)),
            Front::None => Ok(None),
            Front::Newer { format } => Err(FlashError::FromTheFuture { format }),
            Front::Misfit => Err(FlashError::Geometry),
        }
    }

    fn why_no_header(&mut self) -> Result<FlashError, FlashError> {
        for segment in [Segment::A, Segment::B] {
            if self.medium.content_end(segment)? != 0 {
                return Ok(FlashError::NotFormatted);
            }
        }
        Ok(FlashError::Blank)
    }

    fn look_at(&mut self, (segment, header): (Segment, Header)) -> Result<Candidate, FlashError> {
        let is_proven = self.medium.has_proof(segment, header.epoch)?;
        let is_retired = self.medium.is_retired(segment)?;
        let end = self.medium.segment_len();
        let scan = Log::new(&mut self.medium, segment, header.epoch, LOG_START, end).scan()?;
        Ok(Candidate { segment, header, scan, is_proven, is_retired })
    }

    /// Where the blob of an address lies.
    pub(super) fn find(&mut self, address: &Address) -> Result<Option<Place>, StorageError> {
        let place = (self.active, self.header.epoch);
        if self.index.is_whole() {
            let mut records = Records { medium: &mut self.medium, place, last: None, is_certain: true };
            let at = self.index.find(address, |at| records.is_of(address, at));
            let (last, is_certain) = (records.last, records.is_certain);
            if is_certain {
                return Ok(at.and(last));
            }
        }
        Log::new(&mut self.medium, place.0, place.1, LOG_START, self.end).find(address)
    }

    /// The next blob that counts, from a position in the log on.
    pub(super) fn next_live(&mut self, from: u32) -> Result<Option<(Address, Place)>, StorageError> {
        let mut from = from;
        while let Some((at, record)) = self.next_record(from)? {
            from = at.saturating_add(RECORD_LEN);
            if let Record::Put { address, len } = record {
                let place = Place { at, len };
                if self.find(&address)? == Some(place) {
                    return Ok(Some((address, place)));
                }
                from = self.behind(&place);
            }
        }
        Ok(None)
    }

    fn next_record(&mut self, from: u32) -> Result<Option<(u32, Record)>, StorageError> {
        Log::new(&mut self.medium, self.active, self.header.epoch, from, self.end).next()
    }

    /// Fills the index from the whole log.
    fn index_anew(&mut self) {
        self.index.begin();
        self.index_from(LOG_START);
    }

    /// Adds to the index what was committed from an offset on.
    pub(super) fn index_from(&mut self, from: u32) {
        if self.index.is_whole() && self.index_frames(from).is_err() {
            self.index = Index::new();
        }
    }

    fn index_frames(&mut self, from: u32) -> Result<(), StorageError> {
        // Records from here on are not yet known to be committed.
        let mut undecided = from;
        let mut from = from;
        while let Some((at, record)) = self.next_record(from)? {
            from = at.saturating_add(RECORD_LEN);
            match record {
                Record::Snapshot { .. } | Record::Frame { .. } => undecided = at,
                Record::Put { len, .. } => from = self.behind(&Place { at, len }),
                Record::Commit { .. } | Record::Settled { .. } => {
                    self.index_records(undecided, at)?;
                    undecided = from;
                }
                Record::Remove { .. } | Record::Proof => {}
            }
        }
        self.index_records(undecided, self.end)
    }

    fn index_records(&mut self, from: u32, end: u32) -> Result<(), StorageError> {
        let (segment, epoch) = (self.active, self.header.epoch);
        let mut from = from;
        while let Some((at, record)) = Log::new(&mut self.medium, segment, epoch, from, end).next()? {
            from = at.saturating_add(RECORD_LEN);
            let place = (segment, epoch);
            let mut records = Records { medium: &mut self.medium, place, last: None, is_certain: true };
            match record {
                Record::Put { address, .. } => {
                    self.index.put(&address, at, |at| records.is_of(&address, at));
                }
                Record::Remove { address } => {
                    self.index.remove(&address, |at| records.is_of(&address, at));
                }
                _ => {}
            }
            if !records.is_certain {
                return Err(StorageError::Medium);
            }
            if let Record::Put { len, .. } = record {
                from = self.behind(&Place { at, len });
            }
        }
        Ok(())
    }

    /// Where the record behind a blob begins.
    pub(super) fn behind(&self, place: &Place) -> u32 {
        place.blob().saturating_add(Medium::<F>::padded(place.len))
    }

    /// Makes sure that the next mount takes the active segment, before anything relies on it.
    pub(super) fn ensure_proven(&mut self) -> Result<(), StorageError> {
        if !self.is_proven {
            self.medium.prove(self.active, self.header.epoch)?;
            self.is_proven = true;
        }
        Ok(())
    }

    /// Moves what is live into the other segment, which then is the active one. If it fails, or the power goes, before its
    /// end, nothing has changed.
    pub(super) fn compact(&mut self) -> Result<(), StorageError> {
        self.ensure_proven()?;
        let target = self.active.other();
        let header = Header {
            epoch: self.epoch_max.saturating_add(1),
            damaged: self.header.damaged.saturating_add(self.damaged),
        };
        self.medium.erase(target)?;
        let first = Record::Snapshot { revision: self.revision };
        let mut frame = FrameWriter::begin(&mut self.medium, (target, header.epoch), LOG_START, first)?;
        let mut from = LOG_START;
        while let Some((address, place)) = self.next_live(from)? {
            let record = Record::Put { address, len: place.len };
            frame.copy(&mut self.medium, record, (self.active, place.blob()), place.len)?;
            from = self.behind(&place);
        }
        let (end, _) = frame.commit(&mut self.medium)?;
        let was_in_doubt = core::mem::replace(&mut self.is_in_doubt, true);
        self.medium.write_header(target, header)?;
        self.medium.prove(target, header.epoch)?;
        self.is_in_doubt = was_in_doubt;
        self.active = target;
        self.header = header;
        self.epoch_max = header.epoch;
        self.end = end;
        self.damaged = 0;
        self.has_frames = false;
        self.is_proven = true;
        self.has_torn_tail = false;
        self.other_is_retired = false;
        self.index_anew();
        Ok(())
    }

    /// Marks the other segment as superseded, once the active one has a commit that it lacks. It is only a help.
    pub(super) fn retire_other(&mut self) {
        if !self.other_is_retired {
            self.other_is_retired = true;
            self.medium.retire(self.active.other()).ok();
        }
    }
}

/// What an index compares addresses with.
struct Records<'a, F> {
    medium: &'a mut Medium<F>,
    place: (Segment, u64),
    /// The record that was found to be right.
    last: Option<Place>,
    /// Whether all that was looked at could be read.
    is_certain: bool,
}

impl<F: NorFlash> Records<'_, F> {
    /// Whether the record at an offset is that of an address's blob.
    fn is_of(&mut self, wanted: &Address, at: u32) -> bool {
        match record_at(self.medium, self.place, at) {
            Ok(Some(Record::Put { address, len })) if address == *wanted => {
                self.last = Some(Place { at, len });
                true
            }
            Ok(Some(_)) => false,
            Ok(None) | Err(_) => {
                self.is_certain = false;
                false
            }
        }
    }
}

/// A segment with a header.
struct Candidate {
    segment: Segment,
    header: Header,
    scan: Scan,
    is_proven: bool,
    is_retired: bool,
}

impl Candidate {
    /// Whether it may hold the last commit at all. Frames are begun only behind a proof.
    const fn is_usable(&self) -> bool {
        (self.is_proven || self.scan.has_frames) && !self.is_retired
    }

    /// Whether the segment before it is no longer needed.
    const fn can_take_over(&self) -> bool {
        self.is_usable() && (self.scan.has_whole_snapshot || self.scan.has_frames)
    }
}
