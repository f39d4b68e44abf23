//! Cells in flash: what is erased is gone, whatever it read, and a flash that lies about it is found out.

use std::cell::RefCell;

use strongroom_core::flash::{FlashArea, FlashEraser, SharedFlash};
use strongroom_core::platform::{AnchorFailed, CELL_LEN, Cell, Eraser};
use strongroom_std::faults::contract::eraser as contract;
use strongroom_std::faults::flash::{Cut, Lie, MockFlash};

type Chip = MockFlash<8, 256>;

const AREA: FlashArea = FlashArea { start: 256, segment_len: 256 };

fn eraser(chip: &RefCell<Chip>) -> FlashEraser<SharedFlash<'_, Chip>> {
    FlashEraser::new(SharedFlash::new(chip), AREA).unwrap()
}

fn read(eraser: &impl Eraser, cell: Cell) -> [u8; CELL_LEN] {
    let mut content = [0; CELL_LEN];
    eraser.read(cell, &mut content).unwrap();
    content
}

#[test]
fn cells_are_written_read_and_erased_apart_from_each_other() {
    let chip = RefCell::new(Chip::new(4));
    let eraser = eraser(&chip);
    assert!(eraser.is_present());
    eraser.write(Cell::A, &[1; CELL_LEN]).unwrap();
    eraser.write(Cell::B, &[2; CELL_LEN]).unwrap();
    assert_eq!((read(&eraser, Cell::A), read(&eraser, Cell::B)), ([1; CELL_LEN], [2; CELL_LEN]));
    assert_eq!(eraser.write(Cell::A, &[3; CELL_LEN]), Err(AnchorFailed), "it is not erased");
    eraser.erase(Cell::A).unwrap();
    assert_eq!(read(&eraser, Cell::B), [2; CELL_LEN]);
    assert!(chip.borrow().image()[256..512].iter().all(|byte| *byte == 0xff), "nothing is left");
    eraser.write(Cell::A, &[3; CELL_LEN]).unwrap();
    assert_eq!(read(&eraser, Cell::A), [3; CELL_LEN]);
}

#[test]
fn a_cell_is_erased_however_it_reads() {
    let chip = RefCell::new(Chip::new(4));
    let eraser = eraser(&chip);
    for times in 1..4 {
        eraser.erase(Cell::B).unwrap();
        assert_eq!(chip.borrow().erasures(), [0, 0, times, 0]);
    }
}

#[test]
fn an_erasure_or_a_write_that_did_not_happen_is_an_error() {
    let chip = RefCell::new(Chip::new(4));
    let eraser = eraser(&chip);
    for lie in [Lie::DoesNothing, Lie::DoesPart] {
        let step = chip.borrow().steps();
        chip.borrow_mut().lie_at(step + 3, lie);
        assert_eq!(eraser.write(Cell::A, &[0; CELL_LEN]), Err(AnchorFailed), "{lie:?}");
        let step = chip.borrow().steps();
        chip.borrow_mut().lie_at(step, Lie::DoesNothing);
        assert_eq!(eraser.erase(Cell::A), Err(AnchorFailed), "{lie:?}");
        eraser.erase(Cell::A).unwrap();
    }
    chip.borrow_mut().stick(1);
    eraser.write(Cell::A, &[7; CELL_LEN]).unwrap();
    assert_eq!(eraser.erase(Cell::A), Err(AnchorFailed));
}

#[test]
fn cells_without_power_fail() {
    let chip = RefCell::new(Chip::new(4));
    let eraser = eraser(&chip);
    chip.borrow_mut().cut_at(0, Cut::Half, 1);
    assert_eq!(eraser.erase(Cell::A), Err(AnchorFailed));
    assert_eq!(eraser.read(Cell::A, &mut [0; CELL_LEN]), Err(AnchorFailed));
    assert_eq!(eraser.write(Cell::A, &[0; CELL_LEN]), Err(AnchorFailed));
    chip.borrow_mut().power_up();
    eraser.erase(Cell::A).unwrap();
}

#[test]
fn cells_in_flash_keep_the_eraser_contract() {
    let chip = RefCell::new(Chip::new(4));
    contract::check_reopened(|| eraser(&chip)).unwrap();
    contract::check_medium(&eraser(&chip), || chip.borrow().image().to_vec()).unwrap();
}
