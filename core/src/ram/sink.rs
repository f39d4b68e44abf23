use core::cell::RefCell;

use crate::platform::{Accepted, AuditSink, LINK_LEN, SinkFailed};

/// The audit log in `LOG` bytes of memory, strict: every event is chained before its operation is released. Full, it
/// refuses.
#[derive(Debug)]
pub struct RamSink<const LOG: usize>(RefCell<Log<LOG>>);

/// Entries, each `u16 length ‖ link ‖ u16 length ‖ event`; those behind `chained` have no link yet.
#[derive(Debug)]
struct Log<const LOG: usize> {
    bytes: [u8; LOG],
    chained: usize,
    taken: usize,
}

impl<const LOG: usize> RamSink<LOG> {
    /// An empty log.
    #[must_use]
    pub const fn new() -> Self {
        RamSink(RefCell::new(Log { bytes: [0; LOG], chained: 0, taken: 0 }))
    }
}

impl<const LOG: usize> Default for RamSink<LOG> {
    fn default() -> Self {
        Self::new()
    }
}

/// The length of the entry at `at`, and where the next one starts.
fn entry_at(bytes: &[u8], at: usize) -> Option<(core::ops::Range<usize>, usize)> {
    let length = bytes.get(at..)?.first_chunk::<2>()?;
    let start = at.saturating_add(2);
    let end = start.saturating_add(usize::from(u16::from_be_bytes(*length)));
    Some((start..end, end))
}

impl<const LOG: usize> AuditSink for RamSink<LOG> {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        let mut log = self.0.try_borrow_mut().map_err(|_| SinkFailed)?;
        let event_len = u16::try_from(len).map_err(|_| SinkFailed)?.to_be_bytes();
        let entry_len = len.saturating_add(2 + LINK_LEN);
        let prefix = u16::try_from(entry_len).map_err(|_| SinkFailed)?.to_be_bytes();
        let (start, end) = (log.taken, log.taken.saturating_add(2).saturating_add(entry_len));
        let room = log.bytes.get_mut(start..end).ok_or(SinkFailed)?;
        let (prefix_out, room) = room.split_first_chunk_mut::<2>().ok_or(SinkFailed)?;
        let (_, room) = room.split_first_chunk_mut::<LINK_LEN>().ok_or(SinkFailed)?;
        let (len_out, event) = room.split_first_chunk_mut::<2>().ok_or(SinkFailed)?;
        *prefix_out = prefix;
        *len_out = event_len;
        write(event);
        log.taken = end;
        Ok(Accepted::FlushDue)
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        let mut log = self.0.try_borrow_mut().map_err(|_| SinkFailed)?;
        while log.chained < log.taken {
            let (entry, next) = entry_at(&log.bytes, log.chained).ok_or(SinkFailed)?;
            let entry = log.bytes.get_mut(entry).ok_or(SinkFailed)?;
            let (place, events) = entry.split_first_chunk_mut::<LINK_LEN>().ok_or(SinkFailed)?;
            *place = link(events);
            log.chained = next;
        }
        Ok(())
    }

    fn scan(&self, from: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        let log = self.0.try_borrow().map_err(|_| SinkFailed)?;
        let mut at = 0;
        while at < log.chained {
            let (entry, next) = entry_at(&log.bytes, at).ok_or(SinkFailed)?;
            let entry = log.bytes.get(entry).ok_or(SinkFailed)?;
            let sequence = entry.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)).ok_or(SinkFailed)?;
            if sequence >= from && !visit(entry) {
                break;
            }
            at = next;
        }
        Ok(())
    }
}
