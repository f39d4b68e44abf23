//! What is to be: the file, read and checked, with its policies compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use strongroom_core::grant::ConstraintKind;
use strongroom_core::key::{KeyId, KeyOrigin, KeySpec};
use strongroom_core::policy::{Action, PolicyKind};

use super::file::{CallerTable, File, GrantTable, KeyTable};
use crate::error::PolicyError;
use crate::policy_json::{compile_policy, nearest_name};

/// Keys and callers as they are to be, by the names that the file gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    pub(super) keys: BTreeMap<String, DeclaredKey>,
    pub(super) callers: BTreeMap<String, DeclaredCaller>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeclaredKey {
    pub(super) id: Option<KeyId>,
    pub(super) description: String,
    pub(super) spec: KeySpec,
    pub(super) origin: KeyOrigin,
    pub(super) rotation_days: Option<u16>,
    pub(super) is_enabled: bool,
    pub(super) aliases: BTreeSet<String>,
    /// Compiled; `None` is the default one.
    pub(super) policy: Option<Vec<u8>>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) grants: BTreeMap<String, DeclaredGrant>,
}

/// A grant, without its name and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredGrant {
    /// Whom it allows.
    pub grantee: String,
    /// What, in the order of the actions' numbers.
    pub operations: Vec<Action>,
    /// Who may give it up.
    pub retiring: Option<String>,
    /// Within which encryption contexts.
    pub constraint: Option<(ConstraintKind, BTreeMap<String, String>)>,
}

/// A caller, without its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredCaller {
    /// The ARN of a user, role or federated user.
    pub principal: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its compiled identity policies, in their order.
    pub policies: Vec<Vec<u8>>,
}

/// Why a file does not declare anything.
#[derive(Debug)]
#[non_exhaustive]
pub enum DeclarationError {
    /// The file, or a policy that it names, cannot be read.
    Io(PathBuf, io::Error),
    /// It is no TOML, or has tables or members that there are not. The text says where.
    Toml(String),
    /// A policy does not compile.
    Policy(PathBuf, PolicyError),
    /// A value is none of those that there are.
    Value {
        /// Which table and member.
        place: String,
        /// What is wrong, and what was expected.
        message: String,
    },
}

impl fmt::Display for DeclarationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeclarationError::Io(path, error) => write!(f, "`{}`: {error}", path.display()),
            DeclarationError::Toml(message) => f.write_str(message),
            DeclarationError::Policy(path, error) => write!(f, "`{}`: {error}", path.display()),
            DeclarationError::Value { place, message } => write!(f, "{place}: {message}"),
        }
    }
}

impl std::error::Error for DeclarationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DeclarationError::Io(_, error) => Some(error),
            DeclarationError::Policy(_, error) => Some(error),
            DeclarationError::Toml(_) | DeclarationError::Value { .. } => None,
        }
    }
}

impl Declaration {
    /// Reads a file. Paths of policies in it are relative to its folder.
    ///
    /// # Errors
    /// See [`DeclarationError`].
    pub fn read(path: &Path) -> Result<Self, DeclarationError> {
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|error| DeclarationError::Io(path.to_owned(), error))
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&read(path)?, |policy| read(&folder.join(policy)))
    }

    /// Reads a text; `read` brings the policies that it names.
    ///
    /// # Errors
    /// See [`DeclarationError`].
    pub fn parse(
        text: &str,
        mut read: impl FnMut(&Path) -> Result<String, DeclarationError>,
    ) -> Result<Self, DeclarationError> {
        let file: File = toml::from_str(text).map_err(|error| DeclarationError::Toml(error.to_string()))?;
        let mut policy = |path: &Path, kind| {
            compile_policy(&read(path)?, kind)
                .map_err(|error| DeclarationError::Policy(path.to_owned(), error))
        };
        let mut declaration = Declaration::default();
        for (name, table) in file.keys {
            let compiled = table.policy.as_deref().map(|path| policy(path, PolicyKind::Key)).transpose()?;
            let key = declared_key(&name, table, compiled)?;
            declaration.keys.insert(name, key);
        }
        for (name, CallerTable { principal, tags, policies }) in file.callers {
            let policies = policies.iter().map(|path| policy(path, PolicyKind::Identity));
            let policies = policies.collect::<Result<_, _>>()?;
            declaration.callers.insert(name, DeclaredCaller { principal, tags, policies });
        }
        declaration.check_aliases()?;
        Ok(declaration)
    }

    /// An alias names one key.
    fn check_aliases(&self) -> Result<(), DeclarationError> {
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, key) in &self.keys {
            for alias in &key.aliases {
                if let Some(other) = owners.insert(alias, name) {
                    return Err(wrong(
                        &format!("keys.{name}"),
                        format!("`{alias}` is an alias of `{other}` too; an alias names one key"),
                    ));
                }
            }
        }
        Ok(())
    }
}

