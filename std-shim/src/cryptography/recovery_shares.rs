//! Recovery shares: 32 random bytes that so many of so many people have together, by Shamir's secret sharing.

use std::fmt;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use strongroom_core::Secret;
use strongroom_core::crypto::{Primitives, RustCrypto};
use vsss_rs::Gf256;
use zeroize::{Zeroize, Zeroizing};

use super::UnlockSecret;
use super::share_words::{SHARE_LEN, from_words, to_words};

const FORMAT: u8 = 1;
const LABEL: &[u8; 4] = b"SRrs";
/// Format, set, threshold and number: what stands before the share itself.
const HEAD_LEN: usize = 7;
const CHECKSUM_LEN: usize = 5;

/// One share, in words that a person can write down and type: 32 words of the English list of BIP-39, with a checksum.
/// Wiped on drop.
pub struct RecoveryShare {
    number: u8,
    words: Zeroizing<String>,
}

impl RecoveryShare {
    /// The number of the share in its set, from 1.
    #[must_use]
    pub const fn number(&self) -> u8 {
        self.number
    }

    /// The words. Whoever copies them wipes the copy.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }
}

impl fmt::Debug for RecoveryShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryShare({})", self.number)
    }
}

/// Why shares could not be made, or do not go together. Nothing of a share is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShareError {
    /// At least 2 shares must be needed, and at least as many made, at most 255.
    Threshold,
    /// No randomness could be had; a retry may help.
    Entropy,
    /// A share has 32 words.
    WordCount {
        /// The words that were given.
        found: usize,
    },
    /// A word is not in the list.
    UnknownWord {
        /// Which word, from 1.
        position: usize,
    },
    /// All words are in the list, but together they are not a share: some are wrong, or in the wrong places.
    Checksum,
    /// The share was made by a newer version.
    FromTheFuture {
        /// The format number found.
        format: u8,
    },
    /// The shares were not made together.
    DifferentSets,
    /// A share was given twice.
    Duplicate {
        /// The number of the share.
        number: u8,
    },
    /// More shares are needed.
    TooFew {
        /// The shares that were given.
        given: usize,
        /// The shares that are needed.
        needed: u8,
    },
}

impl fmt::Display for ShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShareError::Threshold => {
                f.write_str("at least 2 shares must be needed, and at most 255 are made")
            }
            ShareError::Entropy => f.write_str("no randomness could be had"),
            ShareError::WordCount { found } => write!(f, "a share has 32 words, not {found}"),
            ShareError::UnknownWord { position } => {
                write!(f, "word {position} is not in the list; check its spelling")
            }
            ShareError::Checksum => {
                f.write_str("the words are not a share; check each of them, and their order")
            }
            ShareError::FromTheFuture { format } => {
                write!(f, "the share was made by a newer version, in format {format}")
            }
            ShareError::DifferentSets => f.write_str("the shares were not made together"),
            ShareError::Duplicate { number } => write!(f, "share {number} was given twice"),
            ShareError::TooFew { given, needed } => write!(f, "{needed} shares are needed, not {given}"),
        }
    }
}

impl std::error::Error for ShareError {}

