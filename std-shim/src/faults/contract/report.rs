use std::error::Error;
use std::fmt;

use super::clause::Clause;
use super::expect::Kept;

/// The clauses that an implementation was seen to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    clauses: Vec<Clause>,
}

impl Report {
    /// The clauses, in the order in which they were checked.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Runs one check.
    pub(super) fn check(&mut self, clause: Clause, check: impl FnOnce() -> Kept) -> Result<(), Violation> {
        check().map_err(|found| Violation { clause, found })?;
        self.clauses.push(clause);
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} clauses kept", self.clauses.len())?;
        self.clauses.iter().try_for_each(|clause| write!(f, "\n  {}: {clause}", clause.contract()))
    }
}

/// An implementation does not keep its contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What it should do.
    pub clause: Clause,
    /// What it did, in words.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { clause, found } = self;
        write!(f, "{}, \"{clause}\": {found}", clause.contract())
    }
}

impl Error for Violation {}
