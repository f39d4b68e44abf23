use strongroom_core::Vault;
use strongroom_core::operation::{
    DescribeCaller, DescribeKey, DescribeQuotas, DescribeRoleTrust, GetKeyRotationStatus, ListAccessKeys,
    ListAliases, ListGrants, ListResourceTags, ListSlots,
};
use strongroom_core::platform::Platform;

use super::scripts::Known;
use crate::world::{decrypt, list, root};

/// Everything that can be seen of a vault, a line each. Looking changes nothing.
pub fn visible<P: Platform>(vault: &Vault<P>, known: &Known) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(format!("keys {:?}", list(vault, 100)));
    for key in &known.keys {
        let id = key.to_string();
        let mut room = [0; 4096];
        let described = vault.describe_key(&root(), DescribeKey::new(&id), &mut room).map(|mut metadata| {
            // A destruction is confirmed in a commit of its own, before the one that destroys.
            if let Some(deletion) = &mut metadata.facts.deletion {
                deletion.destroy_at_observed_ms = None;
            }
            format!("{metadata:?}")
        });
        lines.push(format!("facts {described:?}"));
        let request = GetKeyRotationStatus { key_id: &id };
        lines.push(format!("rotation {:?}", vault.get_key_rotation_status(&root(), request)));
        let request =
            ListGrants { key_id: &id, grant_id: None, grantee_principal: None, limit: 100, marker: None };
        lines.push(format!(
            "grants {:?}",
            vault.list_grants(&root(), request, &mut room).map(|page| page.iter().count())
        ));
        let request = ListResourceTags::new(&id);
        lines.push(format!(
            "tags {:?}",
            vault
                .list_resource_tags(&root(), request, &mut room)
                .map(|page| page.iter().map(|tag| format!("{tag:?}")).collect::<Vec<_>>())
        ));
    }
    for ciphertext in &known.ciphertexts {
        lines.push(format!("opens {:?}", decrypt(vault, ciphertext)));
    }
    let mut room = [0; 4096];
    let request = ListAliases::default();
    lines.push(format!(
        "aliases {:?}",
        vault
            .list_aliases(&root(), request, &mut room)
            .map(|page| page.iter().map(|alias| format!("{alias:?}")).collect::<Vec<_>>())
    ));
    let caller = vault.describe_caller(&root(), DescribeCaller { name: "app" }, &mut room);
    let access_keys = vault.list_access_keys(&root(), ListAccessKeys { caller: "app" });
    lines.push(format!("access keys {:?}", access_keys.map(|listed| listed.len())));
    let mut trust = [0; 4416];
    let trusting = vault.describe_role_trust(&root(), DescribeRoleTrust { role: "App" }, &mut trust);
    lines.push(format!("trust {:?}", trusting.map(|trust| trust.principals.len())));
    lines.push(format!("caller {:?}", caller.map(|caller| format!("{caller:?}"))));
    lines.push(format!("quotas {:?}", vault.describe_quotas(&root(), DescribeQuotas)));
    let slots = vault.list_slots(&root(), ListSlots);
    lines.push(format!("slots {:?}", slots.map(|slots| slots.as_slice().to_vec())));
    lines.push(format!(
        "damage {:?}",
        vault.verify().map(|verified| (verified.damaged, verified.damaged_copies))
    ));
    lines
}
