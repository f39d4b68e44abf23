//! What every implementation of a platform trait must do, as suites to point at your own.
//!
//! There is a module for each trait of [`strongroom_core::platform`]. Its `check` takes your implementation, or a function
//! that makes one, and answers a [`Report`] of the clauses that were kept, or the first [`Violation`]. What needs more of you
//! than the trait has (to open the same medium again, to fail when told to) is a function of its own: a report names every
//! clause that was checked, so what it does not name was not.
//!
//! ```
//! use strongroom_core::ram::{ManualClock, RamSink, RamStorage, SeededEntropy};
//! use strongroom_std::faults::contract::{Clause, Violation, audit_sink, clock, entropy, storage};
//!
//! # fn main() -> Result<(), Violation> {
//! // `make` gives an empty one each time.
//! let report = storage::check(RamStorage::<65_536>::new)?;
//! assert!(report.clauses().contains(&Clause::CommitIsWhole));
//! audit_sink::check(RamSink::<65_536>::new)?;
//! entropy::check(&SeededEntropy::new(1))?;
//!
//! let clock = ManualClock::new();
//! clock::check(&clock, |ms| clock.advance_ms(ms))?;
//! # Ok(())
//! # }
//! ```
//!
//! The suites see what can be seen through the trait. That a cache wipes what it gives up, or that nobody can guess what a
//! generator gives next, they cannot see.

pub mod audit_sink;
pub mod cache;
mod clause;
pub mod clock;
pub mod entropy;
pub mod eraser;
mod expect;
pub mod freshness;
mod report;
mod session;
pub mod staging;
pub mod state;
pub mod storage;

pub use clause::Clause;
pub use report::{Report, Violation};
