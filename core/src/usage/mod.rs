//! How often a version is used, and when it was last: counted in memory, out of blocks that are durably counted
//! beforehand.
//!
//! Each opened copy of a version in the cache holds its own part of a block. A crash loses what was left of it: the
//! ledger counts too many uses then, never too few.

mod block;
mod line;

pub(crate) use block::{Block, Part, Rest};
pub(crate) use line::{Counted, UsageLine};

use crate::policy::Action;

/// What a version was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// It made a ciphertext or a MAC.
    Sealing,
    /// It opened a ciphertext, or verified a MAC.
    Opening,
}

/// The last use that is known (AWS KMS API Reference, *KeyLastUsageData*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastUse {
    /// The operation.
    pub operation: Action,
    /// Milliseconds since 1970, or `None` where the vault had no clock.
    pub time_ms: Option<u64>,
    /// The id that the audit log has it under.
    pub request_id: [u8; 16],
}

impl LastUse {
    /// The later of two; of two at the same time, the first.
    pub(crate) fn later(one: Option<LastUse>, other: Option<LastUse>) -> Option<LastUse> {
        match (one, other) {
            (Some(one), Some(other)) if other.time_ms > one.time_ms => Some(other),
            (None, other) => other,
            (one, _) => one,
        }
    }
}

/// What becomes of a version whose budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetEnd {
    /// The key gets new material, which has the same budget. Only for material that the vault draws.
    Rotate,
    /// Nothing is encrypted any more, until the budget is raised or the key rotated.
    Refuse,
}

/// How often each version of a key may seal: make ciphertexts or MACs. Opening is never refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageBudget {
    /// 1 to [`crate::limits::SEALINGS_PER_VERSION_MAX`].
    pub sealings: u64,
    /// What comes then.
    pub end: BudgetEnd,
}
