//! Counts and budgets over the life of a key: MACs, aliases, imported material, deletion.

use strongroom_core::Error;
use strongroom_core::key::KeySpec;
use strongroom_core::operation::{
    CreateAlias, CreateKeyVersion, GetKeyLastUsage, PutUsageBudget, RetireCheck, ScheduleKeyDeletion,
};
use strongroom_core::policy::{Action, Condition, Operator};
use strongroom_core::usage::{BudgetEnd, UsageBudget};

use super::{DAY, NOON, check, counting, exact, last, put_budget};
use crate::imports::{Dock, FIRST};
use crate::macs::{MESSAGE, Mint};
use crate::names::{ALICE, APP, Hall, allowing};
use crate::world::{
    caller, confirm_deletion, create, create_key, describe, encrypt, mount, root, rotate, schedule_deletion,
};

#[test]
fn macs_are_counted_as_sealings_and_what_verifies_as_openings() {
    let world = counting(20);
    let mint = Mint::new(&world, KeySpec::Hmac256);
    let mac = mint.mac(MESSAGE).unwrap();
    let versioned = mint.versioned_mac(MESSAGE).unwrap();
    assert_eq!(exact(&check(&mint.vault, mint.key, 1)), (2, 0));
    world.clock.advance_ms(1);
    mint.verify(MESSAGE, &mac).unwrap();
    assert_eq!(mint.verify(b"another", &mac), Err(Error::InvalidMac));
    mint.verify_versioned(MESSAGE, &versioned).unwrap();
    assert_eq!(exact(&check(&mint.vault, mint.key, 1)), (2, 2));
    assert_eq!(last(&mint.vault, mint.key).key_last_usage.unwrap().operation, Action::VerifyMac);
    let id = mint.key.to_string();
    mint.vault.create_key_version(&root(), CreateKeyVersion { key_id: &id }).unwrap();
    assert_eq!(mint.verify(MESSAGE, &mac), Ok(1), "the version that made it");
    assert_eq!(exact(&check(&mint.vault, mint.key, 1)), (2, 3));
    assert_eq!(exact(&check(&mint.vault, mint.key, 2)), (0, 0));
    world.cut_power();
    let vault = mount(&world).unwrap();
    assert!(check(&vault, mint.key, 1).openings_at_most >= 3);
}

#[test]
fn a_key_for_macs_whose_version_has_reached_its_budget_gets_a_new_one() {
    let world = counting(21);
    let mint = Mint::new(&world, KeySpec::Hmac512);
    put_budget(&mint.vault, mint.key, 3, BudgetEnd::Rotate).unwrap();
    let macs: Vec<_> = (0..7).map(|_| mint.mac(MESSAGE).unwrap()).collect();
    assert_eq!(describe(&mint.vault, mint.key).unwrap().current_version, 3);
    let made_by: Vec<_> = macs.iter().map(|mac| mint.verify(MESSAGE, mac).unwrap()).collect();
    assert_eq!(made_by, [1, 1, 1, 2, 2, 2, 3]);
    put_budget(&mint.vault, mint.key, 1, BudgetEnd::Refuse).unwrap();
    assert_eq!(mint.mac(MESSAGE), Err(Error::LimitExceeded));
    assert_eq!(mint.verify(MESSAGE, &macs[0]), Ok(1), "no budget keeps anybody from verifying");
}

#[test]
fn an_alias_and_an_import_lose_no_count_and_need_no_new_block() {
    let world = counting(22);
    let dock = Dock::filled(&world);
    dock.encrypt().unwrap();
    let request = CreateAlias { alias_name: APP, target_key_id: &dock.id };
    dock.vault.create_alias(&root(), request).unwrap();
    dock.import_new(&[7; 32]).unwrap();
    let written = world.storage.blobs_written();
    dock.encrypt().unwrap();
    assert_eq!(world.storage.blobs_written(), written);
    assert_eq!(exact(&check(&dock.vault, dock.key, 1)), (2, 0));
    let refuse = Some(UsageBudget { sealings: 2, end: BudgetEnd::Refuse });
    dock.vault.put_usage_budget(&root(), PutUsageBudget { key_id: &dock.id, budget: refuse }).unwrap();
    assert_eq!(dock.encrypt(), Err(Error::LimitExceeded));
    rotate(&dock.vault, dock.key).unwrap();
    dock.encrypt().unwrap();
    assert!(dock.import(&FIRST).is_ok());
}

#[test]
fn a_destroyed_key_takes_its_counts_with_it() {
    let world = counting(23);
    let vault = create(&world);
    let before = world.storage.image().blobs.len();
    let key = create_key(&vault);
    for _ in 0..30 {
        encrypt(&vault, key, b"x").unwrap();
        rotate(&vault, key).unwrap();
    }
    encrypt(&vault, key, b"x").unwrap();
    schedule_deletion(&vault, key, 7).unwrap();
    world.clock.advance_ms(8 * DAY);
    confirm_deletion(&vault, key).unwrap();
    assert_eq!(
        vault.retire_check(&root(), RetireCheck { key_id: &key.to_string(), version: 1, within_days: 1 },),
        Err(Error::NotFound)
    );
    world.clock.advance_ms(DAY);
    while vault.tick(8).unwrap().is_more_due {}
    // What came back from its copies is not written below a key that is gone.
    let other = create_key(&vault);
    encrypt(&vault, other, b"x").unwrap();
    vault.close().unwrap();
    let vault = mount(&world).unwrap();
    schedule_deletion(&vault, other, 7).unwrap();
    world.clock.advance_ms(8 * DAY);
    confirm_deletion(&vault, other).unwrap();
    world.clock.advance_ms(DAY);
    while vault.tick(8).unwrap().is_more_due {}
    assert_eq!(vault.verify().unwrap().records, 0);
    assert_eq!(world.storage.image().blobs.len(), before);
}

#[test]
fn the_last_use_is_asked_of_a_key_not_of_an_alias() {
    let world = counting(24);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    let asked = hall.vault.get_key_last_usage(&root(), GetKeyLastUsage { key_id: APP });
    assert_eq!(asked.unwrap_err(), Error::NotFound);
    assert!(hall.vault.get_key_last_usage(&root(), GetKeyLastUsage { key_id: &hall.id }).is_ok());
}

#[test]
fn a_policy_can_ask_for_the_waiting_period_and_for_the_days_without_use_at_once() {
    let world = counting(25);
    let vault = create(&world);
    let key = create_key(&vault).to_string();
    let at_least = |key, values| Condition::new(Operator::NumericGreaterThanEquals, key, values);
    let conditions = [
        at_least("kms:ScheduleKeyDeletionPendingWindowInDays", &["10"]),
        at_least("kms:TrailingDaysWithoutKeyUsage", &["20"]),
    ];
    let policy = allowing(&["kms:ScheduleKeyDeletion"], &["*"], &conditions);
    let policies = [policy.as_slice()];
    let schedule = |days| {
        let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
        let request = ScheduleKeyDeletion { key_id: &key, pending_window_in_days: days };
        vault.schedule_key_deletion(&alice, request).map(|_| ())
    };
    world.clock.set_wall_ms(Some(NOON));
    assert!(schedule(25).is_err(), "the waiting period is long enough, the days without use are not");
    world.clock.advance_ms(20 * DAY);
    assert!(schedule(9).is_err(), "now it is the other way round");
    schedule(10).unwrap();
}
