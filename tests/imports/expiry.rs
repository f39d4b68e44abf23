//! Material that expires.

use strongroom_core::Error;
use strongroom_core::error::{Parameter, StateConflict};
use strongroom_core::key::{KeyId, KeyState};
use strongroom_core::operation::{
    ConfirmKeyVersionDestruction, Encrypt, ExpirationModel, ImportKeyMaterial, ImportType,
    ScheduleKeyVersionDestruction,
};
use strongroom_core::policy::Action;

use super::{DAY, Dock, FIRST, HOUR, NOW, SECOND};
use crate::repair::flip;
use crate::world::{
    World, confirm_deletion, decrypt, describe, encrypt, import_token, import_with, mount, root, rotate,
    schedule_deletion,
};

fn until(valid_to_ms: u64) -> impl Fn(&mut ImportKeyMaterial<'_>) {
    move |request| {
        request.expiration_model = None;
        request.valid_to_ms = Some(valid_to_ms);
    }
}

#[test]
fn expired_material_is_gone_until_it_is_imported_again() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let facts = dock.import_with(&FIRST, until(NOW + 10 * DAY)).unwrap().facts;
    assert_eq!(facts.expires_ms, Some(NOW + 10 * DAY));
    let ciphertext = dock.encrypt().unwrap();
    world.clock.advance_ms(9 * DAY);
    assert!(dock.opens(&ciphertext));
    world.clock.advance_ms(DAY + HOUR);
    assert_eq!(dock.encrypt(), Err(Error::InvalidState(StateConflict::PendingImport)));
    let events = world.log.events();
    let dropped = strongroom_core::audit::RecordedEvent::read(&events[events.len() - 2]).unwrap();
    assert_eq!((dropped.action, dropped.principal), (Action::DeleteExpiredKeyMaterial, "vault"));
    assert_eq!(dropped.key.map(|key| (key.key_id, key.version)), Some((dock.key, 1)));
    let facts = dock.facts();
    assert_eq!((facts.state, facts.missing_materials, facts.expires_ms), (KeyState::PendingImport, 1, None));
    assert!(!dock.opens(&ciphertext));
    assert_eq!(dock.import(&SECOND), Err(Error::IncorrectKeyMaterial));
    assert_eq!(dock.import(&FIRST).unwrap().facts.expires_ms, None);
    assert!(dock.opens(&ciphertext));
    world.clock.advance_ms(400 * DAY);
    assert!(dock.opens(&ciphertext), "it does not expire any more");
}

#[test]
fn the_first_of_several_materials_to_expire_stops_the_key() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    dock.import_with(&FIRST, until(NOW + 20 * DAY)).unwrap();
    let new = |request: &mut ImportKeyMaterial<'_>| {
        until(NOW + 10 * DAY)(request);
        request.import_type = Some(ImportType::NewKeyMaterial);
    };
    dock.import_with(&SECOND, new).unwrap();
    rotate(&dock.vault, dock.key).unwrap();
    assert_eq!(dock.facts().expires_ms, Some(NOW + 10 * DAY));
    let ciphertext = dock.encrypt().unwrap();
    world.clock.advance_ms(11 * DAY);
    assert!(!dock.opens(&ciphertext));
    assert_eq!((dock.facts().missing_materials, dock.facts().expires_ms), (1, Some(NOW + 20 * DAY)));
    world.clock.advance_ms(10 * DAY);
    assert!(!dock.opens(&ciphertext));
    assert_eq!((dock.facts().missing_materials, dock.facts().expires_ms), (2, None));
}

#[test]
fn many_materials_expire_at_once() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    for version in 1..=12u8 {
        dock.import_with(&[version; 32], |request| {
            until(NOW + 10 * DAY)(request);
            request.import_type = Some(ImportType::NewKeyMaterial);
        })
        .unwrap();
        if version > 1 {
            rotate(&dock.vault, dock.key).unwrap();
        }
    }
    world.clock.advance_ms(11 * DAY);
    assert_eq!(dock.encrypt(), Err(Error::InvalidState(StateConflict::PendingImport)));
    assert_eq!(dock.facts().missing_materials, 12);
}

#[test]
fn material_that_waits_expires_without_harm() {
    let world = World::new(1);
    let dock = Dock::filled(&world);
    let before = dock.facts();
    dock.import_with(&SECOND, |request| {
        until(NOW + 10 * DAY)(request);
        request.import_type = Some(ImportType::NewKeyMaterial);
    })
    .unwrap();
    world.clock.advance_ms(11 * DAY);
    assert!(dock.encrypt().is_ok());
    assert_eq!(dock.facts(), before);
}

