//! A denial as it is told to whoever may see why: what the audit log keeps of it.

use core::fmt;

use super::evaluate::{Decider, Decision};
use super::explain::{Told, in_words};
use crate::error::{Error, Reason};
use crate::format::audit_entry::RecordedMismatch;

/// Why a request was denied, in the words of its audit event; it displays as one line.
///
/// # Security
/// It holds parts of policies, tags and the encryption context. A vault shows it to its own root user only, see
/// [`super::Caller::explain_to`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denial<'a> {
    /// Why.
    pub reason: Reason,
    /// The statement that denies or, where none does, the one that came nearest to allowing it.
    pub statement: Option<Decider>,
    /// That statement's `Sid`, empty if it has none; cut at 64 bytes.
    pub sid: &'a str,
    /// What in the nearest statement did not match.
    pub mismatch: Option<RecordedMismatch<'a>>,
}

impl fmt::Display for Denial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decision = match (self.reason, self.statement) {
            (Reason::StatementDenies, Some(decider)) => Decision::ExplicitDeny(decider),
            (reason, _) => Decision::ImplicitDeny(reason),
        };
        let sid = Some(self.sid).filter(|sid| !sid.is_empty());
        let mismatch: Option<Told<'_>> = match &self.mismatch {
            Some(RecordedMismatch { element, expected, found }) => Some((element, expected, found)),
            None => None,
        };
        in_words(f, decision, self.statement, sid, mismatch)
    }
}

/// Who listens to a caller's denials.
#[derive(Clone, Copy)]
pub(crate) struct Listener<'a>(pub(super) &'a (dyn Fn(&Denial<'_>) + Sync));

impl fmt::Debug for Listener<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// What a caller may see of why a request failed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reasons<'a> {
    /// Nothing: the audit log alone says it.
    Withheld,
    /// All of it, and this listener hears it.
    Shown(Option<Listener<'a>>),
}

impl Reasons<'_> {
    /// The error as the caller may know it, and the denial to whoever listens.
    pub(crate) fn answer<'d>(&self, error: Error, denial: impl FnOnce(Reason) -> Denial<'d>) -> Error {
        match (self, error) {
            (Reasons::Withheld, error) => error.withheld(),
            (Reasons::Shown(Some(Listener(listener))), Error::AccessDenied(reason)) => {
                listener(&denial(reason));
                error
            }
            (Reasons::Shown(_), error) => error,
        }
    }
}
