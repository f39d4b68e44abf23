//! Key identifiers: the 16 bytes, their text forms, and the four forms a request may use.

use core::fmt;

use super::alias::is_alias_name;
use crate::realm::Realm;

/// Sixteen bytes that name a KMS key; written as a lower-case UUID.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 16]);

impl KeyId {
    /// The id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        KeyId(bytes)
    }

    /// A random id, with the version and variant bits of a UUID version 4 (RFC 9562, section 5.4).
    pub(crate) fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        KeyId(bytes)
    }

    /// The bytes of the id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Parses `8-4-4-4-12` lower-case hexadecimal digits, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
        let mut bytes = [0; 16];
        let mut rest = &text[..];
        for (position, byte) in bytes.iter_mut().enumerate() {
            if matches!(position, 4 | 6 | 8 | 10) {
                rest = rest.strip_prefix(b"-")?;
            }
            let ([high, low], behind) = rest.split_first_chunk::<2>()?;
            *byte = lower_case_digit(*high)? << 4 | lower_case_digit(*low)?;
            rest = behind;
        }
        Some(KeyId(bytes))
    }
}

/// The value of a hexadecimal digit, capitals refused.
const fn lower_case_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.0.iter().enumerate() {
            if matches!(position, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// `arn:PARTITION:kms:REGION:ACCOUNT:key/ID`, as text by `Display`.
#[derive(Clone, Debug)]
pub struct Arn<'a> {
    /// The vault the key lives in.
    pub realm: &'a Realm,
    /// The key.
    pub key_id: KeyId,
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arn { realm, key_id } = self;
        write!(f, "arn:{}:kms:{}:{}:key/{key_id}", realm.partition(), realm.region(), realm.account())
    }
}

/// What a request's `KeyId` parameter names. Every text is one of these; what cannot exist here is `Nowhere`, which is
/// answered like a key that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyReference<'a> {
    /// A key of this vault, by id or ARN.
    Id(KeyId),
    /// An alias of this vault, by name or ARN: its name, `alias/` included.
    Alias(&'a str),
    /// Nothing this vault could hold: malformed, another account or Region.
    Nowhere,
}

impl<'a> KeyReference<'a> {
    /// Reads a key id, a key ARN, an alias name or an alias ARN (AWS KMS Developer Guide, *AWS KMS keys*, key
    /// identifiers).
    #[must_use]
    pub fn parse(text: &'a str, realm: &Realm) -> Self {
        if let Some(id) = KeyId::parse(text) {
            return KeyReference::Id(id);
        }
        if is_alias_name(text) {
            return KeyReference::Alias(text);
        }
        let mut fields = text.splitn(6, ':');
        let mut is = |expected: &str| fields.next() == Some(expected);
        let here =
            is("arn") && is(realm.partition()) && is("kms") && is(realm.region()) && is(realm.account());
        let Some(resource) = fields.next().filter(|_| here) else { return KeyReference::Nowhere };
        match resource.strip_prefix("key/").and_then(KeyId::parse) {
            Some(id) => KeyReference::Id(id),
            None if is_alias_name(resource) => KeyReference::Alias(resource),
            None => KeyReference::Nowhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123abcd-4567-4e89-8abc-def012345678";

    #[test]
    fn an_id_reads_as_it_prints() {
        let id = KeyId::parse(ID).unwrap();
        let mut text = heapless::String::<36>::new();
        fmt::write(&mut text, format_args!("{id}")).unwrap();
        assert_eq!(text, ID);
    }

    #[test]
    fn other_spellings_are_no_ids() {
        for text in [
            "",
            "0123ABCD-4567-4e89-8abc-def012345678",
            "0123abcd45674e898abcdef012345678",
            "0123abcd-4567-4e89-8abc-def01234567",
            "0123abcd-4567-4e89-8abc-def0123456789",
            "0123abcd-4567-4e89-8abc_def012345678",
            "-123abcd-4567-4e89-8abc-def012345678",
            "0123abcd-4567-4e89-8abc-def0123456é",
        ] {
            assert_eq!(KeyId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_arn_of_another_place_is_nowhere() {
        let realm = Realm::default();
        let here = KeyReference::Id(KeyId::parse(ID).unwrap());
        let arn = |partition: &str, region: &str, account: &str| {
            let mut text = heapless::String::<128>::new();
            fmt::write(&mut text, format_args!("arn:{partition}:kms:{region}:{account}:key/{ID}")).unwrap();
            match KeyReference::parse(&text, &realm) {
                KeyReference::Id(id) => KeyReference::Id(id),
                _ => KeyReference::Nowhere,
            }
        };
        assert_eq!(arn("aws", "us-east-1", "000000000000"), here);
        assert_eq!(arn("aws-cn", "us-east-1", "000000000000"), KeyReference::Nowhere);
        assert_eq!(arn("aws", "us-east-2", "000000000000"), KeyReference::Nowhere);
        assert_eq!(arn("aws", "us-east-1", "000000000001"), KeyReference::Nowhere);
    }

    #[test]
    fn an_alias_goes_by_its_name_or_by_its_arn_here() {
        let realm = Realm::default();
        for text in ["alias/a/b", "arn:aws:kms:us-east-1:000000000000:alias/a/b"] {
            assert_eq!(KeyReference::parse(text, &realm), KeyReference::Alias("alias/a/b"), "{text}");
        }
        for text in [
            "a/b",
            "alias/",
            "arn:aws:kms:us-east-1:000000000000:alias/a:b",
            "arn:aws:kms:us-east-2:000000000000:alias/a/b",
            "arn:aws:kms:us-east-1:000000000001:alias/a/b",
            "arn:aws:iam:us-east-1:000000000000:alias/a/b",
        ] {
            assert_eq!(KeyReference::parse(text, &realm), KeyReference::Nowhere, "{text}");
        }
    }
}
