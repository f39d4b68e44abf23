//! What people call keys: aliases and tags.

pub(super) mod alias;
pub(super) mod list_aliases;
pub(super) mod tag;
