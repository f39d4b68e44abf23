//! Reading the audit log: entries, the events in them, and the encryption contexts in those.

pub use crate::format::audit_entry::{Entry, RecordedEvent, RecordedMismatch, Touched, split_event};
pub use crate::format::context::pairs as context_pairs;
pub use crate::policy::{Action, Decider, PolicyKind};
