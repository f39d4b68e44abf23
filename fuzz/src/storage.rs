//! Storage and audit log of the attacker.

use std::cell::RefCell;
use std::collections::BTreeMap;

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Accepted, Address, AuditSink, LINK_LEN, SinkFailed, Storage, Transaction};

use crate::input::Input;

/// Blobs by address; `None` for one that was removed.
pub type Blobs = BTreeMap<Address, Option<Vec<u8>>>;

/// Storage that keeps what it is told and can be changed behind the vault's back.
#[derive(Debug, Default)]
pub struct HostileStorage {
    blobs: RefCell<Blobs>,
    /// Answers for addresses that nobody wrote to, chosen by the address's last byte.
    fallback: Vec<Vec<u8>>,
}

impl HostileStorage {
    /// Starts from an image.
    pub fn new(blobs: Blobs, fallback: Vec<Vec<u8>>) -> Self {
        HostileStorage { blobs: RefCell::new(blobs), fallback }
    }

    /// Everything stored.
    pub fn image(&self) -> Blobs {
        self.blobs.borrow().clone()
    }

    /// Changes one blob as the input says; `older` has what an attacker may have kept.
    pub fn mutate(&self, input: &mut Input<'_>, older: &Blobs) {
        let mut blobs = self.blobs.borrow_mut();
        let addresses: Vec<Address> = blobs.keys().copied().collect();
        if addresses.is_empty() {
            return;
        }
        let pick = |input: &mut Input<'_>| addresses[usize::from(input.byte()) % addresses.len()];
        let (what, at) = (input.byte(), pick(input));
        let Some(Some(blob)) = blobs.get_mut(&at) else { return };
        let len = blob.len().max(1);
        match what % 8 {
            0 | 1 => {
                let place = input.number() % len;
                let xor = input.byte();
                blob.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= xor);
            }
            2 => {
                let (place, count) = (input.number() % len, usize::from(input.byte()));
                let bytes = input.bytes(count);
                blob.iter_mut().skip(place).zip(bytes).for_each(|(to, from)| *to = *from);
            }
            3 => blob.truncate(input.number() % len),
            4 => {
                let count = usize::from(input.byte());
                blob.extend(input.bytes(count));
            }
            5 => {
                blobs.insert(at, None);
            }
            6 => {
                let other = pick(input);
                let (one, two) = (blobs.get(&at).cloned(), blobs.get(&other).cloned());
                if let (Some(one), Some(two)) = (one, two) {
                    blobs.insert(at, two);
                    blobs.insert(other, one);
                }
            }
            _ => {
                blobs.insert(at, older.get(&at).cloned().flatten());
            }
        }
    }
}

impl Storage for HostileStorage {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        let blobs = self.blobs.borrow();
        let level = usize::from(address.0[23]);
        let blob = match blobs.get(address) {
            Some(stored) => stored.as_ref(),
            None => level.checked_rem(self.fallback.len()).and_then(|index| self.fallback.get(index)),
        };
        let Some(blob) = blob else { return Ok(None) };
        let needed = blob.len();
        buffer.get_mut(..needed).ok_or(StorageError::BufferTooSmall { needed })?.copy_from_slice(blob);
        Ok(Some(needed))
    }

    fn commit(
        &self,
        _expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut staged = Staged(Vec::new());
        stage(&mut staged)?;
        self.blobs.borrow_mut().extend(staged.0);
        Ok(())
    }

    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        self.blobs.borrow().iter().filter(|(_, blob)| blob.is_some()).for_each(|(address, _)| visit(address));
        Ok(())
    }
}

struct Staged(Vec<(Address, Option<Vec<u8>>)>);

impl Transaction for Staged {
    fn put(&mut self, address: &Address, blob: &[u8]) -> Result<(), Error> {
        self.0.push((*address, Some(blob.to_vec())));
        Ok(())
    }

    fn remove(&mut self, address: &Address) -> Result<(), Error> {
        self.0.push((*address, None));
        Ok(())
    }
}

/// An audit log that takes everything and keeps nothing, so that it is never full.
#[derive(Debug, Default)]
pub struct ForgetfulSink(RefCell<Vec<u8>>);

impl AuditSink for ForgetfulSink {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        let mut taken = self.0.borrow_mut();
        taken.extend(u16::try_from(len).map_err(|_| SinkFailed)?.to_be_bytes());
        let start = taken.len();
        taken.resize(start + len, 0);
        write(&mut taken[start..]);
        Ok(Accepted::FlushDue)
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        let mut taken = self.0.borrow_mut();
        if !taken.is_empty() {
            link(&taken);
            taken.clear();
        }
        Ok(())
    }

    fn scan(&self, _from: u64, _visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        Ok(())
    }
}

/// The hash of the chain before an entry, and the entry.
pub type Line = ([u8; 32], Vec<u8>);

/// An audit log that keeps each entry behind the hash of the chain before it.
#[derive(Debug, Default)]
pub struct KeptLog {
    entries: RefCell<Vec<Line>>,
    /// Events that no entry has yet.
    waiting: RefCell<Vec<u8>>,
}

impl KeptLog {
    /// A log that has these entries.
    pub fn new(entries: Vec<Line>) -> Self {
        KeptLog { entries: RefCell::new(entries), waiting: RefCell::default() }
    }

    /// Every entry, in order.
    pub fn entries(&self) -> Vec<Line> {
        self.entries.borrow().clone()
    }
}

impl AuditSink for KeptLog {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        let mut waiting = self.waiting.borrow_mut();
        waiting.extend(u16::try_from(len).map_err(|_| SinkFailed)?.to_be_bytes());
        let start = waiting.len();
        waiting.resize(start + len, 0);
        write(&mut waiting[start..]);
        Ok(Accepted::FlushDue)
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        self.flush_behind(&[0; 32], link)
    }

    fn flush_behind(
        &self,
        hash: &[u8; 32],
        link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN],
    ) -> Result<(), SinkFailed> {
        let events = self.waiting.take();
        if !events.is_empty() {
            self.entries.borrow_mut().push((*hash, [&link(&events)[..], &events].concat()));
        }
        Ok(())
    }

    fn scan(&self, from: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        let entries = self.entries.borrow();
        let is_behind = |(_, entry): &&Line| {
            entry.first_chunk().is_some_and(|number| u64::from_be_bytes(*number) >= from)
        };
        let _ = entries.iter().filter(is_behind).all(|(_, entry)| visit(entry));
        Ok(())
    }
}
