//! Changes of several callers in one commit: answered when all of it is durable, and one after the other all the same.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use strongroom_core::audit::{Entry, RecordedEvent, split_event};
use strongroom_core::crypto::RustCrypto;
use strongroom_core::key::KeyId;
use strongroom_core::operation::{CreateAlias, PutKeyPolicy, TagResource, UpdateKeyDescription};
use strongroom_core::platform::{AuditSink, Cache, Entropy, EntropyFailed, Platform};
use strongroom_core::policy::{Language, PolicyBuilder, PolicyKind, PrincipalEntry, Statement};
use strongroom_core::ram::{ManualClock, SeededEntropy};
use strongroom_core::{Error, Vault};
use strongroom_std::faults::disk::MockDisk;
use strongroom_std::faults::power_cuts::Device;
use strongroom_std::{AuditDurability, Settings};

use crate::world::{
    OnFile, SECRET, caller, create, create_key, decrypt, disable, enable, encrypt, mount, root, secret_of,
};

type FileVault = Vault<Surroundings>;
type Surroundings = OnFile<RustCrypto, Moody, ManualClock>;

/// A generator that panics when it is told to.
struct Moody {
    seeded: SeededEntropy,
    left: Cell<u64>,
}

impl Entropy for Moody {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
        self.left.set(self.left.get().checked_sub(1).expect("as planned"));
        self.seeded.fill(buffer)
    }
}

/// Events of what changes nothing wait for others, so that recording one lands nothing.
fn platform(disk: &MockDisk, session: u64) -> Surroundings {
    platform_with(disk, session, AuditDurability::Batched)
}

fn platform_with(disk: &MockDisk, session: u64, durability: AuditDurability) -> Surroundings {
    let clock = ManualClock::new();
    clock.set_wall_ms(Some(1_800_000_000_000));
    let file = disk.open(&Settings::default()).unwrap();
    let entropy = Moody { seeded: SeededEntropy::new(session), left: Cell::new(u64::MAX) };
    OnFile::with_log(file, entropy, clock, durability)
}

const ONE: &str = "alias/one";

/// The disk of an open vault, for whoever copies it or takes its power.
type Shared = Rc<RefCell<MockDisk>>;

/// A vault with a key.
fn a_vault() -> (Shared, Rc<FileVault>, KeyId) {
    let disk = MockDisk::new();
    let vault = Rc::new(create(platform(&disk, 1)));
    let key = create_key(&vault);
    (Rc::new(RefCell::new(disk)), vault, key)
}

/// The vault as it is found if the power goes now, and takes along what was not synced.
fn after_a_cut(disk: &Shared) -> FileVault {
    let mut copy = disk.borrow().clone();
    let now = copy.steps();
    copy.cut_at(now, 0, 1);
    assert!(copy.open(&Settings::default()).is_err());
    copy.power_up();
    mount(platform(&copy, 99)).unwrap()
}

fn tag(vault: &FileVault, key: KeyId, name: &str) -> Result<(), Error> {
    let id = key.to_string();
    vault.tag_resource(&root(), TagResource { key_id: &id, tags: &[(name, "x")] })
}

fn tag_count(vault: &FileVault, key: KeyId) -> usize {
    let (id, mut room) = (key.to_string(), [0; 8192]);
    let request = strongroom_core::operation::ListResourceTags::new(&id);
    vault.list_resource_tags(&root(), request, &mut room).unwrap().iter().count()
}

fn name_it(vault: &FileVault, key: KeyId, alias_name: &str) -> Result<(), Error> {
    let target_key_id = &key.to_string();
    vault.create_alias(&root(), CreateAlias { alias_name, target_key_id })
}

/// What somebody who waits changes.
type Other = Box<dyn FnOnce(&FileVault) -> Result<(), Error>>;

