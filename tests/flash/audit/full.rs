//! The end of a log: who may still write, what is dropped, what is said about it.

use std::cell::RefCell;

use strongroom_core::Error;
use strongroom_core::audit::{Action, AuditKey, Entry, Finding, RecordedEvent, Verifier, split_event};
use strongroom_core::crypto::RustCrypto;
use strongroom_core::flash::{AuditRules, FlashAudit, SharedFlash};
use strongroom_core::key::KeyId;
use strongroom_core::limits::DENIALS_MAX;
use strongroom_core::operation::{DescribeKey, GetAuditHead, StartAuditLog, TakeAuditKey};
use strongroom_core::platform::Platform;
use strongroom_core::ram::{ManualClock, RamCache, RamState, SeededEntropy};
use strongroom_core::{Protection, Vault};
use strongroom_std::verify_flash_audit_log;

use super::{BUFFER, DENY, DROP, Flash, Log, area, flash, mount as mount_log};
use crate::world::{
    HostileStorage, SECRET, STRANGER, caller, create, create_key, describe, disable, enable, root, secret_of,
};

/// A vault in memory, with its log in flash.
struct Ring<'f> {
    entropy: SeededEntropy,
    clock: ManualClock,
    storage: HostileStorage,
    log: Log<'f, 8>,
    cache: RamCache<RustCrypto, 4>,
    state: RamState<RustCrypto>,
}

impl<'f> Ring<'f> {
    fn new(flash: &'f RefCell<Flash<8>>, blocks: u32, rules: AuditRules) -> Self {
        Ring {
            entropy: SeededEntropy::new(3),
            clock: ManualClock::new(),
            storage: HostileStorage::default(),
            log: mount_log(flash, blocks, rules).unwrap(),
            cache: RamCache::new(),
            state: RamState::new(),
        }
    }
}

impl<'f> Platform for Ring<'f> {
    type Primitives = RustCrypto;
    type Entropy = SeededEntropy;
    type Clock = ManualClock;
    type Storage = HostileStorage;
    type AuditSink = Log<'f, 8>;
    type Cache = RamCache<RustCrypto, 4>;
    type State = RamState<RustCrypto>;
    type Freshness = ();
    type Eraser = ();

    fn entropy(&self) -> &SeededEntropy {
        &self.entropy
    }
    fn clock(&self) -> &ManualClock {
        &self.clock
    }
    fn storage(&self) -> &HostileStorage {
        &self.storage
    }
    fn audit_sink(&self) -> &Log<'f, 8> {
        &self.log
    }
    fn cache(&self) -> &RamCache<RustCrypto, 4> {
        &self.cache
    }
    fn state(&self) -> &RamState<RustCrypto> {
        &self.state
    }
    fn freshness(&self) -> &() {
        &()
    }
    fn eraser(&self) -> &() {
        &()
    }
    fn usage_block(&self) -> u64 {
        0
    }
}

type RingVault<'f> = Vault<Ring<'f>>;

fn take_key(vault: &RingVault<'_>) -> AuditKey {
    let mut key = AuditKey::empty();
    vault.take_audit_key(&root(), TakeAuditKey, &mut key).unwrap();
    key
}

/// What a verifier makes of the log: entries followed, the gap, and what it ends with.
fn verify(log: &Log<'_, 8>, key: &AuditKey) -> (u64, Option<Finding>, Result<u64, Finding>) {
    let mut verifier = Verifier::<RustCrypto>::new(key).unwrap();
    let (mut followed, mut wrong) = (0, None);
    log.walk(&mut |hash, bytes| {
        match verifier.follow_behind(hash, bytes) {
            Ok(Some(_)) => followed += 1,
            Ok(None) => {}
            Err(finding) => wrong = Some(finding),
        }
        wrong.is_none()
    })
    .unwrap();
    let gap = verifier.gap();
    (followed, gap, wrong.map_or_else(|| verifier.finish(), Err))
}

/// The actions in the log, with the events' details.
fn actions(log: &Log<'_, 8>) -> Vec<(Action, u64)> {
    let mut found = Vec::new();
    log.walk(&mut |_, bytes| {
        let mut left = Entry::read(bytes).unwrap().events;
        while let Some((event, rest)) = split_event(left) {
            let event = RecordedEvent::read(event).unwrap();
            found.push((event.action, event.detail));
            left = rest;
        }
        true
    })
    .unwrap();
    found
}

