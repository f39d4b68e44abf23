//! A copy of a device's flash, to be read only.

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};

/// The bytes of a flash from its first one on. Nothing can be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlashImage<'i>(pub(crate) &'i [u8]);

impl ErrorType for FlashImage<'_> {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for FlashImage<'_> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        let place =
            usize::try_from(offset).ok().and_then(|start| self.0.get(start..start.checked_add(bytes.len())?));
        bytes.copy_from_slice(place.ok_or(NorFlashErrorKind::OutOfBounds)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for FlashImage<'_> {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = 1;

    fn erase(&mut self, _: u32, _: u32) -> Result<(), NorFlashErrorKind> {
        Err(NorFlashErrorKind::Other)
    }

    fn write(&mut self, _: u32, _: &[u8]) -> Result<(), NorFlashErrorKind> {
        Err(NorFlashErrorKind::Other)
    }
}
