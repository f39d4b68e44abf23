//! What rots, what lies and what sticks: each loss is one blob's, and is told.

use std::cell::RefCell;

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::flash::{FlashArea, FlashError, FlashStorage, SharedFlash};
use strongroom_std::faults::flash::{Cut, Lie};

use super::script::{
    AREA, Content, Flash, NUMBERS, SEGMENT_LEN, Step, Store, content, formatted, mount, put, remove,
};

/// Commits in one session, which must succeed. Returns what the store then holds.
fn run<const WORD: usize>(storage: &Store<'_, WORD>, steps: &[Step]) -> Content {
    let mut held = content(storage);
    for step in steps {
        let revision = storage.health().unwrap().revision;
        step.run(storage, revision).unwrap();
        held = step.apply(&held, revision + 1);
        assert_eq!(content(storage), held);
    }
    held
}

/// A store with a snapshot and some frames behind it, with room for more.
fn lived_in<const WORD: usize>() -> (RefCell<Flash<WORD>>, Content) {
    let flash = formatted::<WORD>();
    let storage = mount(&flash).unwrap();
    run(&storage, &[put(&[(1, 100), (2, 50)]), put(&[(3, 70), (5, 9)])]);
    storage.wipe_old().unwrap();
    let held =
        run(&storage, &[put(&[(1, 80), (4, 33)]), remove(&[2]), put(&[(3, 60), (2, 20)]), remove(&[5])]);
    drop(storage);
    (flash, held)
}

fn different(one: &Content, other: &Content) -> usize {
    NUMBERS.filter(|number| one.get(number) != other.get(number)).count()
}

fn every_flip_costs_one_blob_at_most<const WORD: usize>() {
    let (flash, held) = lived_in::<WORD>();
    let (start, len) = (AREA.start as usize, 2 * SEGMENT_LEN as usize);
    let (mut unnoticed, mut told, mut lossy) = (0, 0, 0);
    for at in start..start + len {
        let bit = at % 8;
        let rotten = RefCell::new(flash.borrow().clone());
        rotten.borrow_mut().alter(|bytes| bytes[at] ^= 1 << bit);
        let label = format!("words of {WORD}, byte {at}, bit {bit}");
        let storage = mount(&rotten).unwrap_or_else(|error| panic!("{label}: {error}"));
        let found = content(&storage);
        let (lost, health) = (different(&held, &found), storage.health().unwrap());
        assert!(lost <= 1, "{label}: {lost} blobs are lost");
        assert_eq!(health.revision, 6, "{label}");
        assert!(lost == 0 || health.damaged_frames == 1, "{label}: a loss is not told");
        unnoticed += usize::from(health.damaged_frames == 0);
        told += usize::from(health.damaged_frames == 1);
        lossy += lost;
        // The store goes on, and what was told is not forgotten when the damage has moved or gone.
        let next = run(&storage, &[put(&[(6, 30)])]);
        storage.wipe_old().unwrap();
        drop(storage);
        let storage = mount(&rotten).unwrap();
        assert_eq!(content(&storage), next, "{label}");
        assert_eq!(storage.health().unwrap().damaged_frames, health.damaged_frames, "{label}");
    }
    println!("words of {WORD}: {unnoticed} flips cost nothing, {told} were told, {lossy} cost a blob");
    assert!(lossy > 100 && told > lossy);
}

#[test]
fn a_flipped_bit_anywhere_costs_one_blob_at_most_and_is_told() {
    every_flip_costs_one_blob_at_most::<4>();
    every_flip_costs_one_blob_at_most::<8>();
}

#[test]
fn a_rotted_frame_does_not_end_the_log() {
    let flash = formatted::<4>();
    let storage = mount(&flash).unwrap();
    let start = (AREA.start + storage.health().unwrap().used) as usize;
    let steps = [put(&[(1, 64)]), put(&[(2, 64)]), put(&[(3, 64)])];
    run(&storage, &steps[..1]);
    let end = (AREA.start + storage.health().unwrap().used) as usize;
    let held = run(&storage, &steps[1..]);
    drop(storage);
    flash.borrow_mut().alter(|bytes| bytes[start..end].fill(0x55));
    let storage = mount(&flash).unwrap();
    let found = content(&storage);
    assert_eq!((found.get(&1), found.get(&2), found.get(&3)), (None, held.get(&2), held.get(&3)));
    assert_eq!(storage.health().unwrap().revision, 3);
}

