//! Bundles: a whole vault, sealed, in one stream of bytes (`docs/format.md`, section 11).
//!
//! A bundle is a header, then one segment for each record, then an end mark. Whoever writes or reads one holds one segment
//! at a time, so a device without an allocator can do both. [`crate::Vault::backup`] writes one,
//! [`crate::Vault::restore`] makes a vault of one, and [`drill`] shows that it could be done. What opens it is a secret, or the
//! vault that it is sealed to: [`crate::Vault::backup_to_peer`], [`crate::Vault::restore_from_peer`],
//! [`crate::Vault::drill_from_peer`].

mod contents;
mod drill;
mod follower;
mod front;
mod header;
mod peer_header;
mod reader;
mod segments;

use crate::error::Error;

pub use drill::drill;
pub(crate) use drill::drill_opened;
pub use follower::BundleSummary;

pub(crate) use contents::{EndMark, VaultFacts};
pub(crate) use follower::{Follower, Item};
pub(crate) use header::{BundleDraft, HEADER_LEN_MAX, Header};
pub(crate) use peer_header::{PEER_HEADER_LEN, PeerHeader, STATED_LEN, stated_key};
pub(crate) use reader::BundleReader;
pub(crate) use segments::{SegmentKind, Segments};

/// Where a bundle goes: takes bytes, all of them, in order.
pub type BundleSink<'s> = dyn FnMut(&[u8]) -> Result<(), Error> + 's;

/// Where a bundle comes from: puts the next bytes to the front of the buffer and answers how many; 0 at the end.
pub type BundleSource<'s> = dyn FnMut(&mut [u8]) -> Result<usize, Error> + 's;

/// What every header says of its bundle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BundleFacts {
    pub(crate) bundle_id: [u8; 16],
    /// The vault that the bundle was made of.
    pub(crate) vault_id: [u8; 16],
    /// The revision of the vault that is in the bundle.
    pub(crate) revision: u64,
    pub(crate) made_ms: Option<u64>,
}

/// An id in lower-case hexadecimal digits, as the audit log has it.
pub(crate) fn hexadecimal(id: &[u8; 16]) -> heapless::String<32> {
    let mut text = heapless::String::new();
    for byte in id {
        // Two digits for each of 16 bytes always fit.
        let _ = core::fmt::write(&mut text, format_args!("{byte:02x}"));
    }
    text
}
