//! Everything about a key that is not secret.

use super::{KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage, VersionState};

/// What the vault knows of a key without its texts: small, and copied into a permit. Dates are timer time, in milliseconds
/// since 1970 (`docs/time.md`).
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
    /// Where its material comes from.
    pub origin: KeyOrigin,
    /// The version that encrypts, 0 before the first import; all versions from 1 up to it decrypt.
    pub current_version: u32,
    /// The highest version there is: above the current one where imported material waits for its rotation.
    pub newest_version: u32,
    /// How often the key was rotated on demand.
    pub on_demand_rotations: u32,
    /// Automatic rotation, where it is on.
    pub rotation: Option<RotationSchedule>,
    /// The deletion to come, where one is scheduled.
    pub deletion: Option<ScheduledDeletion>,
    /// When the first of its imported materials expires.
    pub expires_ms: Option<u64>,
    /// How many of the versions up to the current one have lost their imported material.
    pub missing_materials: u32,
    /// The observed time, in milliseconds, from which the key may rotate by itself again; 0 if it never did.
    pub rotates_from_observed_ms: u64,
}

/// When a key gets new material by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationSchedule {
    /// Every so many days, 90 to 2560.
    pub period_days: u16,
    /// The next time.
    pub next_ms: u64,
}

/// A key's end: due first, destroyed after another day of observed time or a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledDeletion {
    /// The waiting period in days, 7 to 30.
    pub window_days: u16,
    /// When it is due.
    pub due_ms: u64,
    /// Once it was found to be due: the observed time at which the key is destroyed.
    pub destroy_at_observed_ms: Option<u64>,
}

/// How a version came about (AWS KMS API Reference, *RotationsListEntry*, RotationType).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionCause {
    /// With the key, or its first import.
    First,
    /// RotateKeyOnDemand.
    OnDemand,
    /// By schedule.
    Automatic,
    /// CreateKeyVersion.
    Created,
    /// Imported, and waiting for its rotation.
    Imported,
}

/// What the vault knows of one version without its material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionFacts {
    /// Its number, from 1.
    pub version: u32,
    /// The kind of material.
    pub spec: KeySpec,
    /// Its state.
    pub state: VersionState,
    /// How it came about.
    pub cause: VersionCause,
    /// When it became the key's current version: wall time, or `None` where that is not known or not so.
    pub current_since_ms: Option<u64>,
    /// When its imported material expires, in timer time.
    pub expires_ms: Option<u64>,
    /// Its destruction to come, where one is scheduled.
    pub destruction: Option<ScheduledDeletion>,
    /// Whether the material is there.
    pub has_material: bool,
    /// Which material it has, or had (`docs/format.md`, 2.1).
    pub kcv: [u8; 8],
}

impl VersionCause {
    const ALL: [VersionCause; 5] = [
        VersionCause::First,
        VersionCause::OnDemand,
        VersionCause::Automatic,
        VersionCause::Created,
        VersionCause::Imported,
    ];

    pub(crate) const fn number(self) -> u8 {
        match self {
            VersionCause::First => 1,
            VersionCause::OnDemand => 2,
            VersionCause::Automatic => 3,
            VersionCause::Created => 4,
            VersionCause::Imported => 5,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.number() == number)
    }
}

/// What CreateKey and DescribeKey answer (AWS KMS API Reference, *KeyMetadata*); the description stands in the caller's
/// buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyMetadata<'o> {
    /// Identifiers, state, kind, and what is to come: rotation, deletion, expiry. The algorithms of the key follow from its
    /// spec.
    pub facts: KeyFacts,
    /// The id of the current version's material; `None` where that is not there, or its record cannot be read.
    pub current_key_material_id: Option<[u8; 32]>,
    /// What the key is for, in its owner's words.
    pub description: &'o str,
}
