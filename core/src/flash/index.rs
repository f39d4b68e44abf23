use heapless::Vec;

use super::record::checksum;
use crate::platform::Address;

/// Where committed blobs lie, for `N` of them. With more than that it knows nothing, and the log is searched.
#[derive(Debug)]
pub(super) struct Index<const N: usize> {
    /// A checksum of the address, and the offset of the record.
    places: Vec<(u32, u32), N>,
    is_whole: bool,
}

impl<const N: usize> Index<N> {
    /// Knows nothing yet.
    pub(super) const fn new() -> Self {
        Index { places: Vec::new(), is_whole: false }
    }

    /// Begins anew, with a store that has no blob.
    pub(super) fn begin(&mut self) {
        self.places.clear();
        self.is_whole = N > 0;
    }

    /// Whether what is not in it is not in the store.
    pub(super) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The offset of an address's record. `is_record_of` tells whether what lies at an offset is that record.
    pub(super) fn find(&self, address: &Address, mut is_record_of: impl FnMut(u32) -> bool) -> Option<u32> {
        let index = self.position(address, &mut is_record_of)?;
        self.places.get(index).map(|(_, at)| *at)
    }

    /// Notes that the record at `at` is the address's last.
    pub(super) fn put(&mut self, address: &Address, at: u32, mut is_record_of: impl FnMut(u32) -> bool) {
        match self.position(address, &mut is_record_of) {
            Some(index) => {
                if let Some(place) = self.places.get_mut(index) {
                    place.1 = at;
                }
            }
            None => self.is_whole &= self.places.push((tag(address), at)).is_ok(),
        }
    }

    /// Notes that the address has no blob.
    pub(super) fn remove(&mut self, address: &Address, mut is_record_of: impl FnMut(u32) -> bool) {
        if let Some(index) = self.position(address, &mut is_record_of) {
            self.places.swap_remove(index);
        }
    }

    fn position(&self, address: &Address, is_record_of: &mut impl FnMut(u32) -> bool) -> Option<usize> {
        let tag = tag(address);
        self.places.iter().position(|(of, at)| *of == tag && is_record_of(*at))
    }
}

fn tag(address: &Address) -> u32 {
    let mut crc = checksum();
    crc.update(&address.0);
    crc.finalize()
}
