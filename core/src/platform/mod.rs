//! The platform boundary: what the vault asks of its surroundings, and what a wrong implementation costs.
//!
//! A platform author writes [`Entropy`], [`Clock`], [`Storage`] and a durable
//! [`AuditSink`] (the feature `flash` has both, and an [`Eraser`]). [`crate::ram`] has a ready-made [`Cache`] and [`State`], and a sink for tests. [`Freshness`] and [`Eraser`] are optional; `()` stands for none.
//! All methods take `&self`, all can fail, none blocks forever.

mod anchor;
mod audit_sink;
mod cache;
mod clock;
mod entropy;
mod state;
mod storage;

pub use anchor::{AnchorFailed, CELL_LEN, Cell, Eraser, Freshness};
pub use audit_sink::{Accepted, AuditRoom, AuditSink, LINK_LEN, SinkFailed};
pub use cache::{Cache, Fill};
pub use clock::Clock;
pub use entropy::{Entropy, EntropyFailed};
pub use state::State;
pub use storage::{Address, Staging, Storage, Transaction};

use crate::crypto::Primitives;

/// The capabilities of one platform, bundled.
///
/// A vault borrows nothing else: no globals, no default provider. `&P` is a platform wherever `P` is, so that a vault
/// can borrow one that lives in a `static`.
pub trait Platform {
    /// The cryptographic primitives.
    type Primitives: Primitives;
    /// Randomness.
    type Entropy: Entropy;
    /// Time.
    type Clock: Clock;
    /// Sealed blobs.
    type Storage: Storage;
    /// The audit log.
    type AuditSink: AuditSink;
    /// Opened keys.
    type Cache: Cache<Self::Primitives>;
    /// The vault's own mutable state.
    type State: State<Self::Primitives>;
    /// Rollback detection, or `()`.
    type Freshness: Freshness;
    /// Destruction, or `()`.
    type Eraser: Eraser;

    /// Lends the randomness.
    fn entropy(&self) -> &Self::Entropy;
    /// Lends the clock.
    fn clock(&self) -> &Self::Clock;
    /// Lends the storage.
    fn storage(&self) -> &Self::Storage;
    /// Lends the audit sink.
    fn audit_sink(&self) -> &Self::AuditSink;
    /// Lends the cache.
    fn cache(&self) -> &Self::Cache;
    /// Lends the state.
    fn state(&self) -> &Self::State;
    /// Lends the freshness counter.
    fn freshness(&self) -> &Self::Freshness;
    /// Lends the eraser.
    fn eraser(&self) -> &Self::Eraser;

    /// How many uses of a version the ledger counts beforehand, in one commit: the same number for a whole session. A crash
    /// overcounts by it at most, once for each opened copy of the version. 0: nothing is counted, and the first use of a
    /// version costs no commit.
    fn usage_block(&self) -> u64 {
        1024
    }
}

impl<P: Platform> Platform for &P {
    type Primitives = P::Primitives;
    type Entropy = P::Entropy;
    type Clock = P::Clock;
    type Storage = P::Storage;
    type AuditSink = P::AuditSink;
    type Cache = P::Cache;
    type State = P::State;
    type Freshness = P::Freshness;
    type Eraser = P::Eraser;

    fn entropy(&self) -> &Self::Entropy {
        (**self).entropy()
    }
    fn clock(&self) -> &Self::Clock {
        (**self).clock()
    }
    fn storage(&self) -> &Self::Storage {
        (**self).storage()
    }
    fn audit_sink(&self) -> &Self::AuditSink {
        (**self).audit_sink()
    }
    fn cache(&self) -> &Self::Cache {
        (**self).cache()
    }
    fn state(&self) -> &Self::State {
        (**self).state()
    }
    fn freshness(&self) -> &Self::Freshness {
        (**self).freshness()
    }
    fn eraser(&self) -> &Self::Eraser {
        (**self).eraser()
    }
    fn usage_block(&self) -> u64 {
        (**self).usage_block()
    }
}
