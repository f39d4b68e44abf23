//! The difference between what is to be and what is, as steps.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use strongroom_core::Error;
use strongroom_core::key::{KeyId, KeyState};
use strongroom_core::limits::POLICY_LEN_MAX;
use strongroom_core::policy::{Caller, default_key_policy};

use super::declaration::{Declaration, DeclaredKey};
use super::inventory::{Inventory, PresentKey};
use super::step::{Change, Step, Subject};
use crate::vault::Vault;

/// What would change, in the order in which it has to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps; none where the vault is as declared.
    pub steps: Vec<Step>,
}

/// Why there is no plan.
#[derive(Debug)]
#[non_exhaustive]
pub enum PlanError {
    /// The vault refused to be read.
    Vault(Error),
    /// A key is declared by an id that the vault does not have.
    NoSuchKey {
        /// Its name in the file.
        name: String,
        /// The id.
        key_id: KeyId,
    },
    /// Two names in the file mean one key.
    SameKey {
        /// The names.
        names: [String; 2],
        /// The key.
        key_id: KeyId,
    },
    /// What cannot be changed is declared otherwise: another spec or origin needs another key.
    Immutable {
        /// The key's name in the file.
        name: String,
        /// `spec` or `origin`.
        member: &'static str,
        /// What is declared.
        declared: &'static str,
        /// What the key has.
        present: &'static str,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlanError::Vault(_) => f.write_str("the vault could not be read"),
            PlanError::NoSuchKey { name, key_id } => {
                write!(f, "keys.{name}: the vault has no key {key_id}; leave `id` out to have one made")
            }
            PlanError::SameKey { names: [one, other], key_id } => {
                write!(f, "keys.{one} and keys.{other} are both {key_id}; declare it once")
            }
            PlanError::Immutable { name, member, declared, present } => write!(
                f,
                "keys.{name}: `{member}` is {present} and cannot become {declared}; declare a new key under another name"
            ),
        }
    }
}

impl std::error::Error for PlanError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PlanError::Vault(error) => Some(error),
            PlanError::NoSuchKey { .. } | PlanError::SameKey { .. } | PlanError::Immutable { .. } => None,
        }
    }
}

impl From<Error> for PlanError {
    fn from(error: Error) -> Self {
        PlanError::Vault(error)
    }
}