fn declared_key(
    name: &str,
    table: KeyTable,
    policy: Option<Vec<u8>>,
) -> Result<DeclaredKey, DeclarationError> {
    let place = |member: &str| format!("keys.{name}.{member}");
    let id = match &table.id {
        Some(text) => Some(
            KeyId::parse(text)
                .ok_or_else(|| wrong(&place("id"), format!("`{text}` is no key id of 36 characters")))?,
        ),
        None => None,
    };
    let spec = match &table.spec {
        Some(text) => one_of(&place("spec"), text, KeySpec::ALL.map(|spec| (spec.name(), spec)))?,
        None => KeySpec::default(),
    };
    let origins = [KeyOrigin::AwsKms, KeyOrigin::External].map(|origin| (origin.name(), origin));
    let origin = match &table.origin {
        Some(text) => one_of(&place("origin"), text, origins)?,
        None => KeyOrigin::default(),
    };
    let mut aliases: BTreeSet<String> = table.aliases.into_iter().collect();
    if id.is_none() {
        aliases.insert(format!("alias/{name}"));
    }
    if let Some(alias) = aliases.iter().find(|alias| !alias.starts_with("alias/")) {
        return Err(wrong(&place("aliases"), format!("`{alias}` does not begin with `alias/`")));
    }
    let grants = table.grants.into_iter().map(|(grant, table)| {
        let declared = declared_grant(&format!("keys.{name}.grants.{grant}"), table)?;
        Ok((grant, declared))
    });
    Ok(DeclaredKey {
        id,
        description: table.description,
        spec,
        origin,
        rotation_days: table.rotation_days,
        is_enabled: table.enabled.unwrap_or(true),
        aliases,
        policy,
        tags: table.tags,
        grants: grants.collect::<Result<_, _>>()?,
    })
}

fn declared_grant(place: &str, table: GrantTable) -> Result<DeclaredGrant, DeclarationError> {
    let actions = || Action::all().map(|action| (action.name(), action));
    let operations = table.operations.iter();
    let operations = operations.map(|text| one_of(&format!("{place}.operations"), text, actions()));
    let mut operations = operations.collect::<Result<Vec<_>, _>>()?;
    operations.sort_by_key(|action| action.number());
    operations.dedup();
    let constraint = match (table.context_subset, table.context_equals) {
        (Some(_), Some(_)) => {
            return Err(wrong(
                place,
                "has both `context_subset` and `context_equals`; a grant has one".to_owned(),
            ));
        }
        (Some(pairs), None) => Some((ConstraintKind::EncryptionContextSubset, pairs)),
        (None, Some(pairs)) => Some((ConstraintKind::EncryptionContextEquals, pairs)),
        (None, None) => None,
    };
    Ok(DeclaredGrant { grantee: table.grantee, operations, retiring: table.retiring, constraint })
}

/// The value of this name.
fn one_of<T>(
    place: &str,
    text: &str,
    known: impl IntoIterator<Item = (&'static str, T)>,
) -> Result<T, DeclarationError> {
    let mut names = Vec::new();
    for (name, value) in known {
        if name == text {
            return Ok(value);
        }
        names.push(name);
    }
    let hint = match nearest_name(text, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are {}", names.join(", ")),
    };
    Err(wrong(place, format!("`{text}` is unknown; {hint}")))
}

fn wrong(place: &str, message: String) -> DeclarationError {
    DeclarationError::Value { place: place.to_owned(), message }
}
