//! What rots, what lies and what sticks.

use std::cell::RefCell;

use strongroom_std::faults::flash::Lie;

use super::{DENY, DROP, Flash, SECTOR, entries, flash, mount, write};

const BLOCKS: u32 = 3;

/// A log of some entries in two blocks.
fn lived_in<const WORD: usize>() -> RefCell<Flash<WORD>> {
    let flash = flash::<WORD>(BLOCKS);
    let log = mount(&flash, BLOCKS, DENY).unwrap();
    for number in 0..12u8 {
        write(&log, number.into(), &vec![number; 400 + usize::from(number)]).unwrap();
    }
    drop(log);
    flash
}

#[test]
fn a_flipped_bit_costs_one_entry_at_most_and_the_log_goes_on() {
    let flash = lived_in::<8>();
    let all = entries(&mount(&flash, BLOCKS, DENY).unwrap());
    let mut lossy = 0;
    for at in (SECTOR..SECTOR * 3).step_by(3) {
        let rotten = RefCell::new(flash.borrow().clone());
        rotten.borrow_mut().alter(|bytes| bytes[at] ^= 1 << (at % 8));
        let log = mount(&rotten, BLOCKS, DENY).unwrap_or_else(|error| panic!("byte {at}: {error}"));
        let mut numbers = Vec::new();
        use strongroom_core::platform::AuditSink;
        log.scan(0, &mut |bytes| {
            numbers.push(bytes.to_vec());
            true
        })
        .unwrap();
        let kept = all.iter().filter(|(sequence, events)| {
            numbers
                .iter()
                .any(|bytes| bytes[..8] == sequence.to_be_bytes() && bytes.get(58..) == Some(&events[0][..]))
        });
        let lost = all.len() - kept.count();
        assert!(lost <= 1, "byte {at}: {lost} entries are lost");
        lossy += lost;
        write(&log, 12, b"goes on").unwrap();
        drop(log);
        let log = mount(&rotten, BLOCKS, DENY).unwrap();
        let mut last = Vec::new();
        log.scan(12, &mut |bytes| {
            last = bytes.to_vec();
            true
        })
        .unwrap();
        assert!(last.ends_with(b"goes on"), "byte {at}");
    }
    assert!(lossy > 100, "{lossy}");
}

#[test]
fn what_callers_write_is_never_taken_for_a_part_of_the_log() {
    // The content of a whole log, frames and all, as the text of an event in the same place of the next block.
    let flash = lived_in::<4>();
    let image = flash.borrow().image()[SECTOR + 64..SECTOR + 64 + 1500].to_vec();
    let other = super::flash::<4>(BLOCKS);
    let log = mount(&other, BLOCKS, DENY).unwrap();
    write(&log, 0, &image).unwrap();
    drop(log);
    // The frame's beginning rots, so that what it holds is searched for frames.
    other.borrow_mut().alter(|bytes| bytes[SECTOR + 64] ^= 1);
    assert_eq!(entries(&mount(&other, BLOCKS, DENY).unwrap()), []);
}

#[test]
fn a_lie_is_an_error_and_the_next_try_succeeds_or_nothing_is_lost() {
    for rules in [DENY, DROP] {
        let mut told = 0;
        let at_rest = lived_in::<8>();
        let first = at_rest.borrow().steps();
        for step in 0..600 {
            let lie = if step % 2 == 0 { Lie::DoesNothing } else { Lie::DoesPart };
            let flash = RefCell::new(at_rest.borrow().clone());
            let log = mount(&flash, BLOCKS, rules).unwrap();
            flash.borrow_mut().lie_at(first + step, lie);
            let mut written = 11;
            for number in 12..22u64 {
                let event = vec![number as u8; 600];
                if write(&log, number, &event).is_err() {
                    told += 1;
                    if super::flush(&log, number).is_err() {
                        break;
                    }
                }
                written = number;
            }
            drop(log);
            flash.borrow_mut().power_up();
            let found = entries(&mount(&flash, BLOCKS, rules).unwrap());
            assert_eq!(found.last().unwrap().0, written, "{lie:?} at {step}");
            assert!(found.windows(2).all(|two| two[0].0 + 1 == two[1].0), "{lie:?} at {step}: a gap");
            let (sequence, events) = found.last().unwrap();
            assert_eq!(events[0][0], *sequence as u8, "{lie:?} at {step}");
        }
        println!("{rules:?}: {told} lies of 600 were noticed at once");
    }
}

#[test]
fn a_sector_that_does_not_erase_is_left_out() {
    for stuck in 1..=3 {
        let flash = lived_in::<4>();
        flash.borrow_mut().stick(stuck);
        let mut next = 12u64;
        for _ in 0..4 {
            let log = mount(&flash, BLOCKS, DROP).unwrap();
            for _ in 0..15 {
                write(&log, next, &[next as u8; 500]).unwrap_or_else(|error| panic!("{stuck}: {error:?}"));
                next += 1;
            }
            let found = entries(&log);
            let newest: Vec<u64> = found.iter().map(|(sequence, _)| *sequence).rev().take(8).collect();
            assert_eq!(newest, (next - 8..next).rev().collect::<Vec<_>>(), "sector {stuck}");
        }
    }
}

#[test]
fn the_blocks_of_a_ring_wear_the_same() {
    let flash = flash::<4>(5);
    for round in 0..40u64 {
        // Every few entries the power is off for a while, in order or not.
        let log = mount(&flash, 5, DROP).unwrap();
        for number in 0..10 {
            write(&log, round * 10 + number, &[1; 700]).unwrap();
        }
        drop(log);
        flash.borrow_mut().power_up();
    }
    let chip = flash.borrow();
    let wear = &chip.erasures()[1..];
    let (least, most) = (wear.iter().min().unwrap(), wear.iter().max().unwrap());
    println!("erasures of each block: {wear:?}");
    assert!(*least >= 8 && most - least <= 1, "{wear:?}");
    assert_eq!(chip.erasures()[0], 0, "what lies before the log is not the log's");
}
