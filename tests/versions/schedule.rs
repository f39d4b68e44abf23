//! Rotation by schedule: when it comes, when it does not, and what it leaves alone.

use strongroom_core::error::{Parameter, StateConflict};
use strongroom_core::key::{KeyFacts, KeyId, KeyOrigin, KeySpec, RotationSchedule};
use strongroom_core::operation::{
    AcceptTime, CreateKey, DisableKeyRotation, EnableKeyRotation, Encrypt, GetKeyRotationStatus,
    KeyRotationStatus, PutKeyPolicy, ScheduleKeyRotation,
};
use strongroom_core::policy::{
    Action, Condition, Language, Operator, PolicyBuilder, PolicyKind, PrincipalEntry, Statement,
};
use strongroom_core::{Error, Vault, ciphertext_len};

use super::create_version;
use crate::macs::{MESSAGE, Mint};
use crate::world::{
    World, caller, create, create_key, decrypt, describe, disable, enable, encrypt, mount, root, rotate,
};

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;
/// The day on which the vaults of these tests are made.
const START: u64 = 20_000 * DAY;

fn world() -> World {
    let world = World::new(1);
    world.clock.set_wall_ms(Some(START));
    world.log.batch();
    world.storage.keep_no_history();
    world
}

fn enable_rotation(vault: &Vault<&World>, key: KeyId, days: Option<u16>) -> Result<KeyFacts, Error> {
    let request = EnableKeyRotation { key_id: &key.to_string(), rotation_period_days: days };
    vault.enable_key_rotation(&root(), request)
}

fn disable_rotation(vault: &Vault<&World>, key: KeyId) -> Result<KeyFacts, Error> {
    vault.disable_key_rotation(&root(), DisableKeyRotation { key_id: &key.to_string() })
}

fn schedule(vault: &Vault<&World>, key: KeyId, days: Option<u16>) -> Result<KeyFacts, Error> {
    let request = ScheduleKeyRotation { key_id: &key.to_string(), rotation_period_days: days };
    vault.schedule_key_rotation(&root(), request)
}

fn status(vault: &Vault<&World>, key: KeyId) -> Result<Option<RotationSchedule>, Error> {
    let request = GetKeyRotationStatus { key_id: &key.to_string() };
    vault.get_key_rotation_status(&root(), request).map(|status: KeyRotationStatus| status.rotation)
}

fn every(period_days: u16, next_ms: u64) -> Option<RotationSchedule> {
    Some(RotationSchedule { period_days, next_ms })
}

/// The version that a use of the key takes now.
fn used(vault: &Vault<&World>, key: KeyId) -> u32 {
    let mut out = [0; ciphertext_len(1)];
    vault.encrypt(&root(), Encrypt::new(&key.to_string(), b"x"), &mut out).unwrap().version
}

#[test]
fn a_key_rotates_with_the_first_use_after_each_date() {
    let world = world();
    let vault = create(&world);
    let key = create_key(&vault);
    assert_eq!(status(&vault, key), Ok(None));
    enable_rotation(&vault, key, None).unwrap();
    assert_eq!(status(&vault, key), Ok(every(365, START + 365 * DAY)));
    let sealed = encrypt(&vault, key, b"old").unwrap();
    world.clock.advance_ms(365 * DAY - 1);
    assert_eq!(used(&vault, key), 1);
    world.clock.advance_ms(1);
    vault.flush_audit().unwrap();
    let before = world.log.events().len();
    assert_eq!(used(&vault, key), 2, "the use itself takes the new version");
    assert_eq!(used(&vault, key), 2);
    vault.flush_audit().unwrap();
    let events = world.log.events();
    let told: Vec<_> = events[before..]
        .iter()
        .map(|event| {
            let event = strongroom_core::audit::RecordedEvent::read(event).unwrap();
            (event.action, event.principal.to_owned(), event.key.unwrap().version)
        })
        .collect();
    let root = crate::world::ROOT.to_owned();
    assert_eq!(
        told,
        [
            (Action::RotateKey, "vault".to_owned(), 2),
            (Action::Encrypt, root.clone(), 2),
            (Action::Encrypt, root, 2),
        ],
        "a trip of its own, before the operation"
    );
    assert_eq!(status(&vault, key), Ok(every(365, START + 730 * DAY)));
    assert_eq!(decrypt(&vault, &sealed).unwrap(), b"old");
    let facts = describe(&vault, key).unwrap();
    assert_eq!((facts.current_version, facts.on_demand_rotations), (2, 0));
}

