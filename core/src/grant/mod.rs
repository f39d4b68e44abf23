//! Grants: rights on one key for one principal, which only ever allow (AWS KMS Developer Guide, *Grants in AWS KMS*).

mod allow;
mod constraint;
mod entry;
mod grantee;
mod id;
mod operations;

mod token;
mod walk;

pub use constraint::{ConstraintKind, GrantConstraint};
pub use entry::Grant;
pub use id::GrantId;
pub use operations::GrantOperations;

pub use token::GrantToken;

pub(crate) use allow::{AskedOfGrants, allowing_grant, may_retire};
pub(crate) use grantee::{account_of, check_principal, covering, hashed_name};
pub(crate) use token::{check_token_count, check_tokens};
pub(crate) use walk::{Around, by_grantee, count_grants, find, walk};
