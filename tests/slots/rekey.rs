//! A new root key: who is kept, who is dropped, what an older image is then worth, and power cuts at every step.

use strongroom_core::error::{Parameter, StateConflict};
use strongroom_core::operation::{KeptSlot, Rekey, Rekeyed, Revocation};
use strongroom_core::platform::Eraser;
use strongroom_core::policy::Action;
use strongroom_core::{Error, Secret, SlotKind, SlotParameters, SlotState, Vault};

use super::{ADD, COPIES, byte_of, image_opens, keep, listed, opens, own_secret, with_slots};
use crate::world::{
    CommitFate, SECRET, STRANGER, World, caller, create_key, decrypt, describe, encrypt, mount, root, rotate,
    secret_of,
};

fn rekey(vault: &Vault<&World>, kept: &[u8]) -> Result<Rekeyed, Error> {
    vault.rekey(&root(), Rekey { keep: &keep(kept) }, &mut own_secret)
}

fn preview(vault: &Vault<&World>, kept: &[u8]) -> Result<Rekeyed, Error> {
    vault.preview_rekey(&root(), Rekey { keep: &keep(kept) }, &mut own_secret)
}

#[test]
fn the_slots_whose_secrets_are_presented_are_kept_and_the_others_dropped() {
    let world = World::new(1);
    let vault = with_slots(&world, 4);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"kept").unwrap();
    let written = world.storage.blobs_written();
    let rekeyed = rekey(&vault, &[0, 2]).unwrap();
    assert_eq!((rekeyed.dropped(), rekeyed.revocation()), (&[1, 3][..], Revocation::OldImagesOpen));
    assert_eq!(world.storage.blobs_written() - written, 4, "two copies of the slots, two of the manifest");
    assert_eq!(listed(&vault), [0, 2].map(|slot_id| (slot_id, SlotState::Good)));
    // The session goes on.
    assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
    rotate(&vault, key).unwrap();
    let verified = vault.verify().unwrap();
    assert_eq!((verified.damaged, verified.damaged_copies), (0, 0));
    for (slot_id, opened) in
        [(0, Ok(())), (1, Err(Error::WrongSecret)), (2, Ok(())), (3, Err(Error::WrongSecret))]
    {
        assert_eq!(opens(&world, byte_of(slot_id)), opened);
    }
    let vault = mount(&world).unwrap();
    assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
    assert_eq!(describe(&vault, key).unwrap().current_version, 2);
}

#[test]
fn a_preview_names_what_would_be_dropped_and_changes_nothing() {
    let world = World::new(1);
    let vault = with_slots(&world, 3);
    let before = world.storage.image();
    assert_eq!(preview(&vault, &[1]).unwrap().dropped(), [0, 2]);
    assert!(preview(&vault, &[0, 1, 2]).unwrap().dropped().is_empty());
    assert_eq!(world.storage.image(), before);
    let recorded = world.log.last(|event| (event.action, event.dry_run, event.error_code));
    assert_eq!(recorded, (Action::Rekey, true, Some("DryRunOperationException")));
    // What is not recorded is not told.
    world.log.fail_appends(1);
    assert_eq!(preview(&vault, &[1]), Err(Error::Audit));
    assert_eq!(preview(&vault, &[1]), rekey(&vault, &[1]));
    let recorded = world.log.last(|event| (event.action, event.dry_run, event.detail));
    assert_eq!(recorded, (Action::Rekey, false, 1 << 1));
}

#[test]
fn a_secret_that_is_not_the_slots_own_drops_nothing() {
    let world = World::new(1);
    let vault = with_slots(&world, 3);
    let before = world.storage.image();
    for kept in [&[0, 1][..], &[1]] {
        let request = Rekey { keep: &keep(kept) };
        let mut typed_wrong = |slot: &SlotParameters, secret: &mut Secret<32>| {
            secret.fill_with(|bytes| bytes.fill(if slot.slot_id == 1 { 99 } else { byte_of(slot.slot_id) }));
            Ok(true)
        };
        assert_eq!(vault.rekey(&root(), request, &mut typed_wrong), Err(Error::WrongSecret));
        assert_eq!(vault.preview_rekey(&root(), request, &mut typed_wrong), Err(Error::WrongSecret));
        assert_eq!(vault.rekey(&root(), request, &mut |_, _| Ok(false)), Err(Error::WrongSecret));
    }
    let last = Error::InvalidState(StateConflict::LastSlot);
    assert_eq!(rekey(&vault, &[]), Err(last));
    assert_eq!(rekey(&vault, &[1, 0, 1]), Err(Error::Validation(Parameter::Slots)));
    assert_eq!(rekey(&vault, &[0, 7]), Err(Error::NotFound));
    let stranger = vault.rekey(&caller(STRANGER), Rekey { keep: &keep(&[0]) }, &mut |_, _| unreachable!());
    assert!(matches!(stranger, Err(Error::AccessDenied(_))));
    assert_eq!(world.storage.image(), before);
}

