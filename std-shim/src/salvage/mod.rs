//! What a damaged file still holds, into a new one.
//!
//! The engine takes a whole file away when some of its pages are damaged. A vault does not need the engine to know what is
//! right: only the latest blob of an address opens under the key that its parent holds. So every page is looked at, and of
//! all blobs that an address ever had, the one that opens is taken.

mod pages;
mod rescue;
mod world;

pub use rescue::{Salvaged, salvage};