#[test]
fn a_frame_that_nobody_acknowledged_does_not_count_if_any_of_it_is_wrong() {
    let flash = formatted::<4>();
    let before = run(&mount(&flash).unwrap(), &[put(&[(1, 40), (2, 40)])]);
    let frame = (AREA.start + mount(&flash).unwrap().health().unwrap().used) as usize;
    let step = put(&[(1, 30), (2, 30)]);
    let steps = {
        let copy = RefCell::new(flash.borrow().clone());
        step.run(&mount(&copy).unwrap(), 1).unwrap();
        copy.borrow().steps()
    };
    // Cut before the last record, which tells that the mark was read back.
    flash.borrow_mut().cut_at(steps - 8, Cut::Before, 0);
    assert!(step.run(&mount(&flash).unwrap(), 1).is_err());
    flash.borrow_mut().power_up();
    let whole = RefCell::new(flash.borrow().clone());
    assert_eq!(content(&mount(&whole).unwrap()), step.apply(&before, 2), "whole, it counts");
    let len = 32 * 3 + 32 * 2;
    for at in frame..frame + len {
        let rotten = RefCell::new(flash.borrow().clone());
        rotten.borrow_mut().alter(|bytes| bytes[at] ^= 4);
        let storage = mount(&rotten).unwrap();
        assert_eq!(content(&storage), before, "byte {} of the frame", at - frame);
        assert_eq!(storage.health().unwrap().damaged_frames, 0);
    }
}

#[test]
fn a_store_whose_newest_header_is_lost_does_not_go_back_to_the_other_segment() {
    let flash = formatted::<4>();
    let storage = mount(&flash).unwrap();
    for round in 0..20 {
        run(&storage, &[put(&[(1, 100 + round), (2, 100)])]);
    }
    drop(storage);
    let lost = |segment: u32| {
        let rotten = RefCell::new(flash.borrow().clone());
        let start = (AREA.start + segment * SEGMENT_LEN) as usize;
        rotten.borrow_mut().alter(|bytes| bytes[start..start + 64].fill(0x5a));
        mount(&rotten).map(|storage| storage.health().unwrap().revision)
    };
    let mut found = [lost(0), lost(1)];
    found.sort_by_key(Result::is_ok);
    assert_eq!(found, [Err(FlashError::Damaged), Ok(20)]);
}

#[test]
fn what_is_no_store_is_told_apart() {
    let flash = RefCell::new(Flash::<4>::new(14));
    assert_eq!(mount(&flash).err(), Some(FlashError::Blank));
    flash.borrow_mut().alter(|bytes| bytes[700] = 0);
    assert_eq!(mount(&flash).err(), Some(FlashError::NotFormatted));
    drop(FlashStorage::<_, 0>::format(SharedFlash::new(&flash), AREA).unwrap());
    assert_eq!(mount(&flash).err(), None);
    let areas = [
        FlashArea { segment_len: 1280, ..AREA },
        FlashArea { segment_len: 768, ..AREA },
        FlashArea { segment_len: 1500, ..AREA },
        FlashArea { start: 128, ..AREA },
        FlashArea { start: 768, ..AREA },
        FlashArea { start: u32::MAX - 255, ..AREA },
    ];
    for area in areas {
        let mounted = FlashStorage::<_, 0>::mount(SharedFlash::new(&flash), area);
        assert_eq!(mounted.err(), Some(FlashError::Geometry), "{area:?}");
    }
    assert_eq!(content(&mount(&flash).unwrap()), Content::new());
}

#[test]
fn formatting_that_is_cut_leaves_an_empty_store_or_none_and_is_done_again() {
    let format =
        |flash: &RefCell<Flash<4>>| FlashStorage::<_, 0>::format(SharedFlash::new(flash), AREA).map(|_| ());
    let steps = formatted::<4>().borrow().steps();
    for step in 0..steps {
        for cut in Cut::ALL {
            let flash = RefCell::new(Flash::<4>::new(14));
            flash.borrow_mut().cut_at(step, cut, step);
            assert_eq!(format(&flash), Err(FlashError::Medium));
            flash.borrow_mut().power_up();
            match mount(&flash) {
                Ok(storage) => assert_eq!(content(&storage), Content::new()),
                Err(error) => assert!(matches!(error, FlashError::Blank | FlashError::NotFormatted)),
            }
            format(&flash).unwrap();
            assert_eq!(content(&mount(&flash).unwrap()), Content::new());
        }
    }
}

/// A session that fills a segment and moves to the other.
fn long_session() -> Vec<Step> {
    vec![
        put(&[(1, 150), (2, 60)]),
        put(&[(3, 90)]),
        remove(&[2]),
        put(&[(1, 150), (4, 90)]),
        put(&[(1, 120)]),
        put(&[(2, 80), (3, 10)]),
    ]
}

#[test]
fn a_flash_that_says_it_did_what_it_did_not_costs_nothing_that_was_acknowledged() {
    let clean = formatted::<4>();
    let before = clean.borrow().clone();
    run(&mount(&clean).unwrap(), &long_session());
    let (mut refused, mut unharmed) = (0, 0);
    for step in before.steps()..clean.borrow().steps() {
        for lie in [Lie::DoesNothing, Lie::DoesPart] {
            let flash = RefCell::new(before.clone());
            flash.borrow_mut().lie_at(step, lie);
            let (mut held, mut revision, mut is_refused) = (Content::new(), 0, false);
            let storage = mount(&flash).unwrap();
            for change in long_session() {
                let next = change.apply(&held, revision + 1);
                match change.run(&storage, revision) {
                    Ok(()) => (held, revision) = (next, revision + 1),
                    Err(error) => {
                        assert_eq!(error, Error::Storage(StorageError::Medium));
                        is_refused = true;
                        // The same store finds out what became of it, and does not change its mind.
                        let found = content(&storage);
                        assert!(found == held || found == next, "{lie:?} at step {step}");
                        revision += u64::from(found != held);
                        held = found;
                    }
                }
                assert_eq!(content(&storage), held, "{lie:?} at step {step}");
            }
            drop(storage);
            assert_eq!(content(&mount(&flash).unwrap()), held, "{lie:?} at step {step}");
            refused += usize::from(is_refused);
            unharmed += usize::from(!is_refused);
        }
    }
    println!("{refused} lies were found out, {unharmed} did no harm");
    assert!(refused > 0);
}