#[test]
fn missed_dates_are_not_made_up_for() {
    let world = world();
    let vault = create(&world);
    let key = create_key(&vault);
    enable_rotation(&vault, key, Some(90)).unwrap();
    world.clock.advance_ms((90 * 7 + 3) * DAY);
    assert_eq!(used(&vault, key), 2);
    assert_eq!(used(&vault, key), 2);
    assert_eq!(status(&vault, key), Ok(every(90, START + 90 * 8 * DAY)));
}

#[test]
fn periods_have_their_limits_and_asking_again_begins_anew() {
    let world = world();
    let vault = create(&world);
    let key = create_key(&vault);
    for days in [0, 89, 2561, u16::MAX] {
        let refused = Err(Error::Validation(Parameter::RotationPeriod));
        assert_eq!(enable_rotation(&vault, key, Some(days)), refused);
        assert_eq!(schedule(&vault, key, Some(days)), refused);
    }
    assert_eq!(status(&vault, key), Ok(None));
    for days in [90, 2560] {
        enable_rotation(&vault, key, Some(days)).unwrap();
        assert_eq!(status(&vault, key), Ok(every(days, START + u64::from(days) * DAY)));
    }
    world.clock.advance_ms(50 * DAY);
    enable_rotation(&vault, key, Some(90)).unwrap();
    assert_eq!(status(&vault, key), Ok(every(90, START + 140 * DAY)));
    // Rotation on demand does not move the schedule.
    assert_eq!(rotate(&vault, key).unwrap().current_version, 2);
    assert_eq!(create_version(&vault, key).unwrap().current_version, 3);
    assert_eq!(status(&vault, key), Ok(every(90, START + 140 * DAY)));
    disable_rotation(&vault, key).unwrap();
    disable_rotation(&vault, key).unwrap();
    assert_eq!(status(&vault, key), Ok(None));
    world.clock.advance_ms(1000 * DAY);
    assert_eq!(used(&vault, key), 3);
}

#[test]
fn shortly_before_its_date_a_key_is_not_rotated_on_demand() {
    let world = world();
    let vault = create(&world);
    let key = create_key(&vault);
    enable_rotation(&vault, key, Some(90)).unwrap();
    world.clock.advance_ms(90 * DAY - 20 * MINUTE - 1);
    assert_eq!(rotate(&vault, key).unwrap().current_version, 2);
    world.clock.advance_ms(1);
    assert_eq!(rotate(&vault, key), Err(Error::Conflict));
    assert_eq!(Error::Conflict.code(), "ConflictException");
    world.clock.advance_ms(20 * MINUTE - 1);
    assert_eq!(rotate(&vault, key), Err(Error::Conflict));
    assert_eq!(describe(&vault, key).unwrap().current_version, 2);
    world.clock.advance_ms(1);
    // Due: that comes first, and then this.
    assert_eq!(rotate(&vault, key).unwrap().current_version, 4);
}

