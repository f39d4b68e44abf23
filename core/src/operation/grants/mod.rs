//! Grants: made, ended, listed.

pub(super) mod end_grant;
pub(super) mod grant;
pub(super) mod list_grants;
