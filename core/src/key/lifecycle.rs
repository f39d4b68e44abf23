//! How keys and versions get from state to state: pure functions, judged again under the writer's lock.

use super::{KeyFacts, KeyState, VersionCause, VersionFacts, VersionState, permits};
use crate::error::{Error, StateConflict};
use crate::policy::Action;

/// What becomes of a key's facts alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FactsChange {
    /// Usable again.
    Enable,
    /// Not usable.
    Disable,
}

/// What becomes of one version.
#[derive(Clone, Copy, Debug)]
pub(crate) enum VersionChange {
    /// Refused from now on.
    Revoke,
    /// Usable again.
    Restore,
}

impl FactsChange {
    /// The facts after the change.
    ///
    /// # Errors
    /// The state of the key forbids it, as it is now.
    pub(crate) fn apply(self, facts: KeyFacts) -> Result<KeyFacts, Error> {
        let (action, state) = match self {
            FactsChange::Enable => (Action::EnableKey, KeyState::Enabled),
            FactsChange::Disable => (Action::DisableKey, KeyState::Disabled),
        };
        permits(action, &facts)?;
        Ok(KeyFacts { state, ..facts })
    }
}

/// The facts of a key whose new version becomes the current one.
///
/// # Errors
/// The state of the key forbids it, as it is now; or [`Error::LimitExceeded`].
pub(crate) fn with_new_version(facts: KeyFacts, cause: VersionCause) -> Result<KeyFacts, Error> {
    let action = match cause {
        VersionCause::OnDemand => Action::RotateKeyOnDemand,
        _ => Action::CreateKeyVersion,
    };
    permits(action, &facts)?;
    let version = facts.newest_version.checked_add(1).ok_or(Error::LimitExceeded)?;
    let on_demand = u32::from(cause == VersionCause::OnDemand);
    Ok(KeyFacts {
        current_version: version,
        newest_version: version,
        on_demand_rotations: facts.on_demand_rotations.saturating_add(on_demand),
        ..facts
    })
}

impl VersionChange {
    /// The key and its version after the change.
    ///
    /// # Errors
    /// The state of the key or of the version forbids it, as they are now.
    pub(crate) fn apply(
        self,
        facts: KeyFacts,
        version: VersionFacts,
    ) -> Result<(KeyFacts, VersionFacts), Error> {
        let conflict = Err(Error::InvalidState(StateConflict::Version));
        match (self, version.state) {
            // Without its current version the key could do nothing: a new one comes first.
            (VersionChange::Revoke, VersionState::Usable) if version.version == facts.current_version => {
                conflict
            }
            (VersionChange::Revoke, VersionState::Usable | VersionState::Revoked) => {
                permits(Action::RevokeKeyVersion, &facts)?;
                Ok((facts, VersionFacts { state: VersionState::Revoked, ..version }))
            }
            (VersionChange::Restore, VersionState::Usable | VersionState::Revoked) => {
                permits(Action::RestoreKeyVersion, &facts)?;
                Ok((facts, VersionFacts { state: VersionState::Usable, ..version }))
            }
            (
                VersionChange::Revoke | VersionChange::Restore,
                VersionState::PendingDestruction | VersionState::Destroyed,
            ) => conflict,
        }
    }
}
