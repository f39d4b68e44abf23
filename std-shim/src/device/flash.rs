//! The flash of a device, as bytes on the host.

use std::cell::RefCell;
use std::rc::Rc;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// Bytes that several users share and that behave as NOR flash of words of `WORD` bytes: bits only fall until they are erased.
#[derive(Clone, Debug)]
pub struct ImageFlash<const WORD: usize>(Rc<RefCell<Vec<u8>>>);

impl<const WORD: usize> ImageFlash<WORD> {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        ImageFlash(Rc::new(RefCell::new(bytes)))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0.borrow().clone()
    }

    fn with<R>(
        &self,
        offset: u32,
        len: usize,
        work: impl FnOnce(&mut [u8]) -> R,
    ) -> Result<R, NorFlashErrorKind> {
        let mut bytes = self.0.try_borrow_mut().map_err(|_| NorFlashErrorKind::Other)?;
        let start = usize::try_from(offset).map_err(|_| NorFlashErrorKind::OutOfBounds)?;
        let place = bytes.get_mut(start..).and_then(|rest| rest.get_mut(..len));
        place.map(work).ok_or(NorFlashErrorKind::OutOfBounds)
    }
}

impl<const WORD: usize> ErrorType for ImageFlash<WORD> {
    type Error = NorFlashErrorKind;
}

impl<const WORD: usize> ReadNorFlash for ImageFlash<WORD> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        self.with(offset, bytes.len(), |place| bytes.copy_from_slice(place))
    }

    fn capacity(&self) -> usize {
        self.0.try_borrow().map_or(0, |bytes| bytes.len())
    }
}

impl<const WORD: usize> NorFlash for ImageFlash<WORD> {
    const WRITE_SIZE: usize = WORD;
    // Whatever the sectors of the device are, the areas are whole ones.
    const ERASE_SIZE: usize = 32;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        let len = usize::try_from(to.saturating_sub(from)).map_err(|_| NorFlashErrorKind::OutOfBounds)?;
        self.with(from, len, |place| place.fill(0xff))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        self.with(offset, bytes.len(), |place| {
            place.iter_mut().zip(bytes).for_each(|(byte, wanted)| *byte &= wanted);
        })
    }
}
