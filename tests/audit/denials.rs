//! Denials that come again and again: few events, and no denial that they do not tell of.

use std::collections::BTreeMap;

use strongroom_core::Error;
use strongroom_core::audit::{Action, RecordedEvent};
use strongroom_core::key::KeyId;
use strongroom_core::limits::{DENIAL_WINDOW_MS, DENIALS_MAX};
use strongroom_core::operation::{DescribeKey, EnableKey, Encrypt};

use super::verification::{count as entries_of, take, verify};
use crate::operations::{ALICE, Room, room_for};
use crate::world::{
    CommitFate, SECRET, STRANGER, World, caller, describe, disable, enable, rotate, secret_of,
};

/// Who was denied what about which key, and how often.
type Denied = BTreeMap<(String, &'static str, Option<KeyId>), u64>;

/// What the log says of denials: how many events, and how many denials they stand for.
fn logged(world: &World) -> (usize, Denied) {
    let (mut events, mut denied, mut firsts) = (0, Denied::new(), Vec::new());
    for event in world.log.events() {
        let event = RecordedEvent::read(&event).unwrap();
        if event.error_code != Some("AccessDeniedException") {
            assert_eq!(event.repeats, None, "only denials are counted");
            continue;
        }
        assert!(event.reason.is_some(), "every denial says why");
        events += 1;
        let times = event.repeats.map_or(1, |repeats| repeats.count);
        let who = (event.principal.to_owned(), event.action.name(), event.key.map(|key| key.key_id));
        if let Some(repeats) = event.repeats {
            assert!(
                firsts.contains(&(repeats.first, who.clone())),
                "the event that it repeats stands before it"
            );
            assert!(repeats.count > 0 && repeats.since_ms <= event.time_ms);
        } else {
            firsts.push((event.request_id, who.clone()));
        }
        *denied.entry(who).or_default() += times;
    }
    (events, denied)
}

/// How many denials the log tells of one by one.
fn firsts(world: &World) -> usize {
    let is_first = |event: &RecordedEvent<'_>| event.error_code.is_some() && event.repeats.is_none();
    world.log.events().iter().filter(|event| is_first(&RecordedEvent::read(event).unwrap())).count()
}

/// Somebody asks for what is not his.
fn look(room: &Room<'_>, who: &str, id: &str) {
    let denied = room.vault.describe_key(&caller(who), DescribeKey::new(id), &mut [0; 64]).unwrap_err();
    assert_eq!(denied.code(), "AccessDeniedException");
}

fn of(room: &Room<'_>, who: &str, action: Action, times: u64) -> Denied {
    Denied::from([((who.to_owned(), action.name(), Some(room.key)), times)])
}

#[test]
fn a_hundred_thousand_denials_in_a_minute_are_two_events() {
    for is_batched in [false, true] {
        let world = World::new(1);
        world.storage.keep_no_history();
        world.clock.set_wall_ms(Some(1_700_000_000_000));
        let room = Room::new(&world);
        let key = take(&room.vault).unwrap();
        if is_batched {
            world.log.batch();
        }
        for _ in 0..100_000 {
            look(&room, STRANGER, &room.id);
        }
        room.vault.flush_audit().unwrap();
        let (events, denied) = logged(&world);
        assert_eq!((events, &denied), (2, &of(&room, STRANGER, Action::DescribeKey, 100_000)));
        let log = world.log.entries();
        assert_eq!(verify(&key, None, &log), (entries_of(&log), vec![]));
    }
}

#[test]
fn a_caller_who_is_denied_for_an_hour_leaves_two_events_a_minute() {
    let world = World::new(1);
    let room = Room::new(&world);
    for _ in 0..3600 {
        world.clock.advance_ms(DENIAL_WINDOW_MS / 60);
        look(&room, STRANGER, &room.id);
        // What somebody else does in between makes no events of it.
        describe(&room.vault, room.key).unwrap();
        room.vault.flush_audit_in_time().unwrap();
    }
    room.vault.close().unwrap();
    let (events, denied) = logged(&world);
    assert_eq!(denied, of(&room, STRANGER, Action::DescribeKey, 3600));
    assert!((119..=120).contains(&events), "{events} events");
}

/// Something after which a count is in the log.
type Deed = fn(&Room<'_>);

#[test]
fn a_count_is_written_at_the_flush_the_tick_and_the_close() {
    let written: [(&str, Deed); 5] = [
        ("flush", |room| room.vault.flush_audit().unwrap()),
        ("tick", |room| {
            room.vault.tick(1).unwrap();
            assert_eq!(logged(room.world).0, 1, "its minute is not over");
            room.world.clock.advance_ms(DENIAL_WINDOW_MS);
            room.vault.tick(1).unwrap();
        }),
        ("close", |room| room.vault.close().unwrap()),
        ("lock", |room| {
            room.vault.lock().unwrap();
            room.vault.mount(&mut secret_of(SECRET)).unwrap();
        }),
        ("a commit that fails", |room| {
            room.world.storage.decide(&[CommitFate::Fails]);
            rotate(&room.vault, room.key).unwrap_err();
        }),
    ];
    for (name, write) in written {
        let world = World::new(1);
        let room = Room::new(&world);
        (0..7).for_each(|_| look(&room, STRANGER, &room.id));
        assert_eq!(
            logged(&world),
            (1, of(&room, STRANGER, Action::DescribeKey, 1)),
            "{name}: the first at once"
        );
        write(&room);
        assert_eq!(logged(&world), (2, of(&room, STRANGER, Action::DescribeKey, 7)), "{name}");
    }
}

#[test]
fn a_different_denial_is_an_event_at_once_however_many_there_are() {
    let world = World::new(1);
    let room = Room::new(&world);
    let mut expected = Denied::new();
    let mut add = |who: &str, action: Action, id: KeyId| {
        *expected.entry((who.to_owned(), action.name(), Some(id))).or_default() += 1;
    };
    // More at a time than are known, in turns, each some times: whoever has the vault forget one hides nothing.
    let mut keys: Vec<KeyId> =
        (0..2 * u8::try_from(DENIALS_MAX).unwrap()).map(|n| KeyId::from_bytes([n; 16])).collect();
    keys.push(room.key);
    for _ in 0..3 {
        for key in &keys {
            for _ in 0..3 {
                look(&room, STRANGER, &key.to_string());
                add(STRANGER, Action::DescribeKey, *key);
            }
        }
        // Another caller, another action, a dry run: none is one of those before it.
        let before = firsts(&world);
        for who in NOBODIES {
            look(&room, who, &room.id);
            add(who, Action::DescribeKey, room.key);
        }
        room.vault.enable_key(&caller(STRANGER), EnableKey { key_id: &room.id }).unwrap_err();
        add(STRANGER, Action::EnableKey, room.key);
        let request = Encrypt::new(&room.id, b"x");
        for request in [request, Encrypt { dry_run: true, ..request }] {
            room.vault.encrypt(&caller(STRANGER), request, &mut room_for(1)).unwrap_err();
            add(STRANGER, Action::Encrypt, room.key);
        }
        assert_eq!(firsts(&world), before + 6, "each is an event at once");
    }
    room.vault.close().unwrap();
    assert_eq!(logged(&world).1, expected, "and the counts add up");
}

/// Callers whom nothing allows anything; the sessions differ in their last letters only.
const NOBODIES: [&str; 3] = [
    "arn:aws:iam::000000000000:user/a",
    "arn:aws:sts::000000000000:assumed-role/r/one",
    "arn:aws:sts::000000000000:assumed-role/r/two",
];

#[test]
fn what_allows_a_request_in_between_is_an_event_each_time() {
    let world = World::new(1);
    let room = Room::new(&world);
    for _ in 0..5 {
        look(&room, STRANGER, &room.id);
        describe(&room.vault, room.key).unwrap();
        disable(&room.vault, room.key).unwrap();
        // Not a denial: each is recorded.
        room.vault
            .encrypt(&crate::world::root(), Encrypt::new(&room.id, b"x"), &mut room_for(1))
            .unwrap_err();
        enable(&room.vault, room.key).unwrap();
    }
    let all = world.log.events();
    let of = |code: Option<&str>, action: Action| {
        let read = all.iter().map(|event| RecordedEvent::read(event).unwrap());
        read.filter(|event| event.error_code == code && event.action == action).count()
    };
    assert_eq!(of(None, Action::DescribeKey), 5);
    assert_eq!(of(Some("DisabledException"), Action::Encrypt), 5);
    assert_eq!(of(Some("AccessDeniedException"), Action::DescribeKey), 1);
}

#[test]
fn a_denial_that_could_not_be_recorded_stands_for_none_like_it() {
    let wrong: [fn(&World); 2] = [|world| world.log.fail_appends(1), |world| world.log.fail_flushes(1)];
    for fail in wrong {
        let world = World::new(1);
        let room = Room::new(&world);
        fail(&world);
        look(&room, STRANGER, &room.id);
        assert_eq!(logged(&world).0, 0);
        look(&room, STRANGER, &room.id);
        let (events, denied) = logged(&world);
        assert!(
            events > 0 && denied.values().all(|times| *times == u64::try_from(events).unwrap()),
            "{denied:?}"
        );
    }
}

#[test]
fn a_cut_loses_counts_and_never_the_first() {
    let world = World::new(1);
    let room = Room::new(&world);
    (0..9).for_each(|_| look(&room, STRANGER, &room.id));
    world.cut_power();
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(logged(&world), (1, of(&room, STRANGER, Action::DescribeKey, 1)));
    look(&room, STRANGER, &room.id);
    assert_eq!(logged(&world).0, 2, "after a cut it is a first one again");
}

#[test]
fn a_count_that_the_log_does_not_take_stays_and_the_flush_says_so() {
    let world = World::new(1);
    let room = Room::new(&world);
    (0..4).for_each(|_| look(&room, STRANGER, &room.id));
    world.log.fail_appends(2);
    assert_eq!(room.vault.flush_audit(), Err(Error::Audit));
    assert_eq!(logged(&world), (1, of(&room, STRANGER, Action::DescribeKey, 1)));
    room.vault.flush_audit().unwrap();
    assert_eq!(logged(&world), (2, of(&room, STRANGER, Action::DescribeKey, 4)));
}

#[test]
fn nothing_is_counted_of_whom_a_policy_admits() {
    let world = World::new(1);
    let room = Room::new(&world);
    look(&room, STRANGER, &room.id);
    for _ in 0..3 {
        room.vault.describe_key(&caller(ALICE), DescribeKey::new(&room.id), &mut [0; 64]).unwrap();
    }
    assert_eq!(logged(&world), (1, of(&room, STRANGER, Action::DescribeKey, 1)));
}
