//! Vaults on microcontrollers, from the host: [`DeviceImage`] is what is flashed, made of a file that declares keys, or of
//! any vault; and read back for inspection and backup. [`DeviceClient`] talks to a device over a line.
//!
//! `docs/firmware.md` says what a device needs. An image is sealed as any vault is: whoever has its bytes has nothing without
//! the device's secret.
//!
//! ```
//! use strongroom_std::device::{DeviceImage, Layout};
//! use strongroom_std::keys_as_code::Declaration;
//! use strongroom_std::operation::Encrypt;
//! use strongroom_std::{Caller, Realm, UnlockSecret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! // Two segments of 32 KiB for the vault, two sectors for the eraser, four blocks of 8 KiB for the audit log.
//! let layout = Layout::packed(0x8000, 0x1000, 0x2000, 4, 1024);
//! let secret = UnlockSecret::key_file(&[7; 32])?;
//! let declaration = Declaration::parse("[keys.telemetry]", |_| unreachable!("no policy is named"))?;
//! let image = DeviceImage::<4>::provision(&declaration, &Realm::default(), folder.path(), &layout, &secret)?;
//!
//! let opened = image.open(&layout, &secret)?;
//! let caller = Caller::new("arn:aws:iam::000000000000:root")?;
//! let mut sealed = [0; 200];
//! opened.vault().encrypt(&caller, Encrypt::new("alias/telemetry", b"21 degrees"), &mut sealed)?;
//! assert_eq!(opened.vault().verify()?.damaged, 0);
//! # Ok(())
//! # }
//! ```

mod client;
mod flash;
mod image;
mod platform;
mod provision;

pub use client::{ClientError, DeviceClient, Made};
pub use flash::ImageFlash;
pub use image::{DeviceImage, OpenedImage};
pub use platform::{ImageEraser, ImagePlatform};
pub use provision::ProvisionError;
pub use strongroom_core::device as protocol;
pub use strongroom_core::flash::{AuditArea, FlashArea};

/// Where in a device's flash what lies, and what its memory bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Length of the whole image in bytes.
    pub flash_len: u32,
    /// The vault's two segments.
    pub store: FlashArea,
    /// The eraser's two cells, or `None` for a device without.
    pub cells: Option<FlashArea>,
    /// The ring of the audit log: blocks of at least 8 KiB, and entries of at most 3,496 bytes, which is more than a device with
    /// a buffer of as much as 3,584 writes.
    pub audit: AuditArea,
    /// Longest sealed record that the device takes, in bytes.
    pub record_len: usize,
}

impl Layout {
    /// Areas behind one another: two segments of `segment_len`, two cells of `cell_len`, `blocks` blocks of `block_len`. Lengths
    /// are whole sectors.
    #[must_use]
    pub const fn packed(
        segment_len: u32,
        cell_len: u32,
        block_len: u32,
        blocks: u32,
        record_len: usize,
    ) -> Self {
        let cells_at = segment_len.saturating_mul(2);
        let audit_at = cells_at.saturating_add(cell_len.saturating_mul(2));
        Layout {
            flash_len: audit_at.saturating_add(block_len.saturating_mul(blocks)),
            store: FlashArea { start: 0, segment_len },
            cells: Some(FlashArea { start: cells_at, segment_len: cell_len }),
            audit: AuditArea { start: audit_at, block_len, blocks },
            record_len,
        }
    }

    /// That of the images in `firmware/`.
    pub const DEMONSTRATION: Layout = Layout::packed(0x4_0000, 0x4_0000, 0x4_0000, 4, 768);
}
