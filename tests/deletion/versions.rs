//! The end of one version, while its key goes on.

use strongroom_core::error::{Parameter, Reason, StateConflict};
use strongroom_core::key::{KeyFacts, KeyId, KeyState};
use strongroom_core::operation::{
    CancelKeyVersionDestruction, ConfirmKeyVersionDestruction, ScheduleKeyVersionDestruction,
};
use strongroom_core::policy::Action;
use strongroom_core::{Destruction, Error, Vault};

use super::{DAY, HOUR, world};
use crate::world::{World, create, create_key, decrypt, describe, encrypt, mount, root, rotate};

const VERSION: Error = Error::InvalidState(StateConflict::Version);
const REVOKED: Error = Error::InvalidCiphertext(Reason::RevokedVersion);
const DESTROYED: Error = Error::InvalidCiphertext(Reason::DestroyedVersion);

/// A key with two versions, and a ciphertext of each.
fn two_versions(world: &World) -> (Vault<&World>, KeyId, [Vec<u8>; 2]) {
    let vault = create(world);
    let key = create_key(&vault);
    let old = encrypt(&vault, key, b"old").unwrap();
    rotate(&vault, key).unwrap();
    let new = encrypt(&vault, key, b"new").unwrap();
    (vault, key, [old, new])
}

fn schedule(vault: &Vault<&World>, key: KeyId, version: u32, days: u16) -> Result<KeyFacts, Error> {
    let key_id = &key.to_string();
    let request = ScheduleKeyVersionDestruction { key_id, version, pending_window_in_days: days };
    vault.schedule_key_version_destruction(&root(), request)
}

fn cancel(vault: &Vault<&World>, key: KeyId, version: u32) -> Result<KeyFacts, Error> {
    let key_id = &key.to_string();
    vault.cancel_key_version_destruction(&root(), CancelKeyVersionDestruction { key_id, version })
}

fn confirm(vault: &Vault<&World>, key: KeyId, version: u32) -> Result<Destruction, Error> {
    let key_id = &key.to_string();
    vault.confirm_key_version_destruction(&root(), ConfirmKeyVersionDestruction { key_id, version })
}

#[test]
fn a_version_is_of_no_use_from_the_moment_its_destruction_is_scheduled_and_the_key_goes_on() {
    let world = world(1);
    let (vault, key, [old, new]) = two_versions(&world);
    schedule(&vault, key, 1, 7).unwrap();
    assert_eq!(decrypt(&vault, &old), Err(REVOKED));
    assert_eq!(decrypt(&vault, &new).unwrap(), b"new");
    cancel(&vault, key, 1).unwrap();
    assert_eq!(decrypt(&vault, &old), Err(REVOKED), "it is revoked now");
    assert_eq!(cancel(&vault, key, 1), Err(VERSION));
    assert_eq!(describe(&vault, key).unwrap().state, KeyState::Enabled);
}

#[test]
fn a_tick_destroys_a_version_when_its_time_has_come_and_leaves_a_tombstone() {
    let world = world(1);
    let (vault, key, [old, new]) = two_versions(&world);
    schedule(&vault, key, 1, 7).unwrap();
    world.clock.advance_ms(7 * DAY + HOUR);
    assert_eq!(vault.tick(100).unwrap().settled, 1);
    assert_eq!(decrypt(&vault, &old), Err(REVOKED), "found due, and nothing more");
    world.clock.advance_ms(DAY - 1);
    assert_eq!(vault.tick(100).unwrap().settled, 0);
    world.clock.advance_ms(1);
    assert_eq!(vault.tick(100).unwrap().settled, 1);
    world.log.last(|event| {
        assert_eq!((event.action, event.principal), (Action::DestroyKeyVersion, "vault"));
        assert_eq!(event.key.unwrap().version, 1);
    });
    assert_eq!(decrypt(&vault, &old), Err(DESTROYED));
    assert_eq!(decrypt(&vault, &new).unwrap(), b"new");
    assert_eq!(schedule(&vault, key, 1, 7), Err(VERSION));
    assert_eq!(cancel(&vault, key, 1), Err(VERSION));
    assert_eq!(vault.tick(100).unwrap().settled, 0);
}

#[test]
fn a_confirmation_destroys_a_version_that_is_due_and_no_other() {
    let world = world(1).with_cells();
    let (vault, key, [old, _]) = two_versions(&world);
    assert_eq!(confirm(&vault, key, 1), Err(VERSION));
    schedule(&vault, key, 1, 7).unwrap();
    assert_eq!(confirm(&vault, key, 1), Err(Error::InvalidState(StateConflict::NotDue)));
    world.clock.advance_ms(7 * DAY);
    let (image, cells) = (world.storage.image(), world.cells.contents());
    assert_eq!(confirm(&vault, key, 1), Ok(Destruction::Erased));
    assert_eq!(decrypt(&vault, &old), Err(DESTROYED));
    // The image from before it, and what is left of its cells.
    let past = World::new(9).with_image(&image).with_cells();
    past.cells.put_back(&world.cells.contents());
    assert!(mount(&past).is_err());
    past.cells.put_back(&cells);
    assert!(mount(&past).is_ok(), "the control: with its cells it opens");
}

#[test]
fn the_current_version_and_versions_that_are_not_there_cannot_be_destroyed() {
    let world = world(1);
    let (vault, key, [_, new]) = two_versions(&world);
    assert_eq!(schedule(&vault, key, 2, 7), Err(VERSION));
    for version in [0, 3, u32::MAX] {
        assert_eq!(schedule(&vault, key, version, 7), Err(Error::Validation(Parameter::Version)));
    }
    for days in [6, 31] {
        assert_eq!(schedule(&vault, key, 1, days), Err(Error::Validation(Parameter::PendingWindow)));
    }
    assert_eq!(decrypt(&vault, &new).unwrap(), b"new");
}
