//! Dates, states and refusals.

use strongroom_core::error::{Parameter, StateConflict};
use strongroom_core::key::{KeyOrigin, KeyState};
use strongroom_core::operation::{CreateKey, DeleteImportedKeyMaterial, ScheduleKeyDeletion};
use strongroom_core::policy::Action;
use strongroom_core::{Destruction, Error};

use super::{DAY, HOUR, START, with_doomed_key, world};
use crate::world::{
    STRANGER, caller, cancel_deletion, confirm_deletion, create, create_key, decrypt, describe, enable,
    encrypt, import, root, schedule_deletion,
};

const PENDING: Error = Error::InvalidState(StateConflict::PendingDeletion);
const NOT_DUE: Error = Error::InvalidState(StateConflict::NotDue);

#[test]
fn a_key_waits_thirty_days_unless_told_otherwise_and_is_of_no_use_meanwhile() {
    let world = world(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"kept").unwrap();
    let id = key.to_string();
    let facts = vault.schedule_key_deletion(&root(), ScheduleKeyDeletion::new(&id)).unwrap();
    let deletion = facts.deletion.unwrap();
    assert_eq!((facts.state, deletion.window_days), (KeyState::PendingDeletion, 30));
    assert_eq!((deletion.due_ms, deletion.destroy_at_observed_ms), (START + 30 * DAY, None));
    assert_eq!(describe(&vault, key).unwrap(), facts);
    assert_eq!(encrypt(&vault, key, b"more"), Err(PENDING));
    assert_eq!(decrypt(&vault, &ciphertext), Err(PENDING));
    assert_eq!(enable(&vault, key), Err(PENDING));
    assert_eq!(schedule_deletion(&vault, key, 7), Err(PENDING), "a date that stands is not moved");
    assert_eq!(describe(&vault, key).unwrap(), facts);
}

#[test]
fn a_waiting_period_of_six_or_of_thirty_one_days_is_refused() {
    let world = world(1);
    let vault = create(&world);
    let key = create_key(&vault);
    for days in [0, 1, 6, 31, 365, u16::MAX] {
        let refused = schedule_deletion(&vault, key, days);
        assert_eq!(refused, Err(Error::Validation(Parameter::PendingWindow)), "{days} days");
    }
    assert_eq!(describe(&vault, key).unwrap().state, KeyState::Enabled);
    for days in [7, 30] {
        assert_eq!(schedule_deletion(&vault, key, days).unwrap().deletion.unwrap().window_days, days);
        cancel_deletion(&vault, key).unwrap();
    }
}

#[test]
fn a_deletion_called_off_leaves_the_key_disabled_and_whole() {
    let world = world(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"kept").unwrap();
    schedule_deletion(&vault, key, 7).unwrap();
    let facts = cancel_deletion(&vault, key).unwrap();
    assert_eq!((facts.state, facts.deletion), (KeyState::Disabled, None));
    assert_eq!(decrypt(&vault, &ciphertext), Err(Error::Disabled));
    enable(&vault, key).unwrap();
    assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
    let not_pending = Error::InvalidState(StateConflict::NotPendingDeletion);
    assert_eq!(cancel_deletion(&vault, key), Err(not_pending));
    assert_eq!(confirm_deletion(&vault, key), Err(not_pending));
}

#[test]
fn a_confirmation_before_the_date_destroys_nothing() {
    let world = world(1);
    let (vault, key) = with_doomed_key(&world);
    for _ in 0..7 {
        assert_eq!(confirm_deletion(&vault, key), Err(NOT_DUE));
        // The wall clock and the monotonic one may part by a minute.
        world.clock.advance_ms(DAY - 1);
    }
    assert_eq!(confirm_deletion(&vault, key), Err(NOT_DUE));
    assert_eq!(describe(&vault, key).unwrap().state, KeyState::PendingDeletion);
    world.clock.advance_ms(7);
    assert_eq!(confirm_deletion(&vault, key), Ok(Destruction::Unlinked));
    assert_eq!(describe(&vault, key), Err(Error::NotFound));
}

#[test]
fn a_key_that_was_found_due_can_still_be_saved() {
    let world = world(1);
    let (vault, key) = with_doomed_key(&world);
    world.clock.advance_ms(7 * DAY);
    let found = describe(&vault, key).unwrap().deletion.unwrap();
    assert_eq!(found.destroy_at_observed_ms, Some(8 * DAY), "a day more of observed time");
    world.log.last(|event| assert_eq!(event.action, Action::DescribeKey));
    world.clock.advance_ms(23 * HOUR);
    assert_eq!(cancel_deletion(&vault, key).unwrap().state, KeyState::Disabled);
    assert!(enable(&vault, key).is_ok());
}

#[test]
fn nobody_deletes_what_he_may_not_delete() {
    let world = world(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let id = key.to_string();
    let refused = vault.schedule_key_deletion(&caller(STRANGER), ScheduleKeyDeletion::new(&id));
    assert!(matches!(refused, Err(Error::AccessDenied(_))));
    assert_eq!(describe(&vault, key).unwrap().state, KeyState::Enabled);
}

#[test]
fn an_imported_key_whose_deletion_is_called_off_waits_for_the_material_that_it_lacks() {
    let world = world(1);
    let vault = create(&world);
    let request = CreateKey { origin: KeyOrigin::External, ..CreateKey::default() };
    let key = vault.create_key(&root(), request).unwrap().key_id;
    let there_and_back = || {
        schedule_deletion(&vault, key, 7).unwrap();
        cancel_deletion(&vault, key).unwrap().state
    };
    assert_eq!(there_and_back(), KeyState::PendingImport, "it never had any");
    import(&vault, key, &[7; 32]).unwrap();
    assert_eq!(there_and_back(), KeyState::Disabled);
    assert_eq!(enable(&vault, key).unwrap().state, KeyState::Enabled);
    let request = DeleteImportedKeyMaterial { key_id: &key.to_string(), key_material_id: None };
    vault.delete_imported_key_material(&root(), request).unwrap();
    assert_eq!(there_and_back(), KeyState::PendingImport, "it has lost it");
    import(&vault, key, &[7; 32]).unwrap();
    assert_eq!(describe(&vault, key).unwrap().state, KeyState::Enabled);
}
