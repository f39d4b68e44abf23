//! What the machine shows on the way, and what it says in the end.

use std::fmt;

use strongroom_core::Vault;
use strongroom_core::policy::Caller;

use super::TestPlatform;

/// Where the machine has stopped: what a program's code is given.
#[derive(Clone, Copy, Debug)]
pub struct Stop<'v> {
    /// The vault, open.
    pub vault: &'v Vault<TestPlatform>,
    /// The root user of its account.
    pub caller: &'v Caller<'v>,
    /// The key to encrypt with.
    pub key_id: &'v str,
    /// Days since the beginning.
    pub day: u32,
}

/// What a program's own code answers when it fails.
pub type PathError = Box<dyn std::error::Error + Send + Sync>;

/// What happened on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Journey {
    /// Days that passed.
    pub days: u32,
    /// Messages sealed by the program's code.
    pub sealed: u64,
    /// Messages opened again, each as it was.
    pub opened: u64,
    /// Openings refused as they had to be: of revoked and destroyed versions, of expired material, of keys on their way out.
    pub refused: u64,
    /// New versions of keys.
    pub rotations: u64,
    /// Versions destroyed.
    pub destroyed: u64,
    /// Materials that expired, and were imported again.
    pub expiries: u64,
    /// Deletions that were scheduled and cancelled.
    pub cancelled_deletions: u64,
    /// Times the vault was closed and opened again.
    pub restarts: u64,
    /// Of these, times it was not closed before.
    pub power_cuts: u64,
    /// Days on which the wall clock was wrong.
    pub clock_faults: u64,
}

/// Counts on.
pub(super) fn one_more(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

/// The journey ended early. The same seed ends on the same day.
#[derive(Debug)]
pub struct Broken {
    /// The seed of the machine.
    pub seed: u64,
    /// The day.
    pub day: u32,
    /// What went wrong.
    pub what: String,
}

impl fmt::Display for Journey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} days, {} restarts ({} power cuts)", self.days, self.restarts, self.power_cuts)?;
        writeln!(f, "{} days with a wrong clock", self.clock_faults)?;
        writeln!(f, "{} rotations, {} versions destroyed", self.rotations, self.destroyed)?;
        writeln!(f, "{} materials expired and came back", self.expiries)?;
        writeln!(f, "{} deletions cancelled", self.cancelled_deletions)?;
        write!(f, "{} sealed, {} opened, {} refused as they must be", self.sealed, self.opened, self.refused)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "on day {} (seed {}): {}", self.day, self.seed, self.what)
    }
}

impl std::error::Error for Broken {}
