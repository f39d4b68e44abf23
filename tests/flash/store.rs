//! The store on a flash that does what it should: the contract, room, wear.

use strongroom_core::flash::{FlashArea, FlashStorage};
use strongroom_std::faults::flash::MockFlash;

use crate::contract;

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
    contract::storage::suite(&|| made::<1, 4096, 100>(65_536));
}

#[test]
fn the_flash_store_keeps_the_storage_contract_with_words_of_4_bytes() {
    contract::storage::suite(&|| made::<4, 2048, 50>(65_536));
}

#[test]
fn the_flash_store_keeps_the_storage_contract_with_words_of_8_bytes() {
    contract::storage::suite(&|| made::<8, 2048, 16>(65_536));
}

#[test]
fn the_flash_store_keeps_the_storage_contract_with_words_of_32_bytes() {
    contract::storage::suite(&|| made::<32, 16_384, 64>(65_536));
}

#[test]
fn a_full_flash_keeps_what_it_had() {
    contract::storage::full(&made::<4, 1024, 0>(8192));
    contract::storage::full(&made::<8, 2048, 16>(16_384));
}
