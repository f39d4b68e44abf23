//! The usage ledger: what was used is counted, whenever the power goes; budgets; what is told of it.

mod life;

use strongroom_core::Error;
use strongroom_core::key::{KeyId, KeyOrigin};
use strongroom_core::operation::{
    CreateKey, Decrypt, Encrypt, GetKeyLastUsage, KeyLastUsage, PutUsageBudget, RetireCheck, VersionUsage,
};
use strongroom_core::platform::Platform;
use strongroom_core::policy::Action;
use strongroom_core::usage::{BudgetEnd, UsageBudget};
use strongroom_core::{Vault, ciphertext_len};

use crate::world::{
    CommitFate, World, create, create_key, decrypt, describe, disable, enable, encrypt, mount, root, rotate,
};

const DAY: u64 = 86_400_000;
const NOON: u64 = 20_000 * DAY;
const BLOCK: u64 = 16;

fn counting(seed: u64) -> World {
    let world = World::new(seed);
    world.usage_block.set(BLOCK);
    world.clock.set_wall_ms(Some(NOON));
    world
}

fn check<P: Platform>(vault: &Vault<P>, key: KeyId, version: u32) -> VersionUsage {
    let key_id = key.to_string();
    vault.retire_check(&root(), RetireCheck { key_id: &key_id, version, within_days: 90 }).unwrap()
}

fn last<P: Platform>(vault: &Vault<P>, key: KeyId) -> KeyLastUsage {
    vault.get_key_last_usage(&root(), GetKeyLastUsage { key_id: &key.to_string() }).unwrap()
}

fn put_budget<P: Platform>(vault: &Vault<P>, key: KeyId, sealings: u64, end: BudgetEnd) -> Result<(), Error> {
    let budget = Some(UsageBudget { sealings, end });
    vault.put_usage_budget(&root(), PutUsageBudget { key_id: &key.to_string(), budget })
}

fn exact(usage: &VersionUsage) -> (u64, u64) {
    assert_eq!(usage.sealings_at_least, usage.sealings_at_most);
    assert_eq!(usage.openings_at_least, usage.openings_at_most);
    (usage.sealings_at_most, usage.openings_at_most)
}

#[test]
fn uses_are_counted_exactly_while_the_vault_is_open_and_after_an_orderly_close() {
    let world = counting(1);
    let vault = create(&world);
    let key = create_key(&vault);
    assert_eq!(exact(&check(&vault, key, 1)), (0, 0));
    let mut ciphertext = Vec::new();
    for _ in 0..BLOCK + 3 {
        ciphertext = encrypt(&vault, key, b"x").unwrap();
    }
    world.clock.advance_ms(1000);
    for _ in 0..5 {
        decrypt(&vault, &ciphertext).unwrap();
    }
    let seen = check(&vault, key, 1);
    assert_eq!(exact(&seen), (BLOCK + 3, 5));
    assert_eq!(seen.not_later_than_ms, None);
    let used = seen.last_use.unwrap();
    assert_eq!((used.operation, used.time_ms), (Action::Decrypt, Some(NOON + 1000)));
    vault.close().unwrap();

    world.clock.advance_ms(5000);
    let vault = mount(&world).unwrap();
    let seen = check(&vault, key, 1);
    assert_eq!(exact(&seen), (BLOCK + 3, 5));
    assert_eq!((seen.last_use, seen.not_later_than_ms), (Some(used), None));
    let told = last(&vault, key);
    assert_eq!((told.key_last_usage, told.not_later_than_ms), (Some(used), None));
    assert_eq!((told.key_creation_ms, told.tracking_start_ms), (Some(NOON), Some(NOON)));
    assert!(told.is_tracked);
}

#[test]
fn the_request_id_of_the_last_use_is_that_of_the_log() {
    let world = counting(2);
    let vault = create(&world);
    let key = create_key(&vault);
    encrypt(&vault, key, b"x").unwrap();
    let in_the_log = world.log.last(|event| event.request_id);
    assert_eq!(last(&vault, key).key_last_usage.unwrap().request_id, in_the_log);
}

