//! One step of a plan, and doing it. What it is called: [`super::words`].

use std::collections::BTreeMap;

use strongroom_core::Error;
use strongroom_core::grant::ConstraintKind;
use strongroom_core::key::{KeyId, KeyOrigin, KeySpec};
use strongroom_core::limits::WAITING_PERIOD_DAYS;
use strongroom_core::operation::{
    CancelKeyDeletion, CreateAlias, CreateGrant, CreateKey, DeleteAlias, DeleteCaller, DisableKey,
    DisableKeyRotation, EnableKey, EnableKeyRotation, GrantConstraints, POLICY_NAME, PutCaller, PutKeyPolicy,
    RevokeGrant, ScheduleKeyDeletion, SeedKey, TagResource, UntagResource, UpdateAlias, UpdateKeyDescription,
};
use strongroom_core::policy::Caller;

use super::DECLARED_AS;
use super::declaration::{DeclaredCaller, DeclaredGrant, DeclaredKey};
use crate::vault::Vault;

/// A change to a key or a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// What is changed.
    pub subject: Subject,
    /// How.
    pub change: Change,
}

/// What a step is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// A key.
    Key {
        /// Its name in the file; of one that is not declared, its alias or id.
        name: String,
        /// `None` for one that is yet to be made.
        key_id: Option<KeyId>,
    },
    /// A caller, by its name.
    Caller(String),
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "`from` and `to` are what is and what is to be")]
pub enum Change {
    /// Makes a key with what it can have from the start.
    CreateKey {
        /// `None`: one is drawn. Only [`super::Plan::seeding`] chooses.
        key_id: Option<KeyId>,
        spec: KeySpec,
        origin: KeyOrigin,
        description: String,
        tags: BTreeMap<String, String>,
        policy: Option<Vec<u8>>,
    },
    /// Calls its deletion off.
    CancelDeletion,
    /// Enables it.
    Enable,
    /// Disables it.
    Disable,
    /// Gives it another description.
    Describe { from: String, to: String },
    /// Turns automatic rotation on, off, or to another period in days.
    Rotation { from: Option<u16>, to: Option<u16> },
    /// Gives it an alias that nobody has.
    AddAlias { alias_name: String },
    /// Gives it the alias of another key: whoever goes by it uses this key from then on.
    MoveAlias { alias_name: String, from: KeyId },
    /// Takes an alias away.
    RemoveAlias { alias_name: String },
    /// Gives it a tag, or another value of one.
    Tag { tag: String, from: Option<String>, to: String },
    /// Takes a tag off.
    Untag { tag: String, from: String },
    /// Replaces the compiled key policy.
    PutPolicy { from: Vec<u8>, to: Vec<u8> },
    /// Makes a grant.
    Grant { name: String, grant: DeclaredGrant },
    /// Ends a grant; `is_replaced` where another of its name follows.
    RevokeGrant { name: String, grant_id: String, is_replaced: bool },
    /// Schedules its deletion, with the longest waiting period.
    ScheduleDeletion,
    /// Keeps a caller.
    PutCaller { from: Option<DeclaredCaller>, to: DeclaredCaller },
    /// Takes a caller out.
    DeleteCaller,
}

impl Change {
    pub(super) fn of_new(name: &str, declared: &DeclaredKey) -> Self {
        let mut tags = declared.tags.clone();
        // With the key itself, in one commit: whoever is interrupted here finds it again.
        tags.insert(DECLARED_AS.to_owned(), name.to_owned());
        Change::CreateKey {
            key_id: declared.id,
            spec: declared.spec,
            origin: declared.origin,
            description: declared.description.clone(),
            tags,
            policy: declared.policy.clone(),
        }
    }

    /// Whether it takes something away that others may use.
    #[must_use]
    pub const fn is_destructive(&self) -> bool {
        match self {
            Change::RemoveAlias { .. } | Change::ScheduleDeletion | Change::DeleteCaller => true,
            Change::RevokeGrant { is_replaced, .. } => !*is_replaced,
            Change::CreateKey { .. }
            | Change::CancelDeletion
            | Change::Enable
            | Change::Disable
            | Change::Describe { .. }
            | Change::Rotation { .. }
            | Change::AddAlias { .. }
            | Change::MoveAlias { .. }
            | Change::Tag { .. }
            | Change::Untag { .. }
            | Change::PutPolicy { .. }
            | Change::Grant { .. }
            | Change::PutCaller { .. } => false,
        }
    }
}

