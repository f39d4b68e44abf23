use core::fmt;

use crate::crypto::{Primitives, labels};
use crate::error::{Error, Parameter};

/// Who a vault is to other vaults: its id, and the key that its signatures are checked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VaultIdentity {
    /// The vault's id.
    pub vault_id: [u8; 16],
    /// An Ed25519 public key (RFC 8032).
    pub public_key: [u8; 32],
    /// What it is known by.
    pub fingerprint: Fingerprint,
}

/// What an identity is known by: a hash of all of it. People compare it, and pin it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl VaultIdentity {
    /// An identity, with `SHA-256("SRfp" ‖ vault id ‖ public key)`.
    pub(crate) fn new<C: Primitives>(vault_id: [u8; 16], public_key: [u8; 32]) -> Self {
        let parts = [&labels::FINGERPRINT[..], &vault_id, &public_key];
        let fingerprint = Fingerprint(C::sha256(parts.into_iter()));
        VaultIdentity { vault_id, public_key, fingerprint }
    }
}

impl Fingerprint {
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Fingerprint(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a fingerprint as it is shown: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::Validation`]: anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = Error::Validation(Parameter::Fingerprint);
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err(wrong) };
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() {
            return Err(wrong);
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
            let value = high.zip(low).map(|(high, low)| high << 4 | low).ok_or(wrong)?;
            *byte = u8::try_from(value).map_err(|_| Error::Bug)?;
        }
        Ok(Fingerprint(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, VaultIdentity};
    use crate::crypto::RustCrypto;
    use crate::error::{Error, Parameter};

    #[test]
    fn a_fingerprint_is_read_as_it_is_shown_and_nothing_else_is() {
        let shown = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let read = Fingerprint::parse(shown).unwrap();
        assert_eq!(read.as_bytes()[31], 0x1f);
        let mut text = heapless::String::<64>::new();
        core::fmt::write(&mut text, format_args!("{read}")).unwrap();
        assert_eq!(text, shown);
        let wrong = Err(Error::Validation(Parameter::Fingerprint));
        for text in
            ["", "00", &shown[1..], "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"]
        {
            assert_eq!(Fingerprint::parse(text), wrong, "{text}");
        }
    }

    #[test]
    fn a_fingerprint_is_of_the_vault_and_of_its_key() {
        let of = |vault, key| VaultIdentity::new::<RustCrypto>([vault; 16], [key; 32]).fingerprint;
        assert_eq!(of(1, 2), of(1, 2));
        assert_ne!(of(1, 2), of(3, 2));
        assert_ne!(of(1, 2), of(1, 3));
    }
}
