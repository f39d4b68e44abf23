//! Adding, changing and removing.

use std::cell::Cell;

use strongroom_core::error::StateConflict;
use strongroom_core::limits::{SLOTS_MAX, argon2};
use strongroom_core::operation::{AddSlot, ChangeSlot, ListSlots, RemoveSlot, Revocation};
use strongroom_core::policy::{Action, Language, PolicyBuilder, PolicyKind, Statement};
use strongroom_core::{Error, ListedSlot, SlotKind, SlotState, Vault};

use super::{ADD, COPIES, byte_of, image_opens, listed, opens, with_slots};
use crate::world::{
    CommitFate, SECRET, STRANGER, World, caller, create, create_key, decrypt, encrypt, mount, root, secret_of,
};

const ANOTHER: u8 = 200;

fn change(vault: &Vault<&World>, slot_id: u8, byte: u8) -> Result<Revocation, Error> {
    let request = ChangeSlot { slot_id, kind: SlotKind::KeyFile };
    vault.change_slot(&root(), request, &mut secret_of(byte))
}

fn remove(vault: &Vault<&World>, slot_id: u8) -> Result<Revocation, Error> {
    vault.remove_slot(&root(), RemoveSlot { slot_id })
}

#[test]
fn an_added_slot_opens_with_its_own_secret_and_the_others_as_before() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"kept").unwrap();
    for slot_id in 1..4 {
        assert_eq!(vault.add_slot(&root(), ADD, &mut secret_of(byte_of(slot_id))), Ok(slot_id));
        assert_eq!(vault.verify().unwrap().damaged_copies, 0);
    }
    assert_eq!(listed(&vault), [0, 1, 2, 3].map(|slot_id| (slot_id, SlotState::Good)));
    for slot_id in 0..4 {
        assert_eq!(opens(&world, byte_of(slot_id)), Ok(()));
    }
    assert_eq!(opens(&world, byte_of(4)), Err(Error::WrongSecret));
    assert_eq!(decrypt(&mount(&world).unwrap(), &ciphertext).unwrap(), b"kept");
}

