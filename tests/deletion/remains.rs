//! Everything that a key can have goes with it.

use strongroom_core::key::{KeyId, KeyOrigin};
use strongroom_core::operation::{CreateAlias, CreateGrant, CreateKey, PutUsageBudget, TagResource};
use strongroom_core::policy::Action;
use strongroom_core::usage::{BudgetEnd, UsageBudget};
use strongroom_core::{Error, Vault};

use super::{DAY, world};
use crate::world::{
    ROOT, STRANGER, World, confirm_deletion, create, create_key, decrypt, describe, encrypt, import,
    import_token, root, schedule_deletion,
};

/// An imported key with aliases, tags, grants, counted uses, a budget, and a wrapping key that nobody has used.
fn furnished(vault: &Vault<&World>) -> KeyId {
    let request = CreateKey { origin: KeyOrigin::External, ..CreateKey::default() };
    let key = vault.create_key(&root(), request).unwrap().key_id;
    let id = key.to_string();
    import(vault, key, &[7; 32]).unwrap();
    for alias_name in ["alias/one", "alias/two"] {
        vault.create_alias(&root(), CreateAlias { alias_name, target_key_id: &id }).unwrap();
    }
    vault.tag_resource(&root(), TagResource { key_id: &id, tags: &[("team", "blue")] }).unwrap();
    for grantee in [ROOT, STRANGER] {
        let request = CreateGrant::new(&id, grantee, &[Action::Decrypt]);
        let request = CreateGrant { retiring_principal: Some(STRANGER), ..request };
        vault.create_grant(&root(), request).unwrap();
    }
    let budget = Some(UsageBudget { sealings: 1000, end: BudgetEnd::Refuse });
    vault.put_usage_budget(&root(), PutUsageBudget { key_id: &id, budget }).unwrap();
    let ciphertext = encrypt(vault, key, b"x").unwrap();
    decrypt(vault, &ciphertext).unwrap();
    import_token(vault, key).unwrap();
    key
}

#[test]
fn nothing_below_the_place_of_a_destroyed_key_is_left_and_nothing_that_leads_there() {
    let world = world(1);
    world.usage_block.set(16);
    let vault = create(&world);
    let bystander = create_key(&vault);
    encrypt(&vault, bystander, b"x").unwrap();
    let before = world.storage.image();
    let (whole_before, key) = (vault.verify().unwrap().records, furnished(&vault));
    // The key's own place: where most of what came lies.
    let owner_of = |address: &strongroom_core::platform::Address| address.0[..8].to_vec();
    let records = |owner: &[u8]| {
        let image = world.storage.image();
        image.blobs.keys().filter(|at| at.0[23] == 48 && owner_of(at) == owner).count()
    };
    let image = world.storage.image();
    let new = image.blobs.keys().filter(|at| at.0[23] == 48 && !before.blobs.contains_key(*at));
    let owner = new.map(owner_of).max_by_key(|owner| records(owner)).unwrap();
    assert!(records(&owner) >= 7, "key, version, two grants, wrapping key, ledger: {}", records(&owner));

    schedule_deletion(&vault, key, 7).unwrap();
    world.clock.advance_ms(8 * DAY);
    confirm_deletion(&vault, key).unwrap();
    assert_eq!(records(&owner), 0);
    let is_below =
        |at: &&strongroom_core::platform::Address| at.0[23] >= 16 && at.0[23] < 64 && owner_of(at) == owner;
    assert_eq!(world.storage.image().blobs.keys().filter(is_below).count(), 0, "no node either");
    assert_eq!(describe(&vault, key), Err(Error::NotFound));
    world.clock.advance_ms(2 * DAY);
    while vault.tick(8).unwrap().is_more_due {}
    assert_eq!(
        vault.verify().unwrap().records,
        whole_before,
        "aliases, retirable grants and dates are gone too"
    );
    assert!(encrypt(&vault, bystander, b"x").is_ok());
}
