//! What either side answers, where the library's own types say more than goes over a line.

use strongroom_std::key::{KeyFacts, KeyId, ScheduledDeletion, VersionCause, VersionState};
use strongroom_std::operation::{Marker, VersionUsage};
use strongroom_std::{Action, KeyVersionEntry, Vault};

/// A key as an operation left it.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) facts: KeyFacts,
    pub(crate) arn: String,
}

impl Key {
    pub(super) fn of(vault: &Vault, facts: KeyFacts) -> Self {
        Key { facts, arn: vault.arn(facts.key_id) }
    }
}

/// A page of keys.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// With their ARNs.
    pub(crate) keys: Vec<(KeyId, String)>,
    pub(crate) next_marker: Option<Marker>,
}

/// A version of a key.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) version: u32,
    pub(crate) is_current: bool,
    pub(crate) state: VersionState,
    pub(crate) cause: VersionCause,
    pub(crate) current_since_ms: Option<u64>,
    pub(crate) expires_ms: Option<u64>,
    pub(crate) destruction: Option<ScheduledDeletion>,
    pub(crate) has_material: bool,
    pub(crate) key_material_id: [u8; 32],
    pub(crate) description: String,
}

impl Version {
    pub(super) fn of(entry: KeyVersionEntry) -> Self {
        let facts = entry.facts;
        Version {
            version: facts.version,
            is_current: entry.is_primary,
            state: facts.state,
            cause: facts.cause,
            current_since_ms: facts.current_since_ms,
            expires_ms: facts.expires_ms,
            destruction: facts.destruction,
            has_material: facts.has_material,
            key_material_id: entry.key_material_id,
            description: entry.description,
        }
    }
}

/// Which version of which key a MAC is by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MadeBy {
    pub(crate) key_id: KeyId,
    pub(crate) version: u32,
    pub(crate) key_material_id: [u8; 32],
}

/// How much a version is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) key_id: KeyId,
    pub(crate) version: u32,
    pub(crate) is_in_use: bool,
    pub(crate) last_use: Option<LastUse>,
    pub(crate) not_later_than_ms: Option<u64>,
    pub(crate) sealings_at_least: u64,
    pub(crate) sealings_at_most: u64,
    pub(crate) openings_at_least: u64,
    pub(crate) openings_at_most: u64,
    pub(crate) is_tracked: bool,
}

/// The last use that is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastUse {
    pub(crate) operation: Action,
    pub(crate) time_ms: Option<u64>,
    pub(crate) request_id: [u8; 16],
}

impl Usage {
    pub(super) fn of(usage: &VersionUsage) -> Self {
        Usage {
            key_id: usage.key_id,
            version: usage.version,
            is_in_use: usage.is_in_use,
            last_use: usage.last_use.map(|last| LastUse {
                operation: last.operation,
                time_ms: last.time_ms,
                request_id: last.request_id,
            }),
            not_later_than_ms: usage.not_later_than_ms,
            sealings_at_least: usage.sealings_at_least,
            sealings_at_most: usage.sealings_at_most,
            openings_at_least: usage.openings_at_least,
            openings_at_most: usage.openings_at_most,
            is_tracked: usage.is_tracked,
        }
    }
}
