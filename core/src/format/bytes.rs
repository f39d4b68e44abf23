//! Reading and writing of fixed layouts, big-endian, without a panic.

use core::cell::Cell;
use core::ops::Range;

use crate::error::Error;

/// The bytes do not have the expected layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Takes fields from the front of a byte string.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start.
    #[must_use]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Malformed)?;
        self.0 = rest;
        Ok(head)
    }

    /// A byte string behind its own length of two bytes.
    pub(crate) fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        core::str::from_utf8(self.string()?).map_err(|_| Malformed)
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// Nothing may follow.
    pub(crate) fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    /// Only zeros may follow.
    pub(crate) fn end_padded(self) -> Result<(), Malformed> {
        if self.0.iter().all(|byte| *byte == 0) { Ok(()) } else { Err(Malformed) }
    }
}

/// Appends fields to a buffer, and counts on when it is full, so that an error can tell the length needed.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(buffer: &'a mut [u8]) -> Self {
        Writer { buffer, len: 0 }
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(room) = self.buffer.get_mut(self.len..end) {
            room.copy_from_slice(bytes);
        }
        self.len = end;
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.put(&[value]);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.put(&value.to_be_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.put(&value.to_be_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.put(&value.to_be_bytes());
    }

    /// A byte string behind its own length of two bytes.
    pub(crate) fn string(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.u16(u16::try_from(bytes.len()).map_err(|_| Error::Bug)?);
        self.put(bytes);
        Ok(())
    }

    /// Zeros up to a multiple of `unit`.
    pub(crate) fn pad(&mut self, unit: usize) {
        let end = self.len.next_multiple_of(unit);
        if let Some(room) = self.buffer.get_mut(self.len..end) {
            room.fill(0);
        }
        self.len = end;
    }

    /// How many bytes were put so far, also where there was no room for them.
    pub(crate) fn written(&self) -> usize {
        self.len
    }

    /// How many bytes were written.
    pub(crate) fn finish(self) -> Result<usize, Error> {
        if self.len <= self.buffer.len() {
            Ok(self.len)
        } else {
            Err(Error::BufferTooSmall { needed: self.len })
        }
    }
}

/// As `copy_within`, without its panics: each byte is read before another takes its place.
pub(crate) fn move_bytes(bytes: &mut [u8], from: Range<usize>, to: usize) -> Result<(), Error> {
    let end = to.checked_add(from.len()).ok_or(Error::Bug)?;
    let goes_back = to < from.start;
    let cells = Cell::from_mut(bytes).as_slice_of_cells();
    let (old, new) = (cells.get(from).ok_or(Error::Bug)?, cells.get(to..end).ok_or(Error::Bug)?);
    let pairs = new.iter().zip(old);
    let copy = |(new, old): (&Cell<u8>, &Cell<u8>)| new.set(old.get());
    if goes_back {
        pairs.for_each(copy)
    } else {
        pairs.rev().for_each(copy)
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::move_bytes;
    use crate::error::Error;

    #[test]
    fn bytes_move_as_the_library_moves_them() {
        for (start, end) in (0..=6).flat_map(|start| (start..=6).map(move |end| (start, end))) {
            for to in 0..=8 {
                let (mut moved, mut expected) = (*b"abcdef", *b"abcdef");
                let result = move_bytes(&mut moved, start..end, to);
                if to + (end - start) > expected.len() {
                    assert_eq!(result, Err(Error::Bug), "{start}..{end} to {to}");
                } else {
                    expected.copy_within(start..end, to);
                    assert_eq!(result, Ok(()));
                }
                assert_eq!(moved, expected, "{start}..{end} to {to}");
            }
        }
        assert_eq!(move_bytes(&mut [0; 6], 2..7, 0), Err(Error::Bug));
        assert_eq!(move_bytes(&mut [0; 6], 0..2, usize::MAX), Err(Error::Bug));
    }
}