#[test]
fn a_sector_that_cannot_be_erased_is_an_error_and_what_is_there_stays() {
    for sector in 0..14 {
        let flash = formatted::<8>();
        let storage = mount(&flash).unwrap();
        // Both segments have been in use, so that there is something to erase everywhere.
        let mut held = Content::new();
        for round in 0..12 {
            held = run(&storage, &[put(&[(1, 120 + round), (2, 90), (3, 60)])]);
        }
        flash.borrow_mut().stick(sector);
        let mut refusal = None;
        for round in 0..12 {
            let revision = storage.health().unwrap().revision;
            let step = put(&[(1, 100 + round), (2, 90)]);
            match step.run(&storage, revision) {
                Ok(()) => held = step.apply(&held, revision + 1),
                Err(error) => refusal = Some(error),
            }
            assert_eq!(content(&storage), held, "sector {sector}");
        }
        drop(storage);
        let is_ours = (1..13).contains(&sector);
        assert_eq!(refusal, is_ours.then_some(Error::Storage(StorageError::Medium)), "sector {sector}");
        match mount(&flash) {
            Ok(storage) => assert_eq!(content(&storage), held),
            Err(error) => assert_eq!(error, FlashError::Medium),
        }
    }
}

#[test]
fn wear_is_even_and_as_reported() {
    let flash = formatted::<4>();
    let formatting: u64 = flash.borrow().erasures().iter().sum();
    let storage = mount(&flash).unwrap();
    for round in 0..500 {
        run(&storage, &[put(&[(u8::try_from(1 + round % 3).unwrap(), 100)])]);
    }
    let health = storage.health().unwrap();
    let flash = flash.borrow();
    let used = &flash.erasures()[1..13];
    assert_eq!(used.iter().sum::<u64>() - formatting, 6 * health.compactions);
    assert!(used.iter().max().unwrap() - used.iter().min().unwrap() <= 1, "{used:?}");
    assert!((100..200).contains(&health.compactions), "{health:?}");
    assert_eq!((flash.erasures()[0], flash.erasures()[13]), (0, 0), "neighbours are erased");
    println!("500 commits of 100 bytes took {} compactions of 6 sectors", health.compactions);
}

#[test]
fn wiping_leaves_no_old_blob_in_the_flash() {
    let flash = formatted::<4>();
    let storage = mount(&flash).unwrap();
    run(&storage, &[put(&[(1, 100), (2, 50)])]);
    let old = content(&storage)[&1].clone();
    let held = run(&storage, &[put(&[(1, 90)])]);
    let is_there = |blob: &[u8]| flash.borrow().image().windows(blob.len()).any(|window| window == blob);
    assert!(is_there(&old));
    storage.wipe_old().unwrap();
    assert!(!is_there(&old));
    assert_eq!(content(&storage), held);
    assert_eq!(content(&mount(&flash).unwrap()), held);
}

#[test]
fn a_half_made_segment_never_comes_to_life() {
    let flash = formatted::<4>();
    let storage = mount(&flash).unwrap();
    run(&storage, &[put(&[(1, 100), (2, 50)])]);
    drop(storage);
    let steps = {
        let copy = RefCell::new(flash.borrow().clone());
        mount(&copy).unwrap().wipe_old().unwrap();
        copy.borrow().steps()
    };
    // Cut when the new segment is made, and the old one not yet erased.
    flash.borrow_mut().cut_at(steps - 6, Cut::Before, 0);
    assert!(mount(&flash).unwrap().wipe_old().is_err());
    flash.borrow_mut().power_up();
    // Its proof reads blank now, and comes back when the store has gone on in the old segment.
    let place = (AREA.start + SEGMENT_LEN) as usize + 64;
    let place = place..place + 32;
    let proof = flash.borrow().image()[place.clone()].to_vec();
    assert_ne!(proof, [0xff; 32]);
    flash.borrow_mut().alter(|bytes| bytes[place.clone()].fill(0xff));
    let held = run(&mount(&flash).unwrap(), &[put(&[(3, 20)])]);
    flash.borrow_mut().alter(|bytes| {
        if bytes[place.clone()] == [0xff; 32] {
            bytes[place].copy_from_slice(&proof);
        }
    });
    assert_eq!(content(&mount(&flash).unwrap()), held);
}
