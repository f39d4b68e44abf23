use core::fmt;

use super::{WrappingAlgorithm, WrappingKeySpec};
use crate::crypto::Primitives;
use crate::error::Error;
use crate::format::bytes::{Malformed, Reader, Writer};
use crate::format::manifest::Timers;
use crate::key::KeyId;
use crate::vault::DerivedKeys;

/// Length of an import token in bytes.
pub const IMPORT_TOKEN_LEN: usize = 84;
/// Its part before the MAC.
const STATED_LEN: usize = 68;
const FORMAT: u8 = 1;

/// What goes with wrapped key material: names the wrapping key, and shows that this vault made it for one key. Not a secret,
/// and no right.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ImportToken([u8; IMPORT_TOKEN_LEN]);

impl ImportToken {
    /// The token's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; IMPORT_TOKEN_LEN] {
        &self.0
    }
}

impl fmt::Debug for ImportToken {
    /// Logs that print requests do not collect tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImportToken")
    }
}

/// What a token states: which wrapping key, for which key, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImportTicket {
    pub(crate) key_id: KeyId,
    /// Of the wrapping key, random.
    pub(crate) wrapping_id: [u8; 16],
    pub(crate) algorithm: WrappingAlgorithm,
    pub(crate) spec: WrappingKeySpec,
    /// In timer time.
    pub(crate) expires_ms: u64,
    /// In observed time, which goes on where the vault has no clock.
    pub(crate) expires_at_observed_ms: u64,
}

impl ImportTicket {
    /// Whether nothing may be unwrapped for it any more.
    pub(crate) fn is_expired(&self, timers: &Timers) -> bool {
        timers.have_come_to(self.expires_ms, self.expires_at_observed_ms)
    }

    /// When it expires, in timer time; at the latest, for observed time may have gone further.
    pub(crate) fn next_ms(&self, timers: &Timers) -> u64 {
        // An epoch stands still while observed time passes: it is looked at again and again.
        if timers.is_epoch { timers.timer_ms } else { self.expires_ms }
    }

    /// The token: `1 ‖ algorithm ‖ spec ‖ 0 ‖ vault id ‖ key id ‖ wrapping id ‖ two times ‖ MAC`.
    pub(crate) fn token<C: Primitives>(
        &self,
        keys: &DerivedKeys<C>,
        vault_id: &[u8; 16],
    ) -> Result<ImportToken, Error> {
        let mut token = [0; IMPORT_TOKEN_LEN];
        let mut writer = Writer::new(&mut token);
        writer.put(&[FORMAT, self.algorithm.number(), self.spec.number(), 0]);
        writer.put(vault_id);
        writer.put(self.key_id.as_bytes());
        writer.put(&self.wrapping_id);
        writer.u64(self.expires_ms);
        writer.u64(self.expires_at_observed_ms);
        writer.finish()?;
        let (stated, mac) = token.split_at_mut_checked(STATED_LEN).ok_or(Error::Bug)?;
        mac.copy_from_slice(&keys.import_token_mac(stated));
        Ok(ImportToken(token))
    }

    /// Reads a token that this vault made for this key.
    ///
    /// # Errors
    /// [`Error::InvalidImportToken`], of whatever is wrong with it.
    pub(crate) fn open<C: Primitives>(
        bytes: &[u8],
        keys: &DerivedKeys<C>,
        vault_id: &[u8; 16],
        key_id: &KeyId,
    ) -> Result<Self, Error> {
        let ticket = Self::read(bytes).map_err(|_| Error::InvalidImportToken)?;
        // Made again, it is the same only if nothing of it was altered.
        let genuine = ticket.token(keys, vault_id)?;
        if !C::equal(&genuine.0, bytes) || ticket.key_id != *key_id {
            return Err(Error::InvalidImportToken);
        }
        Ok(ticket)
    }

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() != IMPORT_TOKEN_LEN {
            return Err(Malformed);
        }
        let mut reader = Reader::new(bytes);
        let [_, algorithm, spec, _] = reader.array()?;
        let _vault_id: [u8; 16] = reader.array()?;
        Ok(ImportTicket {
            algorithm: WrappingAlgorithm::from_number(algorithm).ok_or(Malformed)?,
            spec: WrappingKeySpec::from_number(spec).ok_or(Malformed)?,
            key_id: KeyId::from_bytes(reader.array()?),
            wrapping_id: reader.array()?,
            expires_ms: reader.u64()?,
            expires_at_observed_ms: reader.u64()?,
        })
    }
}
