//! What the pages of all listings have in common.

pub(super) mod marker;
pub(super) mod page;
