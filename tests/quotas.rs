//! Quotas: how much there may be, how fast it may be asked, and that nothing is bounded until somebody says so.

use strongroom_core::grant::GrantId;
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    CreateGrant, CreateKey, DescribeQuotas, GenerateRandom, PutQuotas, RevokeGrant,
};
use strongroom_core::platform::Platform;
use strongroom_core::policy::Action;
use strongroom_core::quota::{Quotas, RequestClass, RequestRates};
use strongroom_core::{Error, Vault, limits};

use crate::world::{STRANGER, World, caller, create, create_key, encrypt, mount, root, rotate};

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
