//! How a command ends: the exit status, and what it means. `docs/command.md` has the table for people.

use strongroom_std::Error;

/// How a command ended, other than well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The answer is no: what was presented is not what it should be.
    No,
    /// The command was used in a way that cannot work, or input cannot be read.
    Usage,
    /// Who asks may not.
    Denied,
    /// There is no such thing.
    NotFound,
    /// The state or kind of the thing forbids it, or a quota is reached.
    InvalidState,
    /// The secret opens nothing.
    WrongSecret,
    /// Stored bytes do not open.
    Damaged,
    /// Somebody or something is in the way for now.
    Busy,
    /// The operating system, the disk, or we.
    Other,
    /// A dry run: it would have gone well.
    DryRun,
}

impl Kind {
    /// The exit status.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Kind::DryRun => 0,
            Kind::No => 1,
            Kind::Usage => 2,
            Kind::Denied => 3,
            Kind::NotFound => 4,
            Kind::InvalidState => 5,
            Kind::WrongSecret => 6,
            Kind::Damaged => 7,
            Kind::Busy => 8,
            Kind::Other => 9,
        }
    }

    /// The name in JSON; it never changes.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Kind::DryRun => "dry-run",
            Kind::No => "no",
            Kind::Usage => "usage",
            Kind::Denied => "denied",
            Kind::NotFound => "not-found",
            Kind::InvalidState => "invalid-state",
            Kind::WrongSecret => "wrong-secret",
            Kind::Damaged => "damaged",
            Kind::Busy => "busy",
            Kind::Other => "other",
        }
    }

    /// How a refusal of the vault ends a command.
    pub(crate) const fn of(error: &Error) -> Self {
        match error {
            Error::DryRun => Kind::DryRun,
            Error::InvalidCiphertext(_)
            | Error::IncorrectKey
            | Error::InvalidMac
            | Error::InvalidImportToken
            | Error::ExpiredImportToken
            | Error::IncorrectKeyMaterial
            | Error::InvalidGrantToken
            | Error::ExpiredToken => Kind::No,
            Error::Validation(_)
            | Error::InvalidCaller
            | Error::InvalidAliasName
            | Error::Tag
            | Error::MalformedPolicyDocument
            | Error::InvalidMarker
            | Error::InvalidGrantId => Kind::Usage,
            Error::AccessDenied(_) => Kind::Denied,
            Error::NotFound => Kind::NotFound,
            Error::Disabled
            | Error::InvalidState(_)
            | Error::Exchange(_)
            | Error::InvalidKeyUsage
            | Error::UnsupportedOperation
            | Error::AlreadyExists
            | Error::DeleteConflict
            | Error::AlreadyAVault
            | Error::LimitExceeded
            | Error::Capacity
            | Error::PolicyLocksOut => Kind::InvalidState,
            Error::WrongSecret | Error::SlotStale => Kind::WrongSecret,
            Error::Damaged(_)
            | Error::Bundle(_)
            | Error::NotAVault
            | Error::SlotParameters
            | Error::RolledBack { .. } => Kind::Damaged,
            Error::Busy | Error::Conflict | Error::Throttling => Kind::Busy,
            _ => Kind::Other,
        }
    }
}
