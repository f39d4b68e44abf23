//! A restore for practice.

use zeroize::Zeroize;

use super::segments::plaintext;
use super::{BundleReader, BundleSource, BundleSummary, VaultFacts};
use crate::crypto::Primitives;
use crate::error::Error;
use crate::vault::Unlock;

/// Reads a bundle to its end as a restore would, and opens the material of every version in it: each is there, and is the one
/// that its check value says. Nothing is made, and the vault it came from is not needed.
///
/// `unlock` is shown each slot of the bundle in turn until one opens. `buffer` takes one record at a time, so it is as large
/// as the largest sealed record, and is wiped.
///
/// # Errors
/// [`Error::Bundle`]: the bundle is not whole, or none. [`Error::WrongSecret`], [`Error::SlotParameters`],
/// [`Error::FromTheFuture`]. [`Error::Capacity`]: a record is longer than `buffer`. What the source answers.
pub fn drill<C: Primitives>(
    source: &mut BundleSource<'_>,
    unlock: &mut Unlock<'_>,
    buffer: &mut [u8],
) -> Result<BundleSummary, Error> {
    drill_opened(BundleReader::<C>::open(source, unlock), buffer)
}

/// Reads a bundle whose key is open to its end, if it is. `buffer` is wiped.
pub(crate) fn drill_opened<C: Primitives>(
    opened: Result<(BundleReader<'_, '_, C>, VaultFacts), Error>,
    buffer: &mut [u8],
) -> Result<BundleSummary, Error> {
    let drilled = opened.and_then(|(bundle, _)| read_through(bundle, buffer));
    buffer.zeroize();
    drilled
}

fn read_through<C: Primitives>(
    mut bundle: BundleReader<'_, '_, C>,
    buffer: &mut [u8],
) -> Result<BundleSummary, Error> {
    while let Some(len) = bundle.next_record(buffer)? {
        bundle.follower.take::<C>(plaintext(buffer, len)?)?;
    }
    Ok(bundle.follower.summary)
}
