use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::platform::{Address, Storage, Transaction};

pub type Blob = Rc<[u8]>;

/// Everything the medium holds at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub revision: u64,
    pub blobs: BTreeMap<Address, Blob>,
}

/// What one read answers instead of the truth.
#[derive(Clone, Debug)]
pub enum Lie {
    Absent,
    Bytes(Blob),
    Fails(StorageError),
}

/// What becomes of one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitFate {
    /// Nothing is kept, and an error says so.
    Fails,
    /// All is kept, and an error says otherwise.
    LandsAndFails,
    /// Nothing is kept, and success is reported.
    IsForgotten,
    /// The first changes are kept and then the power goes: what the contract forbids.
    IsTorn(usize),
}

type Hook = Box<dyn Fn()>;

/// A medium in the hands of an attacker: it keeps every image there ever was, and answers as the test says.
#[derive(Default)]
pub struct HostileStorage {
    now: RefCell<Image>,
    history: RefCell<Vec<Image>>,
    forgetful: Cell<bool>,
    ignores_revision: Cell<bool>,
    reads: Cell<u64>,
    written: Cell<u64>,
    lies: RefCell<BTreeMap<u64, Lie>>,
    fates: RefCell<VecDeque<Option<CommitFate>>>,
    /// Runs once, when the next commit is in place and has not returned yet.
    in_commit: RefCell<Option<Hook>>,
    /// Runs once, before the read with this number.
    in_read: RefCell<Option<(u64, Hook)>>,
}

impl std::fmt::Debug for HostileStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HostileStorage({} blobs)", self.now.borrow().blobs.len())
    }
}

/// Whether an address is that of a second copy.
pub fn is_copy(address: &Address) -> bool {
    address.0[23] & 0x80 != 0
}

/// The address of the other copy, of what is stored twice (`docs/format.md`, section 4).
pub fn other_copy(address: &Address) -> Address {
    let mut other = address.0.map(|byte| !byte);
    other[23] = address.0[23] ^ 0x80;
    Address(other)
}

impl HostileStorage {
    pub fn holding(image: &Image) -> Self {
        HostileStorage { now: RefCell::new(image.clone()), ..HostileStorage::default() }
    }

    /// Keeps no history from now on, for long runs.
    pub fn keep_no_history(&self) {
        self.forgetful.set(true);
    }

    /// Takes commits whatever revision they expect.
    pub fn ignore_revision(&self) {
        self.ignores_revision.set(true);
    }

    pub fn image(&self) -> Image {
        self.now.borrow().clone()
    }

    /// How many commits there were.
    pub fn revision(&self) -> u64 {
        self.now.borrow().revision
    }

    /// Every image that a commit left, oldest first.
    pub fn history(&self) -> Vec<Image> {
        self.history.borrow().clone()
    }

    /// Puts a whole image in place.
    pub fn put_back(&self, image: &Image) {
        *self.now.borrow_mut() = image.clone();
    }

    /// Changes what is stored, behind the vault's back.
    pub fn alter(&self, change: impl FnOnce(&mut BTreeMap<Address, Blob>)) {
        change(&mut self.now.borrow_mut().blobs);
    }

    /// All earlier contents of an address, oldest first, without the present one.
    pub fn older_versions(&self, address: &Address) -> Vec<Blob> {
        let now = self.now.borrow().blobs.get(address).cloned();
        let mut versions: Vec<Blob> = Vec::new();
        for image in self.history.borrow().iter() {
            if let Some(blob) = image.blobs.get(address)
                && Some(blob) != now.as_ref()
                && versions.last() != Some(blob)
            {
                versions.push(blob.clone());
            }
        }
        versions
    }

    /// How many reads there were.
    pub fn reads(&self) -> u64 {
        self.reads.get()
    }

    /// How many blobs were written.
    pub fn blobs_written(&self) -> u64 {
        self.written.get()
    }

    /// Lies at the read that comes after `skipped` more.
    pub fn lie_at(&self, skipped: u64, lie: Lie) {
        self.lies.borrow_mut().insert(self.reads.get() + skipped, lie);
    }

    /// Tells the truth again.
    pub fn stop_lying(&self) {
        self.lies.borrow_mut().clear();
    }

