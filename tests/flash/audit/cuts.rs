//! Power cuts at every step of a log's life, and again at the steps of the recovery.

use std::cell::RefCell;

use strongroom_core::flash::AuditRules;
use strongroom_std::faults::flash::Cut;

use super::{DENY, DROP, Flash, Log, entries, flash, mount, write};

/// Blocks of the log of these tests: so few that it wraps.
const BLOCKS: u32 = 3;

/// Lengths of the events of a session, an entry each.
const SESSIONS: [&[usize]; 6] =
    [&[0, 400, 31], &[], &[1200, 900], &[61, 62, 1900, 300], &[1900, 1900, 1900], &[700, 80]];

type Entries = Vec<(u64, Vec<Vec<u8>>)>;

fn event(number: u64, attempt: u64, len: usize) -> Vec<u8> {
    // Erased flash, and what looks like cells, is among what callers write into their requests.
    let fill = [0xff, number as u8, attempt as u8, 8][(number % 4) as usize];
    (0..len).map(|at| if at % 7 == 0 { fill } else { number as u8 }).collect()
}

/// What may be found after a session: what was there before it, with every entry acknowledged in it; and as much with the one
/// under way, or one that was under way before and had not been found since.
#[derive(Clone, Debug)]
struct Allowed {
    sure: Entries,
    begun: Vec<(u64, Vec<u8>)>,
}

/// Runs a session until the power goes.
fn run<const WORD: usize>(
    flash: &RefCell<Flash<WORD>>,
    rules: AuditRules,
    lens: &[usize],
    before: &Entries,
    attempt: u64,
) -> Allowed {
    let mut allowed = Allowed { sure: before.clone(), begun: Vec::new() };
    let log = match mount(flash, BLOCKS, rules) {
        Ok(log) => log,
        Err(error) => {
            assert!(!flash.borrow().has_power(), "a log does not open: {error}");
            return allowed;
        }
    };
    for len in lens {
        let sequence = allowed.sure.last().map_or(0, |(sequence, _)| sequence + 1);
        let event = event(sequence, attempt, *len);
        match write(&log, sequence, &event) {
            Ok(()) => allowed.sure.push((sequence, vec![event])),
            Err(_) => {
                assert!(!flash.borrow().has_power(), "{len} bytes are refused with power on");
                allowed.begun.push((sequence, event));
                return allowed;
            }
        }
    }
    allowed
}

/// Compares, and tells what is there. A log that drops has the newest of it without a gap.
fn check<const WORD: usize>(
    log: &Log<'_, WORD>,
    rules: AuditRules,
    allowed: &Allowed,
    label: &str,
) -> Entries {
    let found = entries(log);
    let with = |(sequence, event): &(u64, Vec<u8>)| -> Entries {
        allowed.sure.iter().cloned().chain([(*sequence, vec![event.clone()])]).collect()
    };
    let is_one_of = |all: &Entries| {
        if rules == DENY {
            found == *all
        } else {
            // Never less than a block but one entry, which is the longest here.
            let least: usize = found.iter().map(|(_, events)| events[0].len() + 250).sum();
            all.ends_with(&found) && (found.len() == all.len() || least > 8192 - 2100)
        }
    };
    assert!(
        is_one_of(&allowed.sure) || allowed.begun.iter().any(|begun| is_one_of(&with(begun))),
        "{label}: found {:?} of {:?} and {:?}",
        found.iter().map(|(sequence, _)| sequence).collect::<Vec<_>>(),
        allowed.sure.iter().map(|(sequence, _)| sequence).collect::<Vec<_>>(),
        allowed.begun.iter().map(|(sequence, _)| sequence).collect::<Vec<_>>(),
    );
    found
}