#[test]
fn a_disabled_key_keeps_its_schedule_and_rotates_at_once_when_it_is_enabled_again() {
    let world = world();
    let vault = create(&world);
    let key = create_key(&vault);
    enable_rotation(&vault, key, Some(90)).unwrap();
    disable(&vault, key).unwrap();
    assert_eq!(status(&vault, key), Ok(every(90, START + 90 * DAY)));
    assert_eq!(enable_rotation(&vault, key, None), Err(Error::Disabled));
    assert_eq!(disable_rotation(&vault, key), Err(Error::Disabled));
    world.clock.advance_ms(100 * DAY);
    assert_eq!(describe(&vault, key).unwrap().current_version, 1);
    assert_eq!(enable(&vault, key).unwrap().current_version, 1);
    assert_eq!(used(&vault, key), 2);
    assert_eq!(status(&vault, key), Ok(every(90, START + 180 * DAY)));
}

#[test]
fn a_dry_run_and_a_denied_request_rotate_nothing() {
    let world = world();
    let vault = create(&world);
    let key = create_key(&vault);
    enable_rotation(&vault, key, Some(90)).unwrap();
    world.clock.advance_ms(90 * DAY);
    let id = key.to_string();
    let mut out = [0; ciphertext_len(1)];
    let dry = Encrypt { dry_run: true, ..Encrypt::new(&id, b"x") };
    assert_eq!(vault.encrypt(&root(), dry, &mut out).map(drop), Err(Error::DryRun));
    let stranger = caller(crate::world::STRANGER);
    assert!(vault.encrypt(&stranger, Encrypt::new(&id, b"x"), &mut out).is_err());
    vault.flush_audit().unwrap();
    let rotated = |event: &Vec<u8>| {
        strongroom_core::audit::RecordedEvent::read(event).unwrap().action == Action::RotateKey
    };
    assert_eq!(world.log.events().iter().filter(|event| rotated(event)).count(), 0);
    assert_eq!(used(&vault, key), 2);
    vault.flush_audit().unwrap();
    assert_eq!(world.log.events().iter().filter(|event| rotated(event)).count(), 1);
}

#[test]
fn keys_for_macs_rotate_by_our_schedule_and_not_by_that_of_aws_kms() {
    let world = world();
    let mint = Mint::new(&world, KeySpec::Hmac256);
    let (vault, key) = (&mint.vault, mint.key);
    let unsupported = Err(Error::UnsupportedOperation);
    assert_eq!(enable_rotation(vault, key, None), unsupported);
    assert_eq!(disable_rotation(vault, key), unsupported);
    assert_eq!(rotate(vault, key), unsupported);
    assert_eq!(status(vault, key), Ok(None));
    let mac = mint.mac(MESSAGE).unwrap();
    let facts = schedule(vault, key, Some(90)).unwrap();
    assert_eq!(facts.rotation, every(90, START + 90 * DAY));
    assert_eq!(status(vault, key), Ok(None), "the answer of AWS KMS");
    assert_eq!(describe(vault, key).unwrap().rotation, facts.rotation);
    world.clock.advance_ms(90 * DAY);
    assert_eq!(mint.verify(MESSAGE, &mac), Ok(1));
    let rotated = mint.mac(MESSAGE).unwrap();
    assert_ne!(rotated, mac);
    assert_eq!(mint.verify(MESSAGE, &rotated), Ok(2));
    schedule(vault, key, None).unwrap();
    world.clock.advance_ms(900 * DAY);
    assert_eq!(mint.mac(MESSAGE).unwrap(), rotated);
}

#[test]
fn imported_material_is_never_replaced_by_drawn_material() {
    let world = world();
    let vault = create(&world);
    let request = CreateKey { origin: KeyOrigin::External, ..CreateKey::default() };
    let key = vault.create_key(&root(), request).unwrap().key_id;
    let unsupported = Err(Error::UnsupportedOperation);
    assert_eq!(enable_rotation(&vault, key, None), unsupported);
    assert_eq!(schedule(&vault, key, Some(90)), unsupported);
    assert_eq!(create_version(&vault, key), unsupported);
    assert_eq!(status(&vault, key).map(drop), Err(Error::UnsupportedOperation));
    assert_eq!(rotate(&vault, key), Err(Error::InvalidState(StateConflict::PendingImport)));
    assert_eq!(describe(&vault, key).unwrap().newest_version, 0);
}

