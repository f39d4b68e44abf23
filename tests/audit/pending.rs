//! A change and its event land in one commit: the log has the event exactly once, whatever fails in between.

use strongroom_core::Error;
use strongroom_core::audit::{Action, RecordedEvent};
use strongroom_core::error::StorageError;
use strongroom_core::operation::PutUsageBudget;
use strongroom_core::usage::{BudgetEnd, UsageBudget};

use crate::operations::Room;
use crate::world::{
    CommitFate, Lie, SECRET, World, create, create_key, decrypt, describe, disable, enable, root, rotate,
    secret_of,
};

/// How many events of this action the log has: with success, and with an error.
fn count(world: &World, action: Action) -> (usize, usize) {
    let events = world.log.events();
    let of_action = |is_ok: bool| {
        let read = events.iter().map(|event| RecordedEvent::read(event).unwrap());
        read.filter(|event| event.action == action && event.error_code.is_none() == is_ok).count()
    };
    (of_action(true), of_action(false))
}

#[test]
fn a_sink_that_refuses_once_is_flushed_and_asked_again() {
    let world = World::new(1);
    let room = Room::new(&world);
    world.log.fail_appends(1);
    rotate(&room.vault, room.key).unwrap();
    assert_eq!(count(&world, Action::RotateKeyOnDemand), (1, 0));
}

#[test]
fn a_change_whose_event_the_sink_did_not_take_is_logged_once_after_a_power_cut() {
    let wrong: [fn(&World); 2] = [|world| world.log.fail_appends(2), |world| world.log.fail_flushes(1)];
    for fail in wrong {
        let world = World::new(1);
        let room = Room::new(&world);
        fail(&world);
        assert_eq!(rotate(&room.vault, room.key).unwrap().current_version, 2, "the change is durable");
        assert_eq!(count(&world, Action::RotateKeyOnDemand), (0, 0));
        world.cut_power();
        room.vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(count(&world, Action::RotateKeyOnDemand), (1, 0));
        for _ in 0..2 {
            world.cut_power();
            room.vault.mount(&mut secret_of(SECRET)).unwrap();
            assert_eq!(count(&world, Action::RotateKeyOnDemand), (1, 0), "never again");
        }
        let logged = world.log.events();
        let event = logged.iter().map(|event| RecordedEvent::read(event).unwrap());
        let event = event.into_iter().find(|event| event.action == Action::RotateKeyOnDemand).unwrap();
        assert_eq!(event.key.map(|key| (key.key_id, key.version)), Some((room.key, 2)));
    }
}

