//! Changing a vault of which a part is damaged: everything else goes on.

use std::collections::BTreeSet;

use strongroom_core::Error;
use strongroom_core::platform::Address;

use super::{is_damage, sample};
use crate::world::{World, create_key, decrypt, describe, disable, enable, encrypt, is_copy, mount, rotate};

#[test]
fn beside_a_lost_blob_intact_keys_are_rotated_disabled_and_created() {
    let sample = sample();
    let written = sample.image();
    let undoubled = |address: &&Address| !is_copy(address) && (3..=48).contains(&address.0[23]);
    let mut cases = 0;
    for lost in written.blobs.keys().filter(undoubled) {
        let mut image = written.clone();
        image.blobs.remove(lost);
        let world = World::new(50).with_image(&image);
        let vault = mount(&world).unwrap();
        let before = vault.verify().unwrap();
        assert_eq!(before.damaged, 1, "one blob, one report");
        for (key, record) in sample.keys.iter().zip(&sample.key_records) {
            let needs: BTreeSet<Address> = sample
                .expected
                .iter()
                .filter(|expected| expected.needs.contains(record))
                .flat_map(|expected| expected.needs.iter().copied())
                .collect();
            let is_touched = needs.contains(lost);
            match disable(&vault, *key) {
                Ok(_) => {
                    enable(&vault, *key).unwrap();
                    // A version that is lost is not the key: a new one makes the key usable again.
                    rotate(&vault, *key).unwrap();
                    let ciphertext = encrypt(&vault, *key, b"after").unwrap();
                    assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"after");
                }
                Err(error) => assert!(is_touched && is_damage(&error), "{key:?} {error:?}"),
            }
        }
        for _ in 0..5 {
            let key = create_key(&vault);
            assert_eq!(describe(&vault, key).unwrap().current_version, 1);
        }
        let after = vault.verify().unwrap();
        assert_eq!((after.damaged, after.damaged_copies), (1, 0), "damage neither spreads nor is forgotten");
        assert!(after.records > before.records);
        cases += 1;
    }
    println!("{cases} lost blobs, each beside which the vault went on");
    assert!(cases > 20);
}

#[test]
fn a_lost_copy_is_made_good_by_the_next_change_above_it() {
    let sample = sample();
    let vault = mount(&sample.world).unwrap();
    let root = Address([0; 24]);
    sample.world.storage.alter(|blobs| drop(blobs.remove(&root)));
    assert_eq!(vault.verify().unwrap().damaged_copies, 1);
    rotate(&vault, sample.keys[0]).unwrap();
    assert_eq!(vault.verify().unwrap().damaged_copies, 0);
}

#[test]
fn without_both_copies_of_the_root_nothing_is_answered_and_nothing_changed() {
    let sample = sample();
    let vault = mount(&sample.world).unwrap();
    let root = Address([0; 24]);
    sample.world.storage.alter(|blobs| {
        blobs.remove(&root);
        blobs.remove(&crate::world::other_copy(&root));
    });
    sample.world.cool();
    for key in &sample.keys {
        assert!(matches!(describe(&vault, *key), Err(Error::Damaged(_))));
        assert!(matches!(rotate(&vault, *key), Err(Error::Damaged(_))));
    }
    let verified = vault.verify().unwrap();
    assert_eq!((verified.records, verified.damaged > 0), (0, true));
}
