//! A vault as a file that declares it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use strongroom_core::Error;
use strongroom_core::grant::ConstraintKind;
use strongroom_core::key::{KeyId, KeyOrigin, KeySpec, KeyState};
use strongroom_core::limits::POLICY_LEN_MAX;
use strongroom_core::policy::{Caller, default_key_policy};

use super::declaration::DeclaredGrant;
use super::file::{CallerTable, File, GrantTable, KeyTable};
use super::inventory::{Inventory, PresentKey};
use crate::policy_json::to_json;
use crate::vault::Vault;

/// A file that declares a vault as it is, and the policies that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Export {
    /// The file.
    pub toml: String,
    /// Policies in JSON, by their paths relative to the file.
    pub policies: BTreeMap<PathBuf, String>,
    /// Keys that the file does not declare, because their deletion is scheduled.
    pub left_out: Vec<KeyId>,
}

impl Export {
    /// Describes a vault, as this caller sees it. A plan of the result has no steps.
    ///
    /// # Errors
    /// What the vault refuses to show. [`Error::MalformedPolicyDocument`]: a policy that JSON cannot express.
    pub fn of(vault: &Vault, caller: &Caller<'_>) -> Result<Self, Error> {
        let inventory = Inventory::of(vault, caller)?;
        let mut buffer = vec![0; POLICY_LEN_MAX];
        let default_policy = default_key_policy(vault.realm(), &mut buffer)?;
        let mut file = File::default();
        let mut policies = BTreeMap::new();
        let mut left_out = Vec::new();
        for (key_id, key) in &inventory.keys {
            if key.facts.state == KeyState::PendingDeletion {
                left_out.push(*key_id);
                continue;
            }
            let (name, mut table) = key_table(key);
            if key.policy != default_policy {
                let path = PathBuf::from(format!("policies/{}.json", name.replace('/', "-")));
                let path = free(&policies, path);
                policies.insert(path.clone(), json(&key.policy)?);
                table.policy = Some(path);
            }
            file.keys.insert(name, table);
        }
        for (name, kept) in inventory.callers {
            let mut paths = Vec::new();
            for policy in &kept.policies {
                let path = free(&policies, PathBuf::from(format!("policies/caller-{name}.json")));
                policies.insert(path.clone(), json(policy)?);
                paths.push(path);
            }
            let table = CallerTable { principal: kept.principal, tags: kept.tags, policies: paths };
            file.callers.insert(name, table);
        }
        let toml = toml::to_string_pretty(&file).map_err(|_| Error::Bug)?;
        Ok(Export { toml, policies, left_out })
    }
}

fn key_table(key: &PresentKey) -> (String, KeyTable) {
    let facts = &key.facts;
    let mut aliases: Vec<String> = key.aliases.iter().cloned().collect();
    let named = |alias: &String| alias.strip_prefix("alias/") == key.declared_as.as_deref();
    let at = aliases.iter().position(named).unwrap_or(0);
    let name = aliases.get(at).and_then(|alias| alias.strip_prefix("alias/")).map(str::to_owned);
    let id = name.is_none().then(|| facts.key_id.to_string());
    if name.is_some() {
        aliases.remove(at);
    }
    let table = KeyTable {
        description: key.description.clone(),
        spec: (facts.spec != KeySpec::default()).then(|| facts.spec.name().to_owned()),
        origin: (facts.origin != KeyOrigin::default()).then(|| facts.origin.name().to_owned()),
        rotation_days: facts.rotation.map(|rotation| rotation.period_days),
        enabled: (facts.state == KeyState::Disabled).then_some(false),
        aliases,
        policy: None,
        tags: key.tags.clone(),
        grants: key.grants.iter().map(|(name, (_, grant))| (name.clone(), grant_table(grant))).collect(),
        id,
    };
    (name.unwrap_or_else(|| facts.key_id.to_string()), table)
}

fn grant_table(grant: &DeclaredGrant) -> GrantTable {
    let of_kind = |wanted| {
        grant.constraint.as_ref().filter(|(kind, _)| *kind == wanted).map(|(_, pairs)| pairs.clone())
    };
    GrantTable {
        grantee: grant.grantee.clone(),
        operations: grant.operations.iter().map(|action| action.name().to_owned()).collect(),
        retiring: grant.retiring.clone(),
        context_subset: of_kind(ConstraintKind::EncryptionContextSubset),
        context_equals: of_kind(ConstraintKind::EncryptionContextEquals),
    }
}

/// A path that no other policy has.
fn free(taken: &BTreeMap<PathBuf, String>, wanted: PathBuf) -> PathBuf {
    let mut path = wanted.clone();
    let mut number: u32 = 1;
    while taken.contains_key(&path) {
        number = number.saturating_add(1);
        path = wanted.with_extension(format!("{number}.json"));
    }
    path
}

fn json(policy: &[u8]) -> Result<String, Error> {
    to_json(policy).map_err(|error| error.error)
}
