//! Quotas: how much there may be, how fast it may be asked, and that nothing is bounded until somebody says so.

use strongroom_core::error::{Part, StorageError};
use strongroom_core::grant::GrantId;
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    CreateGrant, CreateKey, DescribeQuotas, GenerateRandom, PutQuotas, RevokeGrant, TagResource,
    UntagResource,
};
use strongroom_core::platform::Platform;
use strongroom_core::policy::Action;
use strongroom_core::quota::{Quotas, RequestClass, RequestRates};
use strongroom_core::{Error, Vault, limits};

use crate::imports::Dock;
use crate::world::{
    Lie, STRANGER, World, caller, confirm_deletion, create, create_key, decrypt, disable, encrypt, mount,
    root, rotate, schedule_deletion,
};

fn put<P: Platform>(vault: &Vault<P>, quotas: Quotas) {
    vault.put_quotas(&root(), PutQuotas { quotas }).unwrap();
}

fn make<P: Platform>(vault: &Vault<P>) -> Result<(), Error> {
    vault.create_key(&root(), CreateKey::default()).map(|_| ())
}

fn grant<P: Platform>(vault: &Vault<P>, key: KeyId) -> Result<GrantId, Error> {
    let id = key.to_string();
    let request = CreateGrant::new(&id, STRANGER, &[Action::Decrypt]);
    vault.create_grant(&root(), request).map(|made| made.grant_id)
}

#[test]
fn nothing_is_bounded_by_default_and_quotas_outlive_the_session() {
    let world = World::new(1);
    let vault = create(&world);
    assert_eq!(vault.describe_quotas(&root(), DescribeQuotas), Ok(Quotas::default()));
    put(&vault, Quotas::aws());
    world.cut_power();
    let vault = mount(&world).unwrap();
    assert_eq!(vault.describe_quotas(&root(), DescribeQuotas), Ok(Quotas::aws()));
    assert_eq!(Quotas::aws().keys, Some(limits::KEYS_AWS));
}

#[test]
fn only_whom_the_vault_lets_reads_and_puts_quotas() {
    let world = World::new(2);
    let vault = create(&world);
    let stranger = caller(STRANGER);
    let put = vault.put_quotas(&stranger, PutQuotas { quotas: Quotas::aws() });
    assert!(matches!(put, Err(Error::AccessDenied(_))));
    assert!(matches!(vault.describe_quotas(&stranger, DescribeQuotas), Err(Error::AccessDenied(_))));
    let quotas = Quotas { keys: Some(u32::MAX), ..Quotas::default() };
    assert_eq!(vault.put_quotas(&root(), PutQuotas { quotas }).unwrap_err().code(), "ValidationException");
    assert_eq!(vault.describe_quotas(&root(), DescribeQuotas), Ok(Quotas::default()));
}

#[test]
fn keys_are_bounded_also_those_made_before_and_across_sessions() {
    let world = World::new(3);
    let vault = create(&world);
    for _ in 0..3 {
        create_key(&vault);
    }
    put(&vault, Quotas { keys: Some(5), ..Quotas::default() });
    make(&vault).unwrap();
    world.cut_power();
    let vault = mount(&world).unwrap();
    make(&vault).unwrap();
    assert_eq!(make(&vault), Err(Error::LimitExceeded));
    put(&vault, Quotas { keys: Some(6), ..Quotas::default() });
    make(&vault).unwrap();
    assert_eq!(make(&vault), Err(Error::LimitExceeded));
    put(&vault, Quotas::default());
    make(&vault).unwrap();
    put(&vault, Quotas { keys: Some(8), ..Quotas::default() });
    make(&vault).unwrap();
    assert_eq!(make(&vault), Err(Error::LimitExceeded), "made while they were not counted");
}

#[test]
fn on_demand_rotations_are_bounded() {
    let world = World::new(4);
    let vault = create(&world);
    let key = create_key(&vault);
    rotate(&vault, key).unwrap();
    put(&vault, Quotas { on_demand_rotations_per_key: Some(2), ..Quotas::default() });
    rotate(&vault, key).unwrap();
    assert_eq!(rotate(&vault, key).unwrap_err(), Error::LimitExceeded);
}

#[test]
fn while_every_rate_is_unlimited_nothing_is_throttled() {
    let world = World::new(6);
    let vault = create(&world);
    let key = create_key(&vault);
    (0..500).for_each(|_| drop(encrypt(&vault, key, b"x").unwrap()));
}