#[test]
fn in_the_steady_state_a_use_commits_nothing() {
    let world = counting(3);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"x").unwrap();
    decrypt(&vault, &ciphertext).unwrap();
    let written = world.storage.blobs_written();
    for _ in 0..BLOCK - 1 {
        encrypt(&vault, key, b"x").unwrap();
        decrypt(&vault, &ciphertext).unwrap();
    }
    assert_eq!(world.storage.blobs_written(), written);
    encrypt(&vault, key, b"x").unwrap();
    assert!(world.storage.blobs_written() > written, "the block is used up");
}

#[test]
fn what_fails_and_what_is_a_dry_run_is_not_counted_and_commits_nothing() {
    let world = counting(4);
    let vault = create(&world);
    let key = create_key(&vault);
    let mut ciphertext = encrypt(&vault, key, b"x").unwrap();
    let written = world.storage.blobs_written();
    let id = key.to_string();
    let mut out = vec![0; ciphertext_len(1)];
    let dry = Encrypt { dry_run: true, ..Encrypt::new(&id, b"x") };
    assert_eq!(vault.encrypt(&root(), dry, &mut out).unwrap_err(), Error::DryRun);
    let dry = Decrypt { dry_run: true, ..Decrypt::new(&ciphertext) };
    assert_eq!(vault.decrypt(&root(), dry, &mut out).unwrap_err(), Error::DryRun);
    *ciphertext.last_mut().unwrap() ^= 1;
    assert!(matches!(decrypt(&vault, &ciphertext), Err(Error::InvalidCiphertext(_))));
    assert_eq!(world.storage.blobs_written(), written);
    assert_eq!(exact(&check(&vault, key, 1)), (1, 0));
}

/// Uses a key in every way, and goes on after errors; answers how often version 1 sealed and opened.
fn busy_day(world: &World, key: KeyId, ciphertext: &[u8]) -> (u64, u64) {
    let (mut sealed, mut opened) = (0, 0);
    for round in 0..3 {
        let Ok(vault) = mount(world) else { return (sealed, opened) };
        for step in 0..2 * BLOCK {
            world.clock.advance_ms(DAY / 20);
            let is_first = describe(&vault, key).is_ok_and(|facts| facts.current_version == 1);
            sealed += u64::from(is_first && encrypt(&vault, key, b"x").is_ok());
            opened += u64::from(decrypt(&vault, ciphertext).is_ok());
            match (round, step) {
                (_, 7) => world.cool(),
                (0, 9) => drop(disable(&vault, key)),
                (_, 10) => drop(enable(&vault, key)),
                (2, 20) => drop(rotate(&vault, key)),
                _ => {}
            }
        }
        if round == 1 {
            let _ = vault.close();
        }
        world.cut_power();
    }
    (sealed, opened)
}

#[test]
fn whenever_the_power_goes_no_released_use_is_missing_from_the_ledger() {
    let mut crashes = 0;
    for fate in [CommitFate::Fails, CommitFate::LandsAndFails] {
        for commits in 0..60 {
            let world = counting(5);
            let vault = create(&world);
            let key = create_key(&vault);
            let ciphertext = encrypt(&vault, key, b"x").unwrap();
            world.cut_power();
            let started = strongroom_core::platform::Clock::wall_ms(&world.clock).unwrap();
            world.storage.decide_after(commits, &[fate]);
            let (sealed, opened) = busy_day(&world, key, &ciphertext);
            world.cut_power();
            let vault = mount(&world).unwrap();
            let seen = check(&vault, key, 1);
            assert!(seen.sealings_at_most > sealed, "{commits}: {seen:?}, and {sealed} were made");
            assert!(seen.openings_at_most >= opened, "{commits}: {seen:?}, and {opened} were opened");
            assert!(seen.sealings_at_least <= sealed + 1 && seen.openings_at_least <= opened);
            if opened > 0 {
                let known = seen.last_use.and_then(|last| last.time_ms);
                assert!(known.max(seen.not_later_than_ms) >= Some(started), "{seen:?}");
            }
            crashes += 1;
        }
    }
    assert_eq!(crashes, 120);
}

