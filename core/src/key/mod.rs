//! What a KMS key is, apart from its material: identifiers, kinds, states.

mod due;
mod id;
mod kind;
mod lifecycle;
mod metadata;
mod state;

pub(crate) use due::{Due, due, has_dates};
pub use id::{Arn, KeyId, KeyReference};
pub use kind::{KeyOrigin, KeySpec, KeyUsage, MacAlgorithm};
pub(crate) use lifecycle::{FactsChange, VersionChange, with_new_version};
pub use metadata::{KeyFacts, KeyMetadata, RotationSchedule, ScheduledDeletion, VersionCause, VersionFacts};
pub(crate) use state::permits;
pub use state::{KeyState, VersionState};
