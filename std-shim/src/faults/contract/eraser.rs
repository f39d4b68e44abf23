//! The contract of [`Eraser`]. The checks write and erase the cells some ten times each, and leave them erased: never point
//! them at the cells of a vault that is still needed.

use strongroom_core::platform::{AnchorFailed, CELL_LEN, Cell, Eraser};

use super::expect::{Kept, done, equal, expect};
use super::{Clause, Report, Violation};
use crate::faults::dice::Dice;

/// How much of an erased content counts as found, in bytes.
const WINDOW: usize = 16;

type Content = [u8; CELL_LEN];

/// Checks the cells while they are open, or that there are none.
///
/// # Errors
/// The first clause that is not kept.
pub fn check(eraser: &impl Eraser) -> Result<Report, Violation> {
    let mut report = Report::default();
    if !eraser.is_present() {
        report.check(Clause::AbsenceIsTold, || absent_cells_fail(eraser))?;
        return Ok(report);
    }
    report.check(Clause::CellGivesWhatWasWritten, || {
        (0..3).try_for_each(|round| {
            [Cell::A, Cell::B].into_iter().try_for_each(|cell| write(eraser, cell, round))
        })
    })?;
    report.check(Clause::CellsAreApart, || what_is_done_to_one_leaves_the_other(eraser))?;
    report.check(Clause::ErasedContentIsGone, || {
        [Cell::A, Cell::B].into_iter().try_for_each(|cell| erased_content_is_not_read(eraser, cell))
    })?;
    Ok(report)
}

/// Checks in addition that cells stay as they are. `open` opens the same cells: what was opened before is dropped first.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_reopened<E: Eraser>(open: impl Fn() -> E) -> Result<Report, Violation> {
    let mut report = check(&open())?;
    if report.clauses() == [Clause::AbsenceIsTold] {
        return Ok(report);
    }
    report.check(Clause::CellsAreDurable, || cells_stay_as_they_are(&open))?;
    Ok(report)
}

/// Checks in addition that the medium holds nothing of what was erased. `medium` gives all its bytes, as somebody with the
/// chip in hand reads them.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_medium(eraser: &impl Eraser, medium: impl Fn() -> Vec<u8>) -> Result<Report, Violation> {
    let mut report = check(eraser)?;
    report.check(Clause::MediumHoldsNothingErased, || nothing_erased_is_found(eraser, &medium))?;
    Ok(report)
}

/// Bytes that stand nowhere else.
fn content(cell: Cell, round: u8) -> Content {
    let mut dice = Dice::new(u64::from(round).wrapping_mul(2).wrapping_add(u64::from(cell == Cell::A)));
    std::array::from_fn(|_| dice.byte())
}

fn read(eraser: &impl Eraser, cell: Cell) -> Result<Content, String> {
    let mut found = [0; CELL_LEN];
    done("a read", eraser.read(cell, &mut found)).map(|()| found)
}

/// Erases a cell, writes it, and reads it back.
fn write(eraser: &impl Eraser, cell: Cell, round: u8) -> Kept {
    done("an erasure", eraser.erase(cell))?;
    done("a write", eraser.write(cell, &content(cell, round)))?;
    equal("a cell that was written", &read(eraser, cell)?, &content(cell, round))
}

fn absent_cells_fail(eraser: &impl Eraser) -> Kept {
    let answers = [
        eraser.read(Cell::A, &mut [0; CELL_LEN]),
        eraser.write(Cell::A, &[0; CELL_LEN]),
        eraser.erase(Cell::A),
    ];
    equal("reading, writing and erasing where there are no cells", &answers, &[Err(AnchorFailed); 3])
}

fn what_is_done_to_one_leaves_the_other(eraser: &impl Eraser) -> Kept {
    for (cell, round) in [(Cell::A, 4), (Cell::B, 5)] {
        write(eraser, cell.other(), round)?;
        write(eraser, cell, round)?;
        equal(
            "a cell while the other is written",
            &read(eraser, cell.other())?,
            &content(cell.other(), round),
        )?;
        done("an erasure", eraser.erase(cell))?;
        equal(
            "a cell while the other is erased",
            &read(eraser, cell.other())?,
            &content(cell.other(), round),
        )?;
    }
    Ok(())
}

/// Whether bytes hold a piece of a content.
fn holds(bytes: &[u8], content: &Content) -> bool {
    content.chunks_exact(WINDOW).any(|piece| bytes.windows(WINDOW).any(|window| window == piece))
}

fn erased_content_is_not_read(eraser: &impl Eraser, cell: Cell) -> Kept {
    write(eraser, cell, 7)?;
    done("an erasure", eraser.erase(cell))?;
    let found = read(eraser, cell)?;
    expect(!holds(&found, &content(cell, 7)), || "an erased cell gives what it held".to_owned())?;
    // A torn erasure is done again.
    done("an erasure of an erased cell", eraser.erase(cell))
}

fn cells_stay_as_they_are<E: Eraser>(open: &impl Fn() -> E) -> Kept {
    for round in 8..10 {
        write(&open(), Cell::A, round)?;
        write(&open(), Cell::B, round)?;
        equal("a cell, opened again", &read(&open(), Cell::A)?, &content(Cell::A, round))?;
        done("an erasure", open().erase(Cell::A))?;
        let found = read(&open(), Cell::A)?;
        expect(!holds(&found, &content(Cell::A, round)), || {
            "an erased cell gives what it held, opened again".to_owned()
        })?;
        equal("the other cell, opened again", &read(&open(), Cell::B)?, &content(Cell::B, round))?;
    }
    Ok(())
}

fn nothing_erased_is_found(eraser: &impl Eraser, medium: &impl Fn() -> Vec<u8>) -> Kept {
    for (cell, round) in [(Cell::A, 20), (Cell::B, 21), (Cell::A, 22), (Cell::B, 23)] {
        write(eraser, cell, round)?;
        expect(holds(&medium(), &content(cell, round)), || {
            "a cell that was written is not found in the medium: it cannot be searched so".to_owned()
        })?;
        done("an erasure", eraser.erase(cell))?;
        expect(!holds(&medium(), &content(cell, round)), || {
            "the medium still holds what was erased".to_owned()
        })?;
    }
    Ok(())
}
