//! What imported material does to a key: pure functions, judged again under the writer's lock.

use super::{KeyFacts, KeyOrigin, KeyState};
use crate::error::{Error, StateConflict};
use crate::operation::ImportType;

/// What becomes of material that is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImportStep {
    /// The key's first: version 1.
    First,
    /// Another: it waits for its rotation.
    New,
    /// It is that of a version there is.
    Existing,
}

impl ImportStep {
    /// What an import into this key is (AWS KMS API Reference, *ImportKeyMaterial*, ImportType).
    ///
    /// # Errors
    /// [`Error::InvalidState`]: other material waits already. [`Error::IncorrectKeyMaterial`]: there is none that it could
    /// be the same as.
    pub(crate) fn of(facts: &KeyFacts, import_type: Option<ImportType>) -> Result<Self, Error> {
        let is_first = facts.newest_version == 0;
        match import_type {
            None | Some(ImportType::NewKeyMaterial) if is_first => Ok(ImportStep::First),
            Some(ImportType::ExistingKeyMaterial) if is_first => Err(Error::IncorrectKeyMaterial),
            None | Some(ImportType::ExistingKeyMaterial) => Ok(ImportStep::Existing),
            Some(ImportType::NewKeyMaterial) if facts.newest_version > facts.current_version => {
                Err(Error::InvalidState(StateConflict::MaterialPendingRotation))
            }
            Some(ImportType::NewKeyMaterial) => Ok(ImportStep::New),
        }
    }
}

/// Whether a key that would be enabled could not be used, for want of imported material.
pub(super) fn lacks_material(facts: &KeyFacts) -> bool {
    facts.origin == KeyOrigin::External && (facts.current_version == 0 || facts.missing_materials > 0)
}

/// The facts of a key, but for its dates, once this version has its material; `had_material` says whether it had before.
///
/// # Errors
/// [`Error::LimitExceeded`]: there are no more version numbers.
pub(crate) fn with_material(
    facts: KeyFacts,
    step: ImportStep,
    version: u32,
    had_material: bool,
) -> Result<KeyFacts, Error> {
    let mut facts = facts;
    match step {
        ImportStep::First => (facts.current_version, facts.newest_version) = (1, 1),
        ImportStep::New => {
            facts.newest_version = facts.newest_version.checked_add(1).ok_or(Error::LimitExceeded)?;
        }
        ImportStep::Existing if version <= facts.current_version && !had_material => {
            facts.missing_materials = facts.missing_materials.saturating_sub(1);
        }
        ImportStep::Existing => {}
    }
    if facts.state == KeyState::PendingImport && !lacks_material(&facts) {
        facts.state = KeyState::Enabled;
    }
    Ok(facts)
}

/// The facts of a key, but for its dates, once this version has lost its material. What only waited for its rotation is no
/// version any more.
pub(crate) fn without_material(facts: KeyFacts, version: u32) -> KeyFacts {
    if version > facts.current_version {
        return KeyFacts { newest_version: facts.current_version, ..facts };
    }
    let state = if facts.state == KeyState::Enabled { KeyState::PendingImport } else { facts.state };
    KeyFacts { state, missing_materials: facts.missing_materials.saturating_add(1), ..facts }
}
