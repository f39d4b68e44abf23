//! What is left of a destroyed key: nothing, whatever the power did meanwhile.

use strongroom_core::audit::RecordedEvent;
use strongroom_core::error::{Part, Reason, StorageError};
use strongroom_core::key::{KeyId, KeyState};
use strongroom_core::operation::{CreateGrant, RetireGrant, RetiredGrant};
use strongroom_core::policy::Action;
use strongroom_core::{Destruction, Error, Vault};

use super::{DAY, HOUR, START, with_doomed_key, world};
use crate::world::{
    CommitFate, Image, Lie, SECRET, World, cancel_deletion, confirm_deletion, create, create_key, decrypt,
    describe, enable, encrypt, list, mount, root, rotate, schedule_deletion, secret_of,
};

const RETIRING: &str = "arn:aws:iam::000000000000:user/retiring";
const GONE: Error = Error::AccessDenied(Reason::NoSuchKey);

fn grant(vault: &Vault<&World>, key: KeyId, number: usize) {
    let grantee = format!("arn:aws:iam::000000000000:user/grantee-{number}");
    let id = key.to_string();
    let request = CreateGrant {
        retiring_principal: Some(RETIRING),
        ..CreateGrant::new(&id, &grantee, &[Action::Decrypt])
    };
    vault.create_grant(&root(), request).unwrap();
}

/// A key with versions and grants, of which each has a ciphertext, whose date has come.
fn ripe(world: &World, versions: usize, grants: usize) -> (Vault<&World>, KeyId, Vec<Vec<u8>>) {
    let vault = create(world);
    let key = create_key(&vault);
    let mut ciphertexts = vec![encrypt(&vault, key, b"v1").unwrap()];
    for _ in 1..versions {
        rotate(&vault, key).unwrap();
        ciphertexts.push(encrypt(&vault, key, b"later").unwrap());
    }
    (0..grants).for_each(|number| grant(&vault, key, number));
    schedule_deletion(&vault, key, 7).unwrap();
    world.clock.advance_ms(7 * DAY + HOUR);
    assert!(describe(&vault, key).unwrap().deletion.unwrap().destroy_at_observed_ms.is_some());
    (vault, key, ciphertexts)
}

/// How many blobs there are besides the second copies.
fn blobs(world: &World) -> usize {
    world.storage.image().blobs.len()
}

fn tick_to_the_end(vault: &Vault<&World>) -> u32 {
    let mut settled = 0;
    loop {
        let ticked = vault.tick(8).unwrap();
        assert_eq!(ticked.failed, 0);
        settled += ticked.settled;
        if !ticked.is_more_due {
            return settled;
        }
    }
}

#[test]
fn a_destroyed_key_leaves_no_record_behind() {
    let world = world(1);
    let vault = create(&world);
    let before = blobs(&world);
    let key = create_key(&vault);
    (0..3).for_each(|number| grant(&vault, key, number));
    rotate(&vault, key).unwrap();
    let ciphertext = encrypt(&vault, key, b"gone").unwrap();
    schedule_deletion(&vault, key, 7).unwrap();
    world.clock.advance_ms(7 * DAY + HOUR);
    assert_eq!(confirm_deletion(&vault, key), Ok(Destruction::Unlinked));
    assert_eq!(describe(&vault, key), Err(Error::NotFound));
    assert_eq!(decrypt(&vault, &ciphertext), Err(GONE));
    assert_eq!(cancel_deletion(&vault, key), Err(Error::NotFound));
    assert_eq!(confirm_deletion(&vault, key), Err(Error::NotFound));
    assert_eq!(list(&vault, 10).unwrap(), []);
    world.clock.advance_ms(DAY);
    assert_eq!(tick_to_the_end(&vault), 0, "nothing is left to do, and the entry goes");
    assert_eq!(blobs(&world), before);
    let whole = vault.verify().unwrap();
    assert_eq!((whole.records, whole.damaged, whole.damaged_copies), (0, 0, 0));
}