#[test]
fn after_a_crash_the_last_use_reads_not_later_than() {
    let world = counting(6);
    let vault = create(&world);
    let key = create_key(&vault);
    encrypt(&vault, key, b"x").unwrap();
    world.clock.advance_ms(3_600_000);
    encrypt(&vault, key, b"x").unwrap();
    world.cut_power();
    world.clock.advance_ms(100 * DAY);
    let vault = mount(&world).unwrap();
    let seen = check(&vault, key, 1);
    assert_eq!((seen.sealings_at_least, seen.sealings_at_most), (0, BLOCK));
    assert_eq!(seen.not_later_than_ms, Some(NOON + DAY), "a block is drawn on for a day");
    assert!(seen.is_in_use, "it is the current version");
    rotate(&vault, key).unwrap();
    assert!(!check(&vault, key, 1).is_in_use);
    assert_eq!(last(&vault, key).not_later_than_ms, Some(NOON + DAY));
}

#[test]
fn a_version_in_use_says_when_it_was_last_used() {
    let world = counting(7);
    let vault = create(&world);
    let key = create_key(&vault);
    let old = encrypt(&vault, key, b"x").unwrap();
    rotate(&vault, key).unwrap();
    world.clock.advance_ms(60 * DAY);
    decrypt(&vault, &old).unwrap();
    world.clock.advance_ms(60 * DAY);
    let seen = check(&vault, key, 1);
    assert!(seen.is_in_use);
    assert_eq!(seen.last_use.unwrap().time_ms, Some(NOON + 60 * DAY));
    world.clock.advance_ms(60 * DAY);
    assert!(!check(&vault, key, 1).is_in_use);
    assert_eq!(exact(&check(&vault, key, 2)), (0, 0));
    let request = RetireCheck { key_id: &key.to_string(), version: 3, within_days: 90 };
    assert_eq!(vault.retire_check(&root(), request).unwrap_err(), Error::NotFound);
}

#[test]
fn a_block_of_yesterday_is_not_drawn_on() {
    let world = counting(8);
    let vault = create(&world);
    let key = create_key(&vault);
    encrypt(&vault, key, b"x").unwrap();
    world.clock.advance_ms(DAY + 1);
    let written = world.storage.blobs_written();
    encrypt(&vault, key, b"x").unwrap();
    assert!(world.storage.blobs_written() > written);
    world.cut_power();
    world.clock.advance_ms(100 * DAY);
    let vault = mount(&world).unwrap();
    let seen = check(&vault, key, 1);
    assert_eq!(seen.not_later_than_ms, Some(NOON + 2 * DAY + 1));
    assert_eq!((seen.sealings_at_least, seen.sealings_at_most), (1, 1 + BLOCK));
}

#[test]
fn changing_a_key_loses_no_count_and_needs_no_new_block() {
    let world = counting(9);
    let vault = create(&world);
    let key = create_key(&vault);
    encrypt(&vault, key, b"x").unwrap();
    disable(&vault, key).unwrap();
    enable(&vault, key).unwrap();
    let written = world.storage.blobs_written();
    encrypt(&vault, key, b"x").unwrap();
    assert_eq!(world.storage.blobs_written(), written);
    assert_eq!(exact(&check(&vault, key, 1)), (2, 0));
}

#[test]
fn copies_that_the_cache_gives_up_bring_their_counts_back() {
    let world = counting(10);
    let vault = create(&world);
    let keys: Vec<_> = (0..9).map(|_| create_key(&vault)).collect();
    for _ in 0..3 {
        for key in &keys {
            encrypt(&vault, *key, b"x").unwrap();
        }
    }
    for key in &keys {
        assert_eq!(exact(&check(&vault, *key, 1)), (3, 0));
    }
}