#[test]
fn a_clock_that_jumps_between_mounts_rotates_a_key_a_day_early_at_most() {
    let world = world();
    let vault = create(&world);
    let key = create_key(&vault);
    enable_rotation(&vault, key, Some(90)).unwrap();
    world.clock.advance_ms(80 * DAY);
    vault.close().unwrap();
    for year in 1..10 {
        world.clock.set_wall_ms(Some(START + year * 365 * DAY));
        let vault = mount(&world).unwrap();
        assert_eq!(used(&vault, key), 1);
        vault.close().unwrap();
    }
    let vault = mount(&world).unwrap();
    world.clock.advance_ms(10 * DAY);
    assert_eq!(used(&vault, key), 2);
    assert_eq!(used(&vault, key), 2);
}

#[test]
fn policies_see_the_period_that_it_comes_to() {
    let world = world();
    let vault = create(&world);
    let key = create_key(&vault);
    let id = key.to_string();
    let mut buffer = [0; 1000];
    let mut builder = PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
    let account = [PrincipalEntry::Account("000000000000")];
    builder.statement(&Statement::allow(&account, &["kms:*"])).unwrap();
    let values = ["180"];
    let conditions = [Condition::new(Operator::NumericLessThanEquals, "kms:RotationPeriodInDays", &values)];
    let alice = [PrincipalEntry::Arn(crate::world::STRANGER)];
    let allow = Statement::allow(&alice, &["kms:EnableKeyRotation", "kms:ScheduleKeyRotation"]);
    builder.statement(&Statement { conditions: &conditions, ..allow }).unwrap();
    let policy = builder.finish().to_vec();
    vault.put_key_policy(&root(), PutKeyPolicy::new(&id, &policy)).unwrap();
    let alice = caller(crate::world::STRANGER);
    for (days, is_allowed) in [(Some(180), true), (Some(181), false), (None, false), (Some(90), true)] {
        let request = EnableKeyRotation { key_id: &id, rotation_period_days: days };
        assert_eq!(vault.enable_key_rotation(&alice, request).is_ok(), is_allowed, "{days:?}");
        let request = ScheduleKeyRotation { key_id: &id, rotation_period_days: days };
        assert_eq!(vault.schedule_key_rotation(&alice, request).is_ok(), is_allowed, "{days:?}");
    }
}

#[test]
fn a_key_rotates_by_itself_once_in_a_day_of_observed_time_whatever_time_is_accepted() {
    let world = world();
    let vault = create(&world);
    let key = create_key(&vault);
    enable_rotation(&vault, key, Some(90)).unwrap();
    let accept = |vault: &Vault<&World>, days| {
        world.clock.set_wall_ms(Some(START + days * DAY));
        vault.accept_time(&root(), AcceptTime::default()).unwrap();
    };
    accept(&vault, 91);
    assert_eq!(used(&vault, key), 2);
    for days in [200, 300] {
        accept(&vault, days);
        assert_eq!(used(&vault, key), 2, "due, but not for a day yet");
        while vault.tick(8).unwrap().is_more_due {}
        assert_eq!(used(&vault, key), 2);
    }
    // Neither another schedule nor a restart makes it forget.
    disable_rotation(&vault, key).unwrap();
    enable_rotation(&vault, key, Some(90)).unwrap();
    vault.close().unwrap();
    let vault = mount(&world).unwrap();
    accept(&vault, 500);
    world.clock.advance_ms(DAY - MINUTE);
    assert_eq!(used(&vault, key), 2);
    world.clock.advance_ms(MINUTE);
    while vault.tick(8).unwrap().is_more_due {}
    assert_eq!(describe(&vault, key).unwrap().current_version, 3, "a tick finds it when its day is over");
}
