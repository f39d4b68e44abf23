//! Pagination markers: where a page ended, and a MAC over that and over what is listed, so that none can be forged.

use crate::crypto::Primitives;
use crate::error::Error;

/// Joins a place and its MAC: `place ‖ mac`.
pub(in crate::operation) fn join<const PLACE: usize, const MARKER: usize>(
    place: &[u8; PLACE],
    mac: &[u8; 16],
) -> [u8; MARKER] {
    const { assert!(MARKER == PLACE + 16) }
    let mut marker = [0; MARKER];
    for (to, from) in marker.iter_mut().zip(place.iter().chain(mac)) {
        *to = *from;
    }
    marker
}

/// The place in a marker, if `mac` of that place is the one beside it; compared in constant time.
pub(in crate::operation) fn open<C: Primitives, const PLACE: usize, const MARKER: usize>(
    marker: &[u8; MARKER],
    mac: impl Fn(&[u8; PLACE]) -> [u8; 16],
) -> Result<[u8; PLACE], Error> {
    let place = marker.first_chunk::<PLACE>().ok_or(Error::Bug)?;
    if C::equal(&join::<PLACE, MARKER>(place, &mac(place)), marker) {
        Ok(*place)
    } else {
        Err(Error::InvalidMarker)
    }
}