/// Has `others` wait, each of which then makes its change, and makes one itself; answers what each was told, the own last.
fn together(
    vault: &Rc<FileVault>,
    others: Vec<Other>,
    own: impl FnOnce(&FileVault) -> Result<(), Error>,
) -> Vec<Result<(), Error>> {
    let told = Rc::new(RefCell::new(Vec::new()));
    for other in others {
        let (vault_of_other, told) = (Rc::clone(vault), Rc::clone(&told));
        vault.platform().state().wait(move || {
            let answer = other(&vault_of_other);
            told.borrow_mut().push(answer);
        });
    }
    let answer = own(vault);
    assert!(vault.platform().state().is_empty(), "{answer:?}, {told:?}");
    let mut told = told.take();
    told.push(answer);
    told
}

fn other(change: impl FnOnce(&FileVault) -> Result<(), Error> + 'static) -> Other {
    Box::new(change)
}

/// How many events of successful changes each revision has in the log.
fn events_of_revisions(vault: &FileVault, action: &str) -> BTreeMap<u64, usize> {
    vault.flush_audit().unwrap();
    let mut events = BTreeMap::new();
    let scanned = vault.platform().audit_sink().scan(0, &mut |bytes| {
        let mut left = Entry::read(bytes).unwrap().events;
        while let Some((event, rest)) = split_event(left) {
            let event = RecordedEvent::read(event).unwrap();
            if event.action.name() == action && event.error_code.is_none() {
                *events.entry(event.revision).or_insert(0) += 1;
            }
            left = rest;
        }
        true
    });
    scanned.unwrap();
    events
}

#[test]
fn what_several_callers_change_at_once_is_one_commit_with_an_event_each() {
    let (disk, vault, key) = a_vault();
    let keys: Vec<KeyId> = (0..3).map(|_| create_key(&vault)).collect();
    let others = keys.iter().copied().map(|key| other(move |vault| tag(vault, key, "other"))).collect();
    let told = together(&vault, others, |vault| tag(vault, key, "own"));
    assert_eq!(told, [Ok(()), Ok(()), Ok(()), Ok(())]);
    let found = after_a_cut(&disk);
    for vault in [&*vault, &found] {
        assert!(keys.iter().chain([&key]).all(|key| tag_count(vault, *key) == 1));
        assert_eq!(vault.verify().unwrap().damaged, 0);
        let events = events_of_revisions(vault, "TagResource");
        assert_eq!(events.into_values().collect::<Vec<_>>(), [4]);
    }
}

#[test]
fn more_than_one_commit_has_room_for_is_several() {
    let (disk, vault, key) = a_vault();
    let keys: Vec<KeyId> = (0..12).map(|_| create_key(&vault)).collect();
    // The names make their events so long that fewer of them have room than keys do.
    let others = keys.iter().copied().enumerate().map(|(number, key)| {
        other(move |vault| name_it(vault, key, &format!("alias/{number}{}", "x".repeat(200))))
    });
    let told = together(&vault, others.collect(), |vault| tag(vault, key, "own"));
    assert!(told.len() == 13 && told.iter().all(Result::is_ok), "{told:?}");
    let commits = events_of_revisions(&after_a_cut(&disk), "CreateAlias");
    assert_eq!(commits.values().sum::<usize>(), 12);
    assert!((2..6).contains(&commits.len()), "{commits:?}");
}

#[test]
fn nobody_sees_a_change_before_it_is_durable() {
    let (disk, vault, key) = a_vault();
    let named = |vault: &FileVault| vault.key_of_alias(ONE).unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let look = {
        let (seen, disk) = (Rc::clone(&seen), Rc::clone(&disk));
        other(move |vault| {
            seen.borrow_mut().extend([named(vault), named(&after_a_cut(&disk))]);
            // Whoever flushes the log lands what is staged.
            vault.flush_audit()?;
            seen.borrow_mut().extend([named(vault), named(&after_a_cut(&disk))]);
            Ok(())
        })
    };
    let told = together(&vault, vec![look], |vault| name_it(vault, key, ONE));
    assert_eq!(told, [Ok(()), Ok(())]);
    assert_eq!(*seen.borrow(), [None, None, Some(key), Some(key)]);
}

