//! What each element of a policy may hold: asked by the compiler for every value it reads, by the builder for every
//! value it writes, and again before a compiled policy is stored.

use super::condition::{Operator, is_readable};
use super::keys::same_name;
use super::language::{Language, PolicyKind, PrincipalEntry, Qualifier};
use super::principal::Principal;
use super::variable::variables;

/// What is wrong with one element of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// An action that is not `*` or `service:name`.
    Action,
    /// A principal that no caller can be.
    Principal,
    /// A resource that is not `*` and has fewer than six fields, or does not begin with `arn:`.
    Resource,
    /// A policy variable where none may stand.
    Variable,
    /// A condition key that key policies do not take, since it is about the key itself.
    ConditionKey,
    /// `ForAllValues` on a key with a single value: it would hold wherever the key is absent.
    OverlyPermissive,
    /// A set qualifier or `IfExists` on `Null`.
    NullQualified,
    /// Not a number.
    Number,
    /// Not an instant.
    Date,
    /// Not `true` or `false`.
    Boolean,
    /// Not base64.
    Base64,
    /// Not an IP address or range.
    Address,
    /// A `Sid` with other characters than letters, digits and, in key policies, spaces.
    Sid,
    /// A character that policies cannot hold.
    Character,
    /// `NotPrincipal` together with `Allow`.
    NotPrincipalAllowed,
    /// A principal in an identity policy, or none in a key policy.
    PrincipalCount,
    /// No action or no resource in an identity policy.
    Incomplete,
    /// A condition without values.
    NoValues,
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Fault::Action => "an action is `*` or `service:name`, the service without wildcards",
            Fault::Principal => {
                "a principal is `*`, an account of 12 digits, the ARN of a root user, user, role, session or federated \
                 user, or the name of a service"
            }
            Fault::Resource => "a resource is `*` or an ARN of six fields",
            Fault::Variable => {
                "a policy variable may stand in the last field of a resource, and in String and Arn conditions"
            }
            Fault::ConditionKey => "key policies do not take condition keys about the key's own tags and aliases",
            Fault::OverlyPermissive => "`ForAllValues` is for keys with many values: here it would hold without any",
            Fault::NullQualified => "`Null` takes no set qualifier and no `IfExists`",
            Fault::Number => "a decimal number is expected",
            Fault::Date => "a date like `2026-03-01` or `2026-03-01T10:00:00Z`, or seconds since 1970, is expected",
            Fault::Boolean => "`true` or `false` is expected",
            Fault::Base64 => "base64 is expected",
            Fault::Address => "an IP address or a range like `203.0.113.0/24` is expected",
            Fault::Sid => "a `Sid` has letters and digits, in key policies spaces too",
            Fault::Character => "policies hold tabs, line ends and the characters U+0020 to U+00FF",
            Fault::NotPrincipalAllowed => "`NotPrincipal` stands with `Deny` only",
            Fault::PrincipalCount => "key policies name at least one principal a statement, identity policies none",
            Fault::Incomplete => "identity policies need an action and a resource in every statement",
            Fault::NoValues => "a condition needs at least one value",
        })
    }
}

type Checked = Result<(), Fault>;

fn require(holds: bool, fault: Fault) -> Checked {
    if holds { Ok(()) } else { Err(fault) }
}

/// Every text of a policy: U+0009, U+000A, U+000D and U+0020 to U+00FF.
///
/// # Errors
/// [`Fault::Character`].
pub fn text(text: &str) -> Checked {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    require(text.chars().all(allowed), Fault::Character)
}

/// A `Sid`.
///
/// # Errors
/// [`Fault::Sid`].
pub fn sid(sid: &str, kind: PolicyKind) -> Checked {
    let allowed = |c: char| c.is_ascii_alphanumeric() || (c == ' ' && kind == PolicyKind::Key);
    require(sid.chars().all(allowed), Fault::Sid)
}

/// An action pattern.
///
/// # Errors
/// [`Fault::Action`]; [`Fault::Variable`] for what would be one elsewhere.
pub fn action(pattern: &str) -> Checked {
    let is_service = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '*' || c == '?';
    let is_pattern = pattern.split_once(':').is_some_and(|(service, name)| {
        !service.is_empty()
            && service.chars().all(is_service)
            && !name.is_empty()
            && name.chars().all(is_name)
    });
    require(pattern == "*" || is_pattern, Fault::Action)
}

