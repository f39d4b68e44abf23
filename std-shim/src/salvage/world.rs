use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use strongroom_core::Error;
use strongroom_core::crypto::RustCrypto;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{
    Accepted, Address, AuditSink, LINK_LEN, Platform, SinkFailed, Storage, Transaction,
};
use strongroom_core::ram::{RamCache, RamState};

use super::pages::{Pages, Place, first_copy};
use crate::gathered::Gathered;
use crate::threads::{OsEntropy, SystemClock};

/// A platform over what was found in a damaged file. It writes into memory only.
pub(super) struct SalvagePlatform<'p> {
    entropy: OsEntropy,
    clock: SystemClock,
    pub(super) storage: Candidates<'p>,
    pub(super) sink: FoundLog<'p>,
    cache: RamCache<RustCrypto, 1>,
    state: RamState<RustCrypto>,
}

impl<'p> SalvagePlatform<'p> {
    pub(super) fn new(pages: &'p Pages) -> Self {
        SalvagePlatform {
            entropy: OsEntropy,
            clock: SystemClock::new(),
            storage: Candidates { pages, held: RefCell::default() },
            sink: FoundLog {
                pages,
                chosen: RefCell::default(),
                added: RefCell::default(),
                taken: RefCell::default(),
            },
            cache: RamCache::new(),
            state: RamState::new(),
        }
    }
}

impl<'p> Platform for SalvagePlatform<'p> {
    type Primitives = RustCrypto;
    type Entropy = OsEntropy;
    type Clock = SystemClock;
    type Storage = Candidates<'p>;
    type AuditSink = FoundLog<'p>;
    type Cache = RamCache<RustCrypto, 1>;
    type State = RamState<RustCrypto>;
    type Freshness = ();
    type Eraser = ();

    fn entropy(&self) -> &OsEntropy {
        &self.entropy
    }
    fn clock(&self) -> &SystemClock {
        &self.clock
    }
    fn storage(&self) -> &Candidates<'p> {
        &self.storage
    }
    fn audit_sink(&self) -> &FoundLog<'p> {
        &self.sink
    }
    fn cache(&self) -> &Self::Cache {
        &self.cache
    }
    fn state(&self) -> &Self::State {
        &self.state
    }
    fn freshness(&self) -> &() {
        &()
    }
    fn eraser(&self) -> &() {
        &()
    }
    fn usage_block(&self) -> u64 {
        0
    }
}

/// Storage that has several blobs for an address and gives one of them.
pub(super) struct Candidates<'p> {
    pages: &'p Pages,
    held: RefCell<Held>,
}

#[derive(Default)]
struct Held {
    /// Which of an address's blobs is given; the first, where nothing is said.
    chosen: BTreeMap<Address, usize>,
    /// What was written since, or removed.
    written: BTreeMap<Address, Option<Vec<u8>>>,
    /// What commits have made of the revision.
    revision: u64,
    /// Addresses read.
    read: BTreeSet<Address>,
}

impl Candidates<'_> {
    /// Gives this one of an address's blobs from now on, or none if there are not so many.
    pub(super) fn choose(&self, address: &Address, which: usize) {
        self.held.borrow_mut().chosen.insert(first_copy(address), which);
    }

    /// Gives another one of an address's blobs. `false`: each was given once, and none is given from now on.
    pub(super) fn choose_next(&self, address: &Address) -> bool {
        let address = first_copy(address);
        let next = self.held.borrow().chosen.get(&address).map_or(0, |which| which.saturating_add(1));
        self.choose(&address, next);
        next < self.count(&address)
    }

    /// How many blobs there are for an address.
    pub(super) fn count(&self, address: &Address) -> usize {
        self.pages.blobs.get(address).map_or(0, Vec::len)
    }

    /// What the vault consists of: its revision, and the blobs that it has read or written.
    pub(super) fn contents(&self) -> Result<(u64, BTreeMap<Address, Vec<u8>>), StorageError> {
        let held = self.held.borrow();
        let written = held.written.iter().filter_map(|(address, blob)| Some((*address, blob.clone()?)));
        let mut contents: BTreeMap<Address, Vec<u8>> = written.collect();
        for address in &held.read {
            if !held.written.contains_key(address)
                && let Some(place) = self.place(&held, address)
            {
                contents.insert(*address, self.pages.value(place).map_err(|_| StorageError::Medium)?);
            }
        }
        Ok((held.revision, contents))
    }

    fn place(&self, held: &Held, address: &Address) -> Option<Place> {
        let address = first_copy(address);
        let which = held.chosen.get(&address).copied().unwrap_or(0);
        self.pages.blobs.get(&address)?.get(which).copied()
    }
}