#[test]
fn each_change_is_judged_on_those_before_it_and_refused_when_those_are_durable() {
    let (disk, vault, key) = a_vault();
    let another = create_key(&vault);
    let found = Rc::new(RefCell::new(None));
    let look = {
        let (found, disk) = (Rc::clone(&found), disk);
        other(move |vault| {
            let refused = name_it(vault, another, ONE);
            // Who is told that there is one may rely on it.
            *found.borrow_mut() = after_a_cut(&disk).key_of_alias(ONE)?;
            refused
        })
    };
    // Another waits, so that nobody lands for want of company.
    let told = together(&vault, vec![look, other(|_| Ok(()))], |vault| {
        let named = name_it(vault, key, ONE);
        vault.platform().state().go();
        named
    });
    assert_eq!(told, [Err(Error::AlreadyExists), Ok(()), Ok(())]);
    assert_eq!(found.take(), Some(key));
}

#[test]
fn a_permission_that_is_taken_back_in_the_same_commit_is_gone() {
    let (_disk, vault, key) = a_vault();
    let bob = "arn:aws:iam::000000000000:user/bob";
    let put = move |vault: &FileVault, who: &[PrincipalEntry<'_>]| {
        let mut buffer = [0; 1000];
        let mut builder =
            PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
        builder.statement(&Statement::allow(who, &["kms:*"])).unwrap();
        let policy = builder.finish();
        vault.put_key_policy(&root(), PutKeyPolicy::new(&key.to_string(), policy)).map(drop)
    };
    let describe_it = move |vault: &FileVault| {
        let request = UpdateKeyDescription { key_id: &key.to_string(), description: "bob's" };
        vault.update_key_description(&caller(bob), request).map(drop)
    };
    let account = PrincipalEntry::Account("000000000000");
    put(&vault, &[account, PrincipalEntry::Arn(bob)]).unwrap();
    describe_it(&vault).unwrap();
    // He asks when it is staged already that he may not, and is permitted by what readers see.
    let told = together(&vault, vec![other(describe_it)], |vault| put(vault, &[account]));
    assert_eq!(told, [Err(Error::Busy), Ok(())]);
    assert!(matches!(describe_it(&vault), Err(Error::AccessDenied(_))));
}

#[test]
fn a_key_that_is_disabled_together_with_others_is_disabled_for_everybody() {
    let (_disk, vault, key) = a_vault();
    let sealed = encrypt(&vault, key, b"held open").unwrap();
    let another = create_key(&vault);
    let told = together(&vault, vec![other(move |vault| tag(vault, another, "t"))], |vault| {
        disable(vault, key).map(drop)
    });
    assert_eq!(told, [Ok(()), Ok(())]);
    assert_eq!(decrypt(&vault, &sealed), Err(Error::Disabled));
    let told = together(&vault, vec![other(move |vault| enable(vault, key).map(drop))], |vault| {
        tag(vault, another, "u")
    });
    assert_eq!(told, [Ok(()), Ok(())]);
    assert!(decrypt(&vault, &sealed).is_ok());
}

#[test]
fn nobody_goes_on_with_what_a_key_was_while_the_log_is_written() {
    let disk = MockDisk::new();
    let vault = Rc::new(create(platform_with(&disk, 1, AuditDurability::Strict)));
    let (key, another) = (create_key(&vault), create_key(&vault));
    encrypt(&vault, key, b"held open").unwrap();
    let held = Rc::new(RefCell::new(Vec::new()));
    let watch = {
        let (held, watched) = (Rc::clone(&held), Rc::clone(&vault));
        move || {
            let state = watched.platform().cache().lend_key(&key, |facts, _| facts.state).unwrap();
            held.borrow_mut().push(state);
        }
    };
    vault.platform().audit_sink().watch(watch);
    // The other one lands for both, and has the log written, before the one who disables is answered.
    let told = together(&vault, vec![other(move |vault| tag(vault, another, "t"))], |vault| {
        disable(vault, key).map(drop)
    });
    assert_eq!(told, [Ok(()), Ok(())]);
    assert_eq!(held.borrow().last(), Some(&None), "{held:?}");
}

