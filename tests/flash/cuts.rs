//! Power cuts at every step of scripts, and again at the steps of the recovery.

use std::cell::RefCell;

use strongroom_core::Error;
use strongroom_std::faults::flash::Cut;

use super::script::{Content, Flash, Script, Step, content, fail, formatted, mount, put, remove};

/// How much is tried; the defaults of the tests take seconds.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Every so many steps are tried: 1 for all of them.
    pub stride: usize,
    /// Manners of cut tried at each step: 1 to 5, in turn.
    pub manners: usize,
    /// Second cuts tried in the recovery from each first one.
    pub second_cuts: usize,
    pub seed: u64,
}

/// What was tried.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub single: usize,
    pub double: usize,
}

/// The change that shows that a store goes on.
fn extra() -> Step {
    put(&[(7, 40), (0, 10)])
}

/// What a store may hold, with the number of commits that it stands at.
type State = (u64, Content);

/// Scripts that, on the small segments of these tests, cross every way that the store has.
pub fn scripts() -> Vec<(&'static str, Script)> {
    let small = vec![
        vec![put(&[(1, 40)]), put(&[(2, 1), (3, 0)])],
        vec![remove(&[1]), put(&[(1, 64)])],
        vec![],
        vec![put(&[]), remove(&[2, 3]), put(&[(3, 31)])],
    ];
    let compacting = (0..4)
        .map(|round| vec![put(&[(1, 120), (2, 60)]), put(&[(3 + round % 3, 90)]), put(&[(1, 120)])])
        .collect();
    let moving = vec![
        vec![put(&[(1, 150), (2, 150)]), put(&[(3, 100)])],
        // Begins in one segment, and ends in the other.
        vec![put(&[(1, 250), (2, 100), (4, 30)]), put(&[(5, 20)])],
        vec![put(&[(1, 60), (2, 60), (3, 10)])],
    ];
    let failing = vec![
        vec![put(&[(1, 100)]), fail(&[(1, 50), (2, 50)]), put(&[(2, 70)])],
        vec![fail(&[]), fail(&[(4, 300)])],
        vec![put(&[(4, 80)])],
    ];
    let wiping = vec![
        vec![put(&[(1, 50), (2, 20)]), Step::Wipe, Step::Wipe],
        vec![Step::Wipe],
        vec![put(&[(1, 30)]), Step::Wipe, put(&[(2, 60)])],
    ];
    vec![
        ("small", small),
        ("wiping", wiping),
        ("compacting", compacting),
        ("moving", moving),
        ("failing", failing),
    ]
}

