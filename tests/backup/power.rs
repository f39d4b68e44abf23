//! A restore is all or nothing, wherever it is cut off.

use strongroom_core::Error;
use strongroom_core::error::StorageError;

use super::{backup, restore};
use crate::world::{CommitFate, World, create, create_key, decrypt, encrypt, mount, rotate};

#[test]
fn a_restore_that_is_cut_off_leaves_no_vault_and_a_whole_one_from_its_last_commit_on() {
    let first = World::new(1);
    let vault = create(&first);
    let key = create_key(&vault);
    rotate(&vault, key).unwrap();
    let sealed = encrypt(&vault, key, b"kept").unwrap();
    let (bundle, summary) = backup(&vault);
    // The empty tree, each record, the slots; then what every opening commits.
    let commits = usize::try_from(summary.records).unwrap() + 2;
    for fate in [CommitFate::Fails, CommitFate::LandsAndFails, CommitFate::IsTorn(2)] {
        for at in 0..commits {
            let world = World::new(2).with_counter(3);
            world.storage.decide_after(at, &[fate]);
            assert_eq!(restore(&world, &bundle).map(drop), Err(Error::Storage(StorageError::Medium)));
            world.cut_power();
            let is_whole = at + 1 == commits && fate == CommitFate::LandsAndFails;
            match mount(&world) {
                Ok(vault) => {
                    assert!(is_whole, "half a vault opens, cut at {at}");
                    assert_eq!(decrypt(&vault, &sealed).unwrap(), b"kept");
                    assert_eq!(vault.verify().unwrap().damaged, 0);
                }
                // Torn: the storage has broken its contract, and the slots may be there without their manifest.
                Err(Error::Damaged(_) | Error::NotAVault | Error::SlotStale) => assert!(!is_whole),
                Err(other) => panic!("{other:?}, cut at {at}"),
            }
        }
    }
}

#[test]
fn an_anchor_or_a_log_that_fails_leaves_the_vault_closed() {
    let first = World::new(1);
    let vault = create(&first);
    let key = create_key(&vault);
    let sealed = encrypt(&vault, key, b"kept").unwrap();
    let (bundle, _) = backup(&vault);
    let world = World::new(2).with_counter(3);
    world.counter.fail_advances(1);
    assert_eq!(restore(&world, &bundle).map(drop), Err(Error::Anchor));
    let vault = mount(&world).unwrap();
    assert_eq!(decrypt(&vault, &sealed).unwrap(), b"kept", "it was made, and is opened by the next mount");

    let world = World::new(3);
    world.log.fail_appends(2);
    assert_eq!(restore(&world, &bundle).map(drop), Err(Error::Audit));
    let vault = mount(&world).unwrap();
    assert_eq!(decrypt(&vault, &sealed).unwrap(), b"kept");
    let restores = world.log.events().len();
    assert!(restores >= 2, "the event of the restore was kept with the vault");
}
