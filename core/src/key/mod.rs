//! What a KMS key is, apart from its material: identifiers, kinds, states.

mod id;
mod kind;
mod metadata;
mod state;

pub use id::{Arn, KeyId, KeyReference};
pub use kind::{KeySpec, KeyUsage};
pub use metadata::{KeyFacts, KeyMetadata};
pub(crate) use state::permits;
pub use state::{KeyState, VersionState};