impl Plan {
    /// Compares a declaration with a vault, as this caller sees it. Nothing is changed.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn of(vault: &Vault, caller: &Caller<'_>, declaration: &Declaration) -> Result<Self, PlanError> {
        Self::compare(vault, caller, declaration, false)
    }

    /// The same for test set-ups: a key that is declared by an id which the vault does not have is made with that id.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn seeding(vault: &Vault, caller: &Caller<'_>, declaration: &Declaration) -> Result<Self, PlanError> {
        Self::compare(vault, caller, declaration, true)
    }

    fn compare(
        vault: &Vault,
        caller: &Caller<'_>,
        declaration: &Declaration,
        may_choose_ids: bool,
    ) -> Result<Self, PlanError> {
        let inventory = Inventory::of(vault, caller)?;
        let mut buffer = vec![0; POLICY_LEN_MAX];
        let default_policy = default_key_policy(vault.realm(), &mut buffer)?;
        let found = find(declaration, &inventory, may_choose_ids)?;
        let holders = holders(&inventory);

        let mut plan = Plan::default();
        plan.callers(declaration, &inventory);
        for (name, declared) in &declaration.keys {
            let key_id = found.get(name.as_str()).copied();
            let present = key_id.and_then(|key_id| inventory.keys.get(&key_id));
            plan.key(name, declared, present, &holders, default_policy)?;
        }
        plan.undeclared(&inventory, &found.into_values().collect());
        Ok(plan)
    }

    /// Whether a step takes something away that others may use: such steps are only done where that is allowed.
    #[must_use]
    pub fn is_destructive(&self) -> bool {
        self.steps.iter().any(|step| step.change.is_destructive())
    }

    fn add(&mut self, subject: &Subject, change: Change) {
        self.steps.push(Step { subject: subject.clone(), change });
    }

    fn callers(&mut self, declaration: &Declaration, inventory: &Inventory) {
        for (name, to) in &declaration.callers {
            let from = inventory.callers.get(name);
            if from != Some(to) {
                let change = Change::PutCaller { from: from.cloned(), to: to.clone() };
                self.add(&Subject::Caller(name.clone()), change);
            }
        }
        for name in inventory.callers.keys().filter(|name| !declaration.callers.contains_key(*name)) {
            self.add(&Subject::Caller(name.clone()), Change::DeleteCaller);
        }
    }

    fn key(
        &mut self,
        name: &str,
        declared: &DeclaredKey,
        present: Option<&PresentKey>,
        holders: &BTreeMap<&str, KeyId>,
        default_policy: &[u8],
    ) -> Result<(), PlanError> {
        let subject = Subject::Key { name: name.to_owned(), key_id: present.map(|key| key.facts.key_id) };
        let mut is_enabled = true;
        match present {
            Some(present) => {
                check_immutable(name, declared, present)?;
                is_enabled = self.wake(&subject, declared, present);
                self.texts(&subject, declared, present, default_policy);
            }
            None => self.add(&subject, Change::of_new(name, declared)),
        }
        self.aliases(&subject, declared, present, holders);
        let from = present.and_then(|key| key.facts.rotation).map(|rotation| rotation.period_days);
        if from != declared.rotation_days {
            self.add(&subject, Change::Rotation { from, to: declared.rotation_days });
        }
        self.grants(&subject, declared, present);
        if is_enabled && !declared.is_enabled {
            self.add(&subject, Change::Disable);
        }
        Ok(())
    }

    /// Keys are changed while they are usable; answers whether this one then is.
    fn wake(&mut self, subject: &Subject, declared: &DeclaredKey, present: &PresentKey) -> bool {
        match present.facts.state {
            KeyState::PendingDeletion => self.add(subject, Change::CancelDeletion),
            KeyState::Enabled => return true,
            KeyState::Disabled | _ => {}
        }
        let is_to_be = declared.is_enabled && present.facts.state != KeyState::PendingImport;
        if is_to_be {
            self.add(subject, Change::Enable);
        }
        is_to_be
    }

    fn texts(
        &mut self,
        subject: &Subject,
        declared: &DeclaredKey,
        present: &PresentKey,
        default_policy: &[u8],
    ) {
        if declared.description != present.description {
            let (from, to) = (present.description.clone(), declared.description.clone());
            self.add(subject, Change::Describe { from, to });
        }
        for (tag, to) in &declared.tags {
            let from = present.tags.get(tag);
            if from != Some(to) {
                self.add(subject, Change::Tag { tag: tag.clone(), from: from.cloned(), to: to.clone() });
            }
        }
        for (tag, from) in present.tags.iter().filter(|(tag, _)| !declared.tags.contains_key(*tag)) {
            self.add(subject, Change::Untag { tag: tag.clone(), from: from.clone() });
        }
        let to = declared.policy.as_deref().unwrap_or(default_policy);
        if to != present.policy {
            self.add(subject, Change::PutPolicy { from: present.policy.clone(), to: to.to_vec() });
        }
    }

    fn aliases(
        &mut self,
        subject: &Subject,
        declared: &DeclaredKey,
        present: Option<&PresentKey>,
        holders: &BTreeMap<&str, KeyId>,
    ) {
        let none = BTreeSet::new();
        let own = present.map_or(&none, |key| &key.aliases);
        for alias in declared.aliases.difference(own) {
            let alias_name = alias.clone();
            self.add(
                subject,
                match holders.get(alias.as_str()) {
                    Some(&from) => Change::MoveAlias { alias_name, from },
                    None => Change::AddAlias { alias_name },
                },
            );
        }
        for alias in own.difference(&declared.aliases) {
            self.add(subject, Change::RemoveAlias { alias_name: alias.clone() });
        }
    }

    fn grants(&mut self, subject: &Subject, declared: &DeclaredKey, present: Option<&PresentKey>) {
        let none = BTreeMap::new();
        let own = present.map_or(&none, |key| &key.grants);
        for (name, (grant_id, grant)) in own {
            let to_be = declared.grants.get(name);
            if to_be != Some(grant) {
                self.add(
                    subject,
                    Change::RevokeGrant {
                        name: name.clone(),
                        grant_id: grant_id.clone(),
                        is_replaced: to_be.is_some(),
                    },
                );
            }
        }
        for (name, grant) in &declared.grants {
            if own.get(name).is_none_or(|(_, present)| present != grant) {
                self.add(subject, Change::Grant { name: name.clone(), grant: grant.clone() });
            }
        }
    }

    /// Keys that nobody declares.
    fn undeclared(&mut self, inventory: &Inventory, declared: &BTreeSet<KeyId>) {
        for (key_id, key) in &inventory.keys {
            if declared.contains(key_id) || key.facts.state == KeyState::PendingDeletion {
                continue;
            }
            let name = key.aliases.first().and_then(|alias| alias.strip_prefix("alias/"));
            let name = name.map_or_else(|| key_id.to_string(), str::to_owned);
            self.add(&Subject::Key { name, key_id: Some(*key_id) }, Change::ScheduleDeletion);
        }
    }
}

