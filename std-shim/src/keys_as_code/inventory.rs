//! What is: keys and callers of a vault, read through its own operations.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_core::Error;
use strongroom_core::error::Part;
use strongroom_core::key::{KeyFacts, KeyId};
use strongroom_core::limits::{ALIAS_LIST_LIMIT_MAX, GRANT_LIST_LIMIT_MAX, LIST_LIMIT_MAX};
use strongroom_core::operation::{
    DescribeCaller, DescribeKey, GetKeyPolicy, ListAliases, ListCallers, ListGrants, ListKeys,
    ListResourceTags, POLICY_NAME,
};
use strongroom_core::policy::Caller;

use super::DECLARED_AS;
use super::declaration::{DeclaredCaller, DeclaredGrant};
use crate::output::GrantListEntry;
use crate::vault::Vault;

/// All keys and callers.
#[derive(Debug)]
pub(super) struct Inventory {
    pub(super) keys: BTreeMap<KeyId, PresentKey>,
    pub(super) callers: BTreeMap<String, DeclaredCaller>,
}

#[derive(Debug)]
pub(super) struct PresentKey {
    pub(super) facts: KeyFacts,
    pub(super) description: String,
    pub(super) aliases: BTreeSet<String>,
    /// Compiled.
    pub(super) policy: Vec<u8>,
    /// Without the one that says what the key was declared as.
    pub(super) tags: BTreeMap<String, String>,
    pub(super) declared_as: Option<String>,
    /// Those that have a name. The others are made by programs, and a file does not speak of them.
    pub(super) grants: BTreeMap<String, (String, DeclaredGrant)>,
}

impl Inventory {
    pub(super) fn of(vault: &Vault, caller: &Caller<'_>) -> Result<Self, Error> {
        let mut aliases = aliases(vault, caller)?;
        let mut keys = BTreeMap::new();
        let mut marker = None;
        loop {
            let request = ListKeys { limit: LIST_LIMIT_MAX, marker: marker.as_ref() };
            let page = vault.list_keys(caller, request)?;
            // A key that is not seen would be made again, and its aliases given to another.
            if page.damaged > 0 {
                return Err(Error::Damaged(Part::Record));
            }
            for key_id in page.keys {
                let own = aliases.remove(&key_id).unwrap_or_default();
                keys.insert(key_id, PresentKey::of(vault, caller, key_id, own)?);
            }
            marker = page.next_marker;
            if marker.is_none() {
                return Ok(Inventory { keys, callers: callers(vault, caller)? });
            }
        }
    }
}

impl PresentKey {
    fn of(
        vault: &Vault,
        caller: &Caller<'_>,
        key_id: KeyId,
        aliases: BTreeSet<String>,
    ) -> Result<Self, Error> {
        let id = key_id.to_string();
        let described = vault.describe_key(caller, DescribeKey::new(&id))?;
        let policy = vault.get_key_policy(caller, GetKeyPolicy { key_id: &id, policy_name: POLICY_NAME })?;
        let mut tags: BTreeMap<_, _> =
            vault.list_resource_tags(caller, ListResourceTags::new(&id))?.tags.into_iter().collect();
        let declared_as = tags.remove(DECLARED_AS);
        Ok(PresentKey {
            facts: described.facts,
            description: described.description,
            aliases,
            policy,
            tags,
            declared_as,
            grants: grants(vault, caller, &id)?,
        })
    }
}

fn aliases(vault: &Vault, caller: &Caller<'_>) -> Result<BTreeMap<KeyId, BTreeSet<String>>, Error> {
    let mut aliases: BTreeMap<KeyId, BTreeSet<String>> = BTreeMap::new();
    let mut marker = None;
    loop {
        let limit = ALIAS_LIST_LIMIT_MAX;
        let page =
            vault.list_aliases(caller, ListAliases { key_id: None, limit, marker: marker.as_ref() })?;
        for alias in page.aliases {
            aliases.entry(alias.target_key_id).or_default().insert(alias.alias_name);
        }
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(aliases);
        }
    }
}

fn grants(
    vault: &Vault,
    caller: &Caller<'_>,
    id: &str,
) -> Result<BTreeMap<String, (String, DeclaredGrant)>, Error> {
    let mut grants = BTreeMap::new();
    let mut marker = None;
    loop {
        let request = ListGrants {
            key_id: id,
            grant_id: None,
            grantee_principal: None,
            limit: GRANT_LIST_LIMIT_MAX,
            marker: marker.as_ref(),
        };
        let page = vault.list_grants(caller, request)?;
        let named = page.grants.into_iter().filter(|grant| !grant.name.is_empty());
        grants.extend(named.map(|grant| (grant.name.clone(), (grant.grant_id.to_string(), of_grant(grant)))));
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(grants);
        }
    }
}

fn of_grant(grant: GrantListEntry) -> DeclaredGrant {
    let mut operations = grant.operations;
    operations.sort_by_key(|action| action.number());
    DeclaredGrant {
        grantee: grant.grantee_principal,
        operations,
        retiring: grant.retiring_principal,
        constraint: grant.constraints.map(|(kind, pairs)| (kind, pairs.into_iter().collect())),
    }
}

fn callers(vault: &Vault, caller: &Caller<'_>) -> Result<BTreeMap<String, DeclaredCaller>, Error> {
    let mut callers = BTreeMap::new();
    let (mut buffer, mut marker) = (Vec::new(), None);
    loop {
        let page =
            vault.list_callers(caller, ListCallers { limit: LIST_LIMIT_MAX, marker: marker.as_ref() })?;
        for name in page.names {
            let kept = vault.describe_caller(caller, DescribeCaller { name: &name }, &mut buffer)?;
            let tags = kept.tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let declared = DeclaredCaller {
                principal: kept.principal.to_owned(),
                tags: tags.collect(),
                policies: kept.identity_policies.iter().map(|policy| policy.to_vec()).collect(),
            };
            callers.insert(name, declared);
        }
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(callers);
        }
    }
}
