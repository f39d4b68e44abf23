//! What an auditor sees with the log's key and without the vault.

use std::collections::BTreeMap;

use strongroom_core::audit::{AnsweredHead, AuditKey, Entry, Finding, Verifier};
use strongroom_core::crypto::RustCrypto;
use strongroom_core::operation::{GetAuditHead, StartAuditLog, TakeAuditKey};
use strongroom_core::platform::Platform;
use strongroom_core::{Error, Vault};

use crate::operations::Room;
use crate::world::{
    CommitFate, SECRET, STRANGER, World, caller, decrypt, disable, enable, mount, root, secret_of,
};

pub(super) type Log = BTreeMap<u64, Vec<u8>>;

pub(super) fn take<P: Platform>(vault: &Vault<P>) -> Result<AuditKey, Error> {
    let mut key = AuditKey::empty();
    vault.take_audit_key(&root(), TakeAuditKey, &mut key).map(|()| key)
}

pub(super) fn head<P: Platform>(vault: &Vault<P>, nonce: u8) -> AnsweredHead {
    vault.get_audit_head(&root(), GetAuditHead { nonce: [nonce; 16] }).unwrap()
}

/// Entries that follow, and what is wrong.
pub(super) fn verify(key: &AuditKey, answered: Option<(u8, AnsweredHead)>, log: &Log) -> (u64, Vec<Finding>) {
    let mut verifier = Verifier::<RustCrypto>::new(key).unwrap();
    if let Some((nonce, head)) = answered {
        verifier = verifier.expecting([nonce; 16], head);
    }
    let (mut entries, mut findings) = (0, Vec::new());
    for bytes in log.values() {
        match verifier.follow(bytes) {
            Ok(None) => {}
            Ok(Some(_)) => entries += 1,
            Err(finding) if finding.can_go_on() => {
                entries += 1;
                findings.push(finding);
            }
            Err(finding) => {
                findings.push(finding);
                return (entries, findings);
            }
        }
    }
    findings.extend(verifier.finish().err());
    (entries, findings)
}

pub(super) fn count(log: &Log) -> u64 {
    u64::try_from(log.len()).unwrap()
}

/// A vault with some history, over two mounts.
fn with_history(world: &World) -> (Room<'_>, AuditKey) {
    let room = Room::new(world);
    let key = take(&room.vault).unwrap();
    for _ in 0..3 {
        decrypt(&room.vault, &room.ciphertext).unwrap();
        disable(&room.vault, room.key).unwrap();
        enable(&room.vault, room.key).unwrap();
    }
    room.vault.close().unwrap();
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    decrypt(&room.vault, &room.ciphertext).unwrap();
    (room, key)
}

#[test]
fn the_key_is_handed_out_once_and_verifies_the_whole_log() {
    let world = World::new(1);
    let (room, key) = with_history(&world);
    let log = world.log.entries();
    assert_eq!(verify(&key, None, &log), (count(&log), vec![]));
    assert_eq!(take(&room.vault).unwrap_err(), Error::NotFound);
    world.cut_power();
    let vault = mount(&world).unwrap();
    assert_eq!(take(&vault).unwrap_err(), Error::NotFound, "also after a power cut");
    let log = world.log.entries();
    assert_eq!(verify(&key, None, &log), (count(&log), vec![]), "and the log goes on");
    let kept = key.expose(|bytes| *bytes);
    assert!(AuditKey::from_bytes(&kept).is_ok());
    assert!(AuditKey::from_bytes(&kept[..71]).is_err());
    assert!(AuditKey::from_bytes(&[0; 72]).is_err());
}

#[test]
fn the_key_is_for_root_and_for_nobody_else() {
    let world = World::new(1);
    let room = Room::new(&world);
    let mut key = AuditKey::empty();
    let taken = room.vault.take_audit_key(&caller(STRANGER), TakeAuditKey, &mut key);
    assert_eq!(taken.unwrap_err().code(), "AccessDeniedException");
    assert_eq!(key.expose(|bytes| *bytes), [0; 72]);
    let answer = room.vault.get_audit_head(&caller(STRANGER), GetAuditHead { nonce: [1; 16] });
    assert_eq!(answer.unwrap_err().code(), "AccessDeniedException");
    take(&room.vault).unwrap();
}

