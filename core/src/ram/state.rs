use core::cell::RefCell;

use super::RECORD_BLOB_LEN;
use crate::crypto::Primitives;
use crate::error::Error;
use crate::platform::State;
use crate::vault::{Published, Writer};

/// The vault's state in a cell; for one thread. `RECORD`: the largest sealed record that can be written, in bytes.
#[derive(Debug)]
pub struct RamState<C: Primitives, const RECORD: usize = RECORD_BLOB_LEN> {
    writer: RefCell<(Writer<C>, [u8; RECORD])>,
    published: RefCell<Published<C>>,
}

impl<C: Primitives, const RECORD: usize> RamState<C, RECORD> {
    /// A closed vault's.
    #[must_use]
    pub const fn new() -> Self {
        RamState {
            writer: RefCell::new((Writer::new(), [0; RECORD])),
            published: RefCell::new(Published::new()),
        }
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
        Ok(write(writer, scratch))
    }

    fn lend_published<R>(&self, read: impl FnOnce(&Published<C>) -> R) -> Result<R, Error> {
        Ok(read(&*self.published.try_borrow().map_err(|_| Error::Busy)?))
    }

    fn publish(&self, change: impl Fn(&mut Published<C>)) -> Result<(), Error> {
        change(&mut *self.published.try_borrow_mut().map_err(|_| Error::Busy)?);
        Ok(())
    }
}