#[test]
fn requests_beyond_the_rate_of_their_class_are_throttled_and_others_are_not() {
    let world = World::new(7);
    let vault = create(&world);
    let key = create_key(&vault);
    let rates = RequestRates::UNLIMITED.with(RequestClass::Cryptographic, Some(40));
    put(&vault, Quotas { request_rates: rates, ..Quotas::default() });
    let passed = (0..100).filter(|_| encrypt(&vault, key, b"x").is_ok()).count();
    assert_eq!(passed, 40);
    assert_eq!(encrypt(&vault, key, b"x"), Err(Error::Throttling));
    assert_eq!(world.log.last(|event| event.error_code), Some("ThrottlingException"));
    let random = vault.generate_random(&root(), GenerateRandom { number_of_bytes: 1 }, &mut [0]).map(|_| ());
    assert_eq!(random, Err(Error::Throttling), "of the same class");
    create_key(&vault);
    world.clock.advance_ms(100);
    let passed = (0..100).filter(|_| encrypt(&vault, key, b"x").is_ok()).count();
    assert_eq!(passed, 4);
    world.clock.advance_ms(60_000);
    let passed = (0..100).filter(|_| encrypt(&vault, key, b"x").is_ok()).count();
    assert_eq!(passed, 40);
    put(&vault, Quotas::default());
    encrypt(&vault, key, b"x").unwrap();
}

#[test]
fn grants_of_a_key_are_bounded_also_those_made_before() {
    let world = World::new(5);
    let vault = create(&world);
    let (key, other) = (create_key(&vault), create_key(&vault));
    let first = grant(&vault, key).unwrap();
    grant(&vault, key).unwrap();
    put(&vault, Quotas { grants_per_key: Some(3), ..Quotas::default() });
    grant(&vault, key).unwrap();
    assert_eq!(grant(&vault, key).unwrap_err(), Error::LimitExceeded);
    grant(&vault, other).unwrap();
    let request = RevokeGrant { key_id: &key.to_string(), grant_id: &first.to_string(), dry_run: false };
    vault.revoke_grant(&root(), request).unwrap();
    world.cut_power();
    let vault = mount(&world).unwrap();
    grant(&vault, key).unwrap();
    assert_eq!(grant(&vault, key).unwrap_err(), Error::LimitExceeded);
    put(&vault, Quotas::default());
    grant(&vault, key).unwrap();
    put(&vault, Quotas { grants_per_key: Some(5), ..Quotas::default() });
    grant(&vault, key).unwrap();
    assert_eq!(grant(&vault, key).unwrap_err(), Error::LimitExceeded, "made while they were not counted");
}

#[test]
fn tags_of_a_key_are_bounded_and_what_is_there_can_still_be_changed() {
    let world = World::new(8);
    let vault = create(&world);
    let key = create_key(&vault).to_string();
    let tag = |tags: &[(&str, &str)]| vault.tag_resource(&root(), TagResource { key_id: &key, tags });
    tag(&[("a", "1"), ("b", "1"), ("c", "1")]).unwrap();
    put(&vault, Quotas { tags_per_key: Some(2), ..Quotas::default() });
    assert_eq!(tag(&[("a", "2"), ("d", "1")]), Err(Error::LimitExceeded));
    tag(&[("a", "2")]).unwrap();
    vault.untag_resource(&root(), UntagResource { key_id: &key, tag_keys: &["b", "c"] }).unwrap();
    tag(&[("d", "1")]).unwrap();
    assert_eq!(tag(&[("e", "1")]), Err(Error::LimitExceeded));
    let many = CreateKey { tags: &[("a", ""), ("b", ""), ("c", "")], ..CreateKey::default() };
    assert_eq!(vault.create_key(&root(), many).unwrap_err(), Error::LimitExceeded);
    let few = CreateKey { tags: &[("a", ""), ("b", "")], ..CreateKey::default() };
    vault.create_key(&root(), few).unwrap();
}

#[test]
fn imported_material_that_becomes_current_counts_as_a_rotation_on_demand() {
    let world = World::new(9);
    let dock = Dock::filled(&world);
    put(&dock.vault, Quotas { on_demand_rotations_per_key: Some(1), ..Quotas::default() });
    dock.import_new(&[2; 32]).unwrap();
    rotate(&dock.vault, dock.key).unwrap();
    dock.import_new(&[3; 32]).unwrap();
    assert_eq!(rotate(&dock.vault, dock.key).unwrap_err(), Error::LimitExceeded);
    assert_eq!(dock.facts().current_version, 2);
}

#[test]
fn a_key_makes_room_for_another_when_it_is_destroyed_and_not_before() {
    for (grants, is_cut) in [(0, false), (40, false), (0, true), (40, true)] {
        let world = World::new(10);
        world.clock.set_wall_ms(Some(20_000 * 86_400_000));
        let vault = create(&world);
        let key = create_key(&vault);
        for _ in 0..grants {
            grant(&vault, key).unwrap();
        }
        put(&vault, Quotas { keys: Some(1), ..Quotas::default() });
        schedule_deletion(&vault, key, 7).unwrap();
        assert_eq!(make(&vault), Err(Error::LimitExceeded));
        world.clock.advance_ms(8 * 86_400_000);
        confirm_deletion(&vault, key).unwrap();
        let vault = if is_cut {
            world.cut_power();
            mount(&world).unwrap()
        } else {
            vault
        };
        make(&vault).unwrap();
        assert_eq!(make(&vault), Err(Error::LimitExceeded));
    }
}