#[test]
fn a_log_that_denies_keeps_room_for_those_who_administer_and_for_those_who_may() {
    let flash = flash::<8>(4);
    let vault = create(Ring::new(&flash, 4, DENY));
    let key = create_key(&vault);
    let before = actions(&vault.platform().log).len();
    // Denied, and denied, and denied: an answer each time, but an event only as long as there is more than enough room.
    let mut room = [0; 64];
    for number in 0..400u128 {
        // Another key each time, or they were counted.
        let id = KeyId::from_bytes(number.to_be_bytes()).to_string();
        let denied = vault.describe_key(&caller(STRANGER), DescribeKey::new(&id), &mut room).unwrap_err();
        assert_eq!(denied.code(), "AccessDeniedException");
    }
    let denials = actions(&vault.platform().log).len() - before;
    assert!((30..120).contains(&denials), "{denials} denials are in the log");
    let mut looks = 0;
    while describe(&vault, key).is_ok() {
        looks += 1;
        assert!(looks < 100, "nothing ends it");
    }
    assert!(looks >= 5, "a caller who is denied has taken the room of others");
    assert_eq!(describe(&vault, key), Err(Error::Audit));
    for _ in 0..3 {
        disable(&vault, key).unwrap();
        enable(&vault, key).unwrap();
    }
    assert_eq!(describe(&vault, key), Err(Error::Audit));
    // Also after the power was off.
    vault.close().unwrap();
    vault.mount(&mut secret_of(SECRET)).unwrap();
    disable(&vault, key).unwrap();
    // An auditor has read what there is. With that gone, there is room again.
    let entries = actions(&vault.platform().log).len() as u64;
    assert!(vault.platform().log.release(entries - 4).unwrap() >= 2);
    enable(&vault, key).unwrap();
    assert!(describe(&vault, key).is_ok());
}

#[test]
fn a_log_that_drops_says_so_before_and_is_followed_behind_the_gap() {
    let flash = flash::<8>(3);
    let vault = create(Ring::new(&flash, 3, DROP));
    let key = take_key(&vault);
    let id = create_key(&vault);
    for _ in 0..40 {
        describe(&vault, id).unwrap();
    }
    assert_eq!(verify(&vault.platform().log, &key).1, None, "nothing is dropped yet");
    for round in 0..6 {
        for _ in 0..40 {
            describe(&vault, id).unwrap();
        }
        let log = &vault.platform().log;
        let (followed, gap, end) = verify(log, &key);
        let Some(Finding::Missing { from: 0, found, is_declared: true }) = gap else { panic!("{gap:?}") };
        assert_eq!(end, Ok(followed), "round {round}");
        assert!(found > 0 && followed > 40, "{followed} behind {found}");
        let said: Vec<u64> = actions(log)
            .into_iter()
            .filter(|(action, _)| *action == Action::LogDropped)
            .map(|(_, detail)| detail)
            .collect();
        assert!(said.iter().any(|before| *before >= found), "{said:?}");
        // Somebody else reads the same from a copy of the flash.
        let head = vault.get_audit_head(&root(), GetAuditHead { nonce: [9; 16] }).unwrap();
        let image = flash.borrow().image().to_vec();
        let report = verify_flash_audit_log(&image, area(3), &key, Some(([9; 16], head))).unwrap();
        assert_eq!((report.first, report.findings), (Some(found), vec![gap.unwrap()]));
        vault.close().unwrap();
        vault.mount(&mut secret_of(SECRET)).unwrap();
    }
}

#[test]
fn entries_that_somebody_erased_are_missing_and_not_declared() {
    let flash = flash::<8>(4);
    let vault = create(Ring::new(&flash, 4, DENY));
    let key = take_key(&vault);
    let id = create_key(&vault);
    for _ in 0..50 {
        describe(&vault, id).unwrap();
    }
    assert_eq!(vault.platform().log.release(30).unwrap(), 1);
    let (followed, gap, end) = verify(&vault.platform().log, &key);
    let Some(Finding::Missing { from: 0, found, is_declared: false }) = gap else { panic!("{gap:?}") };
    assert!((1..=30).contains(&found) && end == Ok(followed) && followed > 10);
}

