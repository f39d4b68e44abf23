//! What a step says, to people and to scripts.

use std::fmt;

use strongroom_core::grant::ConstraintKind;
use strongroom_core::limits::WAITING_PERIOD_DAYS;

use super::declaration::{DeclaredCaller, DeclaredGrant};
use super::step::{Change, Step, Subject};
use crate::policy_json::to_json;

/// Whether a step adds something, changes it or takes it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It was not there.
    Adds,
    /// It is there and becomes another.
    Changes,
    /// It is there and goes.
    Removes,
}

impl Change {
    /// The name for scripts; it never changes.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Change::CreateKey { .. } => "create-key",
            Change::CancelDeletion => "cancel-deletion",
            Change::Enable => "enable",
            Change::Disable => "disable",
            Change::Describe { .. } => "describe",
            Change::Rotation { .. } => "rotation",
            Change::AddAlias { .. } => "add-alias",
            Change::MoveAlias { .. } => "move-alias",
            Change::RemoveAlias { .. } => "remove-alias",
            Change::Tag { .. } => "tag",
            Change::Untag { .. } => "untag",
            Change::PutPolicy { .. } => "put-policy",
            Change::Grant { .. } => "grant",
            Change::RevokeGrant { .. } => "revoke-grant",
            Change::ScheduleDeletion => "schedule-deletion",
            Change::PutCaller { .. } => "put-caller",
            Change::DeleteCaller => "delete-caller",
        }
    }

    /// Whether it adds, changes or removes. What removes is not always destructive: see [`Change::is_destructive`].
    #[must_use]
    pub const fn effect(&self) -> Effect {
        match self {
            Change::CreateKey { .. }
            | Change::AddAlias { .. }
            | Change::Tag { from: None, .. }
            | Change::Grant { .. }
            | Change::PutCaller { from: None, .. } => Effect::Adds,
            Change::RemoveAlias { .. }
            | Change::Untag { .. }
            | Change::RevokeGrant { .. }
            | Change::ScheduleDeletion
            | Change::DeleteCaller => Effect::Removes,
            Change::CancelDeletion
            | Change::Enable
            | Change::Disable
            | Change::Describe { .. }
            | Change::Rotation { .. }
            | Change::MoveAlias { .. }
            | Change::Tag { from: Some(_), .. }
            | Change::PutPolicy { .. }
            | Change::PutCaller { from: Some(_), .. } => Effect::Changes,
        }
    }

    /// The policies before and after, in JSON, where this replaces the policy of a key, or those of a caller.
    #[must_use]
    pub fn policies(&self) -> Option<[String; 2]> {
        // What JSON cannot say is said by that.
        let json = |policy: &Vec<u8>| to_json(policy).unwrap_or_else(|error| error.to_string());
        match self {
            Change::PutPolicy { from, to } => Some([from, to].map(json)),
            Change::PutCaller { from: Some(from), to } if from.policies != to.policies => {
                Some([from, to].map(|caller| caller.policies.iter().map(json).collect()))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Key { name, .. } => write!(f, "key {name}"),
            Subject::Caller(name) => write!(f, "caller {name}"),
        }
    }
}

/// What is done, and what is there now.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rotation = |days: &Option<u16>| match days {
            Some(days) => format!("every {days} days"),
            None => "off".to_owned(),
        };
        match self {
            Change::CreateKey { spec, .. } => write!(f, "make it, {}: the vault has none", spec.name()),
            Change::CancelDeletion => {
                f.write_str("cancel its deletion: it is declared, and pending deletion")
            }
            Change::Enable => f.write_str("enable it: it is disabled"),
            Change::Disable => f.write_str("disable it: it is declared disabled"),
            Change::Describe { from, to } => write!(f, "description: {from:?} becomes {to:?}"),
            Change::Rotation { from, to } => {
                write!(f, "automatic rotation: {} becomes {}", rotation(from), rotation(to))
            }
            Change::AddAlias { alias_name } => write!(f, "give it {alias_name}"),
            Change::MoveAlias { alias_name, from } => {
                write!(f, "give it {alias_name}, which is an alias of {from} now")
            }
            Change::RemoveAlias { alias_name } => write!(f, "take {alias_name} away: it is not declared"),
            Change::Tag { tag, from: Some(from), to } => write!(f, "tag {tag}: {from:?} becomes {to:?}"),
            Change::Tag { tag, from: None, to } => write!(f, "tag {tag}: {to:?}"),
            Change::Untag { tag, from } => write!(f, "take the tag {tag} off, {from:?}: it is not declared"),
            Change::PutPolicy { .. } => f.write_str("replace its policy: another one is declared"),
            Change::Grant { name, grant } => write!(f, "grant {name}: {}", what_it_allows(grant)),
            Change::RevokeGrant { name, is_replaced: true, .. } => {
                write!(f, "revoke grant {name}: another of its name follows")
            }
            Change::RevokeGrant { name, .. } => write!(f, "revoke grant {name}: it is not declared"),
            Change::ScheduleDeletion => {
                write!(f, "schedule its deletion in {} days: it is not declared", WAITING_PERIOD_DAYS.end())
            }
            Change::PutCaller { from: None, to } => write!(f, "keep it: {}", to.principal),
            Change::PutCaller { from: Some(from), to } => caller_difference(f, from, to),
            Change::DeleteCaller => f.write_str("take it out: it is not declared"),
        }
    }
}

/// Whom a grant allows what, and within what.
fn what_it_allows(grant: &DeclaredGrant) -> String {
    let operations: Vec<_> = grant.operations.iter().map(|action| action.name()).collect();
    let mut said = format!("{} may {}", grant.grantee, operations.join(", "));
    if let Some((kind, pairs)) = &grant.constraint {
        let verb = match kind {
            ConstraintKind::EncryptionContextEquals => "is",
            ConstraintKind::EncryptionContextSubset => "has",
        };
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        said += &format!(" if the context {verb} {}", pairs.join(", "));
    }
    if let Some(retiring) = &grant.retiring {
        said += &format!("; {retiring} may retire it");
    }
    said
}

fn caller_difference(f: &mut fmt::Formatter<'_>, from: &DeclaredCaller, to: &DeclaredCaller) -> fmt::Result {
    let mut said = Vec::new();
    if from.principal != to.principal {
        said.push(format!("principal {} becomes {}", from.principal, to.principal));
    }
    if from.tags != to.tags {
        said.push(format!("tags {:?} become {:?}", from.tags, to.tags));
    }
    if from.policies != to.policies {
        said.push("its policies are replaced: others are declared".to_owned());
    }
    f.write_str(&said.join("; "))
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.change)
    }
}
