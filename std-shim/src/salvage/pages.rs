use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use strongroom_core::audit::Entry;
use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::platform::Address;

/// Every page of the engine begins at a multiple of this many bytes.
const PAGE: usize = 4096;
/// The first byte of a page that holds rows.
const LEAF: u8 = 1;
/// Longest run of bytes that is taken for one page: more than any row of ours.
const LEAF_LEN_MAX: usize = 1 << 20;
/// The level byte of a second copy.
const COPY: u8 = 0x80;
/// Most rows that are taken from one page: the engine divides a page of more than 4 KiB unless it has one row, and none of
/// ours is shorter than 68 bytes. A crafted page claims no more than that.
const ROWS_MAX: usize = 256;
/// No blob is shorter: an empty one, sealed.
const BLOB_LEN_MIN: usize = 76;

/// Where in the file a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    offset: u64,
    len: usize,
}

/// Everything in a damaged file that has the shape of a row of ours, of whatever age.
#[derive(Debug)]
pub(super) struct Pages {
    file: Mutex<File>,
    /// By the address of the first copy.
    pub(super) blobs: BTreeMap<Address, Vec<Place>>,
    /// By sequence number: each entry that says that it has this number.
    pub(super) entries: BTreeMap<u64, Vec<FoundEntry>>,
}

/// An entry of the audit log, and what tells it from others of its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoundEntry {
    pub(super) place: Place,
    digest: [u8; 32],
}

impl Pages {
    /// Reads the whole file once. Memory: some 100 bytes for each version of each blob and of each entry of the audit log, at
    /// most 256 of them for each 4 KiB of the file.
    pub(super) fn read(mut file: File) -> io::Result<Self> {
        let mut pages =
            Pages { file: Mutex::new(file.try_clone()?), blobs: BTreeMap::new(), entries: BTreeMap::new() };
        let mut window = vec![0; 2 * LEAF_LEN_MAX];
        let (mut filled, mut offset) = (0, 0u64);
        file.seek(SeekFrom::Start(0))?;
        loop {
            while filled < window.len() {
                match file.read(window.get_mut(filled..).unwrap_or_default())? {
                    0 => break,
                    more => filled = filled.saturating_add(more),
                }
            }
            let held = window.get(..filled).unwrap_or_default();
            if held.is_empty() {
                return Ok(pages);
            }
            // What starts in the first half is whole in the window.
            let starts = if filled < window.len() { filled } else { LEAF_LEN_MAX };
            for start in (0..starts).step_by(PAGE) {
                let at = offset.saturating_add(u64::try_from(start).unwrap_or(u64::MAX));
                let page = held.get(start..).unwrap_or_default();
                pages.take_rows(page.get(..LEAF_LEN_MAX).unwrap_or(page), at);
            }
            window.copy_within(starts.min(filled)..filled, 0);
            filled = filled.saturating_sub(starts);
            offset = offset.saturating_add(u64::try_from(starts).unwrap_or(u64::MAX));
        }
    }

    /// A value, as it stands in the file now.
    pub(super) fn value(&self, place: Place) -> io::Result<Vec<u8>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut value = vec![0; place.len];
        file.seek(SeekFrom::Start(place.offset))?;
        file.read_exact(&mut value)?;
        Ok(value)
    }

    fn take_rows(&mut self, page: &[u8], at: u64) {
        let place = |value: &[u8], start: usize| {
            let offset = at.saturating_add(u64::try_from(start).unwrap_or(u64::MAX));
            Place { offset, len: value.len() }
        };
        for (address, value, start) in rows::<24>(page).into_iter().filter(|row| row.1.len() >= BLOB_LEN_MIN)
        {
            self.blobs.entry(first_copy(&Address(*address))).or_default().push(place(value, start));
        }
        for (sequence, value, start) in rows::<8>(page) {
            let sequence = u64::from_le_bytes(*sequence);
            if Entry::read(value).is_ok_and(|entry| entry.sequence == sequence) {
                let digest = RustCrypto::sha256(std::iter::once(value));
                let found = self.entries.entry(sequence).or_default();
                if !found.iter().any(|known| known.digest == digest) {
                    found.push(FoundEntry { place: place(value, start), digest });
                }
            }
        }
    }
}

/// Key, value, and where in the page the value starts.
type Row<'p, const WIDTH: usize> = (&'p [u8; WIDTH], &'p [u8], usize);

/// Where the first copy of a blob lies (`docs/format.md`, 4.2).
pub(super) fn first_copy(address: &Address) -> Address {
    let level = address.0.last().copied().unwrap_or(0);
    if level & COPY == 0 {
        return *address;
    }
    let mut first = address.0.map(|byte| !byte);
    let [.., last] = &mut first;
    *last = level & !COPY;
    Address(first)
}

/// The rows of a page whose keys have a fixed width: `type u8 ‖ 0 ‖ count u16 ‖ count × end u32 ‖ keys ‖ values`, little-endian,
/// the ends counted from the start of the page (redb 4, `btree_base.rs`). Nothing, if it is not of that shape.
fn rows<const WIDTH: usize>(page: &[u8]) -> Vec<Row<'_, WIDTH>> {
    read_rows(page).unwrap_or_default()
}

fn read_rows<const WIDTH: usize>(page: &[u8]) -> Option<Vec<Row<'_, WIDTH>>> {
    let ([kind, _, low, high], rest) = page.split_first_chunk::<4>()?;
    let count = usize::from(u16::from_le_bytes([*low, *high]));
    if *kind != LEAF || count == 0 || count > ROWS_MAX {
        return None;
    }
    let (ends, rest) = rest.split_at_checked(count.checked_mul(4)?)?;
    let (keys, _) = rest.split_at_checked(count.checked_mul(WIDTH)?)?;
    let mut start = count.checked_mul(WIDTH.checked_add(4)?)?.checked_add(4)?;
    let mut rows = Vec::with_capacity(count);
    for (key, end) in keys.as_chunks::<WIDTH>().0.iter().zip(ends.as_chunks::<4>().0) {
        let end = usize::try_from(u32::from_le_bytes(*end)).ok()?;
        rows.push((key, page.get(start..end)?, start));
        start = end;
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_any_bytes_gives_rows_or_nothing() {
        let mut page = vec![0; PAGE];
        let mut state = 1u32;
        for round in 0..20_000u32 {
            for byte in page.iter_mut().take(64) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = u8::try_from(state >> 24).unwrap();
            }
            page[0] = LEAF;
            page[2] = u8::try_from(round % 4).unwrap();
            page[3] = 0;
            page[6] = 0;
            page[7] = 0;
            for (_, value, start) in rows::<24>(&page) {
                assert_eq!(value, &page[start..start + value.len()]);
            }
        }
    }

    #[test]
    fn a_page_that_claims_more_rows_than_a_page_can_have_gives_none() {
        let mut page = vec![0; LEAF_LEN_MAX];
        for (count, taken) in [(ROWS_MAX, ROWS_MAX), (ROWS_MAX + 1, 0)] {
            page[..4].copy_from_slice(&[LEAF, 0, 0, 0]);
            page[2..4].copy_from_slice(&u16::try_from(count).unwrap().to_le_bytes());
            for row in 0..count {
                let end = u32::try_from(4 + 28 * count + 80 * (row + 1)).unwrap();
                page[4 + 4 * row..8 + 4 * row].copy_from_slice(&end.to_le_bytes());
            }
            assert_eq!(rows::<24>(&page).len(), taken);
        }
    }
}
