use std::cell::RefCell;
use std::collections::BTreeMap;

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Address, Staging, Storage, Transaction};
use strongroom_std::faults::contract::{Clause, staging};

use super::catches;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    HasNone,
    ShowsReadersWhatIsStaged,
    LetsTheFirstChangeWin,
    KeepsHalfAStage,
    ForgetsWhatIsStaged,
    KeepsWhatDidNotLand,
    DiscardsNothing,
}

type Changes = Vec<(Address, Option<Vec<u8>>)>;

/// Storage in a map, with something wrong about its staging.
struct Broken {
    fault: Fault,
    blobs: RefCell<BTreeMap<Address, Vec<u8>>>,
    staged: RefCell<Changes>,
}

#[derive(Default)]
struct Gathered(Changes);

impl Transaction for Gathered {
    fn put(&mut self, address: &Address, blob: &[u8]) -> Result<(), Error> {
        self.0.push((*address, Some(blob.to_vec())));
        Ok(())
    }
    fn remove(&mut self, address: &Address) -> Result<(), Error> {
        self.0.push((*address, None));
        Ok(())
    }
}

fn copy(blob: Option<&Vec<u8>>, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
    let Some(blob) = blob else { return Ok(None) };
    let place = buffer.get_mut(..blob.len()).ok_or(StorageError::BufferTooSmall { needed: blob.len() })?;
    place.copy_from_slice(blob);
    Ok(Some(blob.len()))
}

impl Broken {
    fn new(fault: Fault) -> Self {
        Broken { fault, blobs: RefCell::default(), staged: RefCell::default() }
    }
}

impl Storage for Broken {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        if self.fault == Fault::ShowsReadersWhatIsStaged {
            return Staging::read(self, address, buffer);
        }
        copy(self.blobs.borrow().get(address), buffer)
    }

    fn commit(
        &self,
        _: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let staged = match self.fault {
            Fault::KeepsWhatDidNotLand => self.staged.borrow().clone(),
            _ => self.staged.take(),
        };
        let mut own = Gathered::default();
        stage(&mut own)?;
        self.staged.borrow_mut().clear();
        let staged = if self.fault == Fault::ForgetsWhatIsStaged { Vec::new() } else { staged };
        for (address, blob) in staged.into_iter().chain(own.0) {
            match blob {
                Some(blob) => self.blobs.borrow_mut().insert(address, blob),
                None => self.blobs.borrow_mut().remove(&address),
            };
        }
        Ok(())
    }

    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        self.blobs.borrow().keys().for_each(visit);
        Ok(())
    }

    fn staging(&self) -> Option<&dyn Staging> {
        if self.fault == Fault::HasNone { None } else { Some(self) }
    }
}

impl Staging for Broken {
    fn stage(&self, stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>) -> Result<(), Error> {
        let mut more = Gathered::default();
        let made = stage(&mut more);
        if made.is_ok() || self.fault == Fault::KeepsHalfAStage {
            self.staged.borrow_mut().append(&mut more.0);
        }
        made
    }

    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        let staged = self.staged.borrow();
        let mut of_address = staged.iter().filter(|(changed, _)| changed == address);
        let change = if self.fault == Fault::LetsTheFirstChangeWin {
            of_address.next()
        } else {
            of_address.next_back()
        };
        match change {
            Some((_, blob)) => copy(blob.as_ref(), buffer),
            None => copy(self.blobs.borrow().get(address), buffer),
        }
    }

    fn discard(&self) {
        if self.fault != Fault::DiscardsNothing {
            self.staged.borrow_mut().clear();
        }
    }
}

#[test]
fn a_staging_with_nothing_wrong_passes() {
    assert_eq!(staging::check(|| Broken::new(Fault::None)).unwrap().clauses().len(), 5);
}

#[test]
fn a_staging_that_breaks_a_clause_is_caught() {
    for (fault, clause) in [
        (Fault::HasNone, Clause::StagedChangesAreApart),
        (Fault::ShowsReadersWhatIsStaged, Clause::StagedChangesAreApart),
        (Fault::LetsTheFirstChangeWin, Clause::StagedChangesAddUp),
        (Fault::KeepsHalfAStage, Clause::FailedStageKeepsNothing),
        (Fault::ForgetsWhatIsStaged, Clause::CommitTakesWhatIsStaged),
        (Fault::KeepsWhatDidNotLand, Clause::NothingStaysStaged),
        (Fault::DiscardsNothing, Clause::NothingStaysStaged),
    ] {
        catches(staging::check(|| Broken::new(fault)), clause);
    }
}
