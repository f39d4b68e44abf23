//! The fault kit: for those who write drivers, and for those who build on them.
//!
//! - [`contract`] checks an implementation of any platform trait against what the vault relies on.
//! - [`power_cuts`] cuts the power at every step of what a device does, and again while it recovers.
//! - [`disk`] is a disk in memory with a vault's file on it, which loses power likewise.
//! - [`flash`] is a flash in memory that is stricter than hardware, loses power where a test wants it to, rots and lies.
//!
//! Everything here is deterministic: the same calls and seeds give the same faults. Nothing here panics: what is wrong is a
//! value, for a test to `unwrap`.

pub mod contract;
mod dice;
pub mod disk;
pub mod flash;
pub mod power_cuts;
