use core::cell::RefCell;

use super::RECORD_BLOB_LEN;
use super::late::Late;
use crate::crypto::Primitives;
use crate::error::Error;
use crate::platform::State;
use crate::vault::{Published, Writer};

/// The vault's state in a cell; for one thread. `RECORD`: the largest sealed record that can be written, in bytes. All of it starts
/// as zeros: as a static it takes no room in flash.
#[derive(Debug)]
pub struct RamState<C: Primitives, const RECORD: usize = RECORD_BLOB_LEN> {
    writer: RefCell<(Late<Writer<C>>, [u8; RECORD])>,
    published: RefCell<Late<Published<C>>>,
}

impl<C: Primitives, const RECORD: usize> RamState<C, RECORD> {
    /// A closed vault's.
    #[must_use]
    pub const fn new() -> Self {
        RamState { writer: RefCell::new((Late::Absent, [0; RECORD])), published: RefCell::new(Late::Absent) }
    }

    /// Made in a frame of its own, which is gone when the operation goes on.
    #[inline(never)]
    fn make_writer(writer: &mut Late<Writer<C>>) {
        *writer = Late::Here(Writer::new());
    }

    /// As [`Self::make_writer`].
    #[inline(never)]
    fn make_published(&self) -> Result<(), Error> {
        let mut published = self.published.try_borrow_mut().map_err(|_| Error::Busy)?;
        // Where it stays: made elsewhere, what the stack had there would come along.
        *published = Late::Here(Published::new());
        Ok(())
    }
}

impl<C: Primitives, const RECORD: usize> Default for RamState<C, RECORD> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Primitives, const RECORD: usize> State<C> for RamState<C, RECORD> {
    fn lend_writer<R>(&self, write: impl FnOnce(&mut Writer<C>, &mut [u8]) -> R) -> Result<R, Error> {
        let mut lent = self.writer.try_borrow_mut().map_err(|_| Error::Busy)?;
        let (writer, scratch) = &mut *lent;
        if writer.is_absent() {
            Self::make_writer(writer);
        }
        Ok(write(writer.as_mut().ok_or(Error::Bug)?, scratch))
    }

    fn lend_published<R>(&self, read: impl FnOnce(&Published<C>) -> R) -> Result<R, Error> {
        let busy = |_| Error::Busy;
        if self.published.try_borrow().map_err(busy)?.is_absent() {
            self.make_published()?;
        }
        Ok(read(self.published.try_borrow().map_err(busy)?.as_ref().ok_or(Error::Bug)?))
    }

    fn publish(&self, change: impl Fn(&mut Published<C>)) -> Result<(), Error> {
        if self.published.try_borrow().map_err(|_| Error::Busy)?.is_absent() {
            self.make_published()?;
        }
        change(self.published.try_borrow_mut().map_err(|_| Error::Busy)?.as_mut().ok_or(Error::Bug)?);
        Ok(())
    }
}