#[test]
fn a_slot_has_the_parameters_that_were_asked_for_and_a_salt_of_its_own() {
    let world = World::new(1);
    let vault = create(&world);
    let kinds = [
        SlotKind::Passphrase { memory_kib: 64, passes: 2, lanes: 1 },
        SlotKind::RecoveryShares,
        SlotKind::Passphrase { memory_kib: 64, passes: 2, lanes: 1 },
    ];
    let mut salts = Vec::new();
    for kind in kinds {
        let unlock = &mut |slot: &strongroom_core::SlotParameters,
                           secret: &mut strongroom_core::Secret<32>| {
            assert_eq!(slot.kind, kind);
            assert!(!salts.contains(&slot.salt));
            salts.push(slot.salt);
            secret.fill_with(|bytes| bytes.fill(1));
            Ok(true)
        };
        vault.add_slot(&root(), AddSlot { kind }, unlock).unwrap();
    }
    let expected: Vec<_> = (0..).zip([SlotKind::KeyFile].iter().chain(&kinds)).collect();
    let slots = vault.list_slots(&root(), ListSlots).unwrap();
    let found: Vec<_> = slots
        .as_slice()
        .iter()
        .map(|ListedSlot { slot_id, kind, .. }| (*slot_id, kind.as_ref().unwrap()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_changed_slot_opens_with_the_new_secret_only() {
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    assert_eq!(change(&vault, 1, ANOTHER), Ok(Revocation::NotRevokedUntilRekey));
    assert_eq!(listed(&vault).len(), 2);
    assert_eq!(opens(&world, byte_of(1)), Err(Error::WrongSecret));
    assert_eq!(opens(&world, ANOTHER), Ok(()));
    assert_eq!(opens(&world, SECRET), Ok(()));
    let vault = mount(&world).unwrap();
    assert_eq!(change(&vault, 5, ANOTHER), Err(Error::NotFound));
    // The only slot there is can be changed.
    remove(&vault, 1).unwrap();
    change(&vault, 0, ANOTHER).unwrap();
    assert_eq!(opens(&world, SECRET), Err(Error::WrongSecret));
    assert_eq!(opens(&world, ANOTHER), Ok(()));
}

#[test]
fn a_removed_slot_opens_no_more_but_an_older_image_still_does_and_its_slot_put_back_is_stale() {
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    let old = world.storage.image();
    assert_eq!(remove(&vault, 1), Ok(Revocation::NotRevokedUntilRekey));
    assert_eq!(remove(&vault, 1), Err(Error::NotFound));
    assert_eq!(opens(&world, byte_of(1)), Err(Error::WrongSecret));
    assert_eq!(opens(&world, SECRET), Ok(()));
    assert_eq!(image_opens(&old, byte_of(1)), Ok(()), "what `NotRevokedUntilRekey` says");
    for copy in COPIES {
        let area = old.blobs[&copy].clone();
        world.storage.alter(|blobs| drop(blobs.insert(copy, area)));
    }
    assert_eq!(opens(&world, byte_of(1)), Err(Error::SlotStale));
    assert_eq!(opens(&world, SECRET), Ok(()), "the others are not harmed");
    let vault = mount(&world).unwrap();
    assert_eq!(listed(&vault), [(0, SlotState::Good), (1, SlotState::Stale)]);
}

#[test]
fn a_slot_with_weaker_parameters_that_was_put_back_is_refused() {
    let kind = |memory_kib| SlotKind::Passphrase { memory_kib, passes: 1, lanes: 1 };
    let world = World::new(1);
    let vault = create(&world);
    let weak = ChangeSlot { slot_id: 0, kind: kind(argon2::MEMORY_KIB_MIN) };
    vault.change_slot(&root(), weak, &mut secret_of(SECRET)).unwrap();
    let old = world.storage.image();
    let strong = ChangeSlot { slot_id: 0, kind: kind(1 << 16) };
    vault.change_slot(&root(), strong, &mut secret_of(SECRET)).unwrap();
    assert_eq!(opens(&world, SECRET), Ok(()));
    for copy in COPIES {
        let area = old.blobs[&copy].clone();
        world.storage.alter(|blobs| drop(blobs.insert(copy, area)));
    }
    assert_eq!(opens(&world, SECRET), Err(Error::SlotStale));
}

#[test]
fn the_last_slot_stays_and_there_are_only_so_many() {
    let world = World::new(1);
    let vault = create(&world);
    let last = Error::InvalidState(StateConflict::LastSlot);
    assert_eq!(remove(&vault, 0), Err(last));
    assert_eq!(remove(&vault, 1), Err(Error::NotFound));
    for _ in 1..SLOTS_MAX {
        vault.add_slot(&root(), ADD, &mut secret_of(1)).unwrap();
    }
    assert_eq!(vault.add_slot(&root(), ADD, &mut secret_of(1)), Err(Error::LimitExceeded));
    // A number that was given up is given again.
    remove(&vault, 3).unwrap();
    assert_eq!(vault.add_slot(&root(), ADD, &mut secret_of(1)), Ok(3));
    assert_eq!(opens(&world, SECRET), Ok(()));
}

#[test]
fn only_whom_the_vault_lets_changes_slots_and_nobody_else_is_asked_for_a_secret() {
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    let before = world.storage.image();
    let mut never = |_: &strongroom_core::SlotParameters, _: &mut strongroom_core::Secret<32>| unreachable!();
    let stranger = caller(STRANGER);
    let kind = SlotKind::KeyFile;
    let refusals = [
        vault.list_slots(&stranger, ListSlots).map(drop),
        vault.add_slot(&stranger, ADD, &mut never).map(drop),
        vault.change_slot(&stranger, ChangeSlot { slot_id: 0, kind }, &mut never).map(drop),
        vault.remove_slot(&stranger, RemoveSlot { slot_id: 1 }).map(drop),
    ];
    for refusal in refusals {
        assert!(matches!(refusal, Err(Error::AccessDenied(_))), "{refusal:?}");
    }
    assert_eq!(world.storage.image(), before);

    let mut buffer = [0; 1000];
    let mut policy =
        PolicyBuilder::new(&mut buffer, PolicyKind::Identity, Language::Version2012, "").unwrap();
    policy.statement(&Statement::allow(&[], &["kms:AddSlot"])).unwrap();
    let policies = [policy.finish()];
    let keeper = caller(STRANGER).with_identity_policies(&policies).unwrap();
    assert_eq!(vault.add_slot(&keeper, ADD, &mut secret_of(1)), Ok(2));
    assert!(vault.remove_slot(&keeper, RemoveSlot { slot_id: 1 }).is_err());
}

#[test]
fn the_log_names_the_slot_that_changed() {
    let world = World::new(1);
    let vault = with_slots(&world, 3);
    let last = || world.log.last(|event| (event.action, event.detail, event.error_code));
    assert_eq!(last(), (Action::AddSlot, 2, None));
    change(&vault, 1, ANOTHER).unwrap();
    assert_eq!(last(), (Action::ChangeSlot, 1, None));
    remove(&vault, 2).unwrap();
    assert_eq!(last(), (Action::RemoveSlot, 2, None));
    remove(&vault, 2).unwrap_err();
    assert_eq!(last(), (Action::RemoveSlot, 0, Some("NotFoundException")));
    listed(&vault);
    assert_eq!(last(), (Action::ListSlots, 0, None));
}

#[test]
fn without_a_secret_or_with_parameters_out_of_bounds_nothing_is_added() {
    let world = World::new(1);
    let vault = create(&world);
    let before = world.storage.image();
    assert_eq!(vault.add_slot(&root(), ADD, &mut |_, _| Ok(false)), Err(Error::WrongSecret));
    assert_eq!(vault.add_slot(&root(), ADD, &mut |_, _| Err(Error::Capacity)), Err(Error::Capacity));
    let asked = Cell::new(false);
    for (memory_kib, passes, lanes) in [(argon2::MEMORY_KIB_MIN - 1, 1, 1), (64, 0, 1), (64, 1, 0)] {
        let kind = SlotKind::Passphrase { memory_kib, passes, lanes };
        let mut unlock = |_: &strongroom_core::SlotParameters, _: &mut strongroom_core::Secret<32>| {
            asked.set(true);
            Ok(true)
        };
        assert_eq!(vault.add_slot(&root(), AddSlot { kind }, &mut unlock), Err(Error::SlotParameters));
        let request = ChangeSlot { slot_id: 0, kind };
        assert_eq!(vault.change_slot(&root(), request, &mut unlock), Err(Error::SlotParameters));
    }
    assert!(!asked.get());
    assert_eq!(world.storage.image(), before);
}

#[test]
fn of_two_changes_at_a_time_the_later_one_is_asked_to_try_again() {
    let world = World::new(1);
    let vault = create(&world);
    let added = vault.add_slot(&root(), ADD, &mut |_, secret| {
        // Nothing is locked while a secret is stretched.
        vault.add_slot(&root(), ADD, &mut secret_of(1))?;
        secret.fill_with(|bytes| bytes.fill(2));
        Ok(true)
    });
    assert_eq!(added, Err(Error::Busy));
    assert_eq!(listed(&vault).len(), 2);
    assert_eq!((opens(&world, 1), opens(&world, 2)), (Ok(()), Err(Error::WrongSecret)));
}

#[test]
fn what_an_earlier_session_has_permitted_is_judged_again() {
    let world = World::new(1);
    let vault = create(&world);
    let added = vault.add_slot(&root(), ADD, &mut |_, secret| {
        vault.close()?;
        vault.mount(&mut secret_of(SECRET))?;
        secret.fill_with(|bytes| bytes.fill(2));
        Ok(true)
    });
    assert_eq!(added, Err(Error::Busy));
    assert_eq!(opens(&world, 2), Err(Error::WrongSecret));
}

/// A change of the slots, and the secret that it ends.
type Change = fn(&Vault<&World>) -> Result<(), Error>;

#[test]
fn a_power_cut_at_any_step_of_a_change_leaves_the_old_slots_or_the_new_ones() {
    let changes: [(Change, [u8; 2]); 3] = [
        (|vault| vault.add_slot(&root(), ADD, &mut secret_of(ANOTHER)).map(drop), [SECRET, ANOTHER]),
        (|vault| change(vault, 1, ANOTHER).map(drop), [byte_of(1), ANOTHER]),
        (|vault| remove(vault, 1).map(drop), [byte_of(1), SECRET]),
    ];
    let mut cuts = 0;
    for (change, [before, after]) in changes {
        for fate in [CommitFate::Fails, CommitFate::LandsAndFails] {
            for cells in [false, true] {
                let world = if cells { World::new(1).with_cells() } else { World::new(1) };
                let vault = with_slots(&world, 2);
                world.storage.decide(&[fate]);
                assert!(change(&vault).is_err());
                cuts += 1;
                let expected = if fate == CommitFate::Fails { before } else { after };
                assert_eq!(opens(&world, expected), Ok(()));
                vault.mount(&mut secret_of(expected)).unwrap();
                assert_eq!(vault.verify().unwrap().damaged_copies, 0);
            }
        }
        for accesses in 0.. {
            let world = World::new(1).with_cells();
            let vault = with_slots(&world, 2);
            world.cells.fail_after(accesses);
            let changed = change(&vault);
            world.cells.fail_after(u32::MAX);
            if changed.is_err() {
                let goes_on = vault.verify().map(drop);
                assert_eq!(goes_on, Err(Error::SessionEnded), "memory may be ahead of the medium");
            }
            world.cut_power();
            let mounted = [before, after].map(|byte| Vault::new(&world).check_unlock(&mut secret_of(byte)));
            assert!(mounted.contains(&Ok(())), "{accesses}: {mounted:?}");
            if changed.is_ok() {
                assert_eq!(mounted[1], Ok(()));
                break;
            }
            cuts += 1;
        }
    }
    assert!(cuts >= 20, "{cuts}");
}

#[test]
fn with_an_eraser_the_end_of_a_secret_ends_older_images_too() {
    for is_removed in [true, false] {
        let world = World::new(1).with_cells();
        let vault = with_slots(&world, 2);
        let old = world.storage.image();
        if is_removed { remove(&vault, 1).map(drop) } else { change(&vault, 1, ANOTHER).map(drop) }.unwrap();
        world.cut_power();
        world.storage.put_back(&old);
        assert!(matches!(opens(&world, SECRET), Err(Error::Damaged(_))));
        assert!(matches!(opens(&world, byte_of(1)), Err(Error::Damaged(_))));
    }
}
