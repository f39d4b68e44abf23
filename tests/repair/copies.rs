//! What is stored twice, and what nothing refers to.

use strongroom_core::{RecordKind, Remedy};

use super::{House, repair};
use crate::world::{World, is_copy, mount, other_copy};

#[test]
fn every_copy_that_is_lost_or_altered_is_written_again_from_the_other_one() {
    let world = World::new(1);
    let house = House::new(&world);
    let doubled: Vec<_> = {
        let blobs = world.storage.image().blobs;
        blobs.keys().filter(|at| is_copy(at) || blobs.contains_key(&other_copy(at))).copied().collect()
    };
    assert!(doubled.len() >= 6, "manifest, slots, and nodes");
    for address in doubled {
        for is_lost in [true, false] {
            let good = world.storage.image().blobs[&other_copy(&address)].clone();
            if is_lost {
                world.storage.alter(|blobs| drop(blobs.remove(&address)));
            } else {
                house.flip(&address);
            }
            assert_eq!(house.vault.verify().unwrap().damaged_copies, 1, "{address:?}");
            let (counts, items) = house.dry_run();
            assert_eq!((counts.mended, counts.quarantined), (1, 0));
            assert_eq!((items[0].address, items[0].remedy), (address, Remedy::CopyRewritten));
            let done = repair(&house.vault, false).unwrap();
            assert_eq!(done, (counts, items.clone()), "what was said was done");
            let verified = house.vault.verify().unwrap();
            assert_eq!((verified.damaged, verified.damaged_copies), (0, 0));
            let now = world.storage.image().blobs;
            assert_eq!(now[&address], now[&other_copy(&address)]);
            if items[0].kind != RecordKind::Manifest {
                assert_eq!(now[&address], good, "the good one has not changed");
            }
            assert_eq!(repair(&house.vault, false).unwrap().1, []);
        }
    }
    for key in &house.keys {
        house.works(key).unwrap();
    }
    house.vault.close().unwrap();
    mount(&world).unwrap();
}

#[test]
fn a_blob_that_nothing_refers_to_is_removed_and_one_below_a_damaged_node_is_not() {
    let world = World::new(1);
    let house = House::new(&world);
    let record = house.keys[0].records[0];
    let mut nowhere = record;
    nowhere.0[9] ^= 0x55;
    let mut copy_of_nothing = other_copy(&record);
    copy_of_nothing.0[3] ^= 0x55;
    let strange = strongroom_core::platform::Address([0x42; 24]);
    let blob = world.storage.image().blobs[&record].clone();
    world.storage.alter(|blobs| {
        for at in [nowhere, copy_of_nothing, strange] {
            blobs.insert(at, blob.clone());
        }
    });
    let whole = house.vault.verify().unwrap();
    let (counts, items) = house.dry_run();
    assert_eq!((counts.mended, items.len()), (2, 2));
    repair(&house.vault, false).unwrap();
    assert_eq!(house.vault.verify().unwrap(), whole);
    let blobs = world.storage.image().blobs;
    assert!(!blobs.contains_key(&nowhere) && !blobs.contains_key(&copy_of_nothing));
    assert!(blobs.contains_key(&strange), "what is none of the tree's is not touched");

    // Both copies of the root are damaged: nobody knows what is there.
    let before: Vec<_> = world.storage.image().blobs.keys().copied().collect();
    let root = strongroom_core::platform::Address([0; 24]);
    house.flip(&root);
    house.flip(&other_copy(&root));
    repair(&house.vault, false).unwrap();
    assert_eq!(world.storage.image().blobs.keys().copied().collect::<Vec<_>>(), before);
}
