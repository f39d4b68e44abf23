//! The two segments as one store: choosing the one that holds, moving what is live to the other.

use embedded_storage::nor_flash::NorFlash;

use super::FlashError;
use super::frame::FrameWriter;
use super::log::{Log, Place, Scan};
use super::medium::{Medium, Segment};
use super::record::{RECORD_LEN, Record};
use super::segment::{Front, Header, LOG_START};
use crate::error::StorageError;
use crate::platform::Address;

/// What is known of the flash while it is mounted. The active segment's log ends with a commit, at `end`.
#[derive(Debug)]
pub(super) struct Store<F> {
    pub(super) medium: Medium<F>,
    pub(super) active: Segment,
    pub(super) header: Header,
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
    /// Whether the other segment looks newer and is not whole.
    has_half_made_successor: bool,
    /// Whether the other segment has a header.
    has_other: bool,
    /// Highest epoch that was seen.
    epoch_max: u64,
}

impl<F: NorFlash> Store<F> {
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
        Ok(Store {
            medium,
            active: Segment::A,
            header,
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
        self.end = chosen.scan.end;
        self.revision = chosen.scan.revision;
        self.damaged = chosen.scan.damaged;
        self.has_frames = chosen.scan.has_frames;
        self.is_proven = chosen.scan.has_frames;
        self.other_is_retired = !chosen.has_other;
        // What a cut left half-programmed may read otherwise tomorrow, so it is left behind now.
        if !chosen.scan.is_clean || chosen.has_half_made_successor {
            self.header.epoch = chosen.epoch_max.max(chosen.header.epoch);
            self.compact_from(chosen.header.epoch)?;
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
            has_half_made_successor: epoch_max > chosen.header.epoch,
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

    /// The log of the active segment.
    pub(super) fn log(&mut self) -> Log<'_, F> {
        Log::new(&mut self.medium, self.active, self.header.epoch, LOG_START, self.end)
    }

    /// Where the blob of an address lies.
    pub(super) fn find(&mut self, address: &Address) -> Result<Option<Place>, StorageError> {
        self.log().find(address)
    }

    /// The next blob that counts, from a position in the log on.
    pub(super) fn next_live(&mut self, from: u32) -> Result<Option<(Address, Place)>, StorageError> {
        let (segment, epoch, end) = (self.active, self.header.epoch, self.end);
        self.next_live_of((segment, epoch, end), from)
    }

    fn next_live_of(
        &mut self,
        (segment, epoch, end): (Segment, u64, u32),
        from: u32,
    ) -> Result<Option<(Address, Place)>, StorageError> {
        let mut from = from;
        loop {
            let next = Log::new(&mut self.medium, segment, epoch, from, end).next()?;
            let Some((at, record)) = next else { return Ok(None) };
            from = at.saturating_add(RECORD_LEN);
            if let Record::Put { address, len } = record {
                let place = Place { at, len };
                let found = Log::new(&mut self.medium, segment, epoch, LOG_START, end).find(&address)?;
                if found == Some(place) {
                    return Ok(Some((address, place)));
                }
                from = self.behind(&place);
            }
        }
    }

    /// Where the record behind a blob begins.
    pub(super) fn behind(&self, place: &Place) -> u32 {
        place.blob().saturating_add(Medium::<F>::padded(place.len))
    }

    /// Makes sure that the next mount takes the active segment, before anything relies on it.
    pub(super) fn ensure_proven(&mut self) -> Result<(), StorageError> {
        self.prove(self.header.epoch)
    }

    fn prove(&mut self, epoch: u64) -> Result<(), StorageError> {
        if !self.is_proven {
            self.medium.prove(self.active, epoch)?;
            self.is_proven = true;
        }
        Ok(())
    }

    /// Moves what is live into the other segment, which then is the active one. Cut before its end, it did nothing.
    pub(super) fn compact(&mut self) -> Result<(), StorageError> {
        self.compact_from(self.header.epoch)
    }

    /// As [`Store::compact`], where the active segment's epoch is `epoch` and a higher one was seen.
    fn compact_from(&mut self, epoch: u64) -> Result<(), StorageError> {
        let source = (self.active, epoch, self.end);
        self.prove(epoch)?;
        let target = self.active.other();
        let header = Header {
            epoch: self.header.epoch.saturating_add(1),
            damaged: self.header.damaged.saturating_add(self.damaged),
        };
        self.medium.erase(target)?;
        let first = Record::Snapshot { revision: self.revision };
        let mut frame = FrameWriter::begin(&mut self.medium, (target, header.epoch), LOG_START, first)?;
        let mut from = LOG_START;
        while let Some((address, place)) = self.next_live_of(source, from)? {
            let record = Record::Put { address, len: place.len };
            frame.copy(&mut self.medium, record, (source.0, place.blob()), place.len)?;
            from = self.behind(&place);
        }
        let (end, _) = frame.commit(&mut self.medium)?;
        self.medium.write_header(target, header)?;
        self.medium.prove(target, header.epoch)?;
        self.active = target;
        self.header = header;
        self.end = end;
        self.damaged = 0;
        self.has_frames = false;
        self.is_proven = true;
        self.has_torn_tail = false;
        self.other_is_retired = false;
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
