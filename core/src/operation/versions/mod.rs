//! Versions of keys: made, listed, rotated, revoked, destroyed, and how much they are used.

pub(super) mod counted;
pub(super) mod list_versions;
pub(super) mod rotation;
pub(super) mod usage;
pub(super) mod version;
pub(super) mod version_destruction;
