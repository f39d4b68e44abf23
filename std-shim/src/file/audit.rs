use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use redb::TableDefinition;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Accepted, AuditSink, LINK_LEN, SinkFailed};

use super::sealed_file::{SealedFile, medium};
use crate::threads::Sharded;

/// Entries by sequence number.
pub(super) const AUDIT: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("audit");
/// A shard's window: when so many bytes of events wait, the next operation flushes before it answers.
const WINDOW_BYTES: usize = 4 << 20;
/// Events are gathered into entries of at most this size: with what surrounds it one fits into 64 KiB, since the file gives
/// each entry a power of two.
const ENTRY_BYTES: usize = (64 << 10) - 512;

/// When events of operations that change nothing are durable. Changes are always durable with their event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuditDurability {
    /// Before the operation answers: a disk write for each.
    Strict,
    /// Within about 100 ms, or 4 MiB of events in one thread: what a crash can lose.
    #[default]
    Batched,
}

/// The audit log, in the vault's own file.
#[derive(Debug)]
pub struct AuditFile {
    file: Arc<SealedFile>,
    durability: AuditDurability,
    /// Events taken, in a buffer for each thread, each behind its length of two bytes.
    taken: Sharded<Vec<u8>>,
    /// Events on their way into the file.
    flushing: Mutex<Vec<u8>>,
    /// The last flush failed: until one succeeds, every operation tries for itself and is refused if it cannot.
    is_behind: AtomicBool,
}

impl AuditFile {
    /// The log in this file.
    #[must_use]
    pub fn new(file: Arc<SealedFile>, durability: AuditDurability) -> Self {
        let (taken, flushing) = (Sharded::new(Vec::new), Mutex::new(Vec::new()));
        AuditFile { file, durability, taken, flushing, is_behind: AtomicBool::new(false) }
    }
}

/// How many of the bytes make one entry: as many whole events as [`ENTRY_BYTES`] hold, and at least one.
fn entry_len(events: &[u8]) -> usize {
    let mut len = 0;
    let mut left = events;
    while let Some((_, rest)) = strongroom_core::audit::split_event(left) {
        let with_it = events.len().saturating_sub(rest.len());
        if len > 0 && with_it > ENTRY_BYTES {
            return len;
        }
        (len, left) = (with_it, rest);
    }
    events.len()
}

impl AuditSink for AuditFile {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        let prefix = u16::try_from(len).map_err(|_| SinkFailed)?.to_be_bytes();
        let taken = self.taken.mine(|taken| {
            let start = taken.len().saturating_add(2);
            taken.extend_from_slice(&prefix);
            taken.resize(start.saturating_add(len), 0);
            write(taken.get_mut(start..).unwrap_or_default());
            taken.len()
        });
        let is_full = taken.map_err(|_| SinkFailed)? >= WINDOW_BYTES;
        let must_wait = self.durability == AuditDurability::Strict || self.is_behind.load(Ordering::Acquire);
        Ok(if is_full || must_wait { Accepted::FlushDue } else { Accepted::Batched })
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        let mut flushing = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        self.taken.all(|taken| flushing.append(taken)).map_err(|_| SinkFailed)?;
        if flushing.is_empty() {
            return Ok(());
        }
        let written = self.file.write(|transaction| {
            let failed = |error: redb::Error| medium(&error);
            let mut table = transaction.open_table(AUDIT).map_err(|error| failed(error.into()))?;
            let mut left: &[u8] = &flushing;
            while !left.is_empty() {
                let (events, rest) = left.split_at_checked(entry_len(left)).ok_or(StorageError::Medium)?;
                let link = link(events);
                let sequence = link.first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
                let sequence = sequence.ok_or(StorageError::Medium)?;
                let len = link.len().saturating_add(events.len());
                let reserved = table.insert_reserve(sequence, len);
                let mut entry = reserved.map_err(|error| failed(error.into()))?;
                let place = entry.as_mut().split_first_chunk_mut().ok_or(StorageError::Medium)?;
                *place.0 = link;
                place.1.copy_from_slice(events);
                drop(entry);
                left = rest;
            }
            Ok::<(), StorageError>(())
        });
        self.is_behind.store(written.is_err(), Ordering::Release);
        written.map_err(|_| SinkFailed)?;
        flushing.clear();
        Ok(())
    }

    fn scan(&self, from: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        let scanned = self.file.read(|transaction| {
            let table = match transaction.open_table(AUDIT) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            for row in table.range(from..)? {
                if !visit(row?.1.value()) {
                    break;
                }
            }
            Ok(())
        });
        scanned.map_err(|_| SinkFailed)
    }
}

#[cfg(test)]
mod tests {
    use redb::ReadableTableMetadata;

    use super::*;
    use crate::Settings;

    #[test]
    fn entries_fill_their_pages() {
        let folder = tempfile::tempdir().unwrap();
        let file = Arc::new(SealedFile::create(&folder.path().join("audit"), &Settings::default()).unwrap());
        let log = AuditFile::new(Arc::clone(&file), AuditDurability::Batched);
        let events = 10_000_usize;
        for event in 0..events {
            let write = |place: &mut [u8]| place.fill(event.to_le_bytes()[0]);
            log.append(100 + event % 200, &write).unwrap();
        }
        let mut number = 0_u64;
        let link = &mut |_: &[u8]| {
            let mut link = [0; LINK_LEN];
            link[..8].copy_from_slice(&number.to_be_bytes());
            number += 1;
            link
        };
        log.flush(link).unwrap();

        let mut found = 0_usize;
        let count = &mut |entry: &[u8]| {
            let mut left = &entry[LINK_LEN..];
            while let Some((event, rest)) = strongroom_core::audit::split_event(left) {
                assert_eq!(event, vec![found.to_le_bytes()[0]; 100 + found % 200]);
                (found, left) = (found + 1, rest);
            }
            assert_eq!(left, [0; 0], "an entry ends with an event");
            true
        };
        log.scan(0, count).unwrap();
        assert_eq!(found, events);
        let stats = file.read(|transaction| Ok(transaction.open_table(AUDIT)?.stats()?)).unwrap();
        let (stored, empty) = (stats.stored_bytes(), stats.fragmented_bytes());
        assert!(empty < stored / 10, "{empty} bytes lie empty beside {stored}");
    }
}