#[test]
fn kept_slots_get_the_parameters_of_today_and_a_fresh_salt() {
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    let today = SlotKind::Passphrase { memory_kib: 4096, passes: 3, lanes: 1 };
    let mut asked = Vec::new();
    let request = Rekey { keep: &[KeptSlot { slot_id: 1, kind: today }] };
    let mut unlock = |slot: &SlotParameters, secret: &mut Secret<32>| {
        asked.push(*slot);
        own_secret(slot, secret)
    };
    vault.rekey(&root(), request, &mut unlock).unwrap();
    assert_eq!(asked.iter().map(|slot| slot.kind).collect::<Vec<_>>(), [SlotKind::KeyFile, today]);
    assert_ne!(asked[0].salt, asked[1].salt);
    let out_of_bounds = SlotKind::Passphrase { memory_kib: 1, passes: 3, lanes: 1 };
    let request = Rekey { keep: &[KeptSlot { slot_id: 1, kind: out_of_bounds }] };
    assert_eq!(vault.rekey(&root(), request, &mut |_, _| unreachable!()), Err(Error::SlotParameters));
}

#[test]
fn without_an_eraser_an_older_image_opens_with_the_old_secrets_and_the_new_one_does_not() {
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    let old = world.storage.image();
    rekey(&vault, &[0]).unwrap();
    let new = world.storage.image();
    assert_eq!(image_opens(&old, byte_of(1)), Ok(()), "what `OldImagesOpen` says");
    assert_eq!(image_opens(&new, byte_of(1)), Err(Error::WrongSecret));
    // The old root key opens no new manifest, whatever slots are put back.
    let mut mixed = new.clone();
    for copy in COPIES {
        mixed.blobs.insert(copy, old.blobs[&copy].clone());
    }
    assert!(matches!(image_opens(&mixed, byte_of(1)), Err(Error::Damaged(_))));
    assert!(matches!(image_opens(&mixed, SECRET), Err(Error::Damaged(_))));
}

#[test]
fn with_an_eraser_an_older_image_does_not_open_with_any_secret() {
    let world = World::new(1).with_cells();
    let vault = with_slots(&world, 2);
    let rekeyed = rekey(&vault, &[0]).unwrap();
    assert_eq!(rekeyed.revocation(), Revocation::OldImagesErased);
    let cells = world.cells.contents();
    let last = world.storage.image().revision;
    for image in world.storage.history().iter().filter(|image| image.revision < last) {
        let other = World::new(2).with_image(image).with_cells();
        other.cells.put_back(&cells);
        for byte in [SECRET, byte_of(1)] {
            assert!(opens(&other, byte).is_err(), "revision {}", image.revision);
        }
    }
    assert_eq!(opens(&world, SECRET), Ok(()));
}

#[test]
fn one_copy_of_the_old_slots_put_back_keeps_nobody_out() {
    for copy in COPIES {
        let world = World::new(1);
        let vault = with_slots(&world, 2);
        let old = world.storage.image();
        rekey(&vault, &[0]).unwrap();
        world.storage.alter(|blobs| drop(blobs.insert(copy, old.blobs[&copy].clone())));
        assert_eq!(opens(&world, SECRET), Ok(()));
        assert!(opens(&world, byte_of(1)).is_err());
    }
}

/// What opens after a cut: the slots of before, or those of after.
fn old_or_new(world: &World, what: &str) -> bool {
    let kept = opens(world, SECRET);
    assert_eq!(kept, Ok(()), "{what}: neither the old slots nor the new ones open");
    let is_new = match opens(world, byte_of(1)) {
        Ok(()) => false,
        Err(Error::WrongSecret) => true,
        Err(other) => panic!("{what}: {other:?}"),
    };
    let vault = mount(world).unwrap();
    let verified = vault.verify().unwrap();
    assert_eq!((verified.damaged, verified.damaged_copies), (0, 0), "{what}");
    assert_eq!(listed(&vault).len(), if is_new { 1 } else { 2 });
    is_new
}

