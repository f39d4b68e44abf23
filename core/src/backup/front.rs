//! The first bytes of every bundle: that it is one, and what opens it.

use super::BundleSource;
use crate::error::{BundleFault, Error};

const MAGIC: &[u8; 4] = b"SRbu";
const FORMAT: u8 = 1;
/// Purpose of a bundle that secrets open.
pub(super) const BACKUP: u8 = 1;
/// Purpose of a bundle that is sealed to a vault.
pub(super) const BACKUP_TO_PEER: u8 = 2;
/// How long a front is.
pub(super) const FRONT_LEN: usize = 8;

/// The front of a bundle with this purpose, and one byte that is that purpose's own.
pub(super) fn of(purpose: u8, own: u8) -> [u8; FRONT_LEN] {
    let [a, b, c, d] = *MAGIC;
    [a, b, c, d, FORMAT, purpose, own, 0]
}

/// Reads the front of a bundle that must have this purpose, and answers that purpose's own byte.
///
/// # Errors
/// [`BundleFault::OpensOtherwise`]: it has the other purpose. [`BundleFault::NotABundle`], [`BundleFault::Truncated`],
/// [`Error::FromTheFuture`], and what the source answers.
pub(super) fn read(
    source: &mut BundleSource<'_>,
    front: &mut [u8; FRONT_LEN],
    expected: u8,
) -> Result<u8, Error> {
    let got = fill(source, front)?;
    let [a, b, c, d, format, purpose, own, zero] = *front;
    if got < MAGIC.len() || [a, b, c, d] != *MAGIC {
        return Err(Error::Bundle(BundleFault::NotABundle));
    }
    if got < front.len() {
        return Err(Error::Bundle(BundleFault::Truncated));
    }
    if format > FORMAT {
        return Err(Error::FromTheFuture { format });
    }
    match (purpose, [format, zero] == [FORMAT, 0]) {
        (purpose, true) if purpose == expected => Ok(own),
        (BACKUP | BACKUP_TO_PEER, true) => Err(Error::Bundle(BundleFault::OpensOtherwise)),
        _ => Err(Error::Bundle(BundleFault::NotABundle)),
    }
}

/// Reads until the buffer is full or the source is at its end, and answers how many bytes came.
pub(super) fn fill(source: &mut BundleSource<'_>, buffer: &mut [u8]) -> Result<usize, Error> {
    let mut len = 0usize;
    while let Some(rest) = buffer.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match source(rest)? {
            0 => break,
            got if got > rest.len() => return Err(Error::Bug),
            got => len = len.saturating_add(got),
        }
    }
    Ok(len)
}

/// Reads exactly as many bytes as the buffer has.
pub(super) fn fill_whole(source: &mut BundleSource<'_>, buffer: &mut [u8]) -> Result<(), Error> {
    if fill(source, buffer)? == buffer.len() { Ok(()) } else { Err(Error::Bundle(BundleFault::Truncated)) }
}
