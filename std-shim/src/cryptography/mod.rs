//! What unlocks a vault, where a passphrase, a key file or recovery shares become the 32 bytes that open a slot; and what makes and uses the
//! keys that imports are wrapped with. The only folder of this crate
//! with cryptography in it.

mod import_wrapping;
mod key_file;
mod passphrase;
mod peer_exchange;
mod recovery_shares;
mod share_words;

pub(crate) use import_wrapping::DesktopWrapping;
pub use key_file::generate_key_file;
pub use passphrase::Stretching;
pub use peer_exchange::PeerExchange;
pub use recovery_shares::{RecoveryShare, ShareError, make_recovery_shares};

use strongroom_core::{Error, Secret, SlotKind, SlotParameters};
use zeroize::Zeroizing;

/// A secret that opens a key slot. Wiped on drop.
pub struct UnlockSecret {
    kind: Kind,
}

enum Kind {
    Passphrase(Zeroizing<Vec<u8>>, Stretching),
    KeyFile(Zeroizing<Vec<u8>>),
    RecoveryShares(Box<Secret<32>>),
}

impl std::fmt::Debug for UnlockSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.kind {
            Kind::Passphrase(..) => "UnlockSecret(passphrase)",
            Kind::KeyFile(_) => "UnlockSecret(key file)",
            Kind::RecoveryShares(_) => "UnlockSecret(recovery shares)",
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

    /// What recovery shares give together, each in its words; case and white space do not matter. Of more shares than are
    /// needed, any will do.
    ///
    /// # Errors
    /// [`ShareError`].
    pub fn recovery_shares(shares: &[&str]) -> Result<Self, ShareError> {
        recovery_shares::combine(shares).map(UnlockSecret::of_shares)
    }

    fn of_shares(secret: Box<Secret<32>>) -> Self {
        UnlockSecret { kind: Kind::RecoveryShares(secret) }
    }

    /// Whether somebody could find it by trying: then failed attempts slow later ones down.
    pub(crate) fn is_guessable(&self) -> bool {
        matches!(self.kind, Kind::Passphrase(..))
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
            Kind::RecoveryShares(_) => Ok(SlotKind::RecoveryShares),
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
            (Kind::RecoveryShares(secret), SlotKind::RecoveryShares) => {
                secret.expose(|secret| out.fill_with(|out| *out = *secret));
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