#[test]
fn a_version_that_has_reached_its_budget_gives_way_to_a_new_one() {
    let world = counting(11);
    let vault = create(&world);
    let key = create_key(&vault);
    put_budget(&vault, key, 20, BudgetEnd::Rotate).unwrap();
    let ciphertexts: Vec<_> = (0..50).map(|_| encrypt(&vault, key, b"x").unwrap()).collect();
    assert_eq!(describe(&vault, key).unwrap().current_version, 3);
    for (version, count) in [(1, 20), (2, 20), (3, 10)] {
        assert_eq!(check(&vault, key, version).sealings_at_most, count);
    }
    for ciphertext in &ciphertexts {
        assert_eq!(decrypt(&vault, ciphertext).unwrap(), b"x");
    }
    let events = world.log.events();
    let rotations = events.iter().filter(|event| {
        let event = strongroom_core::audit::RecordedEvent::read(event).unwrap();
        event.action == Action::RotateKey && event.principal == "vault"
    });
    assert_eq!(rotations.count(), 2);
}

#[test]
fn a_budget_that_refuses_is_kept_also_across_crashes_and_opening_goes_on() {
    let world = counting(12);
    let vault = create(&world);
    let key = create_key(&vault);
    // Room for uses is out already when the budget comes.
    let ciphertext = encrypt(&vault, key, b"x").unwrap();
    put_budget(&vault, key, 5, BudgetEnd::Refuse).unwrap();
    let made = (0..9).filter(|_| encrypt(&vault, key, b"x").is_ok()).count();
    assert_eq!(made, 4);
    assert_eq!(encrypt(&vault, key, b"x"), Err(Error::LimitExceeded));
    let id = key.to_string();
    let dry = Encrypt { dry_run: true, ..Encrypt::new(&id, b"x") };
    assert_eq!(vault.encrypt(&root(), dry, &mut [0; 200]).unwrap_err(), Error::LimitExceeded);
    assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"x");
    world.cut_power();
    let vault = mount(&world).unwrap();
    assert_eq!(encrypt(&vault, key, b"x"), Err(Error::LimitExceeded));
    put_budget(&vault, key, 6, BudgetEnd::Refuse).unwrap();
    encrypt(&vault, key, b"x").unwrap();
    assert_eq!(encrypt(&vault, key, b"x"), Err(Error::LimitExceeded));
}

#[test]
fn where_nothing_is_counted_a_budget_is_kept_all_the_same() {
    let world = World::new(13);
    let vault = create(&world);
    let key = create_key(&vault);
    encrypt(&vault, key, b"x").unwrap();
    assert!(!last(&vault, key).is_tracked);
    assert!(check(&vault, key, 1).is_in_use);
    put_budget(&vault, key, 3, BudgetEnd::Refuse).unwrap();
    let made = (0..9).filter(|_| encrypt(&vault, key, b"x").is_ok()).count();
    assert_eq!(made, 3);
    let seen = check(&vault, key, 1);
    assert_eq!(seen.sealings_at_most, 3);
    assert_eq!(last(&vault, key).budget, Some(UsageBudget { sealings: 3, end: BudgetEnd::Refuse }));
}

#[test]
fn a_budget_does_not_make_a_version_look_unused_whose_uses_were_not_counted() {
    let world = World::new(16);
    world.clock.set_wall_ms(Some(NOON));
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"x").unwrap();
    rotate(&vault, key).unwrap();
    world.clock.advance_ms(DAY);
    decrypt(&vault, &ciphertext).unwrap();
    put_budget(&vault, key, 3, BudgetEnd::Refuse).unwrap();
    let seen = check(&vault, key, 1);
    assert!(seen.is_in_use && !seen.is_tracked, "it was used today: {seen:?}");
    assert!(!last(&vault, key).is_tracked);
}

