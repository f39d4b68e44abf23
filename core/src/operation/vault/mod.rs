//! The vault itself: its audit log, its callers and what they sign with, its clock, its quotas, what opens it, what has come due.

pub(super) mod access_key;
pub(super) mod audit_log;
pub(super) mod backup;
pub(super) mod caller;
pub(super) mod clock;
pub(super) mod quota;
pub(super) mod refusal;
pub(super) mod rekey;
pub(super) mod repair;
pub(super) mod role;
pub(super) mod slot;
pub(super) mod tick;
