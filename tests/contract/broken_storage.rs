use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Address, Storage, Transaction};
use strongroom_std::faults::contract::{Clause, storage};

use super::catches;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    CutsLongBlobs,
    MiscountsTheRoomNeeded,
    TakesAnyRevision,
    LetsTheFirstChangeWin,
    WalksTwice,
    LosesABlobInTheLongRun,
    WritesEverySecondCommit,
    TearsWhenFull,
}

type Blobs = BTreeMap<Address, Vec<u8>>;
/// What lies on the medium: revision and blobs.
type Medium = Rc<RefCell<(u64, Blobs)>>;

/// Storage in a map, with one thing wrong about it.
struct Broken {
    fault: Fault,
    medium: Medium,
    now: RefCell<(u64, Blobs)>,
    room: usize,
}

impl Broken {
    fn open(fault: Fault, medium: &Medium) -> Self {
        let now = medium.borrow().clone();
        Broken { fault, medium: medium.clone(), now: RefCell::new(now), room: usize::MAX }
    }

    fn new(fault: Fault) -> Self {
        Broken::open(fault, &Medium::default())
    }

    fn with_room(fault: Fault) -> Self {
        Broken { room: 9_000, ..Broken::new(fault) }
    }
}

#[derive(Default)]
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

impl Storage for Broken {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        let now = self.now.borrow();
        let Some(blob) = now.1.get(address) else { return Ok(None) };
        let is_cut = self.fault == Fault::CutsLongBlobs && blob.len() > 2048;
        let blob = if is_cut { &blob[..2048] } else { blob };
        let needed = blob.len() + usize::from(self.fault == Fault::MiscountsTheRoomNeeded);
        let place = buffer.get_mut(..blob.len()).ok_or(StorageError::BufferTooSmall { needed })?;
        place.copy_from_slice(blob);
        Ok(Some(blob.len()))
    }

    fn commit(
        &self,
        expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut now = self.now.borrow_mut();
        if self.fault != Fault::TakesAnyRevision && now.0 != expected_revision {
            return Err(StorageError::Conflict.into());
        }
        let mut staged = Staged::default();
        stage(&mut staged)?;
        let mut blobs = now.1.clone();
        if self.fault == Fault::LetsTheFirstChangeWin {
            staged.0.reverse();
        }
        for (address, blob) in staged.0 {
            match blob {
                Some(blob) => blobs.insert(address, blob),
                None => blobs.remove(&address),
            };
            if blobs.values().map(Vec::len).sum::<usize>() > self.room {
                if self.fault == Fault::TearsWhenFull {
                    blobs.pop_last();
                    now.1 = blobs;
                }
                return Err(StorageError::Full.into());
            }
        }
        if self.fault == Fault::LosesABlobInTheLongRun && expected_revision == 200 {
            blobs.pop_first();
        }
        *now = (expected_revision + 1, blobs);
        if self.fault != Fault::WritesEverySecondCommit || now.0.is_multiple_of(2) {
            *self.medium.borrow_mut() = now.clone();
        }
        Ok(())
    }

    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        let times = if self.fault == Fault::WalksTwice { 2 } else { 1 };
        (0..times).for_each(|_| self.now.borrow().1.keys().for_each(&mut *visit));
        Ok(())
    }
}

#[test]
fn a_storage_with_nothing_wrong_passes() {
    let make = || {
        let medium = Medium::default();
        move || Broken::open(Fault::None, &medium)
    };
    let report = storage::check_reopened(make).unwrap();
    assert_eq!(report.clauses().len(), 8);
    storage::check_bounded(&Broken::with_room(Fault::None)).unwrap();
}

#[test]
fn a_storage_that_breaks_a_clause_is_caught() {
    for (fault, clause) in [
        (Fault::CutsLongBlobs, Clause::ReadGivesWhatWasCommitted),
        (Fault::MiscountsTheRoomNeeded, Clause::SmallBufferIsToldTheLength),
        (Fault::TakesAnyRevision, Clause::RevisionIsCompared),
        (Fault::WalksTwice, Clause::WalkVisitsEveryAddressOnce),
        (Fault::LosesABlobInTheLongRun, Clause::ManyCommitsAgreeWithAMap),
    ] {
        catches(storage::check(|| Broken::new(fault)), clause);
    }
}

#[test]
fn a_storage_that_keeps_half_a_commit_is_caught() {
    let make = || Torn(Broken::new(Fault::None));
    catches(storage::check(make), Clause::CommitIsWhole);
}

/// Applies changes as they are staged.
struct Torn(Broken);

impl Storage for Torn {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        self.0.read(address, buffer)
    }
    fn commit(
        &self,
        expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut staged = Staged::default();
        let made = stage(&mut staged);
        if made.is_err() {
            let mut now = self.0.now.borrow_mut();
            for (address, blob) in staged.0 {
                now.1.insert(address, blob.unwrap_or_default());
            }
            return made;
        }
        let mut once = Some(staged.0);
        self.0.commit(expected_revision, &mut |transaction| {
            for (address, blob) in once.take().unwrap() {
                match blob {
                    Some(blob) => transaction.put(&address, &blob)?,
                    None => transaction.remove(&address)?,
                }
            }
            Ok(())
        })
    }
    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        self.0.walk(visit)
    }
}

#[test]
fn a_storage_that_reorders_a_commit_is_caught() {
    catches(storage::check(|| Broken::new(Fault::LetsTheFirstChangeWin)), Clause::LaterChangesWin);
}

#[test]
fn a_storage_that_acknowledges_before_it_wrote_is_caught() {
    let make = || {
        let medium = Medium::default();
        move || Broken::open(Fault::WritesEverySecondCommit, &medium)
    };
    catches(storage::check_reopened(make), Clause::CommitIsDurable);
}

#[test]
fn a_storage_that_tears_a_commit_when_it_is_full_is_caught() {
    let torn = Broken::with_room(Fault::TearsWhenFull);
    catches(storage::check_bounded(&torn), Clause::FullStorageChangesNothing);
}