#[test]
fn the_date_of_a_version_goes_with_it_when_it_is_destroyed() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    dock.import_with(&FIRST, until(NOW + 30 * DAY)).unwrap();
    dock.import_new(&SECOND).unwrap();
    rotate(&dock.vault, dock.key).unwrap();
    let ciphertext = dock.encrypt().unwrap();
    let (key_id, version) = (dock.id.as_str(), 1);
    let request = ScheduleKeyVersionDestruction { key_id, version, pending_window_in_days: 7 };
    dock.vault.schedule_key_version_destruction(&root(), request).unwrap();
    assert_eq!(dock.facts().expires_ms, Some(NOW + 30 * DAY), "it can be kept still");
    world.clock.advance_ms(8 * DAY);
    let request = ConfirmKeyVersionDestruction { key_id, version };
    dock.vault.confirm_key_version_destruction(&root(), request).unwrap();
    assert_eq!(dock.facts().expires_ms, None);
    world.clock.advance_ms(23 * DAY);
    assert!(dock.opens(&ciphertext));
    assert_eq!(dock.facts().state, KeyState::Enabled);
}

/// A vault whose key has two versions, the given one of which does not expire, and a ciphertext of the first.
fn two_materials(world: &World, lasting: u32) -> (KeyId, Vec<u8>) {
    let dock = Dock::new(world);
    let import_one = |version: u32, material: &[u8; 32]| {
        dock.import_with(material, |request| {
            if version != lasting {
                until(NOW + 30 * DAY)(request);
            }
            if version > 1 {
                request.import_type = Some(ImportType::NewKeyMaterial);
            }
        })
        .unwrap();
    };
    import_one(1, &FIRST);
    let ciphertext = dock.encrypt().unwrap();
    import_one(2, &SECOND);
    rotate(&dock.vault, dock.key).unwrap();
    dock.vault.close().unwrap();
    (dock.key, ciphertext)
}

#[test]
fn a_key_comes_to_its_end_although_a_record_of_its_expiring_versions_is_damaged() {
    for lasting in [1, 2] {
        let world = World::new(1);
        let (key, _) = two_materials(&world, lasting);
        let image = world.storage.image();
        let mut ended = 0;
        for address in image.blobs.keys() {
            world.cut_power();
            world.clock.set_wall_ms(Some(NOW));
            world.storage.put_back(&image);
            world.storage.alter(|blobs| flip(blobs, address));
            let Ok(vault) = mount(&world) else { continue };
            // Time passes for a vault while it is open.
            world.clock.advance_ms(31 * DAY);
            match schedule_deletion(&vault, key, 7) {
                Ok(facts) => {
                    assert_eq!(facts.state, KeyState::PendingDeletion, "{address:?}");
                    assert!(describe(&vault, key).is_ok(), "{address:?}");
                    world.clock.advance_ms(8 * DAY);
                    vault.tick(64).unwrap();
                    assert!(confirm_deletion(&vault, key).is_ok(), "{address:?}");
                    ended += 1;
                }
                // Its own record is the damaged one.
                answer => assert!(matches!(answer, Err(Error::Damaged(_))), "{address:?}: {answer:?}"),
            }
        }
        assert_eq!(ended, image.blobs.len() - 2, "all but the key record and the node that it hangs from");
    }
}

#[test]
fn material_does_not_outlive_its_date_although_somebody_hides_a_record_meanwhile() {
    for lasting in [0, 2] {
        let world = World::new(1);
        let (key, ciphertext) = two_materials(&world, lasting);
        let image = world.storage.image();
        for (address, original) in &image.blobs {
            world.cut_power();
            world.clock.set_wall_ms(Some(NOW));
            world.storage.put_back(&image);
            world.storage.alter(|blobs| flip(blobs, address));
            let Ok(vault) = mount(&world) else { continue };
            world.clock.advance_ms(31 * DAY);
            // It may meet the damage.
            let _ = vault.tick(64);
            assert!(decrypt(&vault, &ciphertext).is_err(), "{address:?}");
            let _ = encrypt(&vault, key, b"text");
            world.cool();
            world.storage.alter(|blobs| drop(blobs.insert(*address, original.clone())));
            assert!(decrypt(&vault, &ciphertext).is_err(), "{address:?}");
        }
    }
}

#[test]
fn a_date_stays_with_the_key_while_a_record_that_may_have_it_is_hidden() {
    let world = World::new(1);
    let (key, ciphertext) = two_materials(&world, 0);
    let vault = mount(&world).unwrap();
    // A third version, which lasts; the second one is on its way out.
    let token = import_token(&vault, key).unwrap();
    import_with(&vault, key, &token, &[0x33; 32], Some(ImportType::NewKeyMaterial)).unwrap();
    rotate(&vault, key).unwrap();
    let id = key.to_string();
    let request = ScheduleKeyVersionDestruction { key_id: &id, version: 2, pending_window_in_days: 7 };
    vault.schedule_key_version_destruction(&root(), request).unwrap();
    world.clock.advance_ms(8 * DAY);
    vault.close().unwrap();
    let image = world.storage.image();
    let mut refused = 0;
    for (address, original) in &image.blobs {
        world.cut_power();
        world.clock.set_wall_ms(Some(NOW + 8 * DAY));
        world.storage.put_back(&image);
        world.storage.alter(|blobs| flip(blobs, address));
        let Ok(vault) = mount(&world) else { continue };
        let request = ConfirmKeyVersionDestruction { key_id: &id, version: 2 };
        let _ = vault.confirm_key_version_destruction(&root(), request);
        if !world.storage.image().blobs.contains_key(address) {
            continue;
        }
        world.storage.alter(|blobs| drop(blobs.insert(*address, original.clone())));
        world.cool();
        world.clock.advance_ms(30 * DAY);
        assert!(decrypt(&vault, &ciphertext).is_err(), "{address:?}");
        refused += 1;
    }
    assert!(refused > 5, "{refused}");
}

