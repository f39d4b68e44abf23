//! Ten years in seconds, and programs that would not live to see them.

use strongroom_core::ciphertext_len;
use strongroom_core::operation::{Decrypt, Encrypt};
use strongroom_std::time_machine::{PathError, Stop, TimeMachine};

fn seal(stop: &Stop<'_>, plaintext: &[u8]) -> Result<Vec<u8>, PathError> {
    let mut out = vec![0; ciphertext_len(plaintext.len())];
    let sealed = stop.vault.encrypt(stop.caller, Encrypt::new(stop.key_id, plaintext), &mut out)?;
    Ok(sealed.ciphertext.to_vec())
}

fn open(stop: &Stop<'_>, sealed: &[u8]) -> Result<Vec<u8>, PathError> {
    let mut out = vec![0; sealed.len()];
    Ok(stop.vault.decrypt(stop.caller, Decrypt::new(sealed), &mut out)?.plaintext.to_vec())
}

#[test]
fn after_ten_years_everything_opens_that_was_not_destroyed() {
    let journey = TimeMachine::new(1).travel(seal, open).unwrap();
    println!("{journey}");
    assert_eq!((journey.days, journey.restarts), (3650, 3650));
    // The oldest version of each key every year.
    assert_eq!(journey.destroyed, 20);
    // A key every month, and four times a year by its schedule; the other one twice a year.
    assert!(journey.rotations > 120 + 35 + 19, "{journey}");
    // A hundred days of timer time each: nights do not count until the time is accepted.
    assert!(journey.expiries >= 10, "{journey}");
    assert_eq!(journey.cancelled_deletions, 40);
    assert!(journey.power_cuts > 300 && journey.clock_faults > 300, "{journey}");
    assert!(journey.sealed > 4000 && journey.opened > 15_000 && journey.refused > 500, "{journey}");
}

#[test]
fn the_same_seed_is_the_same_journey() {
    let travel = |seed| TimeMachine::new(seed).years(1).travel(seal, open).unwrap();
    assert_eq!(travel(3), travel(3));
}

#[test]
fn a_program_that_keeps_its_first_data_for_good_is_found() {
    let mut first: Option<Vec<u8>> = None;
    let stale = |stop: &Stop<'_>, plaintext: &[u8]| {
        let sealed = seal(stop, plaintext)?;
        Ok(first.get_or_insert(sealed).clone())
    };
    let broken = TimeMachine::new(1).years(1).travel(stale, open).unwrap_err();
    assert!(broken.what.contains("opens as something else"), "{broken}");
}

#[test]
fn a_program_that_goes_on_opening_what_was_taken_back_is_found() {
    let mut seen = std::collections::BTreeMap::new();
    let caching = |stop: &Stop<'_>, sealed: &[u8]| {
        if let Some(plaintext) = seen.get(sealed) {
            return Ok(Vec::clone(plaintext));
        }
        let plaintext = open(stop, sealed)?;
        seen.insert(sealed.to_vec(), plaintext.clone());
        Ok(plaintext)
    };
    let broken = TimeMachine::new(1).years(1).travel(seal, caching).unwrap_err();
    assert!(broken.what.contains("opens, and must not"), "{broken}");
}

#[test]
fn a_program_that_fails_says_why() {
    let failing = |_: &Stop<'_>, _: &[u8]| Err(PathError::from("the disk is full"));
    let broken = TimeMachine::new(9).travel(failing, open).unwrap_err();
    assert_eq!(broken.to_string(), "on day 1 (seed 9): sealing failed: the disk is full");
}