/// Cuts the script at every step, and the recoveries at some.
pub fn cut_everywhere<const WORD: usize>(script: &Script, effort: Effort) -> Counts {
    let flash = formatted::<WORD>();
    let mut counts = Counts::default();
    let mut state: State = (0, Content::new());
    for session in script {
        let before = flash.borrow().clone();
        let (_, after) = run_session(&flash, session, &state);
        assert!(flash.borrow().has_power());
        let (from, to) = (before.steps(), flash.borrow().steps());
        for step in (from..to).step_by(effort.stride) {
            for manner in 0..effort.manners {
                let manner = usize::try_from(step).unwrap() + manner;
                let cut = Cut::ALL[manner % Cut::ALL.len()];
                let seed = effort.seed ^ (step << 8);
                let label = format!("{WORD}-byte words, {session:?}, {cut:?} at step {step} of {from}..{to}");
                let torn = RefCell::new(before.clone());
                torn.borrow_mut().cut_at(step, cut, seed);
                let allowed = run_session(&torn, session, &state);
                torn.borrow_mut().power_up();
                counts.single += 1;
                recover(&torn, &allowed, None, &label);
                let steps =
                    if effort.second_cuts == 0 { 1 } else { steps_of_recovery(&torn, &allowed, &label) };
                for second in 0..effort.second_cuts {
                    let die = seed.wrapping_add(second as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 17;
                    let again = (die % steps.max(1), Cut::ALL[(die >> 20) as usize % Cut::ALL.len()], die);
                    counts.double += 1;
                    recover(&torn, &allowed, Some(again), &label);
                }
            }
        }
        state = after;
    }
    counts
}

/// Runs a session until the power goes. Returns what may be found afterwards: what was acknowledged, and what was under
/// way then (the same, if nothing was).
fn run_session<const WORD: usize>(
    flash: &RefCell<Flash<WORD>>,
    session: &[Step],
    (start, content): &State,
) -> (State, State) {
    let mut state = (*start, content.clone());
    let Ok(storage) = mount(flash) else {
        assert!(!flash.borrow().has_power(), "a store does not open");
        return (state.clone(), state);
    };
    for step in session {
        let result = step.run(&storage, state.0);
        if !step.succeeds() {
            assert!(result.is_err());
            if !flash.borrow().has_power() {
                break;
            }
            assert_eq!(result, Err(Error::Entropy));
            continue;
        }
        let next = step.lead(&state);
        match result {
            Ok(()) => state = next,
            Err(error) => {
                assert!(!flash.borrow().has_power(), "{error} with power on");
                return (state, next);
            }
        }
    }
    (state.clone(), state)
}

/// Mounts twice, commits, and mounts again, and compares each time. Works on copies of the flash; with a second cut, first
/// interrupts just that.
fn recover<const WORD: usize>(
    flash: &RefCell<Flash<WORD>>,
    (acknowledged, begun): &(State, State),
    cut: Option<(u64, Cut, u64)>,
    label: &str,
) {
    let flash = RefCell::new(flash.borrow().clone());
    let start = flash.borrow().steps();
    let mut allowed = vec![acknowledged.clone(), begun.clone()];
    let label = format!("{label}, then {cut:?}");
    if let Some((step, cut, seed)) = cut {
        flash.borrow_mut().cut_at(start + step, cut, seed);
        if let Ok(storage) = mount(&flash)
            && flash.borrow().has_power()
        {
            let found = held(&storage, &allowed, &label);
            let next = extra().lead(&found);
            allowed = match extra().run(&storage, found.0) {
                Ok(()) => vec![next],
                Err(_) => vec![found, next],
            };
        }
        assert!(!flash.borrow().has_power(), "{label}: the same again takes fewer steps");
        flash.borrow_mut().power_up();
    }
    let first = held(&mount(&flash).unwrap_or_else(|error| panic!("{label}: {error}")), &allowed, &label);
    // What was found once is found again, whatever weak bits read by now.
    flash.borrow_mut().power_up();
    let storage = mount(&flash).unwrap_or_else(|error| panic!("{label}: {error} at the second mount"));
    held(&storage, std::slice::from_ref(&first), &label);
    extra().run(&storage, first.0).unwrap_or_else(|error| panic!("{label}: {error}"));
    let next = extra().lead(&first);
    drop(storage);
    flash.borrow_mut().power_up();
    let storage = mount(&flash).unwrap_or_else(|error| panic!("{label}: {error} after a commit"));
    held(&storage, &[next], &label);
    assert_eq!(storage.health().unwrap().damaged_frames, 0, "{label}: a cut is taken for damage");
    assert_eq!(flash.borrow().written_over(), 0, "{label}: a word was programmed twice");
}

/// How many steps a mount and a commit take.
fn steps_of_recovery<const WORD: usize>(
    flash: &RefCell<Flash<WORD>>,
    (acknowledged, begun): &(State, State),
    label: &str,
) -> u64 {
    let flash = RefCell::new(flash.borrow().clone());
    let start = flash.borrow().steps();
    let storage = mount(&flash).unwrap();
    let found = held(&storage, &[acknowledged.clone(), begun.clone()], label);
    extra().run(&storage, found.0).unwrap();
    flash.borrow().steps() - start
}

/// What a store holds, which must be one of the allowed states, with its revision.
fn held<const WORD: usize>(
    storage: &super::script::Store<'_, WORD>,
    allowed: &[State],
    label: &str,
) -> State {
    let found = (storage.health().unwrap().revision, content(storage));
    assert!(allowed.contains(&found), "{label}: found {found:?}, which is none of {allowed:?}");
    found
}

fn run_all<const WORD: usize>(effort: Effort) {
    for (name, script) in scripts() {
        let counts = cut_everywhere::<WORD>(&script, effort);
        println!("{name}, words of {WORD}: {} single cuts, {} cuts again", counts.single, counts.double);
        assert!(counts.single > 100);
    }
}

/// What takes seconds, unless `STRONGROOM_FLASH_SECOND_CUTS` asks for everything, and so many second cuts.
fn effort(stride: usize, manners: usize, second_cuts: usize) -> Effort {
    let asked = std::env::var("STRONGROOM_FLASH_SECOND_CUTS").ok().and_then(|text| text.parse().ok());
    match asked {
        Some(second_cuts) => Effort { stride: 1, manners: 5, second_cuts, seed: 1 },
        None => Effort { stride, manners, second_cuts, seed: 1 },
    }
}

#[test]
fn nothing_is_lost_at_any_cut_with_words_of_8_bytes() {
    run_all::<8>(effort(1, 4, 1));
}

#[test]
fn nothing_is_lost_at_any_cut_with_words_of_4_bytes() {
    run_all::<4>(effort(1, 1, 0));
}

#[test]
fn nothing_is_lost_at_cuts_with_words_of_1_byte() {
    run_all::<1>(effort(3, 1, 0));
}

#[test]
fn nothing_is_lost_at_any_cut_with_words_of_32_bytes() {
    run_all::<32>(effort(1, 5, 1));
}
