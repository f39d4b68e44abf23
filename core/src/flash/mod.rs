//! The vault in NOR flash: [`FlashStorage`], a log of frames in two segments, [`FlashAudit`], the audit log in a ring of blocks,
//! and [`FlashEraser`], two sectors of their own.
//!
//! All work on anything that implements the traits of `embedded-storage`. A commit is one frame, and one mark at its
//! end makes it count; so it is there as a whole or not at all, whenever the power goes. When a segment is full, what is
//! live moves to the other one. There is no allocation,
//! and the store has no buffer of more than 32 bytes.
//!
//! # Contract
//! What the flash must do, and `docs/flash.md` says how to try it: `write` changes nothing but the words it is given,
//! `erase` nothing but its sectors, and what was read back once stays, but for words that a power cut interrupted. Words
//! are of up to 32 bytes, and none is programmed twice.
//!
//! # Security
//! The store is trusted with sealed blobs only. Whoever can write the flash can put an old state back: what notices that
//! is a [`Freshness`](crate::platform::Freshness) counter that is kept elsewhere. There is none in this module: a counter
//! in the same flash would go back with it.

mod audit;
mod eraser;
mod frame;
mod index;
mod log;
mod medium;
mod record;
mod segment;
mod shared;
mod storage;
mod store;

pub use audit::{AuditArea, AuditDurability, AuditHealth, AuditRules, FlashAudit, WhenFull, walk_audit_log};
pub use eraser::FlashEraser;
pub use medium::FlashArea;
pub use shared::SharedFlash;
pub use storage::{FlashHealth, FlashStorage};

use crate::error::StorageError;

/// Why there is no store in the flash, or none that opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlashError {
    /// The area is not one of whole sectors, too small or not within the flash; or a store of another size, or for words
    /// of another size, is in it.
    Geometry,
    /// Everything is erased: [`FlashStorage::format`] makes a store.
    Blank,
    /// Something is there, but no store; or the power went while one was made, and formatting again helps.
    NotFormatted,
    /// There was a store, and the header of its newest segment is lost. What it held until it last moved may be in the
    /// other segment, but it would be an old state, and is not opened.
    Damaged,
    /// The store was written by a newer version, in the named format.
    FromTheFuture {
        /// The format number found.
        format: u8,
    },
    /// The flash failed, or said that it wrote or erased and did not.
    Medium,
}

impl From<StorageError> for FlashError {
    fn from(_: StorageError) -> Self {
        FlashError::Medium
    }
}

impl core::fmt::Display for FlashError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            FlashError::Geometry => f.write_str("the area does not fit the flash or the store in it"),
            FlashError::Blank => f.write_str("the flash is erased"),
            FlashError::NotFormatted => f.write_str("there is no store in the flash"),
            FlashError::Damaged => f.write_str("the newest part of the store is lost"),
            FlashError::FromTheFuture { format } => write!(f, "the store has the unknown format {format}"),
            FlashError::Medium => f.write_str("the flash failed"),
        }
    }
}

impl core::error::Error for FlashError {}