#[test]
fn a_power_cut_at_any_step_leaves_the_old_secrets_or_the_new_ones_and_never_neither() {
    let worlds: [fn() -> World; 4] = [
        || World::new(1),
        || World::new(1).with_cells(),
        || World::new(1).with_counter(0),
        || World::new(1).with_cells().with_counter(0),
    ];
    let (mut old, mut new) = (0, 0);
    let mut count = |is_new: bool| if is_new { new += 1 } else { old += 1 };
    for world in worlds {
        for fate in [CommitFate::Fails, CommitFate::LandsAndFails] {
            let world = world();
            let vault = with_slots(&world, 2);
            world.storage.decide(&[fate]);
            assert!(rekey(&vault, &[0]).is_err());
            let is_new = old_or_new(&world, &format!("{fate:?}"));
            assert_eq!(is_new, fate == CommitFate::LandsAndFails);
            count(is_new);
        }
        // Every access to the cells, and every one of the mount that follows.
        for (accesses, then) in (0..6).flat_map(|first| (0..10).map(move |then| (first, then))) {
            let world = world();
            if !world.cells.is_present() {
                break;
            }
            let vault = with_slots(&world, 2);
            world.cells.fail_after(accesses);
            let rekeyed = rekey(&vault, &[0]);
            world.cut_power();
            world.cells.fail_after(then);
            let _ = Vault::new(&world).mount(&mut secret_of(SECRET));
            world.cells.fail_after(u32::MAX);
            let is_new = old_or_new(&world, &format!("cells {accesses}, {then}"));
            assert!(is_new || rekeyed.is_err(), "an acknowledged rekey was lost");
            count(is_new);
        }
        let world = world();
        if world.counter.value().is_some() {
            let vault = with_slots(&world, 2);
            world.counter.fail_advances(1);
            assert_eq!(rekey(&vault, &[0]), Err(Error::Anchor));
            count(old_or_new(&world, "advance"));
        }
    }
    assert!(old >= 50 && new >= 50, "{old} old, {new} new");
}

#[test]
fn randomness_that_fails_at_any_draw_leaves_the_old_slots() {
    for draws in 0.. {
        let world = World::new(1).with_cells();
        let vault = with_slots(&world, 2);
        world.entropy.fail_after(draws);
        let rekeyed = rekey(&vault, &[0]);
        world.entropy.fail_after(u64::MAX);
        if rekeyed.is_ok() {
            assert!(draws > 4, "a rekey draws more than {draws} times");
            break;
        }
        assert_eq!(rekeyed, Err(Error::Entropy));
        assert!(!old_or_new(&world, &format!("draw {draws}")));
    }
}

#[test]
fn a_slot_that_was_added_meanwhile_is_not_dropped_unseen() {
    let world = World::new(1);
    let vault = with_slots(&world, 1);
    let mut is_first = true;
    let rekeyed = vault.rekey(&root(), Rekey { keep: &keep(&[0]) }, &mut |slot, secret| {
        if std::mem::take(&mut is_first) {
            vault.add_slot(&root(), ADD, &mut secret_of(byte_of(1)))?;
        }
        own_secret(slot, secret)
    });
    assert_eq!(rekeyed, Err(Error::Busy));
    assert_eq!(opens(&world, byte_of(1)), Ok(()));
}

#[test]
fn a_lost_slot_is_dropped_and_named_and_cannot_be_kept() {
    let world = World::new(1);
    let vault = with_slots(&world, 2);
    world.storage.alter(|blobs| {
        for copy in COPIES {
            let mut bytes = blobs[&copy].to_vec();
            bytes[24 + 140 + 100] ^= 1;
            blobs.insert(copy, bytes.into());
        }
    });
    assert!(matches!(rekey(&vault, &[0, 1]), Err(Error::Damaged(_))));
    assert_eq!(rekey(&vault, &[0]).unwrap().dropped(), [1]);
    assert_eq!(listed(&vault), [(0, SlotState::Good)]);
}
