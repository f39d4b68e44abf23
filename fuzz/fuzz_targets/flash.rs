//! The store in flash, on a flash that holds anything: it opens or says why not, and what it then holds is what it goes on
//! holding: commits are there as a whole or not at all, also when the power goes, and nothing else moves.
//!
//! Input: a mode (1 a store that was lived in, otherwise a blank flash), what is scribbled into it, then steps.
#![no_main]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::flash::{FlashArea, FlashEraser, FlashError, FlashStorage, SharedFlash};
use strongroom_core::platform::{Address, CELL_LEN, Cell, Eraser, Storage};
use strongroom_fuzz::input::Input;
use strongroom_fuzz::scribble::{Layout, scribble};
use strongroom_std::faults::flash::{Cut, MockFlash};

type Flash = MockFlash<4, 256>;
/// Its index holds some of the contents and not others.
type Store<'a> = FlashStorage<SharedFlash<'a, Flash>, 4>;
type Content = BTreeMap<Address, Vec<u8>>;

const SEGMENT_LEN: u32 = 1536;
const AREA: FlashArea = FlashArea { start: 256, segment_len: SEGMENT_LEN };
/// Behind the store.
const CELLS: FlashArea = FlashArea { start: 3328, segment_len: 256 };
const LAYOUT: Layout = Layout {
    start: 256,
    part_len: 1536,
    parts: 2,
    magic: *b"SRfl",
    numbers: [SEGMENT_LEN, 4],
    kinds: (1, 5),
};
const STEPS_MAX: usize = 24;

static LIVED_IN: OnceLock<Flash> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut flash = match input.byte() & 1 {
        0 => Flash::new(15),
        _ => LIVED_IN.get_or_init(lived_in).clone(),
    };
    flash.alter(|bytes| scribble(bytes, &LAYOUT, &mut input));
    let flash = RefCell::new(flash);
    if let Err(why) = live(&flash, &mut input) {
        assert!(!why.to_string().contains(char::is_control), "{why:?} is not fit to be shown");
        // A store made anew holds, whatever was there.
        assert_ne!(why, FlashError::Geometry, "the area fits");
        drop(Store::format(SharedFlash::new(&flash), AREA).expect("nothing is wrong with the flash"));
        live(&flash, &mut input).expect("there is a store");
    }
});

/// What is in one cell is there until it is erased, whatever becomes of the other one and of the store.
fn use_cells(flash: &RefCell<Flash>) {
    let cells = FlashEraser::new(SharedFlash::new(flash), CELLS).expect("the cells fit");
    assert!(cells.is_present());
    let mut content = [0; CELL_LEN];
    for (cell, byte) in [(Cell::A, 7), (Cell::B, 8)] {
        cells.erase(cell).expect("the flash works");
        cells.write(cell, &[byte; CELL_LEN]).expect("it is erased");
    }
    cells.erase(Cell::A).expect("the flash works");
    cells.read(Cell::A, &mut content).expect("the flash works");
    assert!(!content.contains(&7), "what was erased is there");
    cells.read(Cell::B, &mut content).expect("the flash works");
    assert_eq!(content, [8; CELL_LEN], "a cell changes by itself");
}

/// A store that has moved, with frames behind its snapshot.
fn lived_in() -> Flash {
    let flash = RefCell::new(Flash::new(15));
    drop(Store::format(SharedFlash::new(&flash), AREA).expect("a store"));
    let store = mount(&flash).expect("a store");
    for revision in 0..12u8 {
        let change = Change {
            puts: vec![(revision % 5, 90), (7, usize::from(revision))],
            removes: vec![revision % 3],
        };
        change.commit(&store, u64::from(revision)).expect("there is room");
    }
    drop(store);
    flash.into_inner()
}

fn mount(flash: &RefCell<Flash>) -> Result<Store<'_>, FlashError> {
    FlashStorage::mount(SharedFlash::new(flash), AREA)
}

/// One commit.
struct Change {
    puts: Vec<(u8, usize)>,
    removes: Vec<u8>,
}

