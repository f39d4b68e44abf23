//! Who a vault is to other vaults.

use strongroom_core::Error;
use strongroom_core::error::Part;
use strongroom_core::platform::Address;
use strongroom_core::policy::Action;
use strongroom_std::PeerExchange;

use super::{allowing, identity};
use crate::backup::{backup, restore};
use crate::world::{STRANGER, World, caller, create, create_key, is_copy, mount, root};

#[test]
fn it_is_made_once_and_outlives_the_session() {
    let (world, other) = (World::new(1), World::new(2));
    let vault = create(&world);
    let before = world.storage.revision();
    let first = identity(&vault);
    assert_eq!(world.storage.revision(), before + 1, "one commit makes it");
    assert_eq!(identity(&vault), first);
    assert_eq!(world.storage.revision(), before + 1, "and none changes it");
    world.cut_power();
    assert_eq!(identity(&mount(&world).unwrap()), first);

    let other = identity(&create(&other));
    assert_ne!(other.fingerprint, first.fingerprint);
    assert_ne!(other.public_key, first.public_key);
}

#[test]
fn whoever_asks_first_at_the_same_time_gets_the_same_one() {
    for _ in 0..4 {
        let (_folder, _, vault) = crate::file::new_vault();
        let start = std::sync::Barrier::new(8);
        let ask = || {
            start.wait();
            vault.identity(&root()).unwrap()
        };
        let asked: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(asked.iter().all(|one| *one == asked[0]), "all of them go by the one that was made");
        assert_eq!(vault.identity(&root()).unwrap(), asked[0]);
    }
}

#[test]
fn only_whom_the_vault_lets_asks_for_it_and_each_time_is_recorded() {
    let world = World::new(1);
    let vault = create(&world);
    let before = world.storage.revision();
    let refused = vault.identity(&caller(STRANGER), &PeerExchange);
    assert!(matches!(refused, Err(Error::AccessDenied(_))));
    assert_eq!(world.storage.revision(), before, "nothing is made for whom it is not");
    let policy = allowing(&["kms:GetVaultIdentity"], "arn:aws:kms:us-east-1:000000000000:vault/*");
    let policies: [&[u8]; 1] = [&policy];
    let keeper = caller(STRANGER).with_identity_policies(&policies).unwrap();
    vault.identity(&keeper, &PeerExchange).unwrap();
    world.log.last(|event| {
        assert_eq!((event.action, event.principal), (Action::GetVaultIdentity, STRANGER));
        assert_eq!(event.error_code, None);
    });
}

#[test]
fn a_restored_vault_is_another_one() {
    let (world, second) = (World::new(1), World::new(2));
    let vault = create(&world);
    create_key(&vault);
    let first = identity(&vault);
    super::pin(&vault, "other", first.fingerprint).unwrap();
    let (bundle, _) = backup(&vault);
    let (restored, _) = restore(&second, &bundle).unwrap();
    let now = identity(&restored);
    assert_ne!(now.vault_id, first.vault_id);
    assert_ne!(now.public_key, first.public_key, "the private half stays in its vault");
    let mut buffer = [0; 2000];
    let peers = restored.list_peers(&root(), strongroom_core::operation::ListPeers, &mut buffer).unwrap();
    assert!(peers.is_empty(), "whom the one trusts, the other does not");
}

#[test]
fn one_that_does_not_open_is_not_made_anew() {
    let world = World::new(1);
    let vault = create(&world);
    let before = world.storage.image().blobs;
    let first = identity(&vault);
    let after = world.storage.image().blobs;
    let is_record = |address: &Address| address.0[23] == 48 && !is_copy(address);
    let record = *after.keys().find(|at| is_record(at) && !before.contains_key(*at)).unwrap();
    let blob = after[&record].clone();
    let mut altered = blob.to_vec();
    altered[70] ^= 1;
    world.storage.alter(|blobs| drop(blobs.insert(record, altered.into())));
    assert_eq!(vault.identity(&root(), &PeerExchange), Err(Error::Damaged(Part::Record)));
    world.storage.alter(|blobs| drop(blobs.insert(record, blob)));
    assert_eq!(identity(&vault), first);
}
