//! Where in the flash what lies. The same on every board here, so that an image provisioned for one starts on all; the host
//! knows it as `strongroom_std::device::Layout`.

use strongroom_core::flash::{AuditArea, FlashArea};

/// Length of a sector of the flash, in bytes: that of the board `virt`.
pub const SECTOR: u32 = 256 * 1024;
/// How many there are.
const SECTORS: u32 = 8;
/// Length of the flash in bytes.
pub const FLASH_LEN: u32 = SECTOR.saturating_mul(SECTORS);

/// The vault: two segments.
pub const STORE: FlashArea = FlashArea { start: 0, segment_len: SECTOR };
/// The cells of the eraser.
pub const CELLS: FlashArea = FlashArea { start: 2 * SECTOR, segment_len: SECTOR };
/// The audit log.
pub const AUDIT: AuditArea = AuditArea { start: 4 * SECTOR, block_len: SECTOR, blocks: 4 };

/// Keys that are held opened, and as many versions.
pub const OPEN_KEYS: usize = 4;
/// Longest sealed record, in bytes: what a key's description, tags, aliases and policy share.
pub const RECORD_LEN: usize = 768;
/// Blobs that the store finds without searching its log.
pub const INDEX: usize = 64;
/// Room for the events of one flush of the audit log.
pub const AUDIT_BUFFER: usize = 1752;
/// Longest message on the line, in bytes: a segment of a stream, and what is said about it.
pub const MESSAGE_LEN: usize = 1280;

// The areas lie behind one another, within the flash.
const _: () = assert!(STORE.start + 2 * STORE.segment_len <= CELLS.start);
const _: () = assert!(CELLS.start + 2 * CELLS.segment_len <= AUDIT.start);
const _: () = assert!(AUDIT.start + AUDIT.blocks * AUDIT.block_len <= FLASH_LEN);
// A segment of a stream and the ciphertext of the longest plaintext that fits travel in one message.
const _: () = assert!(MESSAGE_LEN >= 1024 + strongroom_core::ciphertext_len(0) + 64);
// A caller's record is read into a place of its own; a key's has to fit the cache.
const _: () = assert!(RECORD_LEN >= 512 && RECORD_LEN.is_multiple_of(64));