#[test]
fn settings_that_are_damaged_bound_everything_and_lose_nothing_until_they_are_put_anew() {
    let world = World::new(14);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"kept").unwrap();
    let before = world.storage.image();
    put(&vault, Quotas { keys: Some(2), ..Quotas::default() });
    vault.close().unwrap();
    let image = world.storage.image();
    let mut new = image.blobs.keys().filter(|at| at.0[23] == 48 && !before.blobs.contains_key(*at));
    let (settings, others) = (*new.next().unwrap(), new.count());
    assert_eq!(others, 0, "one record came");
    let damages: [fn(&mut Vec<u8>); 3] = [|blob| blob[40] ^= 1, |blob| blob.truncate(20), Vec::clear];
    for damage in damages {
        let mut blob = image.blobs[&settings].to_vec();
        damage(&mut blob);
        let world = World::new(15).with_image(&image);
        world.storage.alter(|blobs| drop(blobs.insert(settings, blob.into())));
        let vault = mount(&world).unwrap();
        assert_eq!(vault.describe_quotas(&root(), DescribeQuotas), Err(Error::Damaged(Part::Record)));
        assert_eq!(make(&vault), Err(Error::Damaged(Part::Record)));
        assert_eq!(vault.verify().unwrap().damaged, 1);
        assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept", "keys work on");
        assert!(encrypt(&vault, key, b"x").is_ok() && disable(&vault, key).is_ok());
        put(&vault, Quotas { keys: Some(2), ..Quotas::default() });
        make(&vault).unwrap();
        assert_eq!(make(&vault), Err(Error::LimitExceeded), "keys were counted anew");
        assert_eq!(vault.verify().unwrap().damaged, 0);
    }
}

#[test]
fn a_dry_run_for_a_grant_meets_the_quota() {
    let world = World::new(1);
    let vault = create(&world);
    let (key, other) = (create_key(&vault), create_key(&vault));
    put(&vault, Quotas { grants_per_key: Some(1), ..Quotas::default() });
    let dry_run = |key: KeyId, name| {
        let id = key.to_string();
        let request = CreateGrant::new(&id, STRANGER, &[Action::Decrypt]);
        vault.create_grant(&root(), CreateGrant { dry_run: true, name, ..request }).map(drop)
    };
    assert_eq!(dry_run(key, None), Err(Error::DryRun));
    let id = key.to_string();
    let named = CreateGrant { name: Some("one"), ..CreateGrant::new(&id, STRANGER, &[Action::Decrypt]) };
    vault.create_grant(&root(), named).unwrap();
    assert_eq!(dry_run(key, None), Err(Error::LimitExceeded));
    assert_eq!(dry_run(key, Some("one")), Err(Error::DryRun), "that one is there");
    assert_eq!(dry_run(other, None), Err(Error::DryRun));
    // It was not counted.
    grant(&vault, other).unwrap();
}

#[test]
fn a_read_that_fails_while_the_vault_is_opened_leaves_no_trace_in_its_quotas() {
    let world = World::new(9);
    let vault = create(&world);
    make(&vault).unwrap();
    let quotas = Quotas { keys: Some(1), ..Quotas::default() };
    put(&vault, quotas);
    vault.close().unwrap();
    let image = world.storage.image();
    let mut opened = 0;
    for lie in [Lie::Fails(StorageError::Medium), Lie::Absent, Lie::Bytes([0x5a; 77].as_slice().into())] {
        for reads in 1..4 {
            for skipped in 0..16 {
                world.cut_power();
                world.storage.put_back(&image);
                (0..reads).for_each(|more| world.storage.lie_at(skipped + more, lie.clone()));
                let mounted = mount(&world);
                world.storage.stop_lying();
                let Ok(vault) = mounted else { continue };
                opened += 1;
                assert_eq!(vault.describe_quotas(&root(), DescribeQuotas), Ok(quotas), "{skipped}");
                assert_eq!(make(&vault), Err(Error::LimitExceeded), "{skipped}");
            }
        }
    }
    assert!(opened > 50, "{opened}");
}

#[test]
fn rates_hold_from_the_start_although_a_read_failed_while_the_vault_was_opened() {
    let world = World::new(10);
    let vault = create(&world);
    let request_rates = RequestRates::UNLIMITED.with(RequestClass::Cryptographic, Some(1));
    put(&vault, Quotas { request_rates, ..Quotas::default() });
    vault.close().unwrap();
    let image = world.storage.image();
    for skipped in 0..16 {
        world.cut_power();
        world.storage.put_back(&image);
        world.storage.lie_at(skipped, Lie::Fails(StorageError::Medium));
        let mounted = mount(&world);
        world.storage.stop_lying();
        let Ok(vault) = mounted else { continue };
        let draw = || {
            let mut random = [0];
            vault.generate_random(&root(), GenerateRandom { number_of_bytes: 1 }, &mut random).map(|_| ())
        };
        assert_eq!(draw(), Ok(()), "{skipped}");
        assert_eq!(draw(), Err(Error::Throttling), "{skipped}");
    }
}