    /// Decides the next commits, one each.
    pub fn decide(&self, fates: &[CommitFate]) {
        self.decide_after(0, fates);
    }

    /// Lets some commits land, then decides the next ones.
    pub fn decide_after(&self, landing: usize, fates: &[CommitFate]) {
        let landing = std::iter::repeat_n(None, landing);
        self.fates.borrow_mut().extend(landing.chain(fates.iter().copied().map(Some)));
    }

    /// Takes back what was decided for commits that have not come.
    pub fn decide_no_more(&self) {
        self.fates.borrow_mut().clear();
    }

    /// Runs once inside the next commit, when its changes are readable and it has not returned.
    pub fn when_committing(&self, hook: impl Fn() + 'static) {
        *self.in_commit.borrow_mut() = Some(Box::new(hook));
    }

    /// Runs once, before the read that comes after `skipped` more.
    pub fn before_read(&self, skipped: u64, hook: impl Fn() + 'static) {
        *self.in_read.borrow_mut() = Some((self.reads.get() + skipped, Box::new(hook)));
    }
}

/// The changes of one commit, not yet applied.
#[derive(Default)]
struct Staged(Vec<(Address, Option<Blob>)>);

impl Transaction for Staged {
    fn put(&mut self, address: &Address, blob: &[u8]) -> Result<(), Error> {
        self.0.push((*address, Some(blob.into())));
        Ok(())
    }
    fn remove(&mut self, address: &Address) -> Result<(), Error> {
        self.0.push((*address, None));
        Ok(())
    }
}

impl Storage for HostileStorage {
    fn read(&self, address: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        let number = self.reads.get();
        self.reads.set(number + 1);
        let due = self.in_read.borrow().as_ref().is_some_and(|(at, _)| *at == number);
        if due && let Some((_, hook)) = self.in_read.take() {
            hook();
        }
        let lie = self.lies.borrow_mut().remove(&number);
        let found = match lie {
            None => self.now.borrow().blobs.get(address).cloned(),
            Some(Lie::Absent) => None,
            Some(Lie::Bytes(blob)) => Some(blob),
            Some(Lie::Fails(error)) => return Err(error),
        };
        let Some(blob) = found else { return Ok(None) };
        let needed = blob.len();
        buffer.get_mut(..needed).ok_or(StorageError::BufferTooSmall { needed })?.copy_from_slice(&blob);
        Ok(Some(needed))
    }

    fn commit(
        &self,
        expected_revision: u64,
        stage: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if !self.ignores_revision.get() && self.now.borrow().revision != expected_revision {
            return Err(StorageError::Conflict.into());
        }
        let mut staged = Staged::default();
        stage(&mut staged)?;
        let fate = self.fates.borrow_mut().pop_front().flatten();
        let kept = match fate {
            None | Some(CommitFate::LandsAndFails) => staged.0.len(),
            Some(CommitFate::Fails | CommitFate::IsForgotten) => 0,
            Some(CommitFate::IsTorn(changes)) => changes,
        };
        self.written.set(self.written.get() + u64::try_from(staged.0.len()).unwrap_or(u64::MAX));
        let mut now = self.now.borrow_mut();
        for (address, change) in staged.0.into_iter().take(kept) {
            match change {
                Some(blob) => now.blobs.insert(address, blob),
                None => now.blobs.remove(&address),
            };
        }
        if matches!(fate, None | Some(CommitFate::LandsAndFails)) {
            now.revision = expected_revision + 1;
            if !self.forgetful.get() {
                self.history.borrow_mut().push(now.clone());
            }
        }
        drop(now);
        if let Some(hook) = self.in_commit.take() {
            hook();
        }
        match fate {
            None | Some(CommitFate::IsForgotten) => Ok(()),
            Some(CommitFate::Fails | CommitFate::LandsAndFails | CommitFate::IsTorn(_)) => {
                Err(StorageError::Medium.into())
            }
        }
    }

    fn walk(&self, visit: &mut dyn FnMut(&Address)) -> Result<(), StorageError> {
        self.now.borrow().blobs.keys().for_each(visit);
        Ok(())
    }
}