#[test]
fn a_tick_finds_a_key_due_and_destroys_it_a_day_of_observed_time_later() {
    let world = world(1);
    let (vault, key) = with_doomed_key(&world);
    assert_eq!(tick_to_the_end(&vault), 0);
    world.clock.advance_ms(7 * DAY - HOUR);
    assert_eq!(tick_to_the_end(&vault), 0);
    world.clock.advance_ms(2 * HOUR);
    assert_eq!(tick_to_the_end(&vault), 1, "it is found due");
    world.clock.advance_ms(24 * HOUR - 1);
    assert_eq!(tick_to_the_end(&vault), 0);
    assert_eq!(describe(&vault, key).unwrap().state, KeyState::PendingDeletion);
    world.clock.advance_ms(1);
    assert_eq!(tick_to_the_end(&vault), 1);
    assert_eq!(describe(&vault, key), Err(Error::NotFound));
}

#[test]
fn a_key_with_more_than_one_commit_holds_goes_whole() {
    let world = world(1);
    let (vault, key, ciphertexts) = ripe(&world, 40, 40);
    let start = world.storage.image().revision;
    assert_eq!(confirm_deletion(&vault, key), Ok(Destruction::Unlinked));
    assert!(world.storage.image().revision - start > 4, "that took several commits");
    assert!(ciphertexts.iter().all(|ciphertext| decrypt(&vault, ciphertext) == Err(GONE)));
    world.clock.advance_ms(DAY);
    assert_eq!(tick_to_the_end(&vault), 0);
    assert_eq!(vault.verify().unwrap().records, 0);
}

#[test]
fn a_power_cut_at_any_commit_of_a_destruction_ends_with_the_mount_that_finishes_it() {
    let mut cuts = 0;
    for fate in [CommitFate::Fails, CommitFate::LandsAndFails] {
        for landing in 0.. {
            let world = world(1);
            let (vault, key, ciphertexts) = ripe(&world, 20, 12);
            world.storage.decide_after(landing, &[fate]);
            if confirm_deletion(&vault, key).is_ok() {
                break;
            }
            cuts += 1;
            world.cut_power();
            let vault = mount(&world).unwrap();
            let is_confirmed = landing > 0 || fate == CommitFate::LandsAndFails;
            match describe(&vault, key) {
                Err(Error::NotFound) => assert!(is_confirmed, "there is no way back, and the mount went on"),
                Ok(facts) => {
                    assert_eq!(facts.state, KeyState::PendingDeletion);
                    assert!(decrypt(&vault, &ciphertexts[0]).is_err() && enable(&vault, key).is_err());
                    assert!(!is_confirmed && !facts.deletion.unwrap().has_begun());
                    cancel_deletion(&vault, key).unwrap();
                    enable(&vault, key).unwrap();
                    assert!(ciphertexts.iter().all(|ciphertext| decrypt(&vault, ciphertext).is_ok()));
                    continue;
                }
                other => panic!("{other:?}"),
            }
            world.clock.advance_ms(2 * DAY);
            tick_to_the_end(&vault);
            assert_eq!(vault.verify().unwrap().records, 0, "cut at {landing}");
        }
    }
    assert!(cuts >= 6, "only {cuts} commits");
}

#[test]
fn a_key_whose_destruction_a_tick_has_begun_cannot_be_saved_any_more() {
    let world = world(1);
    let (vault, key, ciphertexts) = ripe(&world, 20, 12);
    world.clock.advance_ms(DAY);
    let start = world.storage.image().revision;
    while world.storage.image().revision == start {
        assert!(!describe(&vault, key).unwrap().deletion.unwrap().has_begun());
        vault.tick(1).unwrap();
    }
    assert!(describe(&vault, key).unwrap().deletion.unwrap().has_begun());
    assert!(cancel_deletion(&vault, key).is_err() && decrypt(&vault, &ciphertexts[0]).is_err());
    tick_to_the_end(&vault);
    assert_eq!(describe(&vault, key), Err(Error::NotFound));
}

/// How many ticks of one step do nothing before one begins the destruction of a key with much to it.
fn ticks_before_the_beginning() -> u32 {
    let world = world(1);
    let (vault, _, _) = ripe(&world, 20, 12);
    world.clock.advance_ms(DAY);
    let start = world.storage.image().revision;
    for ticks in 0.. {
        vault.tick(1).unwrap();
        if world.storage.image().revision != start {
            return ticks;
        }
    }
    unreachable!("it begins some time")
}