#[test]
fn nobody_is_told_of_success_if_the_commit_fails() {
    let (disk, vault, key) = a_vault();
    let another = create_key(&vault);
    let joins = other(move |vault| tag(vault, another, "other"));
    let cut = {
        let disk = Rc::clone(&disk);
        other(move |_| {
            let now = disk.borrow().steps();
            disk.borrow_mut().cut_at(now, 0, 1);
            Ok(())
        })
    };
    let told = together(&vault, vec![joins, cut], |vault| tag(vault, key, "own"));
    // Whoever goes first is told last.
    assert_eq!(told[0], Ok(()));
    assert!(told[1].is_err() && told[1] == told[2], "{told:?}");
    assert_eq!(tag(&vault, key, "later"), Err(Error::SessionEnded));
    disk.borrow_mut().power_up();
    let found = after_a_cut(&disk);
    assert_eq!([tag_count(&found, key), tag_count(&found, another)], [0, 0]);
    assert_eq!(events_of_revisions(&found, "TagResource"), BTreeMap::new());
}

#[test]
fn what_did_not_land_does_not_come_along_with_a_later_commit() {
    let (_disk, vault, key) = a_vault();
    let another = create_key(&vault);
    let breaks = other(move |vault| {
        vault.platform().entropy().seeded.fail_after(3);
        let told = tag(vault, another, "other");
        vault.platform().entropy().seeded.fail_after(u64::MAX);
        told
    });
    let told = together(&vault, vec![breaks], |vault| tag(vault, key, "own"));
    assert_eq!(told, [Err(Error::Entropy), Err(Error::Entropy)]);
    vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!([tag_count(&vault, key), tag_count(&vault, another)], [0, 0]);
    tag(&vault, another, "later").unwrap();
    assert_eq!([tag_count(&vault, key), tag_count(&vault, another)], [0, 1]);
    assert_eq!(vault.verify().unwrap().damaged, 0);
}

#[test]
fn who_is_refused_while_others_wait_keeps_nobody_from_anything() {
    let (_disk, vault, key) = a_vault();
    let another = create_key(&vault);
    name_it(&vault, key, ONE).unwrap();
    // It would have joined those who come, and has nothing to stage.
    let told = together(&vault, vec![], |vault| {
        vault.platform().state().wait(|| ());
        let refused = name_it(vault, another, ONE);
        vault.platform().state().go();
        refused
    });
    assert_eq!(told, [Err(Error::AlreadyExists)]);
    assert_eq!(tag(&vault, another, "later"), Ok(()));
}

#[test]
fn a_panic_half_way_ends_the_session_and_stages_nothing_that_comes_after_it() {
    let (_disk, vault, key) = a_vault();
    let another = create_key(&vault);
    let panics = other(move |vault| {
        vault.platform().state().wait(|| ());
        vault.platform().entropy().left.set(3);
        let caught = catch_unwind(AssertUnwindSafe(|| tag(vault, another, "other")));
        vault.platform().entropy().left.set(u64::MAX);
        assert!(caught.is_err());
        tag(vault, another, "again")
    });
    let told = together(&vault, vec![panics], |vault| {
        let told = tag(vault, key, "own");
        vault.platform().state().go();
        told
    });
    assert_eq!(told, [Err(Error::SessionEnded), Err(Error::SessionEnded)]);
    vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!([tag_count(&vault, key), tag_count(&vault, another)], [0, 0]);
    assert_eq!(vault.verify().unwrap().damaged, 0);
}

#[test]
fn locking_lands_what_waits() {
    let (_disk, vault, key) = a_vault();
    let told = together(&vault, vec![other(|vault| vault.lock())], |vault| tag(vault, key, "own"));
    assert_eq!(told, [Ok(()), Ok(())]);
    assert_eq!(tag(&vault, key, "later"), Err(Error::Locked));
    vault.mount(&mut secret_of(SECRET)).unwrap();
    assert_eq!(tag_count(&vault, key), 1);
}

#[test]
fn closing_lands_what_waits() {
    let (disk, vault, key) = a_vault();
    let close = other(|vault| vault.close());
    let told = together(&vault, vec![close], |vault| tag(vault, key, "own"));
    assert_eq!(told, [Ok(()), Ok(())]);
    let found = after_a_cut(&disk);
    assert_eq!(tag_count(&found, key), 1);
    assert_eq!(events_of_revisions(&found, "TagResource").into_values().collect::<Vec<_>>(), [1]);
}