/// Does a change to a caller.
pub(super) fn change_caller(
    vault: &Vault,
    caller: &Caller<'_>,
    name: &str,
    change: &Change,
) -> Result<(), Error> {
    match change {
        Change::PutCaller { to, .. } => {
            let tags = pairs(&to.tags);
            let identity_policies: Vec<&[u8]> = to.policies.iter().map(Vec::as_slice).collect();
            let request = PutCaller {
                name,
                principal: &to.principal,
                tags: &tags,
                identity_policies: &identity_policies,
            };
            vault.put_caller(caller, request)
        }
        Change::DeleteCaller => vault.delete_caller(caller, DeleteCaller { name }),
        _ => Err(Error::Bug),
    }
}

/// Makes a key.
pub(super) fn create_key(vault: &Vault, caller: &Caller<'_>, change: &Change) -> Result<KeyId, Error> {
    let Change::CreateKey { key_id, spec, origin, description, tags, policy } = change else {
        return Err(Error::Bug);
    };
    let request = CreateKey {
        description,
        key_spec: *spec,
        key_usage: spec.usage(),
        origin: *origin,
        tags: &pairs(tags),
        policy: policy.as_deref(),
        bypass_policy_lockout_safety_check: false,
    };
    let made = match *key_id {
        Some(key_id) => vault.seed_key(caller, SeedKey { key_id, key: request })?,
        None => vault.create_key(caller, request)?,
    };
    Ok(made.key_id)
}

/// Does a change to a key that is there.
pub(super) fn change_key(
    vault: &Vault,
    caller: &Caller<'_>,
    key_id: &str,
    change: &Change,
) -> Result<(), Error> {
    match change {
        Change::CancelDeletion => vault.cancel_key_deletion(caller, CancelKeyDeletion { key_id }).map(drop),
        Change::Enable => vault.enable_key(caller, EnableKey { key_id }).map(drop),
        Change::Disable => vault.disable_key(caller, DisableKey { key_id }).map(drop),
        Change::Describe { to, .. } => {
            vault.update_key_description(caller, UpdateKeyDescription { key_id, description: to }).map(drop)
        }
        Change::Rotation { to: None, .. } => {
            vault.disable_key_rotation(caller, DisableKeyRotation { key_id }).map(drop)
        }
        Change::Rotation { to: rotation_period_days, .. } => {
            let request = EnableKeyRotation { key_id, rotation_period_days: *rotation_period_days };
            vault.enable_key_rotation(caller, request).map(drop)
        }
        Change::AddAlias { alias_name } => {
            vault.create_alias(caller, CreateAlias { alias_name, target_key_id: key_id })
        }
        Change::MoveAlias { alias_name, .. } => {
            vault.update_alias(caller, UpdateAlias { alias_name, target_key_id: key_id })
        }
        Change::RemoveAlias { alias_name } => vault.delete_alias(caller, DeleteAlias { alias_name }),
        Change::Tag { tag, to, .. } => vault.tag_resource(caller, TagResource { key_id, tags: &[(tag, to)] }),
        Change::Untag { tag, .. } => vault.untag_resource(caller, UntagResource { key_id, tag_keys: &[tag] }),
        Change::PutPolicy { to, .. } => {
            let request = PutKeyPolicy {
                key_id,
                policy_name: POLICY_NAME,
                policy: to,
                bypass_policy_lockout_safety_check: false,
            };
            vault.put_key_policy(caller, request).map(drop)
        }
        Change::Grant { name, grant } => create_grant(vault, caller, key_id, name, grant),
        Change::RevokeGrant { grant_id, .. } => {
            vault.revoke_grant(caller, RevokeGrant { key_id, grant_id, dry_run: false })
        }
        Change::ScheduleDeletion => {
            let pending_window_in_days = *WAITING_PERIOD_DAYS.end();
            let request = ScheduleKeyDeletion { key_id, pending_window_in_days };
            vault.schedule_key_deletion(caller, request).map(drop)
        }
        Change::CreateKey { .. } | Change::PutCaller { .. } | Change::DeleteCaller => Err(Error::Bug),
    }
}

fn create_grant(
    vault: &Vault,
    caller: &Caller<'_>,
    key_id: &str,
    name: &str,
    grant: &DeclaredGrant,
) -> Result<(), Error> {
    let context = grant.constraint.as_ref().map(|(_, context)| pairs(context)).unwrap_or_default();
    let constraints = grant.constraint.as_ref().map(|(kind, _)| match kind {
        ConstraintKind::EncryptionContextEquals => GrantConstraints::EncryptionContextEquals(&context),
        ConstraintKind::EncryptionContextSubset => GrantConstraints::EncryptionContextSubset(&context),
    });
    let request = CreateGrant {
        retiring_principal: grant.retiring.as_deref(),
        constraints,
        name: Some(name),
        ..CreateGrant::new(key_id, &grant.grantee, &grant.operations)
    };
    vault.create_grant(caller, request).map(drop)
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    map.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
