//! The pieces that a segment is made of: records of 32 bytes, each valid in one place of one epoch only.

use crc::{CRC_32_ISCSI, Crc, Digest};

use crate::platform::Address;

/// Length of every record in bytes.
pub(super) const RECORD_LEN: u32 = 32;

/// A record as it lies in flash.
pub(super) type RecordBytes = [u8; 32];

/// Longest blob that the length of a record can tell.
pub(super) const BLOB_LEN_MAX: u32 = 0x00ff_ffff;

static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// A checksum in the making.
pub(super) type Checksum = Digest<'static, u32>;

/// The checksum of nothing yet.
pub(super) fn checksum() -> Checksum {
    CRC.digest()
}

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// Begins the frame that a compaction makes: all that the store held at this revision.
    Snapshot { revision: u64 },
    /// Begins the frame of a commit that leads to this revision.
    Frame { revision: u64 },
    /// A blob of `len` bytes follows, padded.
    Put { address: Address, len: u32 },
    /// The blob is gone.
    Remove { address: Address },
    /// Ends a frame of `len` bytes, and commits it. `content` is the checksum of all its bytes before this record.
    Commit { revision: u64, len: u32, content: u32 },
    /// The record before this one was read back. Without it that record may be half-programmed, and read so tomorrow.
    Settled { revision: u64 },
    /// The header of this segment was read back.
    Proof,
}

impl Record {
    /// The record's bytes for one place; in any other they are no record.
    pub(super) fn encode(&self, epoch: u64, offset: u32) -> RecordBytes {
        let (kind, len, body) = match *self {
            Record::Snapshot { revision } => (1, 0, numbers(revision, [0; 4])),
            Record::Frame { revision } => (2, 0, numbers(revision, [0; 4])),
            Record::Put { address, len } => (3, len, address.0),
            Record::Remove { address } => (4, 0, address.0),
            Record::Commit { revision, len, content } => {
                (5, 0, numbers(revision, [len, content, !content, 0]))
            }
            Record::Settled { revision } => (6, 0, numbers(revision, [0; 4])),
            Record::Proof => (7, 0, [0; 24]),
        };
        let [_, high, middle, low] = u32::to_be_bytes(len);
        let crc = record_checksum(epoch, offset, &[kind, high, middle, low], &body);
        let mut bytes = [0; 32];
        fill(&mut bytes, [kind, high, middle, low].into_iter().chain(body).chain(crc.to_be_bytes()));
        bytes
    }

    /// What the bytes say, if they are a record of this place.
    pub(super) fn decode(bytes: &RecordBytes, epoch: u64, offset: u32) -> Option<Record> {
        let (head, rest) = bytes.split_first_chunk::<4>()?;
        let (body, crc) = rest.split_first_chunk::<24>()?;
        if crc != record_checksum(epoch, offset, head, body).to_be_bytes() {
            return None;
        }
        let [kind, high, middle, low] = *head;
        let (revision, rest) = body.split_first_chunk::<8>()?;
        let revision = u64::from_be_bytes(*revision);
        let (frame_len, rest) = rest.split_first_chunk::<4>()?;
        let (content, rest) = rest.split_first_chunk::<4>()?;
        let (inverse, _) = rest.split_first_chunk::<4>()?;
        let content = u32::from_be_bytes(*content);
        match kind {
            1 => Some(Record::Snapshot { revision }),
            2 => Some(Record::Frame { revision }),
            3 => {
                Some(Record::Put { address: Address(*body), len: u32::from_be_bytes([0, high, middle, low]) })
            }
            4 => Some(Record::Remove { address: Address(*body) }),
            5 => (content == !u32::from_be_bytes(*inverse)).then_some(Record::Commit {
                revision,
                len: u32::from_be_bytes(*frame_len),
                content,
            }),
            6 => Some(Record::Settled { revision }),
            7 => Some(Record::Proof),
            _ => None,
        }
    }
}

/// A number of 8 bytes and four of 4.
fn numbers(first: u64, others: [u32; 4]) -> [u8; 24] {
    let mut body = [0; 24];
    fill(&mut body, first.to_be_bytes().into_iter().chain(others.into_iter().flat_map(u32::to_be_bytes)));
    body
}

/// Fills the front of `bytes`.
pub(super) fn fill(bytes: &mut [u8], content: impl Iterator<Item = u8>) {
    for (to, from) in bytes.iter_mut().zip(content) {
        *to = from;
    }
}

fn record_checksum(epoch: u64, offset: u32, head: &[u8], body: &[u8]) -> u32 {
    let mut checksum = checksum();
    checksum.update(&epoch.to_be_bytes());
    checksum.update(&offset.to_be_bytes());
    checksum.update(head);
    checksum.update(body);
    checksum.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_valid_in_its_place_only() {
        let address = Address([9; 24]);
        let all = [
            Record::Snapshot { revision: 1 },
            Record::Frame { revision: u64::MAX },
            Record::Put { address, len: BLOB_LEN_MAX },
            Record::Remove { address },
            Record::Commit { revision: 3, len: 64, content: 5 },
            Record::Settled { revision: 3 },
            Record::Proof,
        ];
        for record in all {
            let bytes = record.encode(7, 256);
            assert_eq!(Record::decode(&bytes, 7, 256), Some(record));
            assert_eq!(Record::decode(&bytes, 8, 256), None, "{record:?} of another epoch");
            assert_eq!(Record::decode(&bytes, 7, 288), None, "{record:?} in another place");
            for bit in 0..256 {
                let mut altered = bytes;
                altered[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(Record::decode(&altered, 7, 256), None, "{record:?} with bit {bit} altered");
            }
        }
        assert_eq!(Record::decode(&[0xff; 32], 7, 256), None);
        assert_eq!(Record::decode(&[0; 32], 7, 256), None);
    }
}
