//! The audit log in flash: the contract, its end, cuts, rot and lies, wear.

mod cuts;
mod damage;
mod full;

use std::cell::RefCell;

use strongroom_core::audit::{Entry, split_event};
use strongroom_core::flash::{
    AuditArea, AuditDurability, AuditRules, FlashAudit, FlashError, SharedFlash, WhenFull,
};
use strongroom_core::platform::{AuditSink, LINK_LEN, SinkFailed};
use strongroom_std::faults::contract::audit_sink;
use strongroom_std::faults::flash::MockFlash;

/// Bytes of a log's buffer.
const BUFFER: usize = 2048;
/// Length of a sector, and of a block in most tests.
const SECTOR: usize = 8192;

type Flash<const WORD: usize> = MockFlash<WORD, SECTOR>;
type Log<'f, const WORD: usize> = FlashAudit<SharedFlash<'f, Flash<WORD>>, BUFFER>;

/// Denies when full, strict.
const DENY: AuditRules = AuditRules { durability: AuditDurability::Strict, when_full: WhenFull::Deny };
const DROP: AuditRules = AuditRules { when_full: WhenFull::DropOldest, ..DENY };

const fn area(blocks: u32) -> AuditArea {
    AuditArea { start: SECTOR as u32, block_len: SECTOR as u32, blocks }
}

fn flash<const WORD: usize>(blocks: u32) -> RefCell<Flash<WORD>> {
    RefCell::new(Flash::new(1 + blocks as usize))
}

fn mount<const WORD: usize>(
    flash: &RefCell<Flash<WORD>>,
    blocks: u32,
    rules: AuditRules,
) -> Result<Log<'_, WORD>, FlashError> {
    FlashAudit::mount(SharedFlash::new(flash), area(blocks), rules)
}

/// Appends one event and flushes it as the entry of this number.
fn write(log: &impl AuditSink, sequence: u64, event: &[u8]) -> Result<(), SinkFailed> {
    log.append(event.len(), &|buffer| buffer.copy_from_slice(event))?;
    flush(log, sequence)
}

fn flush(log: &impl AuditSink, sequence: u64) -> Result<(), SinkFailed> {
    log.flush(&mut |_| {
        let mut link = [7; LINK_LEN];
        link[..8].copy_from_slice(&sequence.to_be_bytes());
        link
    })
}

/// Every entry: its number, and its events.
fn entries(log: &impl AuditSink) -> Vec<(u64, Vec<Vec<u8>>)> {
    let mut found = Vec::new();
    log.scan(0, &mut |bytes| {
        let entry = Entry::read(bytes).unwrap();
        let (mut left, mut events) = (entry.events, Vec::new());
        while let Some((event, rest)) = split_event(left) {
            events.push(event.to_vec());
            left = rest;
        }
        found.push((entry.sequence, events));
        true
    })
    .unwrap();
    found
}

fn keeps_the_contract<const WORD: usize>() {
    let make = || {
        let area = AuditArea { start: 0, block_len: SECTOR as u32, blocks: 16 };
        FlashAudit::<_, BUFFER>::mount(MockFlash::<WORD, SECTOR>::new(16), area, DENY).unwrap()
    };
    audit_sink::check(make).unwrap();
    let small = flash::<WORD>(3);
    audit_sink::check_bounded(&mount(&small, 3, DENY).unwrap()).unwrap();
    let small = flash::<WORD>(3);
    audit_sink::check_replacement(&mount(&small, 3, DENY).unwrap()).unwrap();
}

#[test]
fn the_log_in_flash_keeps_the_contract_with_words_of_1_to_32_bytes() {
    keeps_the_contract::<1>();
    keeps_the_contract::<4>();
    keeps_the_contract::<8>();
    keeps_the_contract::<32>();
}

#[test]
fn an_area_that_does_not_fit_is_refused() {
    let flash = flash::<4>(4);
    let mount = |area| FlashAudit::<_, BUFFER>::mount(SharedFlash::new(&flash), area, DENY).map(drop);
    let fits = area(4);
    assert_eq!(mount(fits), Ok(()));
    for area in [
        AuditArea { blocks: 1, ..fits },
        AuditArea { blocks: 5, ..fits },
        AuditArea { blocks: 65, ..fits },
        AuditArea { start: 32, ..fits },
        AuditArea { block_len: 4096, ..fits },
        AuditArea { block_len: 0, ..fits },
    ] {
        assert_eq!(mount(area), Err(FlashError::Geometry), "{area:?}");
    }
    write(&FlashAudit::<_, BUFFER>::mount(SharedFlash::new(&flash), fits, DENY).unwrap(), 0, b"x").unwrap();
    assert_eq!(mount(AuditArea { blocks: 3, ..fits }), Err(FlashError::Geometry), "another log");
    let longer = FlashAudit::<_, 4000>::mount(SharedFlash::new(&flash), fits, DENY).map(drop);
    assert_eq!(longer, Err(FlashError::Geometry), "a block does not hold two entries");
}
