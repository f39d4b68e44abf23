//! Slots that are not what the manifest knows: reported, and harmless to the others.

use strongroom_core::error::{StateConflict, StorageError};
use strongroom_core::operation::{ChangeSlot, ListSlots, RemoveSlot};
use strongroom_core::{Error, SlotKind, SlotState};

use super::{ADD, COPIES, byte_of, listed, opens, with_slots};
use crate::world::{Blob, Lie, SECRET, World, root, secret_of};

/// Where a slot's sealed root key lies in the slot area.
const fn sealed(slot_id: usize) -> usize {
    24 + 140 * slot_id + 100
}

fn flip(world: &World, copies: &[usize], position: usize) {
    for copy in copies {
        world.storage.alter(|blobs| {
            let blob = blobs.get_mut(&COPIES[*copy]).unwrap();
            let mut bytes = blob.to_vec();
            bytes[position] ^= 1;
            *blob = Blob::from(bytes);
        });
    }
}

#[test]
fn a_slot_altered_in_one_copy_is_good_and_the_next_change_makes_both_copies_whole() {
    for copy in [0, 1] {
        let world = World::new(1);
        let vault = with_slots(&world, 3);
        flip(&world, &[copy], sealed(1));
        let good = [0, 1, 2].map(|slot_id| (slot_id, SlotState::Good));
        assert_eq!(listed(&vault)[..3], good);
        assert_eq!(listed(&vault)[3], (1, SlotState::Stale));
        assert_eq!(vault.verify().unwrap().damaged_copies, 1);
        vault.add_slot(&root(), ADD, &mut secret_of(byte_of(3))).unwrap();
        assert_eq!(vault.verify().unwrap().damaged_copies, 0);
        for slot_id in 0..4 {
            assert_eq!(opens(&world, byte_of(slot_id)), Ok(()));
        }
    }
}

#[test]
fn a_slot_altered_in_both_copies_is_lost_and_harms_no_other() {
    let world = World::new(1);
    let vault = with_slots(&world, 3);
    flip(&world, &[0, 1], sealed(1));
    let lost = [(0, SlotState::Good), (1, SlotState::Lost), (2, SlotState::Good), (1, SlotState::Stale)];
    assert_eq!(listed(&vault), lost);
    // It is not carried on, and its number is not given to another.
    assert_eq!(vault.add_slot(&root(), ADD, &mut secret_of(byte_of(3))), Ok(3));
    assert_eq!(listed(&vault)[..2], [(0, SlotState::Good), (1, SlotState::Lost)]);
    assert_eq!(listed(&vault).len(), 4);
    for (slot_id, opened) in [(0, Ok(())), (1, Err(Error::WrongSecret)), (2, Ok(())), (3, Ok(()))] {
        assert_eq!(opens(&world, byte_of(slot_id)), opened);
    }
    let vault = crate::world::mount(&world).unwrap();
    // A new secret takes its place, or it goes.
    let request = ChangeSlot { slot_id: 1, kind: SlotKind::KeyFile };
    vault.change_slot(&root(), request, &mut secret_of(byte_of(1))).unwrap();
    assert_eq!(listed(&vault), [0, 1, 2, 3].map(|slot_id| (slot_id, SlotState::Good)));
    assert_eq!(opens(&world, byte_of(1)), Ok(()));
}

/// Where the slot area says how a slot's secret is stretched. A key file is not, and a slot that says otherwise is none that there is.
const fn stretching(slot_id: usize) -> usize {
    24 + 140 * slot_id + 2
}

#[test]
fn a_wrong_secret_is_called_that_whatever_is_wrong_with_another_slot() {
    for refused in [0, 1] {
        let world = World::new(1);
        with_slots(&world, 2).close().unwrap();
        flip(&world, &[0, 1], stretching(refused));
        assert_eq!(opens(&world, 99), Err(Error::WrongSecret));
        assert_eq!(opens(&world, byte_of(refused as u8)), Err(Error::WrongSecret));
        assert_eq!(opens(&world, byte_of(1 - refused as u8)), Ok(()));
    }
}

