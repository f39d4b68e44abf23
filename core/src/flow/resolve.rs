//! Step 2: names become keys, or the fact that there is none. Authenticated metadata only, no key material.

use super::parse::{By, Named, Request};
use crate::crypto::sr1;
use crate::error::Error;
use crate::format::alias_record::ALIAS_RECORD_LEN;
use crate::format::audit_entry::Touched;
use crate::key::{KeyId, KeyReference, is_reserved_alias};
use crate::keyring;
use crate::platform::Platform;
use crate::policy::Action;
use crate::vault::{Vault, read_alias};

/// A named key, looked up. A missing one is a value like any other: it goes on to be authorized and recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) action: Action,
    /// The alias that the request has instead of a key.
    pub(super) request_alias: Option<&'a str>,
    /// The key, unless the name could not be one of this vault.
    pub(super) key_id: Option<KeyId>,
    /// Whether there is such a key, or why that cannot be told: said only to whom a missing key would be told.
    pub(super) exists: Result<bool, Error>,
    /// The ciphertext named it, not the caller.
    pub(super) by_ciphertext: bool,
}

/// A request with its keys looked up.
#[derive(Debug)]
pub struct Resolved<'a, O> {
    pub(super) request: Request<'a, O>,
    pub(super) key: Option<Target<'a>>,
    pub(super) source_key: Option<Target<'a>>,
}

/// Looks up the keys that a request names. What the storage has to say against that is not an answer yet.
pub fn resolve<'a, P: Platform, O>(vault: &Vault<P>, mut request: Request<'a, O>) -> Resolved<'a, O> {
    let look_up = |named: Option<Named<'a>>| -> Option<Target<'a>> {
        let Named { action, by } = named?;
        let mut request_alias = None;
        let (found, by_ciphertext) = match by {
            By::Text(text) => match KeyReference::parse(text, &request.realm) {
                KeyReference::Id(key_id) => (Ok(Some(key_id)), false),
                KeyReference::Alias(name) if accepts_alias(action) => {
                    request_alias = Some(name);
                    // Keys that a service manages are not here.
                    let is_supported =
                        if is_reserved_alias(name) { Err(Error::UnsupportedOperation) } else { Ok(()) };
                    (is_supported.and_then(|()| key_of_alias(vault.platform(), name)), false)
                }
                KeyReference::Alias(_) | KeyReference::Nowhere => (Ok(None), false),
            },
            By::Alias(name) => (key_of_alias(vault.platform(), name), false),
            By::Ciphertext(key_id) => (Ok(Some(key_id)), true),
            By::Token(key_id) => (Ok(Some(key_id)), false),
        };
        let key_id = found.ok().flatten();
        // A name that cannot exist takes the same path, towards a key that does not.
        let looked_for = key_id.unwrap_or(KeyId::from_bytes([0; 16]));
        let exists = keyring::lend_key(vault.platform(), &looked_for, |_, _| ()).map(|found| found.is_some());
        let exists = found.and(exists);
        Some(Target { action, request_alias, key_id, exists, by_ciphertext })
    };
    let (key, source_key) = (look_up(request.parsed.key), look_up(request.parsed.source_key));
    let touched = |target: Option<Target<'_>>| {
        target.and_then(|target| target.key_id).map(|key_id| Touched { key_id, version: 0 })
    };
    let listed = request.parsed.listed_key.and_then(|text| match KeyReference::parse(text, &request.realm) {
        KeyReference::Id(key_id) => Some(Touched { key_id, version: 0 }),
        KeyReference::Alias(_) | KeyReference::Nowhere => None,
    });
    request.event.key = touched(key).or(listed);
    request.event.source_key = touched(source_key);
    Resolved { request, key, source_key }
}

/// Whether an operation takes an alias for a key (AWS KMS Developer Guide, *AWS KMS keys*, key identifiers): those that
/// use a key, and DescribeKey.
const fn accepts_alias(action: Action) -> bool {
    matches!(
        action,
        Action::Encrypt
            | Action::Decrypt
            | Action::ReEncryptFrom
            | Action::ReEncryptTo
            | Action::GenerateDataKey
            | Action::GenerateDataKeyWithoutPlaintext
            | Action::GenerateMac
            | Action::VerifyMac
            | Action::DescribeKey
    )
}

/// The key that has this alias now.
fn key_of_alias<P: Platform>(platform: &P, name: &str) -> Result<Option<KeyId>, Error> {
    keyring::with_snapshot(platform, |snapshot| {
        let mut buffer = [0; ALIAS_RECORD_LEN + sr1::OVERHEAD];
        let view = snapshot.view(platform.storage());
        read_alias(&view, &snapshot.keys.names, name, &mut buffer)
            .map(|found| found.map(|alias| alias.target_key_id))
    })
}
