//! A log that knows more than the vault beside it is evidence, and no power cut makes one.

use strongroom_core::Protection;
use strongroom_core::audit::{Action, Finding, RecordedEvent};
use strongroom_core::operation::StartAuditLog;

use super::verification::{count, head, take, verify};
use crate::operations::Room;
use crate::world::{CommitFate, SECRET, World, decrypt, disable, enable, mount, root, rotate, secret_of};

/// What the events of this action say.
fn details(world: &World, action: Action) -> Vec<u64> {
    let events = world.log.events();
    let events = events.iter().map(|event| RecordedEvent::read(event).unwrap());
    events.filter(|event| event.action == action).map(|event| event.detail).collect()
}

#[test]
fn an_older_state_under_the_newer_log_opens_flagged_and_the_log_keeps_it() {
    for has_closed in [false, true] {
        let world = World::new(1);
        let room = Room::new(&world);
        let key = take(&room.vault).unwrap();
        room.vault.close().unwrap();
        let old = world.storage.image();
        room.vault.mount(&mut secret_of(SECRET)).unwrap();
        rotate(&room.vault, room.key).unwrap();
        disable(&room.vault, room.key).unwrap();
        let newest = world.storage.image().revision;
        if has_closed {
            room.vault.close().unwrap();
        } else {
            world.cut_power();
        }
        let honest = verify(&key, None, &world.log.entries()).1;
        assert_eq!((honest, details(&world, Action::LogAhead)), (vec![], vec![]));

        world.storage.put_back(&old);
        let vault = mount(&world).unwrap();
        assert_eq!(details(&world, Action::LogAhead), [newest]);
        let flagged = Protection::StateBehindLog { revision: old.revision, log_revision: newest };
        assert_eq!(vault.posture().unwrap()[1], flagged);
        assert!(!flagged.is_protected());
        assert!(flagged.to_string().contains("rolled back"));
        let (entries, findings) = verify(&key, None, &world.log.entries());
        assert_eq!(entries, count(&world.log.entries()), "it is followed on");
        let [Finding::RolledBack { revision, known, .. }] = findings[..] else { panic!("{findings:?}") };
        assert!(revision > old.revision && known == newest);

        vault.close().unwrap();
        let vault = mount(&world).unwrap();
        assert_eq!(vault.posture().unwrap()[1], Protection::ImageRollbackUndetected);
        assert_eq!(details(&world, Action::LogAhead), [newest], "said once");
    }
}

#[test]
fn a_power_cut_in_the_mount_that_finds_the_log_ahead_does_not_keep_that_from_the_log() {
    for landing in 0..3 {
        let world = World::new(1).with_cells();
        let room = Room::new(&world);
        room.vault.close().unwrap();
        let (old, cells) = (world.storage.image(), world.cells.contents());
        room.vault.mount(&mut secret_of(SECRET)).unwrap();
        rotate(&room.vault, room.key).unwrap();
        let newest = world.storage.image().revision;
        world.cut_power();
        world.storage.put_back(&old);
        world.cells.put_back(&cells);
        world.storage.decide_after(landing, &[CommitFate::LandsAndFails]);
        let _ = room.vault.mount(&mut secret_of(SECRET));
        world.storage.decide_no_more();
        world.cut_power();
        room.vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(details(&world, Action::LogAhead), [newest], "after {landing} commits");
    }
}

#[test]
fn a_storage_that_lost_what_it_acknowledged_is_flagged_too() {
    let world = World::new(1);
    let room = Room::new(&world);
    world.storage.decide(&[CommitFate::IsForgotten]);
    rotate(&room.vault, room.key).unwrap();
    world.cut_power();
    let vault = mount(&world).unwrap();
    assert_eq!(details(&world, Action::LogAhead).len(), 1);
    assert!(matches!(vault.posture().unwrap()[1], Protection::StateBehindLog { .. }));
}