#[test]
fn a_tick_that_could_not_read_what_it_needs_has_begun_no_destruction_nor_logged_one() {
    let ticks = ticks_before_the_beginning();
    let mut failed = 0;
    for skipped in 0..100 {
        let world = world(1);
        let (vault, key, _) = ripe(&world, 20, 12);
        world.clock.advance_ms(DAY);
        for _ in 0..ticks {
            vault.tick(1).unwrap();
        }
        let revision = world.storage.image().revision;
        // One copy alone would not be missed.
        (skipped..skipped + 2).for_each(|read| world.storage.lie_at(read, Lie::Fails(StorageError::Medium)));
        let ticked = vault.tick(1);
        world.storage.stop_lying();
        if ticked.is_ok_and(|ticked| ticked.failed == 0) {
            assert_ne!(world.storage.image().revision, revision);
            continue;
        }
        failed += 1;
        assert_eq!(world.storage.image().revision, revision, "read {skipped}");
        // The next change has everything written that is waiting.
        create_key(&vault);
        let logged = world.log.events();
        let is_of_the_end = |event: &Vec<u8>| RecordedEvent::read(event).unwrap().action == Action::DeleteKey;
        assert!(!logged.iter().any(is_of_the_end), "read {skipped} failed");
        assert!(!describe(&vault, key).unwrap().deletion.unwrap().has_begun());
    }
    assert!(failed >= 20, "{failed} reads");
}

/// The image beside these cells, in a world of its own.
fn beside(image: &Image, cells: &[[u8; 108]; 2]) -> Result<(), Error> {
    let world = World::new(9).with_image(image).with_cells();
    world.cells.put_back(cells);
    mount(&world).map(|_| ())
}

#[test]
fn with_an_eraser_no_image_from_before_a_destruction_opens_any_more() {
    let world = world(1).with_cells();
    let (vault, key, _) = ripe(&world, 20, 12);
    let (old, old_cells) = (world.storage.image(), world.cells.contents());
    assert_eq!(beside(&old, &old_cells), Ok(()), "the cells of its own time open it");
    assert_eq!(confirm_deletion(&vault, key), Ok(Destruction::Erased));
    let cells = world.cells.contents();
    let now = world.storage.image();
    let history = world.storage.history();
    assert!(history.len() > 30);
    for image in history.iter().filter(|image| image.revision < now.revision) {
        assert_eq!(beside(image, &cells), Err(Error::Damaged(Part::Manifest)), "{}", image.revision);
    }
    assert_eq!(beside(&now, &cells), Ok(()));
    assert!(cells.contains(&[0xff; 108]), "the old cell is erased");
}

#[test]
fn a_power_cut_at_any_access_to_the_cells_of_a_destruction_ends_with_the_key_gone_or_on_its_way_out() {
    let mut cuts = 0;
    for accesses in 0.. {
        let world = world(1).with_cells();
        let (vault, key, _) = ripe(&world, 2, 1);
        let other = create_key(&vault);
        world.cells.fail_after(accesses);
        let done = confirm_deletion(&vault, key);
        world.cells.fail_after(u32::MAX);
        if done.is_ok() {
            break;
        }
        assert_eq!(done, Err(Error::Anchor));
        assert_eq!(describe(&vault, other), Err(Error::SessionEnded), "nothing is answered");
        cuts += 1;
        world.cut_power();
        vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(describe(&vault, key), Err(Error::NotFound));
        assert_eq!(describe(&vault, other).unwrap().state, KeyState::Enabled);
        assert!(world.cells.contents().contains(&[0xff; 108]));
    }
    assert!(cuts >= 4, "only {cuts} accesses");
}

#[test]
fn a_damaged_version_does_not_save_a_key() {
    let world = world(1);
    let (vault, key, _) = ripe(&world, 3, 0);
    // Every blob in turn, except those without which the vault or the key record is lost.
    let image = world.storage.image();
    for address in image.blobs.keys().filter(|address| address.0[23] > 3 && address.0[23] <= 48) {
        world.storage.put_back(&image);
        world.storage.alter(|blobs| drop(blobs.remove(address)));
        world.cut_power();
        vault.mount(&mut secret_of(SECRET)).unwrap();
        world.cool();
        if describe(&vault, key).is_ok() {
            assert_eq!(confirm_deletion(&vault, key), Ok(Destruction::Unlinked), "{address:?}");
            assert_eq!(describe(&vault, key), Err(Error::NotFound));
        }
    }
}

