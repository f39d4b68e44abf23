use core::fmt;

use base64ct::{Base64, Encoding};

use super::{GrantId, find};
use crate::crypto::Primitives;
use crate::error::{Error, Parameter};
use crate::flow::Scene;
use crate::format::bytes::Reader;
use crate::key::KeyId;
use crate::keyring::with_snapshot;
use crate::limits::{GRANT_TOKEN_TEXT_LEN_MAX, GRANT_TOKENS_MAX};
use crate::platform::Platform;
use crate::vault::DerivedKeys;

/// Length of a grant token in bytes.
const LEN: usize = 64;
/// Length of its text.
const TEXT_LEN: usize = 88;

/// What CreateGrant answers besides the id: names the grant, and shows that this vault made it. Not a secret, and no
/// right: the grant counts without it, and its holder must be the grantee all the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GrantToken([u8; LEN]);

impl fmt::Debug for GrantToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GrantToken")
    }
}

/// The text that [`GrantToken::parse`] reads.
impl fmt::Display for GrantToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Base64::encode(&self.0, &mut [0; TEXT_LEN]).map_err(|_| fmt::Error)?)
    }
}

impl GrantToken {
    /// The token with these bytes.
    ///
    /// # Errors
    /// [`Error::InvalidGrantToken`]: not 64 bytes. Whether the vault made them is seen when they are used.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        bytes.try_into().map(GrantToken).map_err(|_| Error::InvalidGrantToken)
    }

    /// Parses padded base64 (RFC 4648, section 4) of 64 bytes.
    ///
    /// # Errors
    /// [`Error::Validation`]: nothing, or more than [`GRANT_TOKEN_TEXT_LEN_MAX`] bytes. [`Error::InvalidGrantToken`]:
    /// anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if !(1..=GRANT_TOKEN_TEXT_LEN_MAX).contains(&text.len()) {
            return Err(Error::Validation(Parameter::GrantTokens));
        }
        let mut bytes = [0; LEN];
        match Base64::decode(text, &mut bytes) {
            Ok(decoded) => GrantToken::from_bytes(decoded),
            Err(_) => Err(Error::InvalidGrantToken),
        }
    }

    /// The bytes of the token.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; LEN] {
        &self.0
    }

    /// `key id ‖ grant id ‖ HMAC(token key, "SRgt" ‖ key id ‖ grant id)[0..16]`.
    pub(crate) fn new<C: Primitives>(keys: &DerivedKeys<C>, key_id: &KeyId, grant_id: &GrantId) -> Self {
        let mut token = [0; LEN];
        let mac = keys.grant_token_mac(key_id, grant_id);
        let parts = key_id.as_bytes().iter().chain(grant_id.as_bytes()).chain(&mac);
        for (to, from) in token.iter_mut().zip(parts) {
            *to = *from;
        }
        GrantToken(token)
    }

    /// The key that it names, whoever made it.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        self.0.first_chunk().map(|bytes| KeyId::from_bytes(*bytes))
    }

    /// The key and the grant that it names, whoever made it.
    pub(crate) fn names(&self) -> Result<(KeyId, GrantId), Error> {
        let mut reader = Reader::new(&self.0);
        let key_id = reader.array().map_err(|_| Error::Bug)?;
        let grant_id = reader.array().map_err(|_| Error::Bug)?;
        Ok((KeyId::from_bytes(key_id), GrantId::from_bytes(grant_id)))
    }

    /// The key and the grant that it names, if this vault made it.
    pub(crate) fn open<C: Primitives>(&self, keys: &DerivedKeys<C>) -> Result<(KeyId, GrantId), Error> {
        let (key_id, grant_id) = self.names()?;
        let expected = GrantToken::new(keys, &key_id, &grant_id);
        if C::equal(&expected.0, &self.0) { Ok((key_id, grant_id)) } else { Err(Error::InvalidGrantToken) }
    }
}

/// Checks how many tokens a request has.
pub(crate) fn check_token_count(tokens: &[GrantToken]) -> Result<(), Error> {
    if tokens.len() > GRANT_TOKENS_MAX { Err(Error::Validation(Parameter::GrantTokens)) } else { Ok(()) }
}

/// Checks that each token is of this vault, for a key of the request, and that its grant is there.
pub(crate) fn check_tokens<P: Platform>(scene: &Scene<'_, P>, tokens: &[GrantToken]) -> Result<(), Error> {
    if !cfg!(feature = "grants") {
        return if tokens.is_empty() { Ok(()) } else { Err(Error::InvalidGrantToken) };
    }
    let platform = scene.vault.platform();
    let keys = [scene.key(), scene.source_key()];
    for token in tokens {
        let exists = with_snapshot(platform, |snapshot| {
            let (key_id, grant_id) = token.open(&snapshot.keys)?;
            if !keys.iter().flatten().any(|facts| facts.key_id == key_id) {
                return Ok(false);
            }
            find(platform, snapshot, &key_id, &grant_id, |_| ()).map(|found| found.is_some())
        })?;
        if !exists {
            return Err(Error::InvalidGrantToken);
        }
    }
    Ok(())
}