#[test]
fn no_failure_and_no_power_cut_puts_the_log_ahead() {
    let mut cases = 0;
    for fate in [CommitFate::Fails, CommitFate::LandsAndFails] {
        for landing in 0..8 {
            for failing in 0..3 {
                let world = World::new(1);
                let room = Room::new(&world);
                let key = take(&room.vault).unwrap();
                world.storage.decide_after(landing, &[fate]);
                world.log.fail_appends(failing);
                let _ = rotate(&room.vault, room.key);
                let _ = disable(&room.vault, room.key);
                let _ = decrypt(&room.vault, &room.ciphertext);
                world.log.fail_flushes(failing);
                let _ = enable(&room.vault, room.key);
                let _ = rotate(&room.vault, room.key);
                let _ = room.vault.start_audit_log(&root(), StartAuditLog);
                let _ = room.vault.close();
                world.log.fail_appends(0);
                world.log.fail_flushes(0);
                for _ in 0..2 {
                    world.cut_power();
                    let _ = room.vault.mount(&mut secret_of(SECRET));
                }
                world.storage.decide_no_more();
                world.cut_power();
                room.vault.mount(&mut secret_of(SECRET)).unwrap();
                let case = format!("{fate:?} after {landing}, {failing} failures of the log");
                assert_eq!(details(&world, Action::LogAhead), [0; 0], "{case}");
                let log = world.log.entries();
                assert_eq!(verify(&key, None, &log), (count(&log), vec![]), "{case}");
                cases += 1;
            }
        }
    }
    println!("{cases} ways to fail, no log ahead");
}

#[test]
fn a_log_that_was_started_is_one_chain_whichever_of_its_commits_fails() {
    for fate in [CommitFate::Fails, CommitFate::LandsAndFails] {
        for landing in 0..3 {
            let world = World::new(1);
            let room = Room::new(&world);
            let old = take(&room.vault).unwrap();
            world.storage.decide_after(landing, &[fate]);
            let started = room.vault.start_audit_log(&root(), StartAuditLog);
            // Released before, and made durable when the session ended.
            let _ = decrypt(&room.vault, &room.ciphertext);
            let _ = room.vault.flush_audit();
            let before = world.log.entries();
            world.storage.decide_no_more();
            if room.vault.realm().is_err() {
                room.vault.mount(&mut secret_of(SECRET)).unwrap();
            }
            let case = format!("{fate:?} after {landing}: {started:?}");
            let log = world.log.entries();
            assert!(before.iter().all(|(sequence, entry)| log.get(sequence) == Some(entry)), "{case}");
            assert_eq!(verify(&old, None, &log), (count(&log), vec![]), "{case}");
            let answer = head(&room.vault, 5);
            let log = world.log.entries();
            assert_eq!(verify(&old, Some((5, answer)), &log).1, vec![], "{case}");
            if details(&world, Action::StartAuditLog).len() > usize::from(started.is_err()) || landing > 0 {
                let new = take(&room.vault).unwrap();
                room.vault.close().unwrap();
                assert_eq!(verify(&new, None, &world.log.entries()).1, vec![], "{case}");
            }
        }
    }
}

#[test]
fn the_head_that_is_answered_right_behind_a_started_log_is_followed_by_both_keys() {
    let world = World::new(1);
    let room = Room::new(&world);
    let old = take(&room.vault).unwrap();
    room.vault.start_audit_log(&root(), StartAuditLog).unwrap();
    let answer = head(&room.vault, 5);
    let new = take(&room.vault).unwrap();
    let log = world.log.entries();
    for key in [&old, &new] {
        assert_eq!(verify(key, Some((5, answer)), &log).1, vec![]);
        let differs = vec![Finding::HeadDiffers { sequence: answer.next_sequence }];
        assert_eq!(verify(key, Some((6, answer)), &log).1, differs);
    }
}

#[test]
fn an_answered_head_that_lies_in_a_declared_gap_or_before_the_log_is_told_from_a_truncation() {
    let world = World::new(1);
    let room = Room::new(&world);
    let key = take(&room.vault).unwrap();
    let early = head(&room.vault, 1);
    decrypt(&room.vault, &room.ciphertext).unwrap();
    let lost = head(&room.vault, 2);
    for _ in 0..3 {
        decrypt(&room.vault, &room.ciphertext).unwrap();
    }
    room.vault.close().unwrap();
    let mut log = world.log.entries();
    log.retain(|sequence, _| *sequence + 1 < lost.next_sequence);
    world.log.put_back(log);
    let vault = mount(&world).unwrap();
    decrypt(&vault, &room.ciphertext).unwrap();
    let log = world.log.entries();
    let (_, findings) = verify(&key, Some((2, lost)), &log);
    let [Finding::Missing { is_declared: true, .. }, passed] = findings[..] else { panic!("{findings:?}") };
    assert_eq!(passed, Finding::HeadPassedOver { head: lost.next_sequence });
    assert_eq!(verify(&key, Some((1, early)), &log).1.len(), 1, "the gap alone");

    vault.start_audit_log(&root(), StartAuditLog).unwrap();
    let successor = take(&vault).unwrap();
    let passed = vec![Finding::HeadPassedOver { head: early.next_sequence }];
    assert_eq!(verify(&successor, Some((1, early)), &world.log.entries()).1, passed);
}