/// Which key each name means: by its id, by the alias of that name, or, where making it was interrupted, by the tag.
fn find<'d>(
    declaration: &'d Declaration,
    inventory: &Inventory,
    may_choose_ids: bool,
) -> Result<BTreeMap<&'d str, KeyId>, PlanError> {
    let holders = holders(inventory);
    let mut found: BTreeMap<&str, KeyId> = BTreeMap::new();
    let mut names: BTreeMap<KeyId, &str> = BTreeMap::new();
    for (name, declared) in &declaration.keys {
        let by_tag = || {
            let is_it = |key: &&PresentKey| {
                key.declared_as.as_ref() == Some(name) && key.facts.state != KeyState::PendingDeletion
            };
            inventory.keys.values().find(is_it).map(|key| key.facts.key_id)
        };
        let key_id = match declared.id {
            Some(key_id) if inventory.keys.contains_key(&key_id) => Some(key_id),
            Some(_) if may_choose_ids => None,
            Some(key_id) => return Err(PlanError::NoSuchKey { name: name.clone(), key_id }),
            None => holders.get(format!("alias/{name}").as_str()).copied().or_else(by_tag),
        };
        let Some(key_id) = key_id else { continue };
        if let Some(other) = names.insert(key_id, name) {
            return Err(PlanError::SameKey { names: [other.to_owned(), name.clone()], key_id });
        }
        found.insert(name, key_id);
    }
    Ok(found)
}

/// Whose each alias is.
fn holders(inventory: &Inventory) -> BTreeMap<&str, KeyId> {
    let of_key = |(key_id, key)| {
        let (key_id, key): (&KeyId, &PresentKey) = (key_id, key);
        key.aliases.iter().map(move |alias| (alias.as_str(), *key_id))
    };
    inventory.keys.iter().flat_map(of_key).collect()
}

fn check_immutable(name: &str, declared: &DeclaredKey, present: &PresentKey) -> Result<(), PlanError> {
    let facts = &present.facts;
    let pairs = [
        ("spec", declared.spec.name(), facts.spec.name()),
        ("origin", declared.origin.name(), facts.origin.name()),
    ];
    match pairs.into_iter().find(|(_, declared, present)| declared != present) {
        Some((member, declared, present)) => {
            Err(PlanError::Immutable { name: name.to_owned(), member, declared, present })
        }
        None => Ok(()),
    }
}
