//! Which key a request means, and whether whoever asks may use it so.

use strongroom_core::policy::Action;

use crate::states::cell;

use super::state::{Grant, Key, Model};
use super::step::{CONTEXTS, Constraint, GrantName, KeyName, NewGrant, RESERVED_ALIAS, User};

/// The name of an exception.
pub type Code = &'static str;

pub const ACCESS_DENIED: Code = "AccessDeniedException";
pub const NOT_FOUND: Code = "NotFoundException";
pub const VALIDATION: Code = "ValidationException";
pub const INVALID_STATE: Code = "KMSInvalidStateException";
pub const LIMIT_EXCEEDED: Code = "LimitExceededException";

/// What is asked of a key, as far as grants care.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub by: User,
    pub action: Action,
    pub context: usize,
    /// The grant that CreateGrant is to make.
    pub made: Option<&'a NewGrant>,
}

impl Asked<'_> {
    pub fn of(by: User, action: Action) -> Self {
        Asked { by, action, context: 0, made: None }
    }
}

/// Only root may do what grants do not confer, and what is about no key.
pub fn only_root(by: User) -> Result<(), Code> {
    if by == User::Root { Ok(()) } else { Err(ACCESS_DENIED) }
}

/// A text that can be looked at. This comes before everything.
pub fn check_name(name: KeyName) -> Result<(), Code> {
    if name == KeyName::Empty { Err(VALIDATION) } else { Ok(()) }
}

/// Within limits.
pub fn check(is_within: bool) -> Result<(), Code> {
    if is_within { Ok(()) } else { Err(VALIDATION) }
}

/// Something that there is.
pub fn check_found(is_there: bool) -> Result<(), Code> {
    if is_there { Ok(()) } else { Err(NOT_FOUND) }
}

/// One more of what there are so many.
pub fn check_quota(quota: Option<u32>, now: usize) -> Result<(), Code> {
    if quota.is_some_and(|quota| now >= quota as usize) { Err(LIMIT_EXCEEDED) } else { Ok(()) }
}

/// What the reference's table says of an operation on this key.
pub fn check_state(operation: &str, key: &Key) -> Result<(), Code> {
    cell(operation, key.spec, key.origin, key.state)
}

/// Whether a request goes by alias too.
fn takes_alias(action: Action) -> bool {
    matches!(
        action,
        Action::Encrypt
            | Action::Decrypt
            | Action::ReEncryptFrom
            | Action::ReEncryptTo
            | Action::GenerateDataKey
            | Action::GenerateDataKeyWithoutPlaintext
            | Action::GenerateMac
            | Action::VerifyMac
            | Action::DescribeKey
    )
}

impl Model {
    /// The key behind a name, for somebody who may do this to it; what is due on it is settled.
    pub fn enter(&mut self, asked: Asked<'_>, name: KeyName) -> Result<usize, Code> {
        check_name(name)?;
        let key = self.find(asked, name)?;
        self.settle(key);
        Ok(key)
    }

    /// The same, but nothing is settled yet.
    pub fn find(&self, asked: Asked<'_>, name: KeyName) -> Result<usize, Code> {
        let mut missing = NOT_FOUND;
        let key = match name {
            // Keys that services manage are not here.
            KeyName::Alias(RESERVED_ALIAS) | KeyName::AliasArn(RESERVED_ALIAS)
                if takes_alias(asked.action) =>
            {
                missing = "UnsupportedOperationException";
                None
            }
            KeyName::Id(key) | KeyName::Arn(key) => Some(key),
            KeyName::Alias(alias) | KeyName::AliasArn(alias) if takes_alias(asked.action) => {
                self.aliases.get(&alias).map(|alias| alias.key)
            }
            _ => None,
        };
        self.admit(asked, key, missing)
    }

    /// A key, if it is there and may be used so. Who could not use a missing key anyway is not told that it is missing.
    pub fn admit(&self, asked: Asked<'_>, key: Option<usize>, missing: Code) -> Result<usize, Code> {
        match key.filter(|key| !self.keys[*key].is_gone) {
            Some(key) if asked.by == User::Root || self.is_granted(asked, key) => Ok(key),
            None if asked.by == User::Root => Err(missing),
            _ => Err(ACCESS_DENIED),
        }
    }

    fn is_granted(&self, asked: Asked<'_>, key: usize) -> bool {
        let Asked { action, context, made, .. } = asked;
        let is_used = |constraint: Constraint| match constraint {
            Constraint::Equals(pairs) => CONTEXTS[pairs] == CONTEXTS[context],
            Constraint::Subset(pairs) => contains(context, pairs),
        };
        let allows = |grant: &Grant| match (action, made) {
            (Action::CreateGrant, Some(made)) => is_narrower(made, &grant.what),
            (Action::DescribeKey, _) => true,
            _ => grant.what.constraint.is_none_or(is_used),
        };
        self.grants_of(key, asked.by).any(|grant| grant.what.operations.contains(&action) && allows(grant))
    }

    /// A token must be of a grant that is there, on a key of the request.
    pub fn check_token(&self, token: Option<GrantName>, keys: &[usize]) -> Result<(), Code> {
        match token {
            None => Ok(()),
            Some(GrantName::Made(grant)) if keys.iter().any(|key| self.grants[grant].is_live_on(*key)) => {
                Ok(())
            }
            Some(_) => Err("InvalidGrantTokenException"),
        }
    }
}

/// Whether a context has all pairs of another.
fn contains(context: usize, pairs: usize) -> bool {
    CONTEXTS[pairs].iter().all(|pair| CONTEXTS[context].contains(pair))
}

/// Who has a grant can pass on as much or less of it.
fn is_narrower(made: &NewGrant, parent: &NewGrant) -> bool {
    let is_as_strict = match (parent.constraint, made.constraint) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(Constraint::Equals(parent)), made) => made == Some(Constraint::Equals(parent)),
        (Some(Constraint::Subset(parent)), Some(Constraint::Subset(made) | Constraint::Equals(made))) => {
            contains(made, parent)
        }
    };
    is_as_strict && made.operations.iter().all(|operation| parent.operations.contains(operation))
}
