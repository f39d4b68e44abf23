//! What is done to a store, and what it must hold then.

use std::cell::RefCell;
use std::collections::BTreeMap;

use strongroom_core::Error;
use strongroom_core::flash::{FlashArea, FlashError, FlashStorage, SharedFlash};
use strongroom_core::platform::{Address, Storage};
use strongroom_std::faults::flash::MockFlash;

/// A flash with words of `WORD` bytes and sectors of 256.
pub type Flash<const WORD: usize> = MockFlash<WORD, 256>;

/// A store in it, whose index holds some of the contents and not others.
pub type Store<'a, const WORD: usize> = FlashStorage<SharedFlash<'a, Flash<WORD>>, 4>;

/// What a store holds: blobs by number.
pub type Content = BTreeMap<u8, Vec<u8>>;

/// Length of a segment in most tests.
pub const SEGMENT_LEN: u32 = 1536;

/// The area of most tests: not at the start of the flash.
pub const AREA: FlashArea = FlashArea { start: 256, segment_len: SEGMENT_LEN };

/// Numbers of the blobs that scripts write.
pub const NUMBERS: std::ops::Range<u8> = 0..8;

/// An address that is not like its neighbours'.
pub fn address(number: u8) -> Address {
    let mut bytes = [number; 24];
    bytes[0] = number ^ 0x5a;
    Address(bytes)
}

/// One commit.
#[derive(Clone, Debug)]
pub enum Step {
    /// Puts blobs of some lengths, filled with what tells the commit, and removes others.
    Change { puts: Vec<(u8, usize)>, removes: Vec<u8> },
    /// Puts blobs, and then fails.
    Fail { puts: Vec<(u8, usize)> },
    /// Changes nothing, and leaves no old blob in the flash.
    Wipe,
}

/// Commits, session by session; the store is mounted anew for each.
pub type Script = Vec<Vec<Step>>;

pub fn put(puts: &[(u8, usize)]) -> Step {
    Step::Change { puts: puts.to_vec(), removes: Vec::new() }
}

pub fn remove(removes: &[u8]) -> Step {
    Step::Change { puts: Vec::new(), removes: removes.to_vec() }
}

pub fn fail(puts: &[(u8, usize)]) -> Step {
    Step::Fail { puts: puts.to_vec() }
}

/// What the commit with this revision puts at a number.
fn blob(revision: u64, number: u8, len: usize) -> Vec<u8> {
    let first = u8::try_from(revision % 251).unwrap().wrapping_mul(31).wrapping_add(number);
    (0..len).map(|index| first.wrapping_add(u8::try_from(index % 251).unwrap())).collect()
}

impl Step {
    /// What the store holds after it, if it leads to this revision.
    pub fn apply(&self, content: &Content, revision: u64) -> Content {
        let mut after = content.clone();
        if let Step::Change { puts, removes } = self {
            for (number, len) in puts {
                after.insert(*number, blob(revision, *number, *len));
            }
            for number in removes {
                after.remove(number);
            }
        }
        after
    }

    /// Does it to a store that stands at `revision`.
    pub fn run<const WORD: usize>(&self, storage: &Store<'_, WORD>, revision: u64) -> Result<(), Error> {
        let (puts, removes) = match self {
            Step::Change { puts, removes } => (puts, Some(removes)),
            Step::Fail { puts } => (puts, None),
            Step::Wipe => return storage.wipe_old().map_err(Error::from),
        };
        storage.commit(revision, &mut |transaction| {
            for (number, len) in puts {
                transaction.put(&address(*number), &blob(revision + 1, *number, *len))?;
            }
            let removes = removes.ok_or(Error::Entropy)?;
            removes.iter().try_for_each(|number| transaction.remove(&address(*number)))
        })
    }

    /// The state that it leads to.
    pub fn lead(&self, (revision, content): &(u64, Content)) -> (u64, Content) {
        let next = revision + u64::from(matches!(self, Step::Change { .. }));
        (next, self.apply(content, next))
    }

    /// Whether it is to succeed.
    pub const fn succeeds(&self) -> bool {
        !matches!(self, Step::Fail { .. })
    }
}

/// A flash, to be shared, with an empty store in it.
pub fn formatted<const WORD: usize>() -> RefCell<Flash<WORD>> {
    let flash = RefCell::new(Flash::new(14));
    drop(FlashStorage::<_, 0>::format(SharedFlash::new(&flash), AREA).unwrap());
    flash
}

pub fn mount<const WORD: usize>(flash: &RefCell<Flash<WORD>>) -> Result<Store<'_, WORD>, FlashError> {
    FlashStorage::mount(SharedFlash::new(flash), AREA)
}

/// Everything that a store holds, by its reads and by its walk.
pub fn content(storage: &impl Storage) -> Content {
    let mut content = Content::new();
    let mut walked = Vec::new();
    storage.walk(&mut |address| walked.push(*address)).unwrap();
    for number in NUMBERS {
        let mut buffer = [0; 2048];
        if let Some(len) = storage.read(&address(number), &mut buffer).unwrap() {
            content.insert(number, buffer[..len].to_vec());
        }
    }
    walked.sort_unstable();
    let mut expected: Vec<Address> = content.keys().map(|number| address(*number)).collect();
    expected.sort_unstable();
    assert_eq!(walked, expected, "a walk and reads differ");
    content
}