/// A principal of a key policy (`policy-evaluation`, section 4, decisions).
///
/// # Errors
/// [`Fault::Principal`].
pub fn principal(entry: &PrincipalEntry<'_>) -> Checked {
    let is_valid = match entry {
        PrincipalEntry::Everyone => true,
        PrincipalEntry::Account(account) => {
            account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
        }
        PrincipalEntry::Arn(arn) => Principal::parse(arn).is_ok_and(|principal| !principal.is_service()),
        PrincipalEntry::Service(name) => Principal::parse(name).is_ok_and(|principal| principal.is_service()),
    };
    require(is_valid, Fault::Principal)
}

/// A resource pattern.
///
/// # Errors
/// [`Fault::Resource`]; [`Fault::Variable`] for a variable before the last field.
pub fn resource(pattern: &str, language: Language) -> Checked {
    match split_resource(pattern) {
        Some(split) => fields(&split, language),
        None => require(pattern == "*", Fault::Resource),
    }
}

/// The six fields of a resource pattern. Lengths of the first five have one byte in the compiled form.
pub(super) fn fields(fields: &[&str; 6], language: Language) -> Checked {
    let [first, ..] = fields;
    require(*first == "arn", Fault::Resource)?;
    fields.iter().try_for_each(|field| text(field))?;
    let front = fields.len().saturating_sub(1);
    require(fields.iter().take(front).all(|field| !field.contains(':')), Fault::Resource)?;
    require(fields.iter().take(front).all(|field| u8::try_from(field.len()).is_ok()), Fault::Resource)?;
    // A variable that begins in one of the first five may end behind it, since its name can hold a colon.
    let is_closed_behind =
        |position: usize| fields.iter().skip(position.saturating_add(1)).any(|field| field.contains('}'));
    let holds_variable = |(position, field): (usize, &&str)| match field.find("${") {
        Some(start) => {
            field.get(start..).is_some_and(|rest| rest.contains('}')) || is_closed_behind(position)
        }
        None => false,
    };
    let is_early = language.has_variables() && fields.iter().take(front).enumerate().any(holds_variable);
    require(!is_early, Fault::Variable)
}

/// The six fields of a resource pattern, parted at its first five colons; `None` for `*` and for what is no ARN.
pub(super) fn split_resource(pattern: &str) -> Option<[&str; 6]> {
    let mut fields = [""; 6];
    let mut parts = pattern.splitn(6, ':');
    for field in &mut fields {
        *field = parts.next()?;
    }
    (fields.first() == Some(&"arn")).then_some(fields)
}

/// A condition key under a qualifier.
///
/// # Errors
/// [`Fault::Variable`], [`Fault::ConditionKey`], [`Fault::OverlyPermissive`].
pub fn condition_key(key: &str, language: Language, kind: PolicyKind, qualifier: Qualifier) -> Checked {
    if language.has_variables() && variables(key).next().is_some() {
        return Err(Fault::Variable);
    }
    let begins = |prefix: &str| key.get(..prefix.len()).is_some_and(|front| same_name(front, prefix));
    if kind == PolicyKind::Key
        && (begins("aws:ResourceTag/") || begins("kms:ResourceTag/") || same_name(key, "kms:ResourceAliases"))
    {
        return Err(Fault::ConditionKey);
    }
    let is_single = begins("kms:EncryptionContext:") || begins("aws:RequestTag/");
    require(
        !(kind == PolicyKind::Key && qualifier == Qualifier::ForAllValues && is_single),
        Fault::OverlyPermissive,
    )
}

/// A value of a condition with this operator.
///
/// # Errors
/// [`Fault::Variable`], or what the operator expects instead.
pub fn condition_value(operator: Operator, value: &str, language: Language) -> Checked {
    if language.has_variables() && !operator.takes_variables() && variables(value).next().is_some() {
        return Err(Fault::Variable);
    }
    is_readable(operator, value)
}
