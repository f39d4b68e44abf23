//! Everything about a key that is not secret.

use super::{KeyId, KeySpec, KeyState, KeyUsage};

/// What the vault knows of a key without its texts: small, and copied into a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// The key.
    pub key_id: KeyId,
    /// Milliseconds since 1970, or `None` where the vault had no clock.
    pub created_ms: Option<u64>,
    /// The state.
    pub state: KeyState,
    /// The kind of material.
    pub spec: KeySpec,
    /// What the key is for.
    pub usage: KeyUsage,
    /// The version that encrypts; all versions from 1 up to it decrypt.
    pub current_version: u32,
    /// How often the key was rotated on demand.
    pub on_demand_rotations: u32,
}

/// What CreateKey and DescribeKey answer (AWS KMS API Reference, *KeyMetadata*); the description stands in the caller's
/// buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyMetadata<'o> {
    /// Identifiers, state and kind.
    pub facts: KeyFacts,
    /// What the key is for, in its owner's words.
    pub description: &'o str,
}
