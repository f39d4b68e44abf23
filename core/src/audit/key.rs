use crate::crypto::labels;
use crate::format::bytes::{Malformed, Reader, Writer};
use crate::format::manifest::AuditHead;
use crate::secret::Secret;

/// Length of an [`AuditKey`] in bytes.
pub const AUDIT_KEY_LEN: usize = 72;
const FORMAT: u8 = 1;

/// What an auditor needs to verify a log without the vault (`docs/format.md`, 6.7). It is handed out once, by
/// [`crate::Vault::take_audit_key`], and then gone from the vault.
///
/// Whoever holds it can also forge the log from its start: it belongs to the auditor, away from the machine.
#[derive(Debug)]
pub struct AuditKey(Secret<AUDIT_KEY_LEN>);

impl AuditKey {
    /// A place for a key to come.
    #[must_use]
    pub const fn empty() -> Self {
        AuditKey(Secret::zeroed())
    }

    /// Takes a key in from where it was kept.
    ///
    /// # Errors
    /// [`Malformed`]: it is no audit key of a format known here.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut key = AuditKey::empty();
        let fits = bytes.len() == AUDIT_KEY_LEN;
        key.0.fill_with(|slot| slot.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte));
        if fits && key.head().is_ok() { Ok(key) } else { Err(Malformed) }
    }

    /// Lends the bytes, to be kept where only the auditor reads.
    pub fn expose<R>(&self, read: impl FnOnce(&[u8; AUDIT_KEY_LEN]) -> R) -> R {
        self.0.expose(read)
    }

    /// Lends the place, for a key to be written to.
    pub(crate) fn fill_with<R>(&mut self, write: impl FnOnce(&mut [u8; AUDIT_KEY_LEN]) -> R) -> R {
        self.0.fill_with(write)
    }

    /// Whose log it is for, and the log's first key.
    pub(super) fn head(&self) -> Result<([u8; 16], [u8; 16], Secret<32>), Malformed> {
        self.0.expose(|bytes| {
            let mut reader = Reader::new(bytes);
            if reader.array()? != *labels::AUDIT_KEY || reader.array()? != [FORMAT, 0, 0, 0] {
                return Err(Malformed);
            }
            let (vault_id, log_id) = (reader.array()?, reader.array()?);
            let mut key = Secret::zeroed();
            let bytes = reader.take(32)?;
            key.fill_with(|slot| slot.copy_from_slice(bytes));
            Ok((vault_id, log_id, key))
        })
    }
}

/// Writes the audit key of a log that has not been handed out yet.
pub(crate) fn write_key(vault_id: &[u8; 16], head: &AuditHead, buffer: &mut [u8]) {
    let mut writer = Writer::new(buffer);
    writer.put(labels::AUDIT_KEY);
    writer.put(&[FORMAT, 0, 0, 0]);
    writer.put(vault_id);
    writer.put(&head.log_id);
    head.first_key.expose(|key| writer.put(key));
}
