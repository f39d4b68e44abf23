//! Reading the audit log: entries, the events in them, and the encryption contexts in those; and verifying it without the
//! vault.

pub(crate) mod denials;
mod key;
mod verifier;

pub use key::{AUDIT_KEY_LEN, AuditKey};
pub use verifier::{Finding, Verifier};

pub(crate) use key::write_key;

pub use crate::format::audit_chain::AnsweredHead;
pub use crate::format::audit_entry::{Entry, RecordedEvent, RecordedMismatch, Repeats, Touched, split_event};
pub use crate::format::context::pairs as context_pairs;
pub use crate::policy::{Action, Decider, PolicyKind};