#[test]
fn a_key_that_could_not_be_recorded_is_not_handed_out() {
    let world = World::new(1);
    let room = Room::new(&world);
    world.storage.decide(&[CommitFate::Fails]);
    let mut key = AuditKey::empty();
    room.vault.take_audit_key(&root(), TakeAuditKey, &mut key).unwrap_err();
    assert_eq!(key.expose(|bytes| *bytes), [0; 72]);
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    take(&room.vault).unwrap();
}

#[test]
fn with_an_eraser_older_manifests_give_no_audit_key_either() {
    let world = World::new(1).with_cells();
    let room = Room::new(&world);
    let before = world.storage.image();
    take(&room.vault).unwrap();
    let cells = world.cells.contents();
    let older = World::new(2).with_cells().with_image(&before);
    older.cells.put_back(&cells);
    assert!(mount(&older).is_err());
}

#[test]
fn every_altered_byte_names_the_entry_and_nothing_before_it() {
    let world = World::new(1);
    let (_room, key) = with_history(&world);
    let log = world.log.entries();
    let mut altered = 0;
    for (sequence, entry) in &log {
        // Mount id, MAC and events; the sequence number is moved below.
        for position in 8..entry.len() {
            let mut changed = log.clone();
            changed.get_mut(sequence).unwrap()[position] ^= 1;
            let (entries, findings) = verify(&key, None, &changed);
            let expected = match sequence {
                // Its key fits nothing: it could be the end of an earlier log.
                0 => (0, vec![Finding::NothingFollows]),
                _ => (*sequence, vec![Finding::Altered { sequence: *sequence }]),
            };
            assert_eq!((entries, findings), expected, "entry {sequence}, byte {position}");
            altered += 1;
        }
    }
    println!("{altered} altered bytes, each named");
}

#[test]
fn what_is_cut_out_moved_or_put_twice_is_named() {
    let world = World::new(1);
    let (_room, key) = with_history(&world);
    let log = world.log.entries();
    let last = count(&log) - 1;
    for gone in 1..last {
        let mut cut = log.clone();
        cut.remove(&gone);
        let missing = Finding::Missing { from: gone, found: gone + 1, is_declared: false };
        assert_eq!(verify(&key, None, &cut), (gone, vec![missing]));

        let mut renumbered = log.clone();
        renumbered.get_mut(&gone).unwrap()[7] = u8::try_from(gone + 1).unwrap();
        assert_eq!(verify(&key, None, &renumbered).1, vec![missing]);

        let mut repeated = log.clone();
        let before = repeated[&(gone - 1)].clone();
        repeated.insert(gone, before);
        assert_eq!(verify(&key, None, &repeated), (gone, vec![Finding::Repeated { sequence: gone - 1 }]));

        let mut short = log.clone();
        short.get_mut(&gone).unwrap().truncate(50);
        assert_eq!(verify(&key, None, &short), (gone, vec![Finding::Malformed { expected: gone }]));
    }
    let mut far = log.clone();
    far.get_mut(&last).unwrap()[0] = 255;
    let found = last | 255 << 56;
    let missing = Finding::Missing { from: last, found, is_declared: false };
    assert_eq!(verify(&key, None, &far).1, vec![missing], "at once, whatever the number");
}

#[test]
fn an_end_that_was_cut_off_shows_only_against_an_answered_head() {
    let world = World::new(1);
    let (room, key) = with_history(&world);
    let answer = head(&room.vault, 7);
    let log = world.log.entries();
    assert_eq!(answer.next_sequence, count(&log) - 1, "the answer's own event comes behind");
    assert_eq!(verify(&key, Some((7, answer)), &log), (count(&log), vec![]));
    for left in 1..answer.next_sequence {
        let mut cut = log.clone();
        cut.retain(|sequence, _| *sequence < left);
        assert_eq!(verify(&key, None, &cut), (left, vec![]), "alone it looks whole");
        let truncated = Finding::Truncated { head: answer.next_sequence, found: left };
        assert_eq!(verify(&key, Some((7, answer)), &cut), (left, vec![truncated]));
    }
    // An answer to somebody else's nonce, or one that was altered, is none.
    let differs = vec![Finding::HeadDiffers { sequence: answer.next_sequence }];
    assert_eq!(verify(&key, Some((8, answer)), &log).1, differs);
    let older = AnsweredHead { revision: answer.revision - 1, ..answer };
    assert_eq!(verify(&key, Some((7, older)), &log).1, differs);
}

