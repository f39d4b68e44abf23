//! placeholder
pub use strongroom_core as core;