#[test]
fn a_budget_holds_for_uses_given_out_without_counting_also_where_nothing_more_can_be_taken_back() {
    let world = World::new(14);
    let vault = create(&world);
    let keys: Vec<_> = (0..8).map(|_| create_key(&vault)).collect();
    let (counted, uncounted) = keys.split_at(4);
    for key in counted {
        put_budget(&vault, *key, 100, BudgetEnd::Refuse).unwrap();
        encrypt(&vault, *key, b"x").unwrap();
    }
    // Four opened keys have room. The counted ones give way, and what they had left is waiting to be written.
    for key in uncounted {
        encrypt(&vault, *key, b"x").unwrap();
    }
    put_budget(&vault, uncounted[3], 3, BudgetEnd::Refuse).unwrap();
    let made = (0..9).filter(|_| encrypt(&vault, uncounted[3], b"x").is_ok()).count();
    assert_eq!(made, 3);
}

#[test]
fn bad_budgets_are_refused_and_change_nothing() {
    let world = counting(14);
    let vault = create(&world);
    let key = create_key(&vault);
    for sealings in [0, (1 << 48) + 1, u64::MAX] {
        let error = put_budget(&vault, key, sealings, BudgetEnd::Rotate).unwrap_err();
        assert_eq!(error.code(), "ValidationException");
    }
    let imported = CreateKey { origin: KeyOrigin::External, ..CreateKey::default() };
    let imported = vault.create_key(&root(), imported).unwrap().key_id;
    assert_eq!(put_budget(&vault, imported, 5, BudgetEnd::Rotate), Err(Error::UnsupportedOperation));
    put_budget(&vault, imported, 5, BudgetEnd::Refuse).unwrap();
}

#[test]
fn commits_of_counts_spare_the_freshness_counter() {
    let world = World::new(15).with_counter(100);
    world.usage_block.set(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let before = world.counter.value();
    for _ in 0..40 {
        encrypt(&vault, key, b"x").unwrap();
    }
    assert_eq!(world.counter.value(), before);
    for _ in 0..40 {
        encrypt(&vault, key, b"x").unwrap();
    }
    assert_eq!(world.counter.value(), before.map(|value| value + 1));
    put_budget(&vault, key, 1000, BudgetEnd::Refuse).unwrap();
    assert_eq!(world.counter.value(), before.map(|value| value + 2), "a budget is no count");
    world.cut_power();
    let vault = mount(&world).unwrap();
    assert!(check(&vault, key, 1).sealings_at_most >= 80);
}

#[test]
fn a_torn_commit_of_a_block_is_seen_as_damage_and_never_as_fewer_uses() {
    let (mut whole, mut lost) = (0, 0);
    for kept in 0..12 {
        let world = counting(26);
        let vault = create(&world);
        let key = create_key(&vault);
        for _ in 0..BLOCK {
            encrypt(&vault, key, b"x").unwrap();
        }
        world.storage.decide(&[CommitFate::IsTorn(kept)]);
        assert!(encrypt(&vault, key, b"x").is_err(), "what could not be counted is not released");
        let torn = counting(27).with_image(&world.storage.image());
        torn.storage.ignore_revision();
        let vault = mount(&torn).unwrap();
        let request = RetireCheck { key_id: &key.to_string(), version: 1, within_days: 90 };
        match vault.retire_check(&root(), request) {
            Ok(seen) => {
                whole += 1;
                assert!(seen.sealings_at_most >= BLOCK, "torn at {kept}: {seen:?}");
            }
            Err(error) => {
                lost += 1;
                assert!(matches!(error, Error::Damaged(_)), "torn at {kept}: {error}");
                assert!(vault.verify().unwrap().damaged > 0);
            }
        }
    }
    assert!(whole > 1 && lost > 1, "{whole} whole, {lost} with damage");
}