fn address(number: u8) -> Address {
    Address([number; 24])
}

fn blob(revision: u64, number: u8, len: usize) -> Vec<u8> {
    let [.., low] = revision.to_be_bytes();
    vec![low.wrapping_mul(31).wrapping_add(number); len]
}

impl Change {
    fn read(input: &mut Input<'_>) -> Self {
        let puts = (0..input.byte() % 4).map(|_| (input.byte() % 8, input.number() % 500)).collect();
        let removes = (0..input.byte() % 3).map(|_| input.byte() % 8).collect();
        Change { puts, removes }
    }

    fn commit(&self, store: &Store<'_>, revision: u64) -> Result<(), Error> {
        store.commit(revision, &mut |transaction| {
            for (number, len) in &self.puts {
                transaction.put(&address(*number), &blob(revision, *number, *len))?;
            }
            self.removes.iter().try_for_each(|number| transaction.remove(&address(*number)))
        })
    }

    fn apply(&self, content: &Content, revision: u64) -> Content {
        let mut after = content.clone();
        for (number, len) in &self.puts {
            after.insert(address(*number), blob(revision, *number, *len));
        }
        self.removes.iter().for_each(|number| drop(after.remove(&address(*number))));
        after
    }
}

/// Everything that a store holds, as it walks over it.
fn content(store: &Store<'_>) -> Result<Content, StorageError> {
    let (mut walked, mut content) = (Vec::new(), Content::new());
    store.walk(&mut |address| walked.push(*address))?;
    for address in &walked {
        let mut buffer = [0; SEGMENT_LEN as usize];
        let len = store.read(address, &mut buffer)?.expect("a walk passes what is not there");
        assert_eq!(content.insert(*address, buffer[..len].to_vec()), None, "a walk passes it twice");
    }
    for number in (0..8).filter(|number| !content.contains_key(&address(*number))) {
        assert_eq!(store.read(&address(number), &mut []), Ok(None), "a walk does not pass what is there");
    }
    Ok(content)
}

/// Opens the store and uses it as the input says.
fn live(flash: &RefCell<Flash>, input: &mut Input<'_>) -> Result<(), FlashError> {
    let mut store = mount(flash)?;
    let mut held = content(&store)?;
    let mut revision = store.health()?.revision;
    for _ in 0..STEPS_MAX {
        if input.is_empty() {
            break;
        }
        let what = input.byte();
        if what.is_multiple_of(4) {
            store.wipe_old()?;
            use_cells(flash);
        }
        if what % 4 == 1 {
            let change = Change::read(input);
            match change.commit(&store, revision) {
                Ok(()) => {
                    held = change.apply(&held, revision);
                    revision += 1;
                }
                Err(error) => {
                    assert_eq!(error, Error::Storage(StorageError::Full), "a flash that works fails")
                }
            }
        }
        if what % 4 == 2 {
            let change = Change::read(input);
            let (step, kind) = (input.number() % 512, usize::from(input.byte()) % Cut::ALL.len());
            let step = flash.borrow().steps() + u64::try_from(step).unwrap_or_default();
            flash.borrow_mut().cut_at(step, Cut::ALL[kind], step);
            let committed = change.commit(&store, revision);
            drop(store);
            flash.borrow_mut().power_up();
            store = mount(flash)?;
            let (before, after) = (held.clone(), change.apply(&held, revision));
            held = content(&store)?;
            let (found, is_full) =
                (store.health()?.revision, committed == Err(Error::Storage(StorageError::Full)));
            let has_landed = found == revision + 1 && held == after;
            let has_not = found == revision && held == before;
            assert!(
                has_landed && !is_full || has_not && committed.is_err(),
                "half a commit, or none: {committed:?}"
            );
            revision = found;
        }
        if what % 4 == 3 {
            drop(store);
            flash.borrow_mut().power_up();
            store = mount(flash)?;
        }
        assert_eq!(store.health()?.revision, revision, "the revision moves");
        assert_eq!(content(&store)?, held, "what is held changes by itself");
    }
    Ok(())
}
