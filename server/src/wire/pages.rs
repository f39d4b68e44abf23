//! Listings in pages: `Limit`, `Marker` and `NextMarker`, `Truncated`.

use base64ct::{Base64, Encoding};

use super::asked::Asked;
use crate::object::Object;

/// Which page is asked for. Markers have `N` bytes.
pub(super) struct Page<const N: usize> {
    pub(super) limit: usize,
    pub(super) marker: Option<[u8; N]>,
}

impl<const N: usize> Page<N> {
    /// Reads `Limit` and `Marker`. A limit above what the listing has is that: the data model allows more. A text that is no
    /// marker is handed in as one that no vault has made, so that the request is recorded before it is refused.
    pub(super) fn of(asked: &Asked<'_>, default: usize, max: usize) -> Self {
        let limit = asked.arguments.size("Limit").unwrap_or(default).min(max);
        let marker = asked.arguments.text("Marker").map(|text| {
            let mut bytes = [0; N];
            match Base64::decode(text, &mut bytes) {
                Ok(decoded) if decoded.len() == N => bytes,
                _ => [0; N],
            }
        });
        Page { limit, marker }
    }
}

/// Writes where to go on, if there is more.
pub(super) fn end<const N: usize>(reply: &mut Object, next: Option<[u8; N]>) {
    reply.truth("Truncated", next.is_some());
    if let Some(marker) = next {
        reply.blob("NextMarker", &marker);
    }
}
