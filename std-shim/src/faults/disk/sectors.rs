use std::io;
use std::sync::Arc;

/// A disk writes so many bytes whole or not at all.
pub(super) const SECTOR: usize = 512;

/// A file, in sectors that copies of it share until one is written.
#[derive(Clone, Default)]
pub(super) struct File {
    sectors: Vec<Arc<[u8; SECTOR]>>,
    pub(super) len: u64,
}

impl File {
    pub(super) fn set_len(&mut self, len: u64) {
        let sectors = usize::try_from(len).unwrap_or(usize::MAX).div_ceil(SECTOR);
        // What is behind the end reads as zeros if the file grows again.
        if let (true, Some(last)) = (len < self.len, usize::try_from(len).ok())
            && let Some(sector) = self.sectors.get_mut(last / SECTOR)
            && let Some(rest) = Arc::make_mut(sector).get_mut(last % SECTOR..)
        {
            rest.fill(0);
        }
        self.sectors.resize_with(sectors, || Arc::new([0; SECTOR]));
        self.len = len;
    }

    /// Writes what lies within the file, sector by sector, where `is_kept` says so.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8], mut is_kept: impl FnMut() -> bool) {
        let (mut at, mut left) = (usize::try_from(offset).unwrap_or(usize::MAX), bytes);
        while !left.is_empty() {
            let inside = at % SECTOR;
            let (part, rest) = left.split_at(left.len().min(SECTOR.saturating_sub(inside)));
            if is_kept()
                && let Some(sector) = self.sectors.get_mut(at / SECTOR)
                && let Some(place) = Arc::make_mut(sector).get_mut(inside..inside.saturating_add(part.len()))
            {
                place.copy_from_slice(part);
            }
            at = at.saturating_add(part.len());
            left = rest;
        }
    }

    pub(super) fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let len = u64::try_from(out.len()).unwrap_or(u64::MAX);
        if offset.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let (mut at, mut left) = (usize::try_from(offset).unwrap_or(usize::MAX), out);
        while !left.is_empty() {
            let inside = at % SECTOR;
            let (part, rest) = left.split_at_mut(left.len().min(SECTOR.saturating_sub(inside)));
            let sector = self.sectors.get(at / SECTOR).ok_or(io::ErrorKind::UnexpectedEof)?;
            part.copy_from_slice(
                sector.get(inside..inside.saturating_add(part.len())).ok_or(io::ErrorKind::UnexpectedEof)?,
            );
            at = at.saturating_add(part.len());
            left = rest;
        }
        Ok(())
    }
}
