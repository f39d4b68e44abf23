//! The fault kit: surroundings that fail in every way that real ones do, to test drivers and what is built on them.
//!
//! Everything here is deterministic: the same calls and seeds give the same faults.

pub mod flash;