#[test]
fn two_lives_of_one_image_are_told_apart_by_the_answered_head() {
    let world = World::new(1);
    let (room, key) = with_history(&world);
    room.vault.close().unwrap();
    let (image, log) = (world.storage.image(), world.log.entries());
    let vault = mount(&world).unwrap();
    decrypt(&vault, &room.ciphertext).unwrap();
    vault.close().unwrap();
    let one = world.log.entries();

    world.storage.put_back(&image);
    world.log.put_back(log.clone());
    let vault = mount(&world).unwrap();
    decrypt(&vault, &room.ciphertext).unwrap();
    let answer = head(&vault, 3);
    // Each by itself is a log as a vault writes it; the same number under two mounts is the fork.
    assert_eq!(verify(&key, None, &one).1, vec![]);
    assert_eq!(verify(&key, Some((3, answer)), &world.log.entries()).1, vec![]);
    let fork = count(&log);
    let mount_of = |log: &Log| Entry::read(&log[&fork]).unwrap().mount_id;
    assert_ne!(mount_of(&one), mount_of(&world.log.entries()));
    assert_eq!(answer.next_sequence, count(&one) - 1);
    assert_eq!(
        verify(&key, Some((3, answer)), &one).1,
        vec![Finding::HeadDiffers { sequence: answer.next_sequence }]
    );
}

#[test]
fn a_log_that_the_vault_found_truncated_can_be_followed_from_its_new_segment_on() {
    let world = World::new(1);
    let (room, key) = with_history(&world);
    room.vault.close().unwrap();
    let mut log = world.log.entries();
    let whole = count(&log);
    log.pop_last();
    log.pop_last();
    world.log.put_back(log);
    let vault = mount(&world).unwrap();
    decrypt(&vault, &room.ciphertext).unwrap();
    let log = world.log.entries();
    let declared = Finding::Missing { from: whole - 2, found: whole, is_declared: true };
    assert_eq!(verify(&key, None, &log), (count(&log), vec![declared]));
    // A second opening before the segment's head was committed.
    world.cut_power();
    let vault = mount(&world).unwrap();
    decrypt(&vault, &room.ciphertext).unwrap();
    let log = world.log.entries();
    let (entries, findings) = verify(&key, None, &log);
    assert_eq!((entries, findings[0]), (count(&log), declared));
}

#[test]
fn another_log_has_a_key_of_its_own_and_the_older_key_follows_it_too() {
    let world = World::new(1);
    let (room, old) = with_history(&world);
    room.vault.start_audit_log(&root(), StartAuditLog).unwrap();
    let before = count(&world.log.entries());
    let new = take(&room.vault).unwrap();
    decrypt(&room.vault, &room.ciphertext).unwrap();
    room.vault.close().unwrap();
    room.vault.mount(&mut secret_of(SECRET)).unwrap();
    let log = world.log.entries();
    assert_eq!(verify(&new, None, &log), (count(&log) - before, vec![]));
    assert_eq!(verify(&old, None, &log), (count(&log), vec![]));
    // The new key says nothing of what was before.
    let mut altered = log.clone();
    altered.get_mut(&2).unwrap()[70] ^= 1;
    assert_eq!(verify(&new, None, &altered).1, vec![]);
    assert_eq!(verify(&old, None, &altered).1, vec![Finding::Altered { sequence: 2 }]);
    // A beginning that is not there: the key fits nothing.
    let mut headless = log;
    headless.remove(&before);
    assert_eq!(verify(&new, None, &headless), (0, vec![Finding::NothingFollows]));
}
