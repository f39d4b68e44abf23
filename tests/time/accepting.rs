//! AcceptTime and ResetClock.

use strongroom_core::error::Parameter;
use strongroom_core::operation::{AcceptTime, ResetClock, Tick};
use strongroom_core::policy::Action;
use strongroom_core::{Error, Protection};

use super::{DAY, HOUR, START, survives, with_doomed_key};
use crate::world::{
    SECRET, STRANGER, World, caller, create, create_key, describe, root, schedule_deletion, secret_of,
};

const TIME: Error = Error::Validation(Parameter::Time);

#[test]
fn a_vault_that_is_only_ever_mounted_briefly_reaches_its_dates_when_the_time_is_accepted() {
    let world = World::new(1);
    let (vault, key) = with_doomed_key(&world);
    for _ in 0..60 {
        vault.close().unwrap();
        world.clock.advance_ms(DAY);
        vault.mount(&mut secret_of(SECRET)).unwrap();
        assert!(survives(&vault, key), "sixty days by the wall clock alone reach no date");
    }
    assert_eq!(describe(&vault, key).unwrap().deletion.unwrap().destroy_at_observed_ms, None);
    // The world's monotonic clock goes on over mounts, but the vault does not count that.
    assert_eq!(vault.accept_time(&root(), AcceptTime::default()), Ok(59 * DAY));
    world.log.last(|event| assert_eq!((event.action, event.detail), (Action::AcceptTime, 59 * DAY)));
    assert!(survives(&vault, key), "it is found due");
    assert!(describe(&vault, key).unwrap().deletion.unwrap().destroy_at_observed_ms.is_some());
    world.clock.advance_ms(DAY - 1);
    assert!(survives(&vault, key));
    world.clock.advance_ms(1);
    assert!(!survives(&vault, key));
}

#[test]
fn an_accepted_time_outlives_the_session_and_never_moves_the_timers_back() {
    let world = World::new(1);
    let (vault, _) = with_doomed_key(&world);
    world.clock.set_wall_ms(Some(START + 100 * DAY));
    // The timers had followed the jump by a minute.
    let jump = 100 * DAY - 60_000;
    assert_eq!(vault.accept_time(&root(), AcceptTime::default()), Ok(jump));
    world.cut_power();
    world.clock.set_wall_ms(Some(START));
    vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(vault.accept_time(&root(), AcceptTime::default()), Ok(0));
    let key = create_key(&vault);
    let due_ms = schedule_deletion(&vault, key, 7).unwrap().deletion.unwrap().due_ms;
    assert_eq!(due_ms, START + 107 * DAY);
}

#[test]
fn a_vault_without_a_clock_is_told_the_time_and_one_with_a_clock_is_not() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    schedule_deletion(&vault, key, 7).unwrap();
    world.clock.advance_ms(30 * DAY);
    assert!(survives(&vault, key), "elapsed time moves no epoch");
    assert_eq!(vault.accept_time(&root(), AcceptTime::default()), Err(TIME));
    let to = |time_ms| AcceptTime { time_ms: Some(time_ms) };
    assert_eq!(vault.accept_time(&root(), to(7 * DAY)), Ok(7 * DAY));
    assert_eq!(vault.accept_time(&root(), to(7 * DAY - 1)), Err(TIME), "not back");
    assert!(survives(&vault, key));
    world.clock.advance_ms(DAY);
    assert!(!survives(&vault, key));

    let with_clock = World::new(2);
    let (vault, _) = with_doomed_key(&with_clock);
    assert_eq!(vault.accept_time(&root(), to(START + DAY)), Err(TIME));
}

#[test]
fn one_bad_reading_of_the_wall_clock_can_be_undone_and_brings_nothing_back() {
    let world = World::new(1);
    let (vault, key) = with_doomed_key(&world);
    world.clock.set_wall_ms(Some(START + 4000 * DAY));
    assert!(survives(&vault, key), "the timers do not follow it");
    let late = create_key(&vault);
    world.clock.set_wall_ms(Some(START + HOUR));
    let created = |key| describe(&vault, key).unwrap().created_ms.unwrap();
    assert_eq!(created(create_key(&vault)), START + 4000 * DAY, "the mark holds");
    let lowered = 4000 * DAY - HOUR;
    assert_eq!(vault.reset_clock(&root(), ResetClock), Ok(lowered));
    world.log.last(|event| assert_eq!((event.action, event.detail), (Action::ResetClock, lowered)));
    assert_eq!(created(create_key(&vault)), START + HOUR);
    assert_eq!(created(late), START + 4000 * DAY);
    world.clock.set_wall_ms(None);
    assert_eq!(vault.reset_clock(&root(), ResetClock), Err(TIME));
}

#[test]
fn nobody_changes_the_time_who_may_not() {
    let world = World::new(1);
    let (vault, _) = with_doomed_key(&world);
    let stranger = caller(STRANGER);
    assert!(matches!(vault.accept_time(&stranger, AcceptTime::default()), Err(Error::AccessDenied(_))));
    assert!(matches!(vault.reset_clock(&stranger, ResetClock), Err(Error::AccessDenied(_))));
    assert!(matches!(vault.tick_for(&stranger, Tick { steps: 9 }), Err(Error::AccessDenied(_))));
    world.clock.advance_ms(8 * DAY);
    assert_eq!(vault.tick_for(&root(), Tick { steps: 9 }).unwrap().settled, 1);
    world.log.last(|event| assert_eq!((event.action, event.detail), (Action::Tick, 1)));
}

#[test]
fn the_posture_says_how_late_dates_come_and_what_mounts_have_added() {
    let line = |vault: &strongroom_core::Vault<&World>| vault.posture().unwrap()[3];
    let world = World::new(1);
    let (vault, _) = with_doomed_key(&world);
    assert_eq!(line(&vault), Protection::TimersFollow);
    vault.close().unwrap();
    assert_eq!(line(&vault), Protection::TimersUnknown);
    world.clock.set_wall_ms(Some(START + 3 * DAY));
    vault.mount(&mut secret_of(SECRET)).unwrap();
    let late = Protection::TimersBehind { behind_ms: 2 * DAY, mounts_added_ms: DAY };
    assert_eq!(line(&vault), late);
    assert!(!late.is_protected() && late.to_string().contains("2880 minutes late"));
    vault.accept_time(&root(), AcceptTime::default()).unwrap();
    assert_eq!(line(&vault), Protection::TimersFollow);
    assert_eq!(line(&create(&World::new(2))), Protection::TimersByHand);
}