/// Draws a new secret, and shares of it: any `threshold` of the `count` shares give the secret, fewer tell nothing of it.
/// The secret is for a slot of the vault; without one the shares open nothing.
///
/// # Errors
/// [`ShareError::Threshold`], [`ShareError::Entropy`].
pub fn make_recovery_shares(
    threshold: u8,
    count: u8,
) -> Result<(UnlockSecret, Vec<RecoveryShare>), ShareError> {
    if threshold < 2 || threshold > count {
        return Err(ShareError::Threshold);
    }
    let mut set = [0; 4];
    // A byte more than the secret: what the sharing leaves in memory is about the last byte, which is none of it.
    let mut padded = Zeroizing::new([0; 33]);
    let mut seed = Zeroizing::new([0; 32]);
    let drawn = getrandom::fill(&mut set).and_then(|()| getrandom::fill(&mut *seed));
    let mut secret = Box::new(Secret::zeroed());
    let drawn = drawn.and_then(|()| secret.fill_with(|secret| getrandom::fill(secret)));
    drawn.map_err(|_| ShareError::Entropy)?;
    if let Some(front) = padded.first_chunk_mut() {
        secret.expose(|secret| *front = *secret);
    }
    let mut rng = ChaCha20Rng::from_seed(*seed);
    let split = Gf256::split_bytes(usize::from(threshold), usize::from(count), padded.as_slice(), &mut rng);
    let split = Wiped(split.map_err(|_| ShareError::Threshold)?);
    let shares = split.0.iter().map(|share| write(set, threshold, share)).collect::<Option<_>>();
    Ok((UnlockSecret::of_shares(secret), shares.ok_or(ShareError::Threshold)?))
}

/// Shares as the crate for them has them: a number and as many bytes as the secret.
struct Wiped(Vec<Vec<u8>>);

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A share in words: head, 32 bytes, checksum.
fn write(set: [u8; 4], threshold: u8, share: &[u8]) -> Option<RecoveryShare> {
    let (number, value) = share.split_first()?;
    let mut bytes = Zeroizing::new([0; SHARE_LEN]);
    let (front, sum) = bytes.split_last_chunk_mut::<CHECKSUM_LEN>()?;
    let (head, body) = front.split_first_chunk_mut::<HEAD_LEN>()?;
    let [a, b, c, d] = set;
    *head = [FORMAT, a, b, c, d, threshold, *number];
    body.copy_from_slice(value.get(..body.len())?);
    *sum = checksum(front);
    Some(RecoveryShare { number: *number, words: to_words(&bytes) })
}

/// Notices mistakes of whoever types, not attackers.
fn checksum(front: &[u8]) -> [u8; CHECKSUM_LEN] {
    let [a, b, c, d, e, ..] = RustCrypto::sha256([&LABEL[..], front].into_iter());
    [a, b, c, d, e]
}

/// The secret of so many shares.
pub(super) fn combine(shares: &[&str]) -> Result<Box<Secret<32>>, ShareError> {
    let mut values = Wiped(Vec::with_capacity(shares.len()));
    let mut common: Option<([u8; 4], u8)> = None;
    for share in shares {
        let bytes = from_words(share)?;
        let [format, a, b, c, d, threshold, number, rest @ ..] = &*bytes;
        let (value, sum) = rest.split_last_chunk::<CHECKSUM_LEN>().ok_or(ShareError::Checksum)?;
        let front = bytes.get(..SHARE_LEN.saturating_sub(CHECKSUM_LEN)).unwrap_or_default();
        if *sum != checksum(front) {
            return Err(ShareError::Checksum);
        }
        if *format != FORMAT {
            return Err(ShareError::FromTheFuture { format: *format });
        }
        let set = ([*a, *b, *c, *d], *threshold);
        if *common.get_or_insert(set) != set {
            return Err(ShareError::DifferentSets);
        }
        if values.0.iter().any(|known| known.first() == Some(number)) {
            return Err(ShareError::Duplicate { number: *number });
        }
        let mut known = Vec::with_capacity(value.len().saturating_add(1));
        known.push(*number);
        known.extend_from_slice(value);
        values.0.push(known);
    }
    // Of no share nothing is known; two are the least there is.
    let needed = common.map_or(2, |(_, threshold)| threshold);
    let enough = values.0.get(..usize::from(needed));
    let enough = enough.ok_or(ShareError::TooFew { given: shares.len(), needed })?;
    let combined = Gf256::combine_bytes(enough).map_err(|_| ShareError::Checksum)?;
    let combined = Zeroizing::new(combined);
    let mut secret = Box::new(Secret::zeroed());
    let combined: &[u8; 32] = combined.as_slice().try_into().map_err(|_| ShareError::Checksum)?;
    secret.fill_with(|secret| *secret = *combined);
    Ok(secret)
}
