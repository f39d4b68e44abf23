//! Pages of listings, in the caller's buffer.

use crate::error::Error;
use crate::format::bytes::Writer;

/// A page being filled with entries, each `u16 length ‖ content`.
pub(in crate::operation) struct Page<'o> {
    out: &'o mut [u8],
    /// Bytes so far.
    pub(in crate::operation) len: usize,
    /// Entries so far.
    pub(in crate::operation) count: usize,
    /// The place of the last entry.
    pub(in crate::operation) last: Option<[u8; 15]>,
}

impl<'o> Page<'o> {
    pub(in crate::operation) fn new(out: &'o mut [u8]) -> Self {
        Page { out, len: 0, count: 0, last: None }
    }

    /// Adds an entry; `false` if it does not fit behind others.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`]: it would be the only one, and does not fit.
    pub(in crate::operation) fn add(
        &mut self,
        place: [u8; 15],
        content: impl Fn(&mut Writer<'_>) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let room = self.out.get_mut(self.len..).ok_or(Error::Bug)?;
        let mut writer = Writer::new(room);
        let mut measure = Writer::new(&mut []);
        content(&mut measure)?;
        writer.u16(u16::try_from(measure.written()).map_err(|_| Error::Bug)?);
        content(&mut writer)?;
        match writer.finish() {
            Ok(len) => {
                self.len = self.len.saturating_add(len);
                self.count = self.count.saturating_add(1);
                self.last = Some(place);
                Ok(true)
            }
            Err(Error::BufferTooSmall { .. }) if self.count > 0 => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The entry that comes next in a listing: the one with the lowest place behind `after`.
pub(in crate::operation) fn next_entry<E>(
    entries: impl Iterator<Item = E>,
    place: impl Fn(&E) -> [u8; 15],
    after: Option<[u8; 15]>,
) -> Option<([u8; 15], E)> {
    entries
        .map(|entry| (place(&entry), entry))
        .filter(|(place, _)| after.is_none_or(|after| *place > after))
        .min_by_key(|(place, _)| *place)
}
