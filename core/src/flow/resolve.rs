//! Step 2: names become keys.

use super::parse::{By, Keyless, Named, Parsed, Request};
use super::trip::Baggage;
use crate::crypto::sr1;
use crate::error::Error;
use crate::format::alias_record::ALIAS_RECORD_LEN;
use crate::format::audit_entry::Touched;
use crate::key::{KeyId, KeyReference, is_reserved_alias};
use crate::keyring;
use crate::platform::Platform;
use crate::policy::Action;
use crate::vault::{Vault, read_alias};

/// A named key. One that cannot exist is a value like any other: it goes on to be authorized and recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) action: Action,
    /// The alias that the request has instead of a key.
    pub(super) request_alias: Option<&'a str>,
    /// The key, unless the name could not be one of this vault.
    pub(super) key_id: Option<KeyId>,
    /// What kept an alias from being read as a key: told only to whom a missing key would be told.
    pub(super) obstacle: Option<Error>,
    /// The ciphertext named it, not the caller.
    pub(super) by_ciphertext: bool,
}

/// What is to be judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Targets<'a> {
    pub(super) keyless: Option<Keyless<'a>>,
    pub(super) key: Option<Target<'a>>,
    pub(super) source_key: Option<Target<'a>>,
    pub(super) source_pairs: &'a [(&'a str, &'a str)],
}

/// A request whose names are keys, or nothing.
#[derive(Debug)]
pub struct Resolved<'t, 'a, O> {
    pub(super) operation: O,
    pub(super) targets: Targets<'a>,
    pub(super) trip: &'t mut Baggage<'a>,
}

/// Reads the names of keys, and looks up the aliases among them. Whether there are such keys is found out by
/// [`super::authorize`], under the same lend in which it judges them. What the storage has to say against an alias is not
/// an answer yet.
pub fn resolve<'t, 'a, P: Platform, O>(vault: &Vault<P>, request: Request<'t, 'a, O>) -> Resolved<'t, 'a, O> {
    let Request { operation, parsed, trip } = request;
    Resolved { operation, targets: targets(vault, parsed, trip), trip }
}

/// The same for every operation.
fn targets<'a, P: Platform>(vault: &Vault<P>, parsed: Parsed<'a>, trip: &mut Baggage<'a>) -> Targets<'a> {
    let Parsed { keyless, key, source_key, listed_key, source_pairs, .. } = parsed;
    let target = |named: Named<'a>| -> Target<'a> {
        let Named { action, by } = named;
        let mut request_alias = None;
        let (found, by_ciphertext) = match by {
            By::Text(text) => match KeyReference::parse(text, &trip.realm) {
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
        Target { action, request_alias, key_id: found.ok().flatten(), obstacle: found.err(), by_ciphertext }
    };
    let (key, source_key) = (key.map(target), source_key.map(target));
    let touched = |target: Option<Target<'_>>| {
        target.and_then(|target| target.key_id).map(|key_id| Touched { key_id, version: 0 })
    };
    let listed = listed_key.and_then(|text| match KeyReference::parse(text, &trip.realm) {
        KeyReference::Id(key_id) => Some(Touched { key_id, version: 0 }),
        KeyReference::Alias(_) | KeyReference::Nowhere => None,
    });
    trip.event.key = touched(key).or(listed);
    trip.event.source_key = touched(source_key);
    Targets { keyless, key, source_key, source_pairs }
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
pub(crate) fn key_of_alias<P: Platform>(platform: &P, name: &str) -> Result<Option<KeyId>, Error> {
    keyring::with_snapshot(platform, |snapshot| {
        let mut buffer = [0; ALIAS_RECORD_LEN + sr1::OVERHEAD];
        let view = snapshot.view(platform.storage());
        read_alias(&view, &snapshot.keys.names, name, &mut buffer)
            .map(|found| found.map(|alias| alias.target_key_id))
    })
}
