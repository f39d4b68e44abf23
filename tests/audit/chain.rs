//! The chain of entries, followed after every opening.

use strongroom_core::audit::{Action, Entry, RecordedEvent};

use crate::operations::Room;
use crate::world::{SECRET, World, create, create_key, decrypt, disable, encrypt, secret_of};

/// What the last opening recorded: the action, and how many entries it found behind the committed head.
fn opening(world: &World) -> (Action, u64) {
    let events = world.log.events();
    let openings = [Action::Mount, Action::UncleanMount, Action::LogTruncated];
    let mut read = events.iter().rev().map(|event| RecordedEvent::read(event).unwrap());
    let event = read.find(|event| openings.contains(&event.action)).unwrap();
    assert_eq!((event.principal, event.error_code), ("vault", None));
    (event.action, event.detail)
}

#[test]
fn entries_are_numbered_from_zero_and_each_mount_has_its_own_id() {
    let world = World::new(1);
    let room = Room::new(&world);
    for _ in 0..3 {
        decrypt(&room.vault, &room.ciphertext).unwrap();
        room.vault.close().unwrap();
        room.vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(opening(&world), (Action::Mount, 0));
    }
    let entries = world.log.entries();
    assert!(entries.keys().copied().eq(0..u64::try_from(entries.len()).unwrap()));
    let mounts: std::collections::BTreeSet<_> =
        entries.values().map(|entry| Entry::read(entry).unwrap().mount_id).collect();
    assert_eq!(mounts.len(), 4);
}

#[test]
fn after_a_power_cut_the_entries_behind_the_committed_head_are_followed() {
    let world = World::new(1);
    let room = Room::new(&world);
    disable(&room.vault, room.key).unwrap();
    crate::world::enable(&room.vault, room.key).unwrap();
    for _ in 0..5 {
        decrypt(&room.vault, &room.ciphertext).unwrap();
    }
    world.cut_power();
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    // The five, and the entry of the last change, which was committed before it was appended.
    assert_eq!(opening(&world), (Action::UncleanMount, 6));
    room.vault.close().unwrap();
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(opening(&world), (Action::Mount, 0));
}

#[test]
fn an_entry_altered_behind_the_head_ends_what_is_followed() {
    let world = World::new(1);
    let room = Room::new(&world);
    create_key(&room.vault);
    for _ in 0..4 {
        decrypt(&room.vault, &room.ciphertext).unwrap();
    }
    let image = world.storage.image();
    let entries = world.log.entries();
    let last = u64::try_from(entries.len()).unwrap() - 1;
    // The change's entry and four more lie behind the head.
    for (back, expected) in [(0, 4), (1, 3), (3, 1), (4, 0)] {
        for position in [8, 24, 60, 100] {
            world.storage.put_back(&image);
            let mut altered = entries.clone();
            altered.get_mut(&(last - back)).unwrap()[position] ^= 1;
            world.log.put_back(altered);
            world.cut_power();
            room.vault.mount(&mut secret_of(SECRET)).unwrap();
            assert_eq!(opening(&world).1, expected, "entry {back} from the end, byte {position}");
        }
    }
}

#[test]
fn a_log_shorter_than_the_committed_head_is_said_to_be_truncated_and_does_not_keep_the_vault_closed() {
    let world = World::new(1);
    let room = Room::new(&world);
    decrypt(&room.vault, &room.ciphertext).unwrap();
    room.vault.close().unwrap();
    let mut entries = world.log.entries();
    let whole = entries.len();
    entries.pop_last();
    entries.pop_last();
    world.log.put_back(entries);
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(opening(&world), (Action::LogTruncated, 0));
    assert_eq!(decrypt(&room.vault, &room.ciphertext).unwrap(), b"the launch code is 0000");
    // Numbers go on behind the head: the gap stays visible.
    assert!(world.log.entries().len() < whole + 3);
    room.vault.close().unwrap();
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(opening(&world), (Action::Mount, 0), "said once");
}

#[test]
fn an_empty_log_is_said_to_be_truncated() {
    let world = World::new(1);
    let room = Room::new(&world);
    room.vault.close().unwrap();
    world.log.put_back(Default::default());
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(opening(&world).0, Action::LogTruncated);
}

#[test]
fn the_head_is_committed_every_thousand_entries_and_every_minute() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let revision = || world.storage.image().revision;
    let encrypt_many = |count: u32| (0..count).for_each(|_| drop(encrypt(&vault, key, b"x").unwrap()));
    encrypt_many(1);
    let before = revision();
    encrypt_many(2100);
    assert_eq!(revision(), before + 2);
    world.clock.advance_ms(60_000);
    encrypt_many(2);
    assert_eq!(revision(), before + 3);
    world.cut_power();
    vault.mount(&mut secret_of(SECRET)).unwrap();
    let (action, found) = opening(&world);
    assert_eq!(action, Action::UncleanMount);
    assert!(found <= 2, "{found} entries lay behind the head");
}

#[test]
fn batched_events_reach_the_log_in_order_at_the_flush_and_are_lost_with_the_power_before() {
    let world = World::new(1);
    let room = Room::new(&world);
    world.log.batch();
    let before = world.log.events().len();
    for _ in 0..3 {
        decrypt(&room.vault, &room.ciphertext).unwrap();
    }
    assert_eq!(world.log.events().len(), before);
    room.vault.flush_audit().unwrap();
    assert_eq!(world.log.events().len(), before + 3);
    decrypt(&room.vault, &room.ciphertext).unwrap();
    world.cut_power();
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    // What was lost was batched: the stated window. What is there follows.
    assert_eq!(world.log.events().len(), before + 3 + 1);
    room.vault.flush_audit().unwrap();
    decrypt(&room.vault, &room.ciphertext).unwrap();
    room.vault.close().unwrap();
    assert_eq!(world.log.events().len(), before + 3 + 1 + 2, "closing flushes");
}
