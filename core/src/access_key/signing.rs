//! From a secret to the key that signs (AWS General Reference, *Create a signature*).

use super::secret::ACCESS_KEY_SECRET_LEN;
use crate::crypto::Primitives;
use crate::error::{Error, Parameter};
use crate::key::MacAlgorithm;
use crate::secret::Secret;

/// What a signing key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningScope<'a> {
    /// The day, `YYYYMMDD`.
    pub date: &'a str,
    /// The Region, 1 to 64 bytes.
    pub region: &'a str,
    /// The service, 1 to 64 bytes.
    pub service: &'a str,
}

impl SigningScope<'_> {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let is_word = |text: &str| (1..=64).contains(&text.len());
        let is_date = self.date.len() == 8 && self.date.bytes().all(|byte| byte.is_ascii_digit());
        if is_date && is_word(self.region) && is_word(self.service) {
            Ok(())
        } else {
            Err(Error::Validation(Parameter::SigningScope))
        }
    }
}

/// `HMAC(HMAC(HMAC(HMAC("AWS4" ‖ secret, date), region), service), "aws4_request")`.
pub(crate) fn derive<C: Primitives>(
    secret: &[u8; ACCESS_KEY_SECRET_LEN],
    scope: &SigningScope<'_>,
    key: &mut Secret<32>,
) -> Result<(), Error> {
    scope.check()?;
    let mut first = Secret::<{ 4 + ACCESS_KEY_SECRET_LEN }>::zeroed();
    first.fill_with(|first| {
        for (to, from) in first.iter_mut().zip(b"AWS4".iter().chain(secret)) {
            *to = *from;
        }
    });
    let mut mac = Secret::<64>::zeroed();
    let algorithm = MacAlgorithm::HmacSha256;
    first.expose(|first| C::message_mac(algorithm, first, scope.date.as_bytes(), &mut mac));
    for part in [scope.region, scope.service, "aws4_request"] {
        let mut next = Secret::<64>::zeroed();
        mac.expose(|mac| C::message_mac(algorithm, mac.split_at(32).0, part.as_bytes(), &mut next));
        mac.set_from(&next);
    }
    mac.expose(|mac| {
        key.fill_with(|key| {
            for (to, from) in key.iter_mut().zip(mac) {
                *to = *from;
            }
        });
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::RustCrypto;

    #[test]
    fn the_signing_key_is_the_published_one() {
        // AWS General Reference, *Examples of how to derive a signing key*.
        let secret = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let scope = SigningScope { date: "20120215", region: "us-east-1", service: "iam" };
        let mut key = Secret::zeroed();
        derive::<RustCrypto>(secret, &scope, &mut key).unwrap();
        let expected = [
            0xf4, 0x78, 0x0e, 0x2d, 0x9f, 0x65, 0xfa, 0x89, 0x5f, 0x9c, 0x67, 0xb3, 0x2c, 0xe1, 0xba, 0xf0,
            0xb0, 0xd8, 0xa4, 0x35, 0x05, 0xa0, 0x00, 0xa1, 0xa9, 0xe0, 0x90, 0xd4, 0x14, 0xdb, 0x40, 0x4d,
        ];
        assert_eq!(key.expose(|key| *key), expected);
    }

    #[test]
    fn a_scope_has_a_date_a_region_and_a_service() {
        let good = SigningScope { date: "20120215", region: "us-east-1", service: "kms" };
        assert_eq!(good.check(), Ok(()));
        for bad in [
            SigningScope { date: "2012021", ..good },
            SigningScope { date: "2012021x", ..good },
            SigningScope { region: "", ..good },
            SigningScope { service: "", ..good },
            SigningScope { service: core::str::from_utf8(&[b's'; 65]).unwrap(), ..good },
        ] {
            assert_eq!(bad.check(), Err(Error::Validation(Parameter::SigningScope)));
        }
    }
}
