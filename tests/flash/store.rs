//! The store on a flash that does what it should: the contract, room, wear.

use std::cell::RefCell;

use strongroom_core::flash::{FlashArea, FlashStorage, SharedFlash};
use strongroom_std::faults::contract::storage;
use strongroom_std::faults::flash::MockFlash;

type Made<const WORD: usize, const SECTOR: usize, const INDEX: usize> =
    FlashStorage<MockFlash<WORD, SECTOR>, INDEX>;

fn made<const WORD: usize, const SECTOR: usize, const INDEX: usize>(
    segment_len: u32,
) -> Made<WORD, SECTOR, INDEX> {
    let sectors = usize::try_from(segment_len).unwrap() * 2 / SECTOR;
    FlashStorage::format(MockFlash::new(sectors), FlashArea { start: 0, segment_len }).unwrap()
}

#[test]
fn the_flash_store_keeps_the_storage_contract_with_words_of_1_byte() {
    storage::check(|| made::<1, 4096, 100>(65_536)).unwrap();
}

#[test]
fn the_flash_store_keeps_the_storage_contract_with_words_of_4_bytes() {
    storage::check(|| made::<4, 2048, 50>(65_536)).unwrap();
}

#[test]
fn the_flash_store_keeps_the_storage_contract_with_words_of_8_bytes() {
    storage::check(|| made::<8, 2048, 16>(65_536)).unwrap();
}

#[test]
fn the_flash_store_keeps_the_storage_contract_with_words_of_32_bytes() {
    storage::check(|| made::<32, 16_384, 64>(65_536)).unwrap();
}

#[test]
fn a_full_flash_keeps_what_it_had() {
    storage::check_bounded(&made::<4, 1024, 0>(8192)).unwrap();
    storage::check_bounded(&made::<8, 2048, 16>(16_384)).unwrap();
}

#[test]
fn what_the_flash_store_acknowledged_is_there_when_it_is_mounted_again() {
    const AREA: FlashArea = FlashArea { start: 0, segment_len: 65_536 };
    let make = || {
        let flash: &'static RefCell<_> = Box::leak(Box::new(RefCell::new(MockFlash::<4, 2048>::new(64))));
        drop(FlashStorage::<_, 50>::format(SharedFlash::new(flash), AREA).unwrap());
        move || FlashStorage::<_, 50>::mount(SharedFlash::new(flash), AREA).unwrap()
    };
    storage::check_reopened(make).unwrap();
}
