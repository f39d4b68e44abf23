//! What unlocks a vault, where a passphrase or a key file becomes the 32 bytes that open a slot; and what makes and uses the
//! keys that imports are wrapped with. The only folder of this crate
//! with cryptography in it.

mod import_wrapping;
mod key_file;
mod passphrase;

pub(crate) use import_wrapping::DesktopWrapping;
pub use key_file::generate_key_file;
pub use passphrase::Stretching;

use strongroom_core::{Error, Secret, SlotKind, SlotParameters};
use zeroize::Zeroizing;

/// A secret that opens a key slot. Wiped on drop.
pub struct UnlockSecret {
    kind: Kind,
}

enum Kind {
    Passphrase(Zeroizing<Vec<u8>>, Stretching),
    KeyFile(Zeroizing<Vec<u8>>),
}

impl std::fmt::Debug for UnlockSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.kind {
            Kind::Passphrase(..) => "UnlockSecret(passphrase)",
            Kind::KeyFile(_) => "UnlockSecret(key file)",
        })
    }
}

impl UnlockSecret {
    /// A passphrase, as UTF-8.
    #[must_use]
    pub fn passphrase(passphrase: &str) -> Self {
        let bytes = Zeroizing::new(passphrase.as_bytes().to_vec());
        UnlockSecret { kind: Kind::Passphrase(bytes, Stretching::default()) }
    }

    /// The content of a key file: at least 32 bytes, with at least 128 bits of entropy. [`generate_key_file`] makes one.
    ///
    /// # Errors
    /// [`Error::WrongSecret`]: shorter than 32 bytes.
    pub fn key_file(content: &[u8]) -> Result<Self, Error> {
        if content.len() < key_file::LEN_MIN {
            return Err(Error::WrongSecret);
        }
        Ok(UnlockSecret { kind: Kind::KeyFile(Zeroizing::new(content.to_vec())) })
    }

    /// How a passphrase is stretched in slots made with it; opening follows the slot.
    #[must_use]
    pub fn with_stretching(mut self, stretching: Stretching) -> Self {
        if let Kind::Passphrase(_, own) = &mut self.kind {
            *own = stretching;
        }
        self
    }

    /// The kind of slot that this secret makes.
    pub(crate) fn new_slot(&self) -> Result<SlotKind, Error> {
        match &self.kind {
            Kind::Passphrase(_, stretching) => stretching.parameters(),
            Kind::KeyFile(_) => Ok(SlotKind::KeyFile),
        }
    }

    /// The 32 bytes that open a slot, unless the slot is of another kind.
    pub(crate) fn stretch(&self, slot: &SlotParameters, out: &mut Secret<32>) -> Result<bool, Error> {
        match (&self.kind, slot.kind) {
            (Kind::Passphrase(passphrase, _), SlotKind::Passphrase { memory_kib, passes, lanes }) => {
                passphrase::stretch(passphrase, &slot.salt, [memory_kib, passes, lanes], out)?;
                Ok(true)
            }
            (Kind::KeyFile(content), SlotKind::KeyFile) => {
                key_file::digest(content, out);
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