#[test]
fn a_lost_slot_does_not_count_as_one_that_opens_the_vault() {
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    flip(&world, &[0, 1], sealed(1));
    let last = Error::InvalidState(StateConflict::LastSlot);
    assert_eq!(vault.remove_slot(&root(), RemoveSlot { slot_id: 0 }), Err(last));
    vault.remove_slot(&root(), RemoveSlot { slot_id: 1 }).unwrap();
    assert_eq!(listed(&vault), [(0, SlotState::Good)]);
    assert_eq!(opens(&world, SECRET), Ok(()));
}

#[test]
fn an_open_vault_whose_slots_were_all_destroyed_is_saved_by_a_new_one() {
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    world.storage.alter(|blobs| COPIES.iter().for_each(|copy| drop(blobs.remove(copy))));
    assert_eq!(listed(&vault), [0, 1].map(|slot_id| (slot_id, SlotState::Lost)));
    assert_eq!(vault.add_slot(&root(), ADD, &mut secret_of(9)), Ok(2));
    assert_eq!(opens(&world, 9), Ok(()));
    assert_eq!(opens(&world, SECRET), Err(Error::WrongSecret));
}

#[test]
fn a_medium_that_cannot_read_one_copy_just_now_loses_no_slot() {
    let medium = StorageError::Medium;
    for copy in [0, 1] {
        let world = World::new(1);
        let vault = with_slots(&world, 2);
        world.storage.lie_at(copy, Lie::Fails(medium));
        assert_eq!(vault.add_slot(&root(), ADD, &mut secret_of(byte_of(2))), Ok(2));
        for slot_id in 0..3 {
            assert_eq!(opens(&world, byte_of(slot_id)), Ok(()));
        }
    }
    // Where the copy that can be read lacks a slot, the other one may have it.
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    flip(&world, &[0], sealed(1));
    world.storage.lie_at(1, Lie::Fails(medium));
    let refused = vault.add_slot(&root(), ADD, &mut secret_of(byte_of(2)));
    assert_eq!(refused, Err(Error::Storage(medium)));
    world.storage.lie_at(1, Lie::Fails(medium));
    assert_eq!(vault.list_slots(&root(), ListSlots).map(drop), Err(Error::Storage(medium)));
    assert_eq!(vault.add_slot(&root(), ADD, &mut secret_of(byte_of(2))), Ok(2), "the session goes on");
    assert_eq!(opens(&world, byte_of(1)), Ok(()));
}

#[test]
fn an_old_slot_does_not_hide_a_later_one_that_the_same_secret_opens() {
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    let old = world.storage.image().blobs[&COPIES[0]].clone();
    let request = ChangeSlot { slot_id: 1, kind: SlotKind::KeyFile };
    vault.change_slot(&root(), request, &mut secret_of(99)).unwrap();
    vault.add_slot(&root(), ADD, &mut secret_of(byte_of(1))).unwrap();
    assert_eq!(opens(&world, byte_of(1)), Ok(()));
    // The old slot 1 stands before the new slot 2.
    let slot_1 = 24 + 140..24 + 280;
    for copy in COPIES {
        world.storage.alter(|blobs| {
            let mut area = blobs[&copy].to_vec();
            area[slot_1.clone()].copy_from_slice(&old[slot_1.clone()]);
            blobs.insert(copy, area.into());
        });
    }
    assert_eq!(opens(&world, byte_of(1)), Ok(()));
    assert_eq!(opens(&world, 99), Err(Error::WrongSecret));
}

#[test]
fn a_slot_of_before_a_rekey_does_not_hide_a_later_one_that_the_same_secret_opens() {
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    let old = world.storage.image().blobs[&COPIES[0]].clone();
    vault
        .rekey(
            &root(),
            strongroom_core::operation::Rekey { keep: &super::keep(&[0, 1]) },
            &mut super::own_secret,
        )
        .unwrap();
    vault.add_slot(&root(), ADD, &mut secret_of(SECRET)).unwrap();
    let slot_0 = 24..24 + 140;
    for copy in COPIES {
        world.storage.alter(|blobs| {
            let mut area = blobs[&copy].to_vec();
            area[slot_0.clone()].copy_from_slice(&old[slot_0.clone()]);
            blobs.insert(copy, area.into());
        });
    }
    assert_eq!(opens(&world, SECRET), Ok(()));
}
