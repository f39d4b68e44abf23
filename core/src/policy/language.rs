//! The words of the policy language that are the same in documents and in the compiled form.

/// The version of the policy language that a document is written in (IAM User Guide, *IAM JSON policy elements:
/// Version*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Also where a document names none: `${` is plain text.
    Version2008,
    /// With policy variables.
    Version2012,
}

impl Language {
    pub(super) const fn number(self) -> u8 {
        match self {
            Language::Version2008 => 0,
            Language::Version2012 => 1,
        }
    }

    pub(super) const fn has_variables(self) -> bool {
        matches!(self, Language::Version2012)
    }
}

/// Where a policy is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// Nowhere: no policy decided.
    None,
    /// To a key.
    Key,
    /// To a caller.
    Identity,
    /// To nothing: a grant decided.
    Grant,
}

impl PolicyKind {
    pub(crate) const fn number(self) -> u8 {
        match self {
            PolicyKind::None => 0,
            PolicyKind::Key => 1,
            PolicyKind::Identity => 2,
            PolicyKind::Grant => 3,
        }
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(PolicyKind::None),
            1 => Some(PolicyKind::Key),
            2 => Some(PolicyKind::Identity),
            3 => Some(PolicyKind::Grant),
            _ => None,
        }
    }
}

/// What a statement does where it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allows.
    Allow,
    /// Denies, whatever else allows.
    Deny,
}

/// Whom a statement of a key policy names (`policy-evaluation`, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalEntry<'a> {
    /// `*`: everyone but services.
    Everyone,
    /// An account, by its twelve digits.
    Account(&'a str),
    /// A user, role, session or federated user, by its ARN.
    Arn(&'a str),
    /// A service, by its name.
    Service(&'a str),
}

/// A resource of a statement: everything, or the pattern of an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourcePattern<'a> {
    /// `*`.
    Everything,
    /// Six fields.
    Arn([&'a str; 6]),
}

impl core::fmt::Display for ResourcePattern<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            ResourcePattern::Everything => f.write_str("*"),
            ResourcePattern::Arn([first, rest @ ..]) => {
                f.write_str(first)?;
                rest.iter().try_for_each(|field| write!(f, ":{field}"))
            }
        }
    }
}

impl core::fmt::Display for PrincipalEntry<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            PrincipalEntry::Everyone => "*",
            PrincipalEntry::Account(text) | PrincipalEntry::Arn(text) | PrincipalEntry::Service(text) => text,
        })
    }
}

/// How the many values of a key are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// The key has a single value.
    None,
    /// Every value of the request passes.
    ForAllValues,
    /// At least one value of the request passes.
    ForAnyValue,
}
