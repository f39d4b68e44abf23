//! The default key policy: the account, and whom its identity policies delegate to (AWS KMS Developer Guide, *Default
//! key policy*).

use super::builder::{PolicyBuilder, Statement};
use super::language::{Language, PolicyKind, PrincipalEntry};
use crate::error::Error;
use crate::realm::Realm;

/// A buffer of this many bytes holds the default key policy of any realm.
pub const DEFAULT_POLICY_LEN_MAX: usize = 192;

/// Writes the default key policy of a realm.
///
/// # Errors
/// [`Error::BufferTooSmall`].
pub fn default_key_policy<'b>(realm: &Realm, buffer: &'b mut [u8]) -> Result<&'b [u8], Error> {
    let mut builder = PolicyBuilder::new(buffer, PolicyKind::Key, Language::Version2012, "key-default-1")?;
    builder.statement(&Statement {
        sid: Some("Enable IAM User Permissions"),
        ..Statement::allow(&[PrincipalEntry::Account(realm.account())], &["kms:*"])
    })?;
    Ok(builder.finish())
}