/// What comes between a change whose event is not logged yet and the end of the session; answers how many DisableKey
/// succeeded.
type Deed = fn(&Room<'_>) -> usize;

fn look(room: &Room<'_>) -> usize {
    let _ = decrypt(&room.vault, &room.ciphertext);
    0
}

fn change(room: &Room<'_>) -> usize {
    let disabled = disable(&room.vault, room.key);
    let _ = enable(&room.vault, room.key);
    usize::from(disabled.is_ok())
}

const BETWEEN: [(&str, Deed); 6] = [
    ("nothing", |_| 0),
    ("a decryption", look),
    ("a flush", |room| {
        let _ = room.vault.flush_audit();
        0
    }),
    ("another change", change),
    ("a decryption and another change", |room| look(room) + change(room)),
    ("two more changes and a decryption", |room| change(room) + change(room) + look(room)),
];

type End = fn(&Room<'_>);

const ENDS: [(&str, End); 3] = [
    ("closed", |room| room.vault.close().unwrap()),
    ("cut", |room| room.world.cut_power()),
    ("cut at closing", |room| {
        room.world.storage.decide(&[CommitFate::Fails]);
        room.vault.close().unwrap_err();
        room.world.log.lose_what_is_not_durable();
    }),
];

#[test]
fn every_change_is_logged_exactly_once_whatever_fails_and_follows() {
    let mut cases = 0;
    for (between, deed) in BETWEEN {
        for (ended, end) in ENDS {
            for appends in 0..3 {
                for flushes in 0..4 {
                    let world = World::new(1);
                    let room = Room::new(&world);
                    let others = count(&world, Action::DisableKey).0;
                    world.log.fail_appends(appends);
                    world.log.fail_flushes(flushes);
                    rotate(&room.vault, room.key).unwrap();
                    let disabled = deed(&room);
                    world.log.fail_appends(0);
                    world.log.fail_flushes(0);
                    end(&room);
                    for _ in 0..2 {
                        room.vault.mount(&mut secret_of(SECRET)).unwrap();
                        let case =
                            format!("{appends} appends and {flushes} flushes fail, {between}, {ended}");
                        assert_eq!(count(&world, Action::RotateKeyOnDemand), (1, 0), "{case}");
                        assert_eq!(count(&world, Action::DisableKey).0, others + disabled, "{case}");
                        world.cut_power();
                    }
                    cases += 1;
                }
            }
        }
    }
    println!("{cases} ways to fail, each change logged once");
}

#[test]
fn a_change_whose_commit_failed_is_logged_as_a_failure_and_as_a_success_only_if_it_was_kept() {
    for (fate, kept) in [(CommitFate::Fails, 0), (CommitFate::LandsAndFails, 1)] {
        let world = World::new(1);
        let room = Room::new(&world);
        world.storage.decide(&[fate]);
        assert_eq!(rotate(&room.vault, room.key), Err(Error::Storage(StorageError::Medium)));
        // Nobody knows yet.
        let _ = room.vault.flush_audit();
        assert_eq!(count(&world, Action::RotateKeyOnDemand).0, 0, "{fate:?}");
        room.vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(describe(&room.vault, room.key).unwrap().current_version, 1 + u32::from(kept == 1));
        assert_eq!(count(&world, Action::RotateKeyOnDemand), (kept, 1), "{fate:?}");
    }
}

#[test]
fn a_change_that_could_not_read_what_it_needs_is_logged_as_a_failure_alone() {
    let mut failed = 0;
    for skipped in 0..24 {
        let world = World::new(1);
        let room = Room::new(&world);
        let revision = world.storage.revision();
        // One copy alone would not be missed.
        (skipped..skipped + 2).for_each(|read| world.storage.lie_at(read, Lie::Fails(StorageError::Medium)));
        let budget = Some(UsageBudget { sealings: 9, end: BudgetEnd::Refuse });
        let put = room.vault.put_usage_budget(&root(), PutUsageBudget { key_id: &room.id, budget });
        world.storage.stop_lying();
        if put.is_ok() {
            continue;
        }
        failed += 1;
        assert_eq!(world.storage.revision(), revision, "{skipped}");
        // The next change has everything written that is waiting.
        enable(&room.vault, room.key).unwrap();
        assert_eq!(
            count(&world, Action::PutUsageBudget).0,
            0,
            "read {skipped} failed, and nothing was changed"
        );
    }
    assert!(failed >= 3, "{failed} reads");
}

#[test]
fn while_the_sink_takes_nothing_there_is_one_more_change_and_it_is_logged_when_the_sink_works_again() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    world.log.fail_flushes(u32::MAX);
    assert_eq!(rotate(&vault, key).unwrap().current_version, 2);
    let image = world.storage.image();
    for _ in 0..5 {
        assert_eq!(rotate(&vault, key), Err(Error::Audit));
        assert_eq!(describe(&vault, key), Err(Error::Audit));
    }
    assert_eq!(world.storage.image(), image);
    world.log.fail_flushes(0);
    assert_eq!(describe(&vault, key).unwrap().current_version, 2);
    rotate(&vault, key).unwrap();
    vault.close().unwrap();
    vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(count(&world, Action::RotateKeyOnDemand).0, 2);
}

#[test]
fn changes_whose_events_wait_share_a_write_to_the_log_and_a_power_cut_loses_none() {
    const CHANGES: usize = 20;
    let world = World::new(1);
    let room = Room::new(&world);
    world.log.batch();
    let before = world.log.entries().len();
    for _ in 0..CHANGES {
        rotate(&room.vault, room.key).unwrap();
    }
    let written = world.log.entries().len() - before;
    assert!((1..=CHANGES / 3).contains(&written), "{written} writes");
    let logged = count(&world, Action::RotateKeyOnDemand).0;
    assert!(logged < CHANGES, "the last ones wait");
    world.cut_power();
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    let events = world.log.events();
    let events = events.iter().map(|event| RecordedEvent::read(event).unwrap());
    let rotations = events.filter(|event| event.action == Action::RotateKeyOnDemand);
    let versions: Vec<_> = rotations.map(|event| event.key.unwrap().version).collect();
    assert_eq!(versions, (2..).take(CHANGES).collect::<Vec<u32>>(), "each once, in their order");
}

#[test]
fn where_the_record_cannot_be_written_nothing_is_released_and_a_refusal_stays_a_refusal() {
    let world = World::new(1);
    let room = Room::new(&world);
    for fail in [0, 1] {
        let fail = |world: &World| {
            if fail == 0 { world.log.fail_appends(1) } else { world.log.fail_flushes(1) }
        };
        fail(&world);
        assert_eq!(decrypt(&room.vault, &room.ciphertext), Err(Error::Audit));
        fail(&world);
        let mut altered = room.ciphertext.clone();
        altered[0] = 9;
        assert_eq!(decrypt(&room.vault, &altered).unwrap_err().code(), "InvalidCiphertextException");
        assert!(decrypt(&room.vault, &room.ciphertext).is_ok());
    }
}
