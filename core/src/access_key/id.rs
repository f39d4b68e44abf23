//! The ids of access keys.

use crate::crypto::{Primitives, labels};
use crate::realm::AccountId;

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Bits behind the account: 14 of the bucket, 25 random ones.
const REST_BITS: u32 = 39;
const RANDOM_BITS: u32 = 25;
const REST_MASK: u128 = (1 << REST_BITS) - 1;
const ACCOUNT_MASK: u128 = (1 << 40) - 1;

/// The id of an access key: `AKIA` for one that stays, `ASIA` for a temporary one, and 16 letters that hold the account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccessKeyId([u8; 20]);

impl core::fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The callers whose access keys lie together: the first 14 bits of a hash of the name. Not keyed, so that ids go with a
/// backup.
pub(crate) fn bucket_of<C: Primitives>(caller: &str) -> u16 {
    let [high, low, ..] = C::sha256([&labels::ACCESS_KEY[..], caller.as_bytes()].into_iter());
    u16::from_be_bytes([high, low]) >> 2
}

impl AccessKeyId {
    /// Of a caller, with 25 random bits.
    pub(crate) fn lasting(account: &str, bucket: u16, random: u32) -> Self {
        let random = u128::from(random) & ((1 << RANDOM_BITS) - 1);
        Self::join(*b"AKIA", account, u128::from(bucket) << RANDOM_BITS | random)
    }

    /// Of a session, with the bits of a MAC.
    pub(crate) fn temporary(account: &str, bits: u64) -> Self {
        Self::join(*b"ASIA", account, u128::from(bits))
    }

    fn join(prefix: [u8; 4], account: &str, rest: u128) -> Self {
        let account = account.bytes().fold(0u128, |number, digit| {
            number.saturating_mul(10).saturating_add(u128::from(digit.saturating_sub(b'0')))
        });
        // The highest bit is set, as in every id that holds an account.
        let bits = 1 << 79 | (account & ACCOUNT_MASK) << REST_BITS | rest & REST_MASK;
        let mut id = [0; 20];
        let (front, letters) = id.split_at_mut(4);
        front.copy_from_slice(&prefix);
        for (place, letter) in (0u32..16).zip(letters.iter_mut().rev()) {
            let five = bits.checked_shr(place.saturating_mul(5)).unwrap_or(0) & 31;
            *letter = usize::try_from(five).ok().and_then(|five| LETTERS.get(five)).copied().unwrap_or(b'A');
        }
        AccessKeyId(id)
    }

    /// Reads an id, and nothing that only looks like one: the account in it has 12 digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = AccessKeyId(text.as_bytes().try_into().ok()?);
        let is_known = matches!(id.0.first_chunk(), Some(b"AKIA" | b"ASIA"));
        let is_own = id.bits()? >> 79 == 1 && id.account_number()? < 1_000_000_000_000;
        (is_known && is_own).then_some(id)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether it is the id of a session's access key.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.0.starts_with(b"ASIA")
    }

    /// The account that it belongs to.
    #[must_use]
    pub fn account(&self) -> AccountId {
        let mut digits = [b'0'; 12];
        let mut rest = self.account_number().unwrap_or(0);
        for digit in digits.iter_mut().rev() {
            *digit = u8::try_from(rest.checked_rem(10).unwrap_or(0)).unwrap_or(0).saturating_add(b'0');
            rest = rest.checked_div(10).unwrap_or(0);
        }
        AccountId::of_digits(digits)
    }

    pub(crate) fn bucket(&self) -> u16 {
        u16::try_from((self.rest() >> RANDOM_BITS) & 0x3fff).unwrap_or(0)
    }

    /// The bits behind the account, for the audit log.
    pub(crate) fn rest(&self) -> u64 {
        self.bits().and_then(|bits| u64::try_from(bits & REST_MASK).ok()).unwrap_or(0)
    }

    fn account_number(&self) -> Option<u64> {
        u64::try_from((self.bits()? >> REST_BITS) & ACCOUNT_MASK).ok()
    }

    fn bits(&self) -> Option<u128> {
        self.0.iter().skip(4).try_fold(0u128, |bits, letter| {
            let five = LETTERS.iter().position(|known| known == letter)?;
            Some(bits << 5 | u128::try_from(five).ok()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::RustCrypto;

    #[test]
    fn an_id_holds_its_account_as_those_of_aws_do() {
        // Published: AKIASP2TPHJSQH3FJRUX is of account 171436882533.
        assert_eq!(AccessKeyId::parse("AKIASP2TPHJSQH3FJRUX").unwrap().account().as_str(), "171436882533");
        for account in ["000000000000", "111122223333", "999999999999"] {
            let bucket = bucket_of::<RustCrypto>("alice");
            for id in [
                AccessKeyId::lasting(account, bucket, 0),
                AccessKeyId::lasting(account, bucket, u32::MAX),
                AccessKeyId::temporary(account, u64::MAX),
            ] {
                assert_eq!(AccessKeyId::parse(id.as_str()), Some(id));
                assert_eq!(id.account().as_str(), account);
                assert!(id.is_temporary() || id.bucket() == bucket);
            }
        }
    }

    #[test]
    fn what_is_no_id_is_not_read() {
        for text in [
            "",
            "AKIA",
            "AKIASP2TPHJSQH3FJRU",
            "AKIASP2TPHJSQH3FJRUXX",
            "AKIASP2TPHJSQH3FJRU1",
            "akiasp2tphjsqh3fjrux",
            "AROASP2TPHJSQH3FJRUX",
            "AKIAAP2TPHJSQH3FJRUX",
            "AKIA7777777777777777",
            "111122223333",
        ] {
            assert_eq!(AccessKeyId::parse(text), None, "{text}");
        }
    }
}
