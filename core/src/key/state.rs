//! The states of keys and versions, and which operation goes with which state.

use crate::error::Error;
use crate::policy::Action;

/// The state of a key (AWS KMS Developer Guide, *Key states of AWS KMS keys*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyState {
    /// Usable.
    Enabled,
    /// Kept, described and managed, but not usable until enabled.
    Disabled,
}

/// The state of one backing-key version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionState {
    /// Usable: for everything where it is the key's current version, for decryption otherwise.
    Usable,
    /// Refused for everything, reversibly.
    Revoked,
}

impl KeyState {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyState::Enabled => "Enabled",
            KeyState::Disabled => "Disabled",
        }
    }

    pub(crate) const fn number(self) -> u8 {
        match self {
            KeyState::Enabled => 1,
            KeyState::Disabled => 2,
        }
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(KeyState::Enabled),
            2 => Some(KeyState::Disabled),
            _ => None,
        }
    }
}

impl VersionState {
    pub(crate) const fn number(self) -> u8 {
        match self {
            VersionState::Usable => 1,
            VersionState::Revoked => 2,
        }
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(VersionState::Usable),
            2 => Some(VersionState::Revoked),
            _ => None,
        }
    }
}

/// The table of operations and key states: may `action` go ahead on a key in `state`?
///
/// # Errors
/// [`Error::Disabled`] where the state forbids it (AWS KMS Developer Guide, *Key states of AWS KMS keys*, note 1).
pub(crate) fn permits(action: Action, state: KeyState) -> Result<(), Error> {
    match (action, state) {
        (_, KeyState::Enabled)
        | (Action::DescribeKey | Action::EnableKey | Action::DisableKey, _)
        | (Action::GetKeyPolicy | Action::PutKeyPolicy | Action::ListKeyPolicies, _)
        | (Action::ListGrants | Action::RetireGrant | Action::RevokeGrant, _) => Ok(()),
        (_, KeyState::Disabled) => Err(Error::Disabled),
    }
}
