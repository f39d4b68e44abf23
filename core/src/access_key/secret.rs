//! The secrets of access keys.

use base64ct::{Base64, Encoding};

use super::id::{AccessKeyId, bucket_of};
use crate::crypto::Primitives;
use crate::error::Error;
use crate::platform::Entropy;
use crate::secret::Secret;

/// How long the secret of an access key is, in characters: 240 random bits in base64.
pub const ACCESS_KEY_SECRET_LEN: usize = 40;

/// An access key that is to be kept.
#[derive(Debug)]
pub(crate) struct AccessKeyDraft {
    pub(crate) id: AccessKeyId,
    pub(crate) secret: Secret<ACCESS_KEY_SECRET_LEN>,
}

impl AccessKeyDraft {
    /// Of a caller of this account, without its secret yet.
    pub(crate) fn new<C: Primitives>(
        account: &str,
        caller: &str,
        entropy: &impl Entropy,
    ) -> Result<Self, Error> {
        let mut random = [0; 4];
        entropy.fill(&mut random).map_err(|_| Error::Entropy)?;
        let id = AccessKeyId::lasting(account, bucket_of::<C>(caller), u32::from_be_bytes(random));
        Ok(AccessKeyDraft { id, secret: Secret::zeroed() })
    }

    /// Draws the secret, where it stays.
    pub(crate) fn draw(&mut self, entropy: &impl Entropy) -> Result<(), Error> {
        let mut bits = Secret::<30>::zeroed();
        bits.draw(entropy)?;
        bits.expose(|bits| text_of(bits, &mut self.secret))
    }
}

/// Base64 (RFC 4648, section 4), without an index or a branch that depends on the secret.
pub(crate) fn text_of(bits: &[u8; 30], text: &mut Secret<ACCESS_KEY_SECRET_LEN>) -> Result<(), Error> {
    text.fill_with(|text| Base64::encode(bits, text).map(|_| ())).map_err(|_| Error::Bug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_forty_letters() {
        let mut text = Secret::zeroed();
        text_of(b"every three bytes make letters", &mut text).unwrap();
        assert_eq!(&text.expose(|text| *text), b"ZXZlcnkgdGhyZWUgYnl0ZXMgbWFrZSBsZXR0ZXJz");
    }
}
