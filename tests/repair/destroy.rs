//! The destruction of a damaged key, between power cuts and with an eraser.

use strongroom_core::error::StateConflict;
use strongroom_core::operation::DestroyDamagedKey;
use strongroom_core::{Destruction, Error, RecordKind, Vault};

use super::{Furnished, House, repair};
use crate::world::{CommitFate, SECRET, World, describe, root, secret_of};

fn destroy(vault: &Vault<&World>, key: &Furnished) -> Result<Destruction, Error> {
    vault.destroy_damaged_key(&root(), DestroyDamagedKey { key_id: &key.key.to_string() })
}

/// Damages the own record of the first key.
fn damage<'w>(house: &'w House<'_>) -> &'w Furnished {
    for address in &house.keys[0].records {
        let image = house.world.storage.image();
        house.flip(address);
        if house.dry_run().1.iter().any(|item| item.kind == RecordKind::Key) {
            return &house.keys[0];
        }
        house.world.storage.put_back(&image);
    }
    panic!("no key record")
}

#[test]
fn a_key_that_can_be_read_and_one_that_is_not_there_are_not_destroyed_as_damaged() {
    let world = World::new(1);
    let house = House::new(&world);
    let before = world.storage.image();
    for key in &house.keys {
        assert_eq!(destroy(&house.vault, key), Err(Error::InvalidState(StateConflict::NotDamaged)));
    }
    for nothing in ["00000000-0000-4000-8000-000000000000", "alias/0/0", "x"] {
        let request = DestroyDamagedKey { key_id: nothing };
        assert_eq!(house.vault.destroy_damaged_key(&root(), request), Err(Error::NotFound));
    }
    assert_eq!(world.storage.image(), before);
}

#[test]
fn a_power_cut_at_any_commit_leaves_the_key_damaged_or_gone_and_asking_again_ends_it() {
    let mut ends = 0;
    for landing in 0.. {
        let world = World::new(1);
        let house = House::new(&world);
        let key = damage(&house);
        world.storage.decide_after(landing, &[CommitFate::Fails]);
        let done = destroy(&house.vault, key);
        world.storage.decide_no_more();
        if done.is_ok() {
            break;
        }
        ends += 1;
        world.cut_power();
        house.vault.mount(&mut secret_of(SECRET)).unwrap();
        assert!(matches!(describe(&house.vault, key.key), Err(Error::Damaged(_))));
        destroy(&house.vault, key).unwrap();
        assert_eq!(house.vault.verify().unwrap().damaged, 0);
        assert_eq!(describe(&house.vault, key.key), Err(Error::NotFound));
        for other in &house.keys[1..] {
            house.works(other).unwrap();
        }
        for alias in &key.aliases {
            let request = strongroom_core::operation::DescribeKey::new(alias);
            let mut room = [0; 100];
            let described = house.vault.describe_key(&root(), request, &mut room);
            assert_eq!(described.map(|_| ()), Err(Error::NotFound));
        }
    }
    assert!(ends >= 2, "{ends} commits");
}

#[test]
fn with_an_eraser_what_was_below_the_key_is_beyond_reach() {
    let world = World::new(1).with_cells();
    let house = House::new(&world);
    let before = world.cells.contents();
    let key = damage(&house);
    assert_eq!(destroy(&house.vault, key), Ok(Destruction::Erased));
    assert_ne!(world.cells.contents(), before);
    let world = World::new(1);
    let house = House::new(&world);
    assert_eq!(destroy(&house.vault, damage(&house)), Ok(Destruction::Unlinked));
}

#[test]
fn a_key_below_a_damaged_node_of_its_own_is_destroyed_whole() {
    let world = World::new(1);
    let house = House::new(&world);
    let key = &house.keys[0];
    let image = world.storage.image();
    let owners: Vec<_> = key.records.iter().map(|at| at.0[..8].to_vec()).collect();
    let nodes = image.blobs.keys().filter(|at| (16..48).contains(&at.0[23]));
    let mut destroyed = 0;
    for node in nodes.filter(|at| owners.contains(&at.0[..8].to_vec())) {
        world.storage.put_back(&image);
        house.vault.lock().unwrap();
        house.vault.mount(&mut secret_of(SECRET)).unwrap();
        house.flip(node);
        world.cool();
        if describe(&house.vault, key.key).is_ok() {
            continue;
        }
        let (_, items) = house.dry_run();
        assert!(items.iter().any(|item| item.kind == RecordKind::Node && item.address == *node));
        destroy(&house.vault, key).unwrap();
        assert_eq!(house.vault.verify().unwrap().damaged, 0);
        for other in &house.keys[1..] {
            house.works(other).unwrap();
        }
        repair(&house.vault, false).unwrap();
        assert!(!world.storage.image().blobs.contains_key(node));
        destroyed += 1;
    }
    assert!(destroyed > 0);
}
