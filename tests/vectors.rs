//! Vectors with intermediate values, and golden files: format 1 stays what `docs/format.md` says it is.
//!
//! The vectors are computed here from bare primitives (`model`, `tree`, `forge`), and put to the core through its public
//! interface, most of them inside a forged vault. `STRONGROOM_BLESS=1` writes the files again.

mod access_keys;
mod aliases;
mod bundles;
mod callers;
mod ciphertexts;
mod file;
mod forge;
mod grants;
mod key_records;
mod ledger;
mod log;
mod manifests;
mod model;
mod nodes;
mod peers;
mod policies;
mod records;
mod sealing;
mod slots;
mod streams;
mod tree;
mod vault;

/// What the test of the second decoder needs.
pub mod export {
    pub use super::file::folder;
    pub use super::vault::{Sample, sample};
}
