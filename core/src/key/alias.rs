//! Other names of keys.

use super::KeyId;
use crate::limits::ALIAS_NAME_LEN_MAX;

/// What every alias begins with.
const PREFIX: &str = "alias/";
/// What the aliases begin with that only services have.
const RESERVED: &str = "alias/aws/";

/// Another name of a key (AWS KMS API Reference, *AliasListEntry*). Times are wall time in milliseconds since 1970, or
/// `None` where the vault had no clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alias<'a> {
    /// The name, `alias/` included.
    pub name: &'a str,
    /// The key that it names.
    pub target_key_id: KeyId,
    /// When it was made.
    pub created_ms: Option<u64>,
    /// When it was made, or given to another key.
    pub last_updated_ms: Option<u64>,
}

/// Whether a text can be the name of an alias: `alias/` and at least one of `A-Z a-z 0-9 / _ -`, at most 256 bytes.
pub(crate) fn is_alias_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
    name.len() <= ALIAS_NAME_LEN_MAX
        && name.strip_prefix(PREFIX).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_allowed))
}

/// Whether only a service could have an alias of this name.
pub(crate) fn is_reserved_alias(name: &str) -> bool {
    name.starts_with(RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_its_prefix_and_plain_letters() {
        let mut bytes = [b'a'; 257];
        bytes[..6].copy_from_slice(b"alias/");
        let long = core::str::from_utf8(&bytes).unwrap();
        for name in ["alias/a", "alias/App_1/db-2", "alias/aws/s3", "alias//", &long[..256]] {
            assert!(is_alias_name(name), "{name}");
        }
        let others = [
            "",
            "alias/",
            "alias",
            "Alias/a",
            "a",
            "alias/a:b",
            "alias/a b",
            "alias/\u{e9}",
            "alias/a*",
            long,
        ];
        for name in others {
            assert!(!is_alias_name(name), "{name}");
        }
        assert!(is_reserved_alias("alias/aws/s3"));
        assert!(!is_reserved_alias("alias/aws") && !is_reserved_alias("alias/AWS/s3"));
    }
}
