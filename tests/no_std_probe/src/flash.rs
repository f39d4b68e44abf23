//! The store in flash, on memory that stands for one.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use strongroom_core::Error;
use strongroom_core::flash::{FlashArea, FlashStorage};
use strongroom_core::platform::{Address, Storage};

const LEN: usize = 4096;
const AREA: FlashArea = FlashArea { start: 0, segment_len: 2048 };

struct Memory([u8; LEN]);

impl ErrorType for Memory {
    type Error = NorFlashErrorKind;
}

impl Memory {
    fn part(&mut self, offset: u32, len: usize) -> Result<&mut [u8], NorFlashErrorKind> {
        let start = usize::try_from(offset).map_err(|_| NorFlashErrorKind::OutOfBounds)?;
        self.0.get_mut(start..).and_then(|rest| rest.get_mut(..len)).ok_or(NorFlashErrorKind::OutOfBounds)
    }
}

impl ReadNorFlash for Memory {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        bytes.copy_from_slice(self.part(offset, bytes.len())?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        LEN
    }
}

impl NorFlash for Memory {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 1024;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        let len = usize::try_from(to.saturating_sub(from)).map_err(|_| NorFlashErrorKind::OutOfBounds)?;
        self.part(from, len)?.fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        self.part(offset, bytes.len())?.iter_mut().zip(bytes).for_each(|(byte, wanted)| *byte &= wanted);
        Ok(())
    }
}

/// Fills a store until it has moved from one segment to the other, opens it again, and reads.
pub(crate) fn trip() -> Result<bool, Error> {
    let mut memory = Memory([0xff; LEN]);
    let address = Address([7; 24]);
    let storage = FlashStorage::<_, 4>::format(&mut memory, AREA).map_err(|_| Error::Bug)?;
    for revision in 0..20u8 {
        let mut stage =
            |tx: &mut dyn strongroom_core::platform::Transaction| tx.put(&address, &[revision; 200]);
        storage.commit(u64::from(revision), &mut stage)?;
    }
    drop(storage);
    let storage = FlashStorage::<_, 0>::mount(&mut memory, AREA).map_err(|_| Error::Bug)?;
    let mut found = [0; 200];
    Ok(storage.read(&address, &mut found)? == Some(200)
        && found == [19; 200]
        && storage.health()?.compactions > 1)
}
