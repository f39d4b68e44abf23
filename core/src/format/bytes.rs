//! Reading and writing of fixed layouts, big-endian, without a panic.

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