#[test]
fn the_key_of_a_successor_log_follows_it_behind_a_gap_too() {
    let flash = flash::<8>(3);
    let vault = create(Ring::new(&flash, 3, DROP));
    let id = create_key(&vault);
    vault.start_audit_log(&root(), StartAuditLog).unwrap();
    let key = take_key(&vault);
    for _ in 0..120 {
        describe(&vault, id).unwrap();
    }
    let (followed, gap, end) = verify(&vault.platform().log, &key);
    assert!(matches!(gap, Some(Finding::Missing { is_declared: true, .. })), "{gap:?}");
    assert!(followed > 40 && end == Ok(followed));
}

#[test]
fn the_posture_says_what_becomes_of_a_full_log() {
    let flash = flash::<8>(3);
    for (rules, expected) in [(DENY, "denied"), (DROP, "oldest")] {
        let vault = Vault::new(Ring::new(&flash, 3, rules));
        let lines = vault.posture().unwrap();
        let line = lines.iter().find(|line| line.to_string().contains("log")).unwrap();
        assert!(line.to_string().contains(expected), "{line}");
        assert_eq!(line.is_protected(), *line != Protection::AuditDropsOldest);
    }
}

#[test]
fn events_wait_in_the_buffer_only_where_the_rules_say_so() {
    let flash = flash::<8>(4);
    let strict = create(Ring::new(&flash, 4, DENY));
    let key = create_key(&strict);
    describe(&strict, key).unwrap();
    let count = |log: &Log<'_, 8>| actions(log).len();
    let before = count(&strict.platform().log);
    describe(&strict, key).unwrap();
    assert_eq!(count(&strict.platform().log), before + 1);
    drop(strict);
    let batched = AuditRules { durability: strongroom_core::flash::AuditDurability::Batched, ..DENY };
    let flash = super::flash::<8>(4);
    let log = FlashAudit::<_, 4000>::mount(SharedFlash::new(&flash), area(4), batched);
    assert!(log.is_err(), "a block of 8 KiB does not hold two entries of 4,000 bytes");
    let mut platform = Ring::new(&flash, 4, DENY);
    platform.log = mount_log(&flash, 4, batched).unwrap();
    let vault = create(platform);
    let before = count(&vault.platform().log);
    let key = create_key(&vault);
    describe(&vault, key).unwrap();
    assert_eq!(count(&vault.platform().log), before, "both wait, and the manifest has that of the change");
    vault.flush_audit().unwrap();
    assert_eq!(count(&vault.platform().log), before + 2);
    const { assert!(BUFFER < 2 * 1752) };
    for _ in 0..20 {
        describe(&vault, key).unwrap();
    }
    assert!(count(&vault.platform().log) > before + 10, "a full buffer is written");
}

/// How many repeats of denials the log tells of.
fn repeats(log: &Log<'_, 8>) -> u64 {
    let mut found = 0;
    log.walk(&mut |_, bytes| {
        let mut left = Entry::read(bytes).unwrap().events;
        while let Some((event, rest)) = split_event(left) {
            found += RecordedEvent::read(event).unwrap().repeats.map_or(0, |repeats| repeats.count);
            left = rest;
        }
        true
    })
    .unwrap();
    found
}

#[test]
fn counts_of_denials_that_do_not_fit_into_the_buffer_at_once_are_all_written() {
    let long = "n".repeat(150);
    let ends: [fn(&RingVault<'_>); 2] =
        [|vault| vault.flush_audit().unwrap(), |vault| vault.close().unwrap()];
    for end in ends {
        let flash = flash::<8>(8);
        let vault = create(Ring::new(&flash, 8, DENY));
        let id = create_key(&vault).to_string();
        for _ in 0..3 {
            for number in 0..DENIALS_MAX {
                let who = format!("arn:aws:iam::000000000000:user/{number}{long}");
                vault.describe_key(&caller(&who), DescribeKey::new(&id), &mut [0; 64]).unwrap_err();
            }
        }
        assert_eq!(repeats(&vault.platform().log), 0);
        const { assert!(DENIALS_MAX * 300 > BUFFER) };
        end(&vault);
        assert_eq!(repeats(&vault.platform().log), 2 * u64::try_from(DENIALS_MAX).unwrap());
        vault.lock().unwrap();
        vault.mount(&mut secret_of(SECRET)).unwrap();
    }
}
