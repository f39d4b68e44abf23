//! The enumerator of power cuts: on the store in flash, and on drivers that are wrong.

use std::cell::RefCell;

use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use strongroom_core::flash::{FlashArea, FlashStorage, SharedFlash};
use strongroom_core::platform::{Address, Storage};
use strongroom_std::faults::flash::MockFlash;
use strongroom_std::faults::power_cuts::{CutFinding, CutReport, Device, Operation, PowerCuts};

type Chip = MockFlash<4, 256>;

/// A chip that can be lent to the store.
#[derive(Clone)]
struct Board(RefCell<Chip>);

impl Device for Board {
    fn manners(&self) -> usize {
        self.0.borrow().manners()
    }
    fn steps(&self) -> u64 {
        self.0.borrow().steps()
    }
    fn cut_at(&mut self, step: u64, manner: usize, seed: u64) {
        Device::cut_at(self.0.get_mut(), step, manner, seed);
    }
    fn power_up(&mut self) {
        self.0.get_mut().power_up();
    }
}

const AREA: FlashArea = FlashArea { start: 0, segment_len: 1536 };

fn mount(board: &Board) -> Result<FlashStorage<SharedFlash<'_, Chip>, 4>, String> {
    FlashStorage::mount(SharedFlash::new(&board.0), AREA).map_err(|error| format!("{error:?}"))
}

fn put(board: &Board, revision: u64, blobs: &[(u8, u8)]) -> bool {
    let Ok(storage) = mount(board) else { return false };
    let staged = storage.commit(revision, &mut |transaction| {
        blobs.iter().try_for_each(|(number, byte)| transaction.put(&Address([*number; 24]), &[*byte; 150]))
    });
    staged.is_ok()
}

fn look(board: &mut Board) -> Result<Vec<Option<Vec<u8>>>, String> {
    let storage = mount(board)?;
    let read = |number| {
        let mut buffer = [0; 160];
        let found = storage.read(&Address([number; 24]), &mut buffer).map_err(|error| format!("{error:?}"));
        found.map(|len| len.map(|len| buffer[..len].to_vec()))
    };
    (1..4).map(read).collect()
}

#[test]
fn the_flash_store_survives_every_cut() {
    let formatted = || {
        let board = Board(RefCell::new(Chip::new(12)));
        drop(FlashStorage::<_, 4>::format(SharedFlash::new(&board.0), AREA).unwrap());
        board
    };
    let script: [Operation<'_, Board>; 4] = [
        &|board| put(board, 0, &[(1, 1), (2, 1)]),
        &|board| put(board, 1, &[(1, 2), (2, 2), (3, 2)]),
        &|board| put(board, 2, &[(3, 3)]),
        // Does not fit without a compaction.
        &|board| put(board, 3, &[(1, 4), (2, 4), (3, 4)]),
    ];
    let report = PowerCuts::everywhere()
        .stride(5)
        .manners(2)
        .recovery_stride(23)
        .run(formatted, &script, look)
        .whole()
        .unwrap();
    assert!(report.second_cuts() > 100 && report.pairs() > 500, "{report}");
    println!("{report}");
}

/// A number in the first word of a sector, and how it is changed.
fn kept(
    change: fn(&mut Chip, u32) -> Result<(), <Chip as embedded_storage::nor_flash::ErrorType>::Error>,
) -> CutReport {
    let number = |flash: &mut Chip| {
        let mut word = [0; 4];
        flash.read(0, &mut word).map_err(|error| format!("{error:?}"))?;
        match u32::from_be_bytes(word) {
            number @ (7 | 8 | u32::MAX) => Ok(number),
            torn => Err(format!("{torn:#x} is no number of ours")),
        }
    };
    let script: [Operation<'_, Chip>; 2] =
        [&|flash| change(flash, 7).is_ok(), &|flash| change(flash, 8).is_ok()];
    PowerCuts::everywhere().run(|| Chip::new(2), &script, number)
}

#[test]
fn a_driver_that_erases_before_it_writes_is_caught() {
    let report = kept(|flash, number| {
        flash.erase(0, 256)?;
        flash.write(0, &number.to_be_bytes())
    });
    assert!(report.lost() > 0 && report.unopenable() > 0, "{report}");
    assert!(report.clone().whole().is_err());
    let is_lost = |finding: &CutFinding| matches!(finding, CutFinding::Lost { is_done: false, .. });
    assert!(report.findings().iter().any(|(place, finding)| place.step.is_some() && is_lost(finding)));
}

#[test]
fn a_driver_that_says_too_early_that_it_is_done_is_caught() {
    let report = kept(|flash, number| {
        let _ = flash.erase(0, 256).and_then(|()| flash.write(0, &number.to_be_bytes()));
        Ok(())
    });
    let is_lost = |finding: &CutFinding| matches!(finding, CutFinding::Lost { is_done: true, .. });
    assert!(report.findings().iter().any(|(_, finding)| is_lost(finding)), "{report}");
}

#[test]
fn a_driver_that_fails_without_a_cut_is_not_tried() {
    let report = kept(|flash, number| flash.write(0, &number.to_be_bytes()));
    assert!(
        report.findings().contains(&(report.findings()[report.findings().len() - 1].0, CutFinding::Fails))
    );
    assert!(report.whole().is_err());
}
