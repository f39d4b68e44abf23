//! What stands at the front of a segment: its header, twice; marks that the header was read back; a mark that the
//! segment is no longer in use.

use embedded_storage::nor_flash::NorFlash;

use super::medium::{Medium, Segment};
use super::record::{RECORD_LEN, Record, RecordBytes, checksum, fill};
use crate::error::StorageError;

const MAGIC: [u8; 4] = *b"SRfl";
/// The number of this layout.
pub(super) const FORMAT: u8 = 1;

/// The two copies of the header.
const HEADERS: [u32; 2] = [0, 32];
/// Places of proofs, used one after the other.
const PROOFS: [u32; 4] = [64, 96, 128, 160];
/// Zeros here retire the segment.
const RETIREMENT: u32 = 192;
/// Where the first frame begins.
pub(super) const LOG_START: u32 = 224;

/// A segment that was made whole, as far as its header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Counts compactions; the higher one is newer.
    pub(super) epoch: u64,
    /// Frames that were found damaged in the segments before.
    pub(super) damaged: u32,
}

/// What the front of a segment reads.
pub(super) enum Front {
    /// No header.
    None,
    /// A header of a later layout.
    Newer { format: u8 },
    /// A header for another geometry.
    Misfit,
    /// A header.
    Header(Header),
}

impl Header {
    fn encode(self, segment_len: u32, grain: u32) -> RecordBytes {
        let mut bytes = [0; 32];
        let numbers = [segment_len, grain, self.damaged].into_iter().flat_map(u32::to_be_bytes);
        let fields = MAGIC.into_iter().chain([FORMAT, 0, 0, 0]);
        fill(&mut bytes, fields.chain(self.epoch.to_be_bytes()).chain(numbers));
        let mut crc = checksum();
        let (covered, place) = bytes.split_at_mut(28);
        crc.update(covered);
        fill(place, crc.finalize().to_be_bytes().into_iter());
        bytes
    }

    /// `None` for anything that is no header of any format.
    fn decode(bytes: &RecordBytes, segment_len: u32, grain: u32) -> Option<Front> {
        let (covered, crc) = bytes.split_last_chunk::<4>()?;
        let mut expected = checksum();
        expected.update(covered);
        let (magic, rest) = covered.split_first_chunk::<4>()?;
        let ([format, ..], rest) = rest.split_first_chunk::<4>()?;
        if *magic != MAGIC || *crc != expected.finalize().to_be_bytes() {
            return None;
        }
        if *format != FORMAT {
            return Some(Front::Newer { format: *format });
        }
        let (epoch, rest) = rest.split_first_chunk::<8>()?;
        let (_, rest) = rest.split_first_chunk::<8>()?;
        let damaged = u32::from_be_bytes(*rest.first_chunk()?);
        let header = Header { epoch: u64::from_be_bytes(*epoch), damaged };
        let fits = *bytes == header.encode(segment_len, grain);
        Some(if fits { Front::Header(header) } else { Front::Misfit })
    }
}

impl<F: NorFlash> Medium<F> {
    /// The header of a segment: one good copy is enough.
    pub(super) fn front(&mut self, segment: Segment) -> Result<Front, StorageError> {
        for place in HEADERS {
            let mut bytes = [0; 32];
            self.read(segment, place, &mut bytes)?;
            if let Some(front) = Header::decode(&bytes, self.segment_len(), Self::grain()) {
                return Ok(front);
            }
        }
        Ok(Front::None)
    }

    /// Writes the header, which is the last thing that a new segment gets but its proof.
    pub(super) fn write_header(&mut self, segment: Segment, header: Header) -> Result<(), StorageError> {
        let bytes = header.encode(self.segment_len(), Self::grain());
        HEADERS.into_iter().try_for_each(|place| self.write(segment, place, &bytes))
    }

    /// Whether the header was ever read back. A header without proof may be half-programmed.
    pub(super) fn has_proof(&mut self, segment: Segment, epoch: u64) -> Result<bool, StorageError> {
        for place in PROOFS {
            let mut bytes = [0; 32];
            self.read(segment, place, &mut bytes)?;
            if Record::decode(&bytes, epoch, place) == Some(Record::Proof) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes a proof into the first place that takes it. When all were used up by cuts, those that are there do.
    pub(super) fn prove(&mut self, segment: Segment, epoch: u64) -> Result<(), StorageError> {
        for place in PROOFS {
            let proof = Record::Proof.encode(epoch, place);
            if self.is_blank(segment, place)? && self.write(segment, place, &proof).is_ok() {
                return Ok(());
            }
        }
        if self.has_proof(segment, epoch)? { Ok(()) } else { Err(StorageError::Medium) }
    }

    /// Whether the segment was superseded. A few altered bits are no retirement.
    pub(super) fn is_retired(&mut self, segment: Segment) -> Result<bool, StorageError> {
        let mut bytes = [0; 32];
        self.read(segment, RETIREMENT, &mut bytes)?;
        Ok(bytes.iter().filter(|byte| **byte == 0).count() >= 16)
    }

    /// Says that the segment was superseded, so that it does not come back when the header of the newer one is lost.
    pub(super) fn retire(&mut self, segment: Segment) -> Result<(), StorageError> {
        if !self.is_blank(segment, RETIREMENT)? {
            return Ok(());
        }
        self.write(segment, RETIREMENT, &[0; 32])
    }
}

const _: () = assert!(LOG_START == RETIREMENT + RECORD_LEN && LOG_START.is_multiple_of(32));
