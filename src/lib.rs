#![doc = include_str!("../README.md")]
#![no_std]

pub use strongroom_core::*;

/// The vault in a file, for many threads: [`desktop::Vault`] is where most programs start.
#[cfg(feature = "std")]
pub mod desktop {
    pub use strongroom_std::*;
}