impl Storage for Candidates<'_> {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        let mut held = self.held.try_borrow_mut().map_err(|_| StorageError::Busy)?;
        let blob = match (held.written.get(address), self.place(&held, address)) {
            (Some(Some(blob)), _) => blob.clone(),
            (Some(None), _) => return Ok(None),
            (None, Some(place)) => self.pages.value(place).map_err(|_| StorageError::Medium)?,
            (None, None) => return Ok(None),
        };
        held.read.insert(*address);
        let needed = blob.len();
        buffer.get_mut(..needed).ok_or(StorageError::BufferTooSmall { needed })?.copy_from_slice(&blob);
        Ok(Some(needed))
    }

    fn commit(
        &self,
        expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut staged = Gathered::default();
        stage(&mut staged)?;
        let mut held = self.held.try_borrow_mut().map_err(|_| Error::Storage(StorageError::Busy))?;
        held.revision = expected_revision.saturating_add(1);
        held.written.append(&mut staged.0);
        Ok(())
    }

    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        self.pages.blobs.keys().for_each(visit);
        Ok(())
    }
}

/// The audit log that was found, and what is appended to it. Of several entries of one number it gives the one that was
/// chosen, or that whoever scans it took.
pub(super) struct FoundLog<'p> {
    pages: &'p Pages,
    chosen: RefCell<BTreeMap<u64, usize>>,
    added: RefCell<BTreeMap<u64, Vec<u8>>>,
    taken: RefCell<Vec<u8>>,
}

impl FoundLog<'_> {
    /// The numbers of which there are several entries, and how many.
    pub(super) fn ambiguous(&self) -> Vec<(u64, usize)> {
        let found = self.pages.entries.iter().map(|(sequence, found)| (*sequence, found.len()));
        found.filter(|(_, count)| *count > 1).collect()
    }

    /// Gives this one of the entries of a number from now on.
    pub(super) fn choose(&self, sequence: u64, which: usize) {
        self.chosen.borrow_mut().insert(sequence, which);
    }

    /// The entries from a number on, in order.
    pub(super) fn entries(&self, from: u64) -> std::io::Result<BTreeMap<u64, Vec<u8>>> {
        let mut entries = BTreeMap::new();
        for (sequence, found) in self.pages.entries.range(from..) {
            let which = self.chosen.borrow().get(sequence).copied();
            // The later page, where nothing is known.
            let found = which.map_or(found.last(), |which| found.get(which));
            if let Some(found) = found {
                entries.insert(*sequence, self.pages.value(found.place)?);
            }
        }
        let added = self.added.borrow();
        entries.extend(added.range(from..).map(|(sequence, entry)| (*sequence, entry.clone())));
        Ok(entries)
    }

    /// Shows the entry of a number, and if it is refused the other ones that there are.
    fn show(&self, sequence: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<bool, SinkFailed> {
        if let Some(added) = self.added.borrow().get(&sequence) {
            return Ok(visit(added));
        }
        let found = self.pages.entries.get(&sequence).map_or(&[][..], Vec::as_slice);
        let first = self.chosen.borrow().get(&sequence).copied().unwrap_or(found.len().saturating_sub(1));
        let others = (0..found.len()).filter(|which| *which != first);
        for which in std::iter::once(first).chain(others) {
            let Some(found) = found.get(which) else { continue };
            if visit(&self.pages.value(found.place).map_err(|_| SinkFailed)?) {
                self.choose(sequence, which);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl AuditSink for FoundLog<'_> {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        let mut event = vec![0; len];
        write(&mut event);
        let mut taken = self.taken.try_borrow_mut().map_err(|_| SinkFailed)?;
        taken.extend(u16::try_from(len).map_err(|_| SinkFailed)?.to_be_bytes());
        taken.append(&mut event);
        Ok(Accepted::FlushDue)
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        let mut taken = self.taken.try_borrow_mut().map_err(|_| SinkFailed)?;
        if taken.is_empty() {
            return Ok(());
        }
        let link = link(&taken);
        let sequence = link.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)).ok_or(SinkFailed)?;
        let mut added = self.added.try_borrow_mut().map_err(|_| SinkFailed)?;
        added.insert(sequence, [&link, taken.as_slice()].concat());
        taken.clear();
        Ok(())
    }

    fn scan(&self, from: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        let added: Vec<u64> = self.added.borrow().range(from..).map(|(sequence, _)| *sequence).collect();
        let found = self.pages.entries.range(from..).map(|(sequence, _)| *sequence);
        let numbers: BTreeSet<u64> = found.chain(added).collect();
        for sequence in numbers {
            if !self.show(sequence, visit)? {
                break;
            }
        }
        Ok(())
    }
}