fn recover<const WORD: usize>(
    flash: &RefCell<Flash<WORD>>,
    rules: AuditRules,
    allowed: &Allowed,
    again: Option<(u64, Cut, u64)>,
    label: &str,
) {
    let flash = RefCell::new(flash.borrow().clone());
    let mut allowed = allowed.clone();
    if let Some((step, cut, seed)) = again {
        let start = flash.borrow().steps();
        flash.borrow_mut().cut_at(start + step, cut, seed);
        if let Ok(log) = mount(&flash, BLOCKS, rules)
            && flash.borrow().has_power()
        {
            let found = check(&log, rules, &allowed, label);
            drop(log);
            let not_found = allowed
                .begun
                .into_iter()
                .filter(|(begun, _)| found.last().is_none_or(|(sequence, _)| sequence < begun));
            let not_found: Vec<_> = not_found.collect();
            allowed = run(&flash, rules, &[50], &found, 1);
            if allowed.sure == found {
                allowed.begun.extend(not_found);
            }
        }
        flash.borrow_mut().power_up();
    }
    let opened =
        |label: &str| mount(&flash, BLOCKS, rules).unwrap_or_else(|error| panic!("{label}: {error}"));
    let found = check(&opened(label), rules, &allowed, label);
    // What was found once is found again, whatever weak bits read by now.
    flash.borrow_mut().power_up();
    let again = check(&opened(label), rules, &allowed, label);
    assert!(again.starts_with(&found), "{label}: the second mount does not find what the first one did");
    let next = again.last().map_or(0, |(sequence, _)| sequence + 1);
    write(&opened(label), next, b"next").unwrap_or_else(|error| panic!("{label}: {error:?}"));
    flash.borrow_mut().power_up();
    let mut expected = again;
    expected.push((next, vec![b"next".to_vec()]));
    let after = entries(&opened(label));
    let numbers = |entries: &Entries| entries.iter().map(|(number, _)| *number).collect::<Vec<_>>();
    assert!(
        expected.ends_with(&after) && after.len() + 6 > expected.len(),
        "{label}: found {:?} behind {:?}",
        numbers(&after),
        numbers(&expected)
    );
    assert_eq!(flash.borrow().written_over(), 0, "{label}: a word was programmed twice");
}

/// Cuts at every so many steps, in some manners, and again in the recovery.
fn cut_everywhere<const WORD: usize>(rules: AuditRules, stride: usize, manners: usize, again: usize) {
    let flash = flash::<WORD>(BLOCKS);
    let (mut single, mut double) = (0, 0);
    let mut before = Entries::new();
    let sessions = if rules == DENY { &SESSIONS[..4] } else { &SESSIONS[..] };
    for (number, lens) in sessions.iter().enumerate() {
        let at_rest = flash.borrow().clone();
        let after = run(&flash, rules, lens, &before, 0);
        assert!(flash.borrow().has_power() && after.begun.is_empty());
        let steps = at_rest.steps()..flash.borrow().steps();
        for step in steps.clone().step_by(stride) {
            for manner in 0..manners {
                let cut = Cut::ALL[(step as usize / stride + manner) % Cut::ALL.len()];
                let seed = step << 3 | manner as u64;
                let label = format!(
                    "words of {WORD}, {:?}, session {number}: {cut:?} at {step} of {steps:?}",
                    rules.when_full
                );
                let torn = RefCell::new(at_rest.clone());
                torn.borrow_mut().cut_at(step, cut, seed);
                let allowed = run(&torn, rules, lens, &before, 0);
                torn.borrow_mut().power_up();
                recover(&torn, rules, &allowed, None, &label);
                single += 1;
                for second in 0..again {
                    let die = (seed + second as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
                    let cut = Cut::ALL[(die >> 20) as usize % Cut::ALL.len()];
                    let label = format!("{label}, then {cut:?} at {}", die % 24);
                    recover(&torn, rules, &allowed, Some((die % 24, cut, die)), &label);
                    double += 1;
                }
            }
        }
        let log = mount(&flash, BLOCKS, rules).unwrap();
        before = check(&log, rules, &after, "without a cut");
    }
    println!("words of {WORD}, {:?}: {single} single cuts, {double} cuts again", rules.when_full);
    assert!(single > 50);
}

#[test]
fn no_entry_is_lost_at_any_cut_with_words_of_8_bytes() {
    cut_everywhere::<8>(DENY, 3, 2, 1);
    cut_everywhere::<8>(DROP, 3, 2, 1);
}

#[test]
fn no_entry_is_lost_at_any_cut_with_words_of_32_bytes() {
    cut_everywhere::<32>(DENY, 1, 5, 2);
    cut_everywhere::<32>(DROP, 1, 5, 2);
}

#[test]
fn no_entry_is_lost_at_cuts_with_words_of_1_and_4_bytes() {
    cut_everywhere::<1>(DROP, 41, 1, 1);
    cut_everywhere::<4>(DENY, 11, 2, 1);
    cut_everywhere::<4>(DROP, 11, 2, 1);
}