#[test]
fn a_grant_of_a_destroyed_key_is_gone() {
    let world = world(1);
    let (vault, key, _) = ripe(&world, 1, 1);
    let id = key.to_string();
    confirm_deletion(&vault, key).unwrap();
    let grant = RetiredGrant::Id { key_id: &id, grant_id: &"0".repeat(64) };
    assert!(vault.retire_grant(&root(), RetireGrant { grant, dry_run: false }).is_err());
    assert_eq!(START % DAY, 0);
}

#[test]
fn the_log_names_each_step_of_an_end() {
    let world = world(1);
    let (vault, key) = with_doomed_key(&world);
    world.clock.advance_ms(7 * DAY + HOUR);
    tick_to_the_end(&vault);
    world.log.last(|event| assert_eq!((event.action, event.principal), (Action::DeletionDue, "vault")));
    world.clock.advance_ms(DAY);
    tick_to_the_end(&vault);
    world.log.last(|event| {
        assert_eq!((event.action, event.principal), (Action::DeleteKey, "vault"));
        assert_eq!(event.key.unwrap().key_id, key);
    });
}

/// A key whose destruction has begun and was cut off half-way, beside another one.
fn half_gone(world: &World) -> (KeyId, KeyId) {
    let (vault, key, _) = ripe(world, 20, 12);
    let other = create_key(&vault);
    world.storage.decide_after(2, &[CommitFate::Fails]);
    assert!(confirm_deletion(&vault, key).is_err());
    world.cut_power();
    (key, other)
}

/// Nothing is left of the one, and the other is as it was.
fn check_gone(world: &World, vault: &Vault<&World>, key: KeyId, other: KeyId) {
    assert_eq!(describe(vault, key), Err(Error::NotFound));
    assert_eq!(describe(vault, other).unwrap().state, KeyState::Enabled);
    world.clock.advance_ms(2 * DAY);
    tick_to_the_end(vault);
    assert_eq!(vault.verify().unwrap().records, 2, "the other key and its version");
}

#[test]
fn a_mount_carries_a_begun_destruction_to_its_end_whatever_the_power_does_meanwhile() {
    let mut cuts = 0;
    for (has_cells, fate) in [
        (false, CommitFate::Fails),
        (false, CommitFate::LandsAndFails),
        (true, CommitFate::Fails),
        (true, CommitFate::LandsAndFails),
    ] {
        for landing in 0.. {
            let world = if has_cells { world(1).with_cells() } else { world(1) };
            let (key, other) = half_gone(&world);
            world.storage.decide_after(landing, &[fate]);
            let mounted = mount(&world);
            world.storage.decide_no_more();
            match mounted {
                Ok(vault) => {
                    check_gone(&world, &vault, key, other);
                    break;
                }
                Err(error) => assert!(matches!(error, Error::Storage(_)), "{error}"),
            }
            cuts += 1;
            assert_eq!(describe(&Vault::new(&world), other), Err(Error::Locked), "nothing is answered");
            world.cut_power();
            check_gone(&world, &mount(&world).unwrap(), key, other);
        }
    }
    assert!(cuts >= 12, "only {cuts} commits");
}

#[test]
fn a_power_cut_at_any_access_to_the_cells_of_such_a_mount_ends_the_same() {
    let mut cuts = 0;
    for accesses in 0.. {
        let world = world(1).with_cells();
        let (key, other) = half_gone(&world);
        world.cells.fail_after(accesses);
        let mounted = mount(&world).map(drop);
        world.cells.fail_after(u32::MAX);
        if mounted.is_ok() {
            break;
        }
        cuts += 1;
        world.cut_power();
        check_gone(&world, &mount(&world).unwrap(), key, other);
        assert!(world.cells.contents().contains(&[0xff; 108]));
    }
    assert!(cuts >= 8, "only {cuts} accesses");
}

#[test]
fn once_all_has_come_to_its_end_a_mount_looks_no_further_than_it_has_to() {
    let world = world(1);
    let (key, other) = half_gone(&world);
    let vault = mount(&world).unwrap();
    check_gone(&world, &vault, key, other);
    vault.close().unwrap();
    let reads = |vault: &Vault<&World>| {
        let before = world.storage.reads();
        vault.mount(&mut secret_of(SECRET)).unwrap();
        let reads = world.storage.reads() - before;
        vault.close().unwrap();
        reads
    };
    let (first, second) = (reads(&vault), reads(&vault));
    assert_eq!(first, second);
    assert!(second < 30, "{second} reads");
}
