//! The states of keys and versions, and which operation goes with which state.

use super::{KeyFacts, KeyOrigin, KeySpec};
use crate::error::{Error, StateConflict};
use crate::policy::Action;

/// The state of a key (AWS KMS Developer Guide, *Key states of AWS KMS keys*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyState {
    /// Usable.
    Enabled,
    /// Kept, described and managed, but not usable until enabled.
    Disabled,
    /// Without all of its imported material, and not usable until that is imported.
    PendingImport,
    /// On its way out: not usable, and destroyed when its waiting period is over, unless that is cancelled.
    PendingDeletion,
}

/// The state of one backing-key version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionState {
    /// Usable: for everything where it is the key's current version, for decryption otherwise.
    Usable,
    /// Refused for everything, reversibly.
    Revoked,
    /// Refused for everything, and destroyed when its waiting period is over, unless that is cancelled.
    PendingDestruction,
    /// A tombstone: the material is gone for good.
    Destroyed,
}

impl KeyState {
    /// Every state, in the order of their numbers.
    pub const ALL: [KeyState; 4] =
        [KeyState::Enabled, KeyState::Disabled, KeyState::PendingImport, KeyState::PendingDeletion];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyState::Enabled => "Enabled",
            KeyState::Disabled => "Disabled",
            KeyState::PendingImport => "PendingImport",
            KeyState::PendingDeletion => "PendingDeletion",
        }
    }

    pub(crate) const fn number(self) -> u8 {
        match self {
            KeyState::Enabled => 1,
            KeyState::Disabled => 2,
            KeyState::PendingImport => 3,
            KeyState::PendingDeletion => 4,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

impl VersionState {
    const ALL: [VersionState; 4] = [
        VersionState::Usable,
        VersionState::Revoked,
        VersionState::PendingDestruction,
        VersionState::Destroyed,
    ];

    pub(crate) const fn number(self) -> u8 {
        match self {
            VersionState::Usable => 1,
            VersionState::Revoked => 2,
            VersionState::PendingDestruction => 3,
            VersionState::Destroyed => 4,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

/// What a state does to an operation: the cells of the table below, and the exceptions in its notes.
#[derive(Clone, Copy)]
enum Cell {
    /// Goes ahead.
    Y,
    /// Note 1: DisabledException.
    X1,
    /// Note 3, and note 2, which the page offers as an alternative: KMSInvalidStateException.
    X3,
    /// Note 4: KMSInvalidStateException, since the key is not pending deletion.
    X4,
    /// Note 5: KMSInvalidStateException.
    X5,
}

/// The table of operations and key states (AWS KMS Developer Guide, *Key states of AWS KMS keys*): Enabled, Disabled,
/// PendingDeletion, PendingImport. Operations that are ours stand behind those of the page.
const fn row(action: Action) -> Option<[Cell; 4]> {
    use Cell::{X1, X3, X4, X5, Y};
    let cells = match action {
        Action::Encrypt
        | Action::Decrypt
        | Action::ReEncrypt
        | Action::ReEncryptFrom
        | Action::ReEncryptTo
        | Action::GenerateDataKey
        | Action::GenerateDataKeyWithoutPlaintext
        | Action::GenerateMac
        | Action::VerifyMac
        | Action::CreateGrant
        | Action::EnableKeyRotation
        | Action::DisableKeyRotation
        | Action::RotateKeyOnDemand => [Y, X1, X3, X5],
        Action::EnableKey | Action::DisableKey => [Y, Y, X3, X5],
        Action::CancelKeyDeletion => [X4, X4, Y, X4],
        Action::CreateAlias
        | Action::UpdateAlias
        | Action::ScheduleKeyDeletion
        | Action::TagResource
        | Action::UntagResource
        | Action::UpdateKeyDescription
        | Action::GetParametersForImport
        | Action::ImportKeyMaterial => [Y, Y, X3, Y],
        Action::DescribeKey
        | Action::GetKeyLastUsage
        | Action::GetKeyPolicy
        | Action::PutKeyPolicy
        | Action::ListKeyPolicies
        | Action::ListGrants
        | Action::RetireGrant
        | Action::RevokeGrant
        | Action::DeleteAlias
        | Action::ListAliases
        | Action::ListResourceTags
        | Action::ListKeyRotations
        | Action::GetKeyRotationStatus
        | Action::DeleteImportedKeyMaterial => [Y, Y, Y, Y],

        Action::CreateKeyVersion => [Y, X1, X3, X5],
        Action::ExportKey | Action::ReceiveKey => [Y, Y, X3, X5],
        Action::ScheduleKeyRotation
        | Action::RevokeKeyVersion
        | Action::RestoreKeyVersion
        | Action::ScheduleKeyVersionDestruction
        | Action::CancelKeyVersionDestruction
        | Action::ConfirmKeyVersionDestruction
        | Action::PutUsageBudget => [Y, Y, X3, Y],
        Action::ConfirmKeyDeletion => [X4, X4, Y, X4],
        Action::ListKeyVersions | Action::RetireCheck => [Y, Y, Y, Y],
        // Nothing else is about a key that exists.
        _ => return None,
    };
    Some(cells)
}

/// May `action` go ahead on this key? Usage first, then origin, then state.
///
/// # Errors
/// [`Error::InvalidKeyUsage`], [`Error::UnsupportedOperation`], [`Error::Disabled`], [`Error::InvalidState`].
pub(crate) fn permits(action: Action, facts: &KeyFacts) -> Result<(), Error> {
    check_kind(action, facts)?;
    let [enabled, disabled, pending_deletion, pending_import] = row(action).ok_or(Error::Bug)?;
    let cell = match facts.state {
        KeyState::Enabled => enabled,
        KeyState::Disabled => disabled,
        KeyState::PendingDeletion => pending_deletion,
        KeyState::PendingImport => pending_import,
    };
    match cell {
        Cell::Y => Ok(()),
        Cell::X1 => Err(Error::Disabled),
        Cell::X3 => Err(Error::InvalidState(StateConflict::PendingDeletion)),
        Cell::X4 => Err(Error::InvalidState(StateConflict::NotPendingDeletion)),
        Cell::X5 => Err(Error::InvalidState(StateConflict::PendingImport)),
    }
}

/// Whether a key of this kind can do it at all, in any state.
fn check_kind(action: Action, facts: &KeyFacts) -> Result<(), Error> {
    let is_symmetric = facts.spec == KeySpec::SymmetricDefault;
    let is_imported = facts.origin == KeyOrigin::External;
    match action {
        Action::Encrypt
        | Action::Decrypt
        | Action::ReEncrypt
        | Action::ReEncryptFrom
        | Action::ReEncryptTo
        | Action::GenerateDataKey
        | Action::GenerateDataKeyWithoutPlaintext
            if !is_symmetric =>
        {
            Err(Error::InvalidKeyUsage)
        }
        Action::GenerateMac | Action::VerifyMac if is_symmetric => Err(Error::InvalidKeyUsage),
        // Notes 6 and 9, and the Key type reference.
        Action::EnableKeyRotation | Action::DisableKeyRotation if !is_symmetric || is_imported => {
            Err(Error::UnsupportedOperation)
        }
        Action::GetKeyRotationStatus if is_imported && facts.state == KeyState::PendingImport => {
            Err(Error::UnsupportedOperation)
        }
        Action::RotateKeyOnDemand if !is_symmetric => Err(Error::UnsupportedOperation),
        Action::GetParametersForImport | Action::ImportKeyMaterial | Action::DeleteImportedKeyMaterial
            if !is_imported =>
        {
            Err(Error::UnsupportedOperation)
        }
        // Imported material is not drawn.
        Action::CreateKeyVersion | Action::ScheduleKeyRotation | Action::ExportKey if is_imported => {
            Err(Error::UnsupportedOperation)
        }
        _ => Ok(()),
    }
}
