//! Step 2: names become keys, or the fact that there is none. Authenticated metadata only, no key material.

use super::parse::{By, Named, Request};
use crate::error::Error;
use crate::format::audit_entry::Touched;
use crate::key::{KeyId, KeyReference};
use crate::keyring;
use crate::platform::Platform;
use crate::policy::Action;
use crate::vault::Vault;

/// A named key, looked up. A missing one is a value like any other: it goes on to be authorized and recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) action: Action,
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
    pub(super) key: Option<Target>,
    pub(super) source_key: Option<Target>,
}

/// Looks up the keys that a request names. What the storage has to say against that is not an answer yet.
pub fn resolve<'a, P: Platform, O>(vault: &Vault<P>, mut request: Request<'a, O>) -> Resolved<'a, O> {
    let look_up = |named: Option<Named<'a>>| -> Option<Target> {
        let Named { action, by } = named?;
        let (key_id, by_ciphertext) = match by {
            By::Text(text) => match KeyReference::parse(text, &request.realm) {
                KeyReference::Id(key_id) => (Some(key_id), false),
                KeyReference::Nowhere => (None, false),
            },
            By::Ciphertext(key_id) => (Some(key_id), true),
            By::Token(key_id) => (Some(key_id), false),
        };
        // A name that cannot exist takes the same path, towards a key that does not.
        let looked_for = key_id.unwrap_or(KeyId::from_bytes([0; 16]));
        let exists = keyring::lend_key(vault.platform(), &looked_for, |_, _| ()).map(|found| found.is_some());
        Some(Target { action, key_id, exists, by_ciphertext })
    };
    let (key, source_key) = (look_up(request.parsed.key), look_up(request.parsed.source_key));
    let touched = |target: Option<Target>| {
        target.and_then(|target| target.key_id).map(|key_id| Touched { key_id, version: 0 })
    };
    request.event.key = touched(key);
    request.event.source_key = touched(source_key);
    Resolved { request, key, source_key }
}
