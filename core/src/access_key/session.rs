//! Sessions of roles. Nothing is stored of one: its token says all, under a MAC of the vault.

use super::id::AccessKeyId;
use super::secret::{ACCESS_KEY_SECRET_LEN, text_of};
use crate::caller::{check_name, check_session_name};
use crate::crypto::Primitives;
use crate::error::Error;
use crate::format::bytes::{Malformed, Reader, Writer};
use crate::secret::Secret;
use crate::vault::DerivedKeys;

const FORMAT: u8 = 1;
const MAC_LEN: usize = 16;
/// Longest token without its MAC.
pub(crate) const SESSION_STATED_LEN_MAX: usize = 4 + 16 + 16 + 8 + 8 + 16 + 2 * (2 + 64);
/// Longest session token, in bytes.
pub const SESSION_TOKEN_LEN_MAX: usize = SESSION_STATED_LEN_MAX + MAC_LEN;

/// What a session token of this vault says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session<'t> {
    /// The id of the session's access key.
    pub access_key_id: AccessKeyId,
    /// The kept role.
    pub role: &'t str,
    /// The name of the session.
    pub name: &'t str,
    /// When it began, in milliseconds since 1970.
    pub issued_ms: u64,
    /// From when on it is over.
    pub expires_ms: u64,
}

/// What a token states: `1 ‖ 000000 ‖ vault id ‖ trust id ‖ two times ‖ random (16) ‖ role ‖ session name`, then a MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionClaims<'t> {
    pub(crate) vault_id: [u8; 16],
    /// Of the trust under which it was made: another one ends it.
    pub(crate) trust_id: [u8; 16],
    pub(crate) issued_ms: u64,
    pub(crate) expires_ms: u64,
    pub(crate) random: [u8; 16],
    pub(crate) role: &'t str,
    pub(crate) name: &'t str,
}

impl<'t> SessionClaims<'t> {
    /// Writes the token; answers its length.
    pub(crate) fn write<C: Primitives>(
        &self,
        keys: &DerivedKeys<C>,
        token: &mut [u8],
    ) -> Result<usize, Error> {
        let mut stated = [0; SESSION_STATED_LEN_MAX];
        let mut writer = Writer::new(&mut stated);
        writer.put(&[FORMAT, 0, 0, 0]);
        writer.put(&self.vault_id);
        writer.put(&self.trust_id);
        writer.u64(self.issued_ms);
        writer.u64(self.expires_ms);
        writer.put(&self.random);
        writer.string(self.role.as_bytes())?;
        writer.string(self.name.as_bytes())?;
        let len = writer.finish()?;
        let stated = stated.get(..len).ok_or(Error::Bug)?;
        let mut writer = Writer::new(token);
        writer.put(stated);
        writer.put(&keys.session_token_mac(stated));
        writer.finish()
    }

    /// Reads a token that the holder of these keys made; `None` for any other.
    pub(crate) fn open<C: Primitives>(token: &'t [u8], keys: &DerivedKeys<C>) -> Option<Self> {
        let (stated, mac) = token.split_last_chunk::<MAC_LEN>()?;
        if stated.len() > SESSION_STATED_LEN_MAX || !C::equal(&keys.session_token_mac(stated), mac) {
            return None;
        }
        Self::read(stated).ok()
    }

    fn read(stated: &'t [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(stated);
        if reader.array()? != [FORMAT, 0, 0, 0] {
            return Err(Malformed);
        }
        let claims = SessionClaims {
            vault_id: reader.array()?,
            trust_id: reader.array()?,
            issued_ms: reader.u64()?,
            expires_ms: reader.u64()?,
            random: reader.array()?,
            role: reader.text()?,
            name: reader.text()?,
        };
        reader.end()?;
        check_name(claims.role).and_then(|()| check_session_name(claims.name)).map_err(|_| Malformed)?;
        Ok(claims)
    }

    /// The session's access key: both follow from the token.
    pub(crate) fn access_key<C: Primitives>(
        token: &[u8],
        keys: &DerivedKeys<C>,
        account: &str,
        secret: &mut Secret<ACCESS_KEY_SECRET_LEN>,
    ) -> Result<AccessKeyId, Error> {
        let mut bits = Secret::<32>::zeroed();
        keys.session_secret(token, &mut bits);
        bits.expose(|bits| text_of(bits.first_chunk().ok_or(Error::Bug)?, secret))?;
        Ok(AccessKeyId::temporary(account, keys.session_id(token)))
    }

    /// What of it is told.
    pub(crate) const fn session(&self, access_key_id: AccessKeyId) -> Session<'t> {
        let SessionClaims { role, name, issued_ms, expires_ms, .. } = *self;
        Session { access_key_id, role, name, issued_ms, expires_ms }
    }
}
