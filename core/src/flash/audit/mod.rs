//! The audit log in a ring of blocks: see [`FlashAudit`].

mod area;
mod cell;
mod ring;
mod sink;

pub use area::AuditArea;
pub use sink::{AuditDurability, AuditHealth, AuditRules, FlashAudit, WhenFull, walk_audit_log};
