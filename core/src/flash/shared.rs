use core::cell::RefCell;

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};

/// One flash for several users: the store, the eraser, and whatever else the device keeps there. For one thread.
#[derive(Debug)]
pub struct SharedFlash<'a, F>(&'a RefCell<F>);

impl<'a, F> SharedFlash<'a, F> {
    /// A user of the flash in the cell.
    #[must_use]
    pub const fn new(flash: &'a RefCell<F>) -> Self {
        SharedFlash(flash)
    }
}

impl<F> Clone for SharedFlash<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for SharedFlash<'_, F> {}

impl<F> ErrorType for SharedFlash<'_, F> {
    type Error = NorFlashErrorKind;
}

impl<F: ReadNorFlash> ReadNorFlash for SharedFlash<'_, F> {
    const READ_SIZE: usize = F::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        let mut flash = self.0.try_borrow_mut().map_err(|_| NorFlashErrorKind::Other)?;
        flash.read(offset, bytes).map_err(|error| error.kind())
    }

    fn capacity(&self) -> usize {
        self.0.try_borrow().map_or(0, |flash| flash.capacity())
    }
}

impl<F: NorFlash> NorFlash for SharedFlash<'_, F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        let mut flash = self.0.try_borrow_mut().map_err(|_| NorFlashErrorKind::Other)?;
        flash.erase(from, to).map_err(|error| error.kind())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        let mut flash = self.0.try_borrow_mut().map_err(|_| NorFlashErrorKind::Other)?;
        flash.write(offset, bytes).map_err(|error| error.kind())
    }
}
