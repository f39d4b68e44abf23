//! What may be kept as a caller.

use crate::error::{Error, Parameter};
use crate::limits::{
    CALLER_NAME_LEN_MAX, CALLER_POLICIES_MAX, CALLER_TAGS_MAX, EXTERNAL_ID_LEN_MAX, TAG_KEY_LEN_MAX,
    TAG_VALUE_LEN_MAX,
};
use crate::policy::{Policy, PolicyKind, Principal, same_name};
use crate::realm::Realm;

/// Checks a caller's name: 1 to 64 ASCII letters, digits and `+=,.@_-`.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    check_word(name, 1..=CALLER_NAME_LEN_MAX, b"+=,.@_-", Parameter::CallerName)
}

/// Checks the name of a session: 2 to 64 ASCII letters, digits and `_+=,.@-`.
pub(crate) fn check_session_name(name: &str) -> Result<(), Error> {
    check_word(name, 2..=CALLER_NAME_LEN_MAX, b"_+=,.@-", Parameter::SessionName)
}

/// Checks what a role asks for: 2 to 1224 ASCII letters, digits and `_+=,.@:/-`.
pub(crate) fn check_external_id(id: &str) -> Result<(), Error> {
    check_word(id, 2..=EXTERNAL_ID_LEN_MAX, b"_+=,.@:/-", Parameter::ExternalId)
}

fn check_word(
    word: &str,
    len: core::ops::RangeInclusive<usize>,
    marks: &[u8],
    parameter: Parameter,
) -> Result<(), Error> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    if len.contains(&word.len()) && word.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(Error::Validation(parameter))
    }
}

/// Checks tags: at most 50, names of 1 to 128 bytes that differ by more than case, values of at most 256 bytes.
pub(crate) fn check_tags(tags: &[(&str, &str)]) -> Result<(), Error> {
    let is_long = |(name, value): &(&str, &str)| {
        name.is_empty() || name.len() > TAG_KEY_LEN_MAX || value.len() > TAG_VALUE_LEN_MAX
    };
    let is_repeated = |(position, (name, _)): (usize, &(&str, &str))| {
        tags.iter().take(position).any(|(earlier, _)| same_name(earlier, name))
    };
    if tags.len() > CALLER_TAGS_MAX || tags.iter().any(is_long) || tags.iter().enumerate().any(is_repeated) {
        return Err(Error::Validation(Parameter::Tags));
    }
    Ok(())
}

/// Checks compiled identity policies: at most 10.
pub(crate) fn check_policies(policies: &[&[u8]]) -> Result<(), Error> {
    if policies.len() > CALLER_POLICIES_MAX {
        return Err(Error::LimitExceeded);
    }
    let is_identity = |policy: &&[u8]| {
        Policy::read(policy)
            .is_ok_and(|policy| policy.kind() == PolicyKind::Identity && policy.check().is_ok())
    };
    if policies.iter().all(is_identity) { Ok(()) } else { Err(Error::MalformedPolicyDocument) }
}

/// Checks whom a record is about: a user, role or federated user of the vault's own account. The root user needs no
/// record, a session belongs to its role, and other accounts keep their own.
pub(crate) fn check_principal(principal: &str, realm: &Realm) -> Result<(), Error> {
    let principal = Principal::parse(principal)?;
    let is_kept = !principal.is_root() && principal.session_role().is_none() && principal.is_of(realm);
    if is_kept { Ok(()) } else { Err(Error::InvalidCaller) }
}
