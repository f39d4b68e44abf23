//! What the vault is like: everything that a change can have changed.

use std::collections::BTreeMap;

use strongroom_std::key::{KeyState, KeyUsage, VersionState};
use strongroom_std::operation::{
    DescribeKey, ListAliases, ListGrants, ListKeyVersions, ListKeys, ListResourceTags,
};
use strongroom_std::{Caller, UnlockSecret, Vault};

use super::model::{Key, Keys, Standing};

const ROOT: &str = "arn:aws:iam::000000000000:root";

pub fn root() -> Caller<'static> {
    Caller::new(ROOT).unwrap()
}

/// What opens the vault: quick, since it is opened often.
pub fn secret() -> UnlockSecret {
    let content: Vec<u8> = (0u8..64).map(|byte| byte.wrapping_mul(167) ^ 0x5b).collect();
    UnlockSecret::key_file(&content).unwrap()
}

/// All keys, as the vault answers.
pub fn look(vault: &Vault) -> Keys {
    let mut keys = Keys::new();
    let mut marker = None;
    loop {
        let page = vault.list_keys(&root(), ListKeys { limit: 100, marker: marker.as_ref() }).unwrap();
        for key_id in &page.keys {
            let id = key_id.to_string();
            keys.insert(id.clone(), look_at(vault, &id));
        }
        marker = page.next_marker;
        if marker.is_none() {
            return keys;
        }
    }
}

fn look_at(vault: &Vault, id: &str) -> Key {
    let described = vault.describe_key(&root(), DescribeKey::new(id)).unwrap();
    let (thread, label) = described.description.split_once(' ').unwrap();
    let versions = ListKeyVersions { key_id: id, limit: 100, marker: None };
    let versions = vault.list_key_versions(&root(), versions).unwrap().versions;
    assert_eq!(versions.len(), described.facts.newest_version as usize, "{id}");
    let grants = ListGrants { key_id: id, grant_id: None, grantee_principal: None, limit: 100, marker: None };
    let grants = vault.list_grants(&root(), grants).unwrap().grants;
    let aliases = ListAliases { key_id: Some(id), ..ListAliases::default() };
    let aliases = vault.list_aliases(&root(), aliases).unwrap();
    assert!(aliases.next_marker.is_none());
    let tags: BTreeMap<_, _> =
        vault.list_resource_tags(&root(), ListResourceTags::new(id)).unwrap().tags.into_iter().collect();
    Key {
        thread: thread.parse().unwrap(),
        is_mac: described.facts.usage == KeyUsage::GenerateVerifyMac,
        standing: match described.facts.state {
            KeyState::Enabled => Standing::Enabled,
            KeyState::Disabled => Standing::Disabled,
            KeyState::PendingDeletion => Standing::Doomed,
            other => panic!("{id} is {other:?}"),
        },
        label: label.to_owned(),
        version: described.facts.current_version,
        revoked: versions
            .iter()
            .filter(|version| version.facts.state == VersionState::Revoked)
            .map(|version| version.facts.version)
            .collect(),
        rotates: described.facts.rotation.is_some(),
        tags,
        grants: grants.into_iter().map(|grant| (grant.name, grant.grant_id.to_string())).collect(),
        aliases: aliases.aliases.into_iter().map(|alias| alias.alias_name).collect(),
    }
}
