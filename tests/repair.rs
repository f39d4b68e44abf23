//! Repair, quarantine, and the destruction of damaged keys.

mod copies;
mod damage;
mod destroy;

use std::collections::BTreeMap;

use strongroom_core::key::{KeyId, KeyOrigin};
use strongroom_core::operation::{
    CreateAlias, CreateGrant, CreateKey, EnableKeyRotation, PutUsageBudget, Repair,
};
use strongroom_core::platform::Address;
use strongroom_core::policy::Action;
use strongroom_core::usage::{BudgetEnd, UsageBudget};
use strongroom_core::{Error, RepairCounts, RepairItem, Vault};

use crate::world::{Blob, STRANGER, World, create, decrypt, describe, encrypt, import, import_token, root};

pub const DAY: u64 = 86_400_000;

/// A key with everything that a key can have, and what shows that it works.
pub struct Furnished {
    pub key: KeyId,
    pub aliases: [String; 2],
    pub ciphertext: Vec<u8>,
    /// Blobs that came with it, of records.
    pub records: Vec<Address>,
}

/// A vault with three keys that have everything.
pub struct House<'w> {
    pub world: &'w World,
    pub vault: Vault<&'w World>,
    pub keys: Vec<Furnished>,
}

impl<'w> House<'w> {
    pub fn new(world: &'w World) -> Self {
        world.clock.set_wall_ms(Some(20_500 * DAY));
        world.usage_block.set(16);
        let vault = create(world);
        let keys = (0..3).map(|number| furnish(world, &vault, number)).collect();
        // What a change of settings leaves at the end of its life is swept before the tests count.
        while vault.tick(64).unwrap().is_more_due {}
        House { world, vault, keys }
    }

    /// Whether a key works in every way.
    pub fn works(&self, key: &Furnished) -> Result<(), Error> {
        self.world.cool();
        describe(&self.vault, key.key)?;
        assert_eq!(decrypt(&self.vault, &key.ciphertext)?, b"kept");
        let again = encrypt(&self.vault, key.key, b"kept")?;
        assert_eq!(decrypt(&self.vault, &again)?, b"kept");
        for alias in &key.aliases {
            let mut room = [0; 200];
            let request = strongroom_core::operation::Encrypt::new(alias, b"kept");
            assert_eq!(self.vault.encrypt(&root(), request, &mut room)?.key_id, key.key);
        }
        Ok(())
    }

    pub fn flip(&self, address: &Address) {
        self.world.storage.alter(|blobs| flip(blobs, address));
    }

    /// What a dry run says; it changes nothing.
    pub fn dry_run(&self) -> (RepairCounts, Vec<RepairItem>) {
        let before = self.world.storage.image();
        let found = repair(&self.vault, true).unwrap();
        assert_eq!(self.world.storage.image(), before, "a dry run changes nothing");
        found
    }
}

pub fn flip(blobs: &mut BTreeMap<Address, Blob>, address: &Address) {
    let blob = blobs.get_mut(address).unwrap();
    let mut altered = blob.to_vec();
    altered[70] ^= 1;
    *blob = altered.into();
}

pub fn repair(vault: &Vault<&World>, dry_run: bool) -> Result<(RepairCounts, Vec<RepairItem>), Error> {
    let mut items = [RepairItem::EMPTY; 64];
    let repaired = vault.repair(&root(), Repair { dry_run }, &mut items)?;
    Ok((repaired.counts, repaired.items.to_vec()))
}

/// The second key imports its material, the others draw it and rotate.
fn furnish(world: &World, vault: &Vault<&World>, number: usize) -> Furnished {
    let before = world.storage.image();
    let origin = if number == 1 { KeyOrigin::External } else { KeyOrigin::AwsKms };
    let request = CreateKey { origin, ..CreateKey::default() };
    let key = vault.create_key(&root(), request).unwrap().key_id;
    let id = key.to_string();
    if number == 1 {
        import(vault, key, &[7; 32]).unwrap();
        import_token(vault, key).unwrap();
    } else {
        let request = EnableKeyRotation { key_id: &id, rotation_period_days: None };
        vault.enable_key_rotation(&root(), request).unwrap();
    }
    let aliases = [0, 1].map(|alias| format!("alias/{number}/{alias}"));
    for alias_name in &aliases {
        vault.create_alias(&root(), CreateAlias { alias_name, target_key_id: &id }).unwrap();
    }
    let request = CreateGrant::new(&id, STRANGER, &[Action::Decrypt]);
    let request = CreateGrant { retiring_principal: Some(STRANGER), ..request };
    vault.create_grant(&root(), request).unwrap();
    let budget = Some(UsageBudget { sealings: 1000, end: BudgetEnd::Refuse });
    vault.put_usage_budget(&root(), PutUsageBudget { key_id: &id, budget }).unwrap();
    let ciphertext = encrypt(vault, key, b"kept").unwrap();
    let after = world.storage.image();
    let is_new = |at: &&Address| at.0[23] == 48 && !before.blobs.contains_key(*at);
    let records = after.blobs.keys().filter(is_new).copied().collect();
    Furnished { key, aliases, ciphertext, records }
}
