//! Named callers: principals of the vault's own account with their tags and identity policies, kept as records.
//!
//! Whoever embeds the vault establishes who asks, by a login or a signature, and then reads the caller of that name. A
//! caller that was changed or taken out since it was read is refused; reading it again helps.

mod check;
mod stored;

pub(crate) use check::{
    check_external_id, check_name, check_policies, check_principal, check_session_name, check_tags,
};
pub(crate) use stored::ReadAt;
pub use stored::{CallerReceipt, StoredCaller};
