//! The pieces that a log is made of: cells of 32 bytes, each valid in one place of one block only.

use super::super::record::{checksum, fill};

/// Length of every cell in bytes.
pub(super) const CELL_LEN: u32 = 32;

/// A cell as it lies in flash.
pub(super) type CellBytes = [u8; 32];

/// Bytes of an entry in a cell: the first byte tells it from all other cells, so that what callers write into their
/// requests is never taken for one.
pub(super) const DATA_LEN: usize = 31;

const MAGIC: [u8; 4] = *b"SRal";
/// The number of this layout.
const FORMAT: u8 = 1;

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Begins the frame of an entry: `len` bytes of content follow, in cells.
    Begin { sequence: u64, len: u32 },
    /// Ends the frame that begins at `start`, and makes it count. `content` is the checksum of its content.
    Commit { sequence: u64, content: u32, start: u32 },
    /// The cell before this one was read back. Without it that cell may be half-programmed, and read so tomorrow.
    Settled { sequence: u64 },
}

impl Cell {
    /// The cell's bytes for one place of one block.
    pub(super) fn encode(self, generation: u64, offset: u32) -> CellBytes {
        let (kind, sequence, numbers) = match self {
            Cell::Begin { sequence, len } => (8, sequence, [len, 0]),
            Cell::Commit { sequence, content, start } => (9, sequence, [content, start]),
            Cell::Settled { sequence } => (10, sequence, [0; 2]),
        };
        let mut bytes = [0; 32];
        let numbers =
            sequence.to_be_bytes().into_iter().chain(numbers.into_iter().flat_map(u32::to_be_bytes));
        fill(&mut bytes, [kind, 0, 0, 0].into_iter().chain(numbers));
        seal(&mut bytes, generation, offset);
        bytes
    }

    /// What the bytes say, if they are a cell of this place, and not one of content.
    pub(super) fn decode(bytes: &CellBytes, generation: u64, offset: u32) -> Option<Cell> {
        let (&kind, rest) = bytes.split_first()?;
        let (_, rest) = rest.split_first_chunk::<3>()?;
        let (sequence, rest) = rest.split_first_chunk::<8>()?;
        let (number, rest) = rest.split_first_chunk::<4>()?;
        let (start, _) = rest.split_first_chunk::<4>()?;
        let (sequence, number) = (u64::from_be_bytes(*sequence), u32::from_be_bytes(*number));
        let cell = match kind {
            8 => Cell::Begin { sequence, len: number },
            9 => Cell::Commit { sequence, content: number, start: u32::from_be_bytes(*start) },
            10 => Cell::Settled { sequence },
            _ => return None,
        };
        (cell.encode(generation, offset) == *bytes).then_some(cell)
    }
}

/// The header of a block of this generation.
pub(super) fn header(generation: u64, block_len: u32, blocks: u32) -> CellBytes {
    let mut bytes = [0; 32];
    let numbers = [block_len, blocks].into_iter().flat_map(u32::to_be_bytes);
    let fields = MAGIC.into_iter().chain([FORMAT, 0, 0, 0]);
    fill(&mut bytes, fields.chain(generation.to_be_bytes()).chain(numbers));
    seal(&mut bytes, 0, 0);
    bytes
}

/// What stands in the place of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Front {
    /// No header.
    None,
    /// A header of a later layout.
    Newer { format: u8 },
    /// A header of a log of another size.
    Misfit,
    /// A block of this generation. The higher one is newer.
    Block { generation: u64 },
}

/// Reads what stands in the place of a header.
pub(super) fn front(bytes: &CellBytes, block_len: u32, blocks: u32) -> Front {
    let mut again = *bytes;
    seal(&mut again, 0, 0);
    let [magic @ .., _, _, _, _] = bytes.first_chunk::<8>().unwrap_or(&[0; 8]);
    if *magic != MAGIC || again != *bytes {
        return Front::None;
    }
    let format = bytes.get(4).copied().unwrap_or_default();
    if format != FORMAT {
        return Front::Newer { format };
    }
    let generation = bytes.get(8..).and_then(|rest| rest.first_chunk::<8>()).copied().unwrap_or_default();
    let generation = u64::from_be_bytes(generation);
    if header(generation, block_len, blocks) == *bytes { Front::Block { generation } } else { Front::Misfit }
}

/// Puts the checksum into the last four bytes.
fn seal(bytes: &mut CellBytes, generation: u64, offset: u32) {
    let (covered, place) = bytes.split_at_mut(28);
    let mut crc = checksum();
    crc.update(&generation.to_be_bytes());
    crc.update(&offset.to_be_bytes());
    crc.update(covered);
    fill(place, crc.finalize().to_be_bytes().into_iter());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_valid_in_its_place_only() {
        let all = [
            Cell::Begin { sequence: 1, len: 300 },
            Cell::Commit { sequence: u64::MAX, content: 7, start: 64 },
            Cell::Settled { sequence: 0 },
        ];
        for cell in all {
            let bytes = cell.encode(7, 256);
            assert_eq!(Cell::decode(&bytes, 7, 256), Some(cell));
            assert_eq!(Cell::decode(&bytes, 8, 256), None, "{cell:?} of another block");
            assert_eq!(Cell::decode(&bytes, 7, 288), None, "{cell:?} in another place");
            for bit in 0..256 {
                let mut altered = bytes;
                altered[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(Cell::decode(&altered, 7, 256), None, "{cell:?} with bit {bit} altered");
            }
        }
        assert_eq!(Cell::decode(&[0xff; 32], 7, 256), None);
        assert_eq!(Cell::decode(&[0; 32], 7, 256), None);
    }

    #[test]
    fn a_header_is_of_its_log_only() {
        let bytes = header(9, 4096, 8);
        assert_eq!(front(&bytes, 4096, 8), Front::Block { generation: 9 });
        assert_eq!(front(&bytes, 4096, 9), Front::Misfit);
        assert_eq!(front(&bytes, 2048, 8), Front::Misfit);
        let mut newer = bytes;
        newer[4] = 2;
        seal(&mut newer, 0, 0);
        assert_eq!(front(&newer, 4096, 8), Front::Newer { format: 2 });
        newer[9] ^= 1;
        assert_eq!(front(&newer, 4096, 8), Front::None);
        assert_eq!(front(&[0xff; 32], 4096, 8), Front::None);
        assert_eq!(front(&[0; 32], 4096, 8), Front::None);
    }
}
