//! Every short history of mounts, clock readings, elapsed time and power cuts, on the real vault, held against what
//! somebody with a true clock beside it says. A rule that is taken out of the vault shows here.

use strongroom_core::Vault;
use strongroom_core::operation::AcceptTime;

use super::{DAY, HOUR, START, survives, with_doomed_key};
use crate::world::{SECRET, World, describe, root, secret_of};

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// The vault stays open so long, and the wall clock goes along.
    Runs(u64),
    /// The vault stays open so long, and the wall clock says this in the end.
    RunsWhileWallSays(u64, Option<u64>),
    /// Closed in order and opened again, with this wall clock.
    Remounted(u64),
    /// The power goes; opened again, with this wall clock.
    CutAndRemounted(u64),
    /// Somebody says that the wall clock is right.
    Accepted,
}

const FAR: u64 = START + 4000 * DAY;

const STEPS: [Step; 9] = [
    Step::Runs(7 * DAY + HOUR),
    Step::Runs(13 * HOUR),
    Step::RunsWhileWallSays(HOUR, Some(FAR)),
    Step::RunsWhileWallSays(8 * DAY, Some(START)),
    Step::RunsWhileWallSays(DAY, None),
    Step::Remounted(FAR),
    Step::Remounted(START - 100 * DAY),
    Step::CutAndRemounted(FAR),
    Step::Accepted,
];

/// How long a session's clock may part from the true one.
const TOLERANCE: u64 = 60_000;

/// What somebody outside knows.
#[derive(Clone, Copy, Default)]
struct Truth {
    /// How long the vault was open in all.
    open_ms: u64,
    /// How much mounts may have added.
    mounts_ms: u64,
    /// How many sessions there were.
    sessions: u64,
    /// Somebody has accepted a time far ahead.
    is_accepted: bool,
    /// When the key was found due, in time that the vault was open.
    found_due_at_open_ms: Option<u64>,
}

fn remount(world: &World, vault: &Vault<&World>, wall_ms: u64, truth: &mut Truth) {
    world.clock.set_wall_ms(Some(wall_ms));
    vault.mount(&mut secret_of(SECRET)).unwrap();
    truth.sessions += 1;
    truth.mounts_ms = DAY;
}

fn take(step: Step, world: &World, vault: &Vault<&World>, truth: &mut Truth) {
    match step {
        Step::Runs(ms) => {
            world.clock.advance_ms(ms);
            truth.open_ms += ms;
        }
        Step::RunsWhileWallSays(ms, wall_ms) => {
            world.clock.advance_ms(ms);
            world.clock.set_wall_ms(wall_ms);
            truth.open_ms += ms;
        }
        Step::Remounted(wall_ms) => {
            vault.close().unwrap();
            remount(world, vault, wall_ms, truth);
        }
        Step::CutAndRemounted(wall_ms) => {
            world.cut_power();
            remount(world, vault, wall_ms, truth);
        }
        // Refused where the clock says nothing.
        Step::Accepted => {
            if let Ok(moved_ms) = vault.accept_time(&root(), AcceptTime::default()) {
                truth.is_accepted |= moved_ms > 30 * DAY;
            }
        }
    }
}

/// Runs a history, and panics where the vault did what it must not. Answers whether the key came to its end.
fn run(history: &[Step]) -> bool {
    let world = World::new(1);
    world.storage.keep_no_history();
    let (vault, key) = with_doomed_key(&world);
    let mut truth = Truth { sessions: 1, ..Truth::default() };
    for (index, step) in history.iter().enumerate() {
        take(*step, &world, &vault, &mut truth);
        let told = || format!("{:?}", &history[..=index]);
        // The timers cannot be further than this, whatever the wall clock said.
        let may_be_due =
            truth.is_accepted || truth.open_ms + truth.mounts_ms + truth.sessions * TOLERANCE >= 7 * DAY;
        if !survives(&vault, key) {
            assert!(may_be_due, "destroyed before its date: {}", told());
            let found = truth.found_due_at_open_ms.expect("destroyed without having been found due");
            assert!(truth.open_ms >= found + DAY, "no day of observed time in between: {}", told());
            return true;
        }
        let is_found = describe(&vault, key).unwrap().deletion.unwrap().destroy_at_observed_ms.is_some();
        assert!(may_be_due || !is_found, "found due before its date: {}", told());
        if is_found && truth.found_due_at_open_ms.is_none() {
            truth.found_due_at_open_ms = Some(truth.open_ms);
        }
        assert!(is_found || truth.found_due_at_open_ms.is_none(), "it is not due any more: {}", told());
    }
    // What was open for so long in one go is due, whatever the wall clock said.
    let in_one_go = history.iter().any(|step| {
        matches!(step, Step::Runs(ms) | Step::RunsWhileWallSays(ms, _) if *ms > 7 * DAY + 2 * TOLERANCE)
    });
    assert!(!in_one_go || truth.found_due_at_open_ms.is_some(), "a clock held the end up: {history:?}");
    false
}

/// Runs every history of this length over these steps; answers how many, and how many came to the end.
fn run_all(steps: &[Step], length: usize, history: &mut Vec<Step>) -> (u32, u32) {
    if history.len() == length {
        return (1, u32::from(run(history)));
    }
    let (mut histories, mut ends) = (0, 0);
    for step in steps {
        history.push(*step);
        let below = run_all(steps, length, history);
        (histories, ends) = (histories + below.0, ends + below.1);
        history.pop();
    }
    (histories, ends)
}

#[test]
fn no_short_history_destroys_too_early_or_holds_an_end_up() {
    let (histories, ends) = run_all(&STEPS, 3, &mut Vec::new());
    assert!(ends > 50, "only {ends} of {histories} came to the end");
}

#[test]
fn no_history_of_mounts_cuts_and_half_days_destroys_too_early() {
    let steps = [STEPS[1], Step::Remounted(FAR), Step::CutAndRemounted(FAR), Step::Accepted];
    let (histories, ends) = run_all(&steps, 4, &mut Vec::new());
    assert!(ends > 1, "only {ends} of {histories} came to the end");
}

#[test]
fn seven_power_cycles_with_a_false_clock_reach_no_date() {
    let history = [[Step::Remounted(FAR), Step::CutAndRemounted(FAR)]; 8];
    assert!(!run(history.as_flattened()));
}

#[test]
fn what_was_accepted_once_is_not_accepted_again_by_mounts() {
    let world = World::new(1);
    let (vault, key) = with_doomed_key(&world);
    vault.accept_time(&root(), AcceptTime::default()).unwrap();
    for _ in 0..20 {
        vault.close().unwrap();
        world.clock.set_wall_ms(Some(FAR));
        vault.mount(&mut secret_of(SECRET)).unwrap();
    }
    assert!(survives(&vault, key));
    assert_eq!(describe(&vault, key).unwrap().deletion.unwrap().destroy_at_observed_ms, None);
}
