use std::cell::{Cell as Place, RefCell};
use std::rc::Rc;

use strongroom_core::platform::{AnchorFailed, CELL_LEN, Cell, Eraser, Freshness};
use strongroom_std::faults::contract::{Clause, eraser, freshness};

use super::catches;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Counts {
    Right,
    ByItself,
    TwoAtOnce,
    BackWhenAsked,
    InMemory,
    WithoutACounter,
}

/// A counter with one thing wrong about it.
struct Counter {
    counts: Counts,
    medium: Rc<Place<u64>>,
    now: Place<u64>,
}

impl Counter {
    fn open(counts: Counts, medium: &Rc<Place<u64>>) -> Self {
        Counter { counts, medium: medium.clone(), now: Place::new(medium.get()) }
    }

    fn new(counts: Counts) -> Self {
        Counter::open(counts, &Rc::new(Place::new(5)))
    }
}

impl Freshness for Counter {
    fn read(&self) -> Result<Option<u64>, AnchorFailed> {
        if self.counts == Counts::ByItself {
            self.now.set(self.now.get() + 1);
        }
        Ok((self.counts != Counts::WithoutACounter).then(|| self.now.get()))
    }

    fn advance(&self, to: u64) -> Result<(), AnchorFailed> {
        let now = self.now.get();
        if self.counts != Counts::BackWhenAsked && self.counts != Counts::WithoutACounter && to != now + 1 {
            return Err(AnchorFailed);
        }
        self.now.set(to + u64::from(self.counts == Counts::TwoAtOnce));
        if self.counts != Counts::InMemory {
            self.medium.set(self.now.get());
        }
        Ok(())
    }
}

#[test]
fn a_counter_that_breaks_a_clause_is_caught() {
    for (counts, clause) in [
        (Counts::ByItself, Clause::CounterStandsStill),
        (Counts::TwoAtOnce, Clause::CounterAdvances),
        (Counts::BackWhenAsked, Clause::CounterNeverMovesBack),
        (Counts::WithoutACounter, Clause::AbsenceIsTold),
    ] {
        catches(freshness::check(&Counter::new(counts)), clause);
    }
}

#[test]
fn a_counter_that_forgets_is_caught() {
    let medium = Rc::new(Place::new(5));
    freshness::check_reopened(|| Counter::open(Counts::Right, &medium)).unwrap();
    assert_eq!(medium.get(), 10, "as many advances as are promised");
    let forgetting = freshness::check_reopened(|| Counter::open(Counts::InMemory, &medium));
    catches(forgetting, Clause::CounterIsDurable);
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Erases {
    Right,
    WithTornWrites,
    BothCells,
    Nothing,
    InMemory,
    AMappedCopy,
    WithoutCells,
}

type Contents = [[u8; CELL_LEN]; 2];

/// Cells with one thing wrong about them.
struct Cells {
    erases: Erases,
    medium: Rc<RefCell<Vec<Contents>>>,
    now: RefCell<Contents>,
}

impl Cells {
    fn open(erases: Erases, medium: &Rc<RefCell<Vec<Contents>>>) -> Self {
        let now = RefCell::new(medium.borrow().last().copied().unwrap_or([[0xff; CELL_LEN]; 2]));
        Cells { erases, medium: medium.clone(), now }
    }

    fn new(erases: Erases) -> Self {
        Cells::open(erases, &Rc::default())
    }

    fn bytes(&self) -> Vec<u8> {
        self.medium.borrow().iter().flatten().flatten().copied().collect()
    }

    fn keep(&self) {
        let mut medium = self.medium.borrow_mut();
        match self.erases {
            Erases::InMemory if !medium.is_empty() => {}
            // As a log-structured medium does: the old page is still there.
            Erases::AMappedCopy => medium.push(*self.now.borrow()),
            _ => *medium = vec![*self.now.borrow()],
        }
    }
}

impl Eraser for Cells {
    fn is_present(&self) -> bool {
        self.erases != Erases::WithoutCells
    }

    fn read(&self, cell: Cell, content: &mut [u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        *content = self.now.borrow()[cell as usize];
        Ok(())
    }

    fn write(&self, cell: Cell, content: &[u8; CELL_LEN]) -> Result<(), AnchorFailed> {
        let len = if self.erases == Erases::WithTornWrites { 64 } else { CELL_LEN };
        self.now.borrow_mut()[cell as usize][..len].copy_from_slice(&content[..len]);
        self.keep();
        Ok(())
    }

    fn erase(&self, cell: Cell) -> Result<(), AnchorFailed> {
        match self.erases {
            Erases::Nothing => {}
            Erases::BothCells => *self.now.borrow_mut() = [[0xff; CELL_LEN]; 2],
            _ => self.now.borrow_mut()[cell as usize] = [0xff; CELL_LEN],
        }
        self.keep();
        Ok(())
    }
}

#[test]
fn an_eraser_with_nothing_wrong_passes() {
    let cells = Cells::new(Erases::Right);
    assert_eq!(eraser::check_medium(&cells, || cells.bytes()).unwrap().clauses().len(), 4);
    let medium = Rc::default();
    assert_eq!(eraser::check_reopened(|| Cells::open(Erases::Right, &medium)).unwrap().clauses().len(), 4);
}

#[test]
fn an_eraser_that_breaks_a_clause_is_caught() {
    for (erases, clause) in [
        (Erases::WithTornWrites, Clause::CellGivesWhatWasWritten),
        (Erases::BothCells, Clause::CellsAreApart),
        (Erases::Nothing, Clause::ErasedContentIsGone),
        (Erases::WithoutCells, Clause::AbsenceIsTold),
    ] {
        catches(eraser::check(&Cells::new(erases)), clause);
    }
}

#[test]
fn an_eraser_that_forgets_is_caught() {
    let medium = Rc::default();
    let forgetting = eraser::check_reopened(|| Cells::open(Erases::InMemory, &medium));
    catches(forgetting, Clause::CellsAreDurable);
}

#[test]
fn an_eraser_whose_medium_keeps_old_pages_is_caught() {
    let cells = Cells::new(Erases::AMappedCopy);
    catches(eraser::check_medium(&cells, || cells.bytes()), Clause::MediumHoldsNothingErased);
}
