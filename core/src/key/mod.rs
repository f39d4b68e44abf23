//! What a KMS key is, apart from its material: identifiers, kinds, states.

mod alias;
mod deletion;
mod due;
mod id;
mod imported;
mod kind;
mod lifecycle;
mod metadata;
mod state;

pub use alias::Alias;
pub(crate) use alias::{is_alias_name, is_reserved_alias};
pub(crate) use due::{Due, due, due_version, has_dates, next_ms};
pub use id::{Arn, KeyId, KeyReference};
pub(crate) use imported::{ImportStep, with_material, without_material};
pub use kind::{KeyOrigin, KeySpec, KeyUsage, MacAlgorithm};
pub(crate) use lifecycle::{FactsChange, VersionChange, with_new_version};
pub use metadata::{KeyFacts, KeyMetadata, RotationSchedule, ScheduledDeletion, VersionCause, VersionFacts};
pub(crate) use state::permits;
pub use state::{KeyState, VersionState};