#[test]
fn importing_again_changes_the_date() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    dock.import_with(&FIRST, until(NOW + 10 * DAY)).unwrap();
    let facts = dock.import_with(&FIRST, until(NOW + 30 * DAY)).unwrap().facts;
    assert_eq!((facts.expires_ms, facts.missing_materials), (Some(NOW + 30 * DAY), 0));
    world.clock.advance_ms(20 * DAY);
    assert!(dock.encrypt().is_ok());
}

#[test]
fn a_date_is_ahead_by_a_year_at_most_and_there_where_it_must_be() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let refused = Err(Error::Validation(Parameter::ValidTo));
    for valid_to_ms in [0, NOW, NOW + 365 * DAY + 1, u64::MAX] {
        assert_eq!(dock.import_with(&FIRST, until(valid_to_ms)), refused, "{valid_to_ms}");
    }
    assert_eq!(dock.import_with(&FIRST, |request| request.expiration_model = None), refused);
    assert_eq!(dock.import_with(&FIRST, |request| request.valid_to_ms = Some(NOW + DAY)), refused);
    let expires = Some(ExpirationModel::KeyMaterialExpires);
    assert_eq!(dock.import_with(&FIRST, |request| request.expiration_model = expires), refused);
    assert_eq!(dock.facts().state, KeyState::PendingImport);
    assert!(dock.import_with(&FIRST, until(NOW + 365 * DAY)).is_ok());
    assert!(dock.import_with(&FIRST, until(NOW + 1)).is_ok());
}

#[test]
fn a_false_clock_does_not_expire_material() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    dock.import_with(&FIRST, until(NOW + 10 * DAY)).unwrap();
    world.clock.set_wall_ms(Some(NOW + 100 * DAY));
    assert!(dock.encrypt().is_ok());
    world.cut_power();
    let dock = Dock { vault: mount(&world).unwrap(), ..dock };
    assert!(dock.encrypt().is_ok(), "a mount adds a day at most");
}

#[test]
fn a_tick_takes_expired_material_out_though_nobody_asks_for_the_key() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    dock.import_with(&FIRST, until(NOW + 10 * DAY)).unwrap();
    let tick = || {
        let mut settled = 0;
        loop {
            let ticked = dock.vault.tick(8).unwrap();
            assert_eq!(ticked.failed, 0);
            settled += ticked.settled;
            if !ticked.is_more_due {
                return settled;
            }
        }
    };
    world.clock.advance_ms(10 * DAY - HOUR);
    assert_eq!(tick(), 0);
    let events = world.log.events().len();
    world.clock.advance_ms(2 * HOUR);
    assert_eq!(tick(), 1);
    assert_eq!(world.log.events().len(), events + 1);
    world.log.last(|event| {
        assert_eq!((event.action, event.principal), (Action::DeleteExpiredKeyMaterial, "vault"));
        assert_eq!(event.key.map(|key| (key.key_id, key.version)), Some((dock.key, 1)));
    });
    assert_eq!(tick(), 0);
    assert_eq!(dock.facts().state, KeyState::PendingImport);
}

#[test]
fn a_dry_run_foresees_an_expiry_and_leaves_it_to_the_next_use() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let dry_run = || {
        let request = Encrypt { dry_run: true, ..Encrypt::new(&dock.id, b"text") };
        dock.vault.encrypt(&root(), request, &mut [0; 256]).map(drop)
    };
    dock.import(&FIRST).unwrap();
    // What waits for its rotation may expire.
    dock.import_with(&SECOND, |request| {
        request.import_type = Some(ImportType::NewKeyMaterial);
        until(NOW + 10 * DAY)(request);
    })
    .unwrap();
    world.clock.advance_ms(10 * DAY);
    assert_eq!(dry_run(), Err(Error::DryRun));
    let reimport = until(NOW + 20 * DAY);
    dock.import_with(&FIRST, reimport).unwrap();
    world.clock.advance_ms(10 * DAY - 1);
    assert_eq!(dry_run(), Err(Error::DryRun));
    world.clock.advance_ms(1);
    let events = world.log.events().len();
    assert_eq!(dry_run(), Err(Error::InvalidState(StateConflict::PendingImport)));
    assert_eq!(world.log.events().len(), events + 1, "nothing was done but refused");
    assert_eq!(dock.encrypt(), Err(Error::InvalidState(StateConflict::PendingImport)));
    assert_eq!(world.log.events().len(), events + 3, "the expiry, and the refusal");
}
