//! The key tree: every record sealed under a fresh key that its parent holds, up to the manifest.
//!
//! From this one rule follow integrity and freshness of every read, authenticated absence and listing, opening and
//! re-keying in constant time, and destruction. `docs/format.md`, section 4, has the layout.

mod address;
mod node;
mod plan;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use address::{
    MANIFEST, Names, Owner, RECORD_LEVEL, SLOTS, behind, copy_of, first_in_tree, grant as grant_address,
    is_below, is_root, last_below, name_of, owner_of, within,
};
pub(crate) use plan::Plan;
pub(crate) use read::{View, is_doubled};
