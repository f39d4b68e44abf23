//! What is protected on this platform and what is not, for machines and for people.

use super::Vault;
use crate::error::Error;
use crate::platform::{Eraser, Freshness, Platform};

/// One line of the posture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// An older record, or one of another vault, does not open.
    RecordsAuthenticated,
    /// An older image of the whole vault is refused.
    ImageRollbackDetected,
    /// An older image of the whole vault opens unnoticed: the platform has no counter.
    ImageRollbackUndetected,
    /// What is destroyed is beyond reach in old pages too.
    DestructionErases,
    /// What is destroyed may survive in old pages of the medium: the platform has no eraser.
    DestructionUnlinks,
}

impl Protection {
    /// Whether this line is good news.
    #[must_use]
    pub const fn is_protected(self) -> bool {
        match self {
            Protection::RecordsAuthenticated
            | Protection::ImageRollbackDetected
            | Protection::DestructionErases => true,
            Protection::ImageRollbackUndetected | Protection::DestructionUnlinks => false,
        }
    }
}

impl core::fmt::Display for Protection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Protection::RecordsAuthenticated => "older, exchanged and forged records are detected",
            Protection::ImageRollbackDetected => "an older copy of the whole vault is refused",
            Protection::ImageRollbackUndetected => {
                "an older copy of the whole vault would open unnoticed (no counter)"
            }
            Protection::DestructionErases => "what is destroyed is beyond reach",
            Protection::DestructionUnlinks => {
                "what is destroyed may survive in old pages of the disk (no eraser)"
            }
        })
    }
}

/// The posture of a vault on its platform.
pub type Posture = [Protection; 3];

impl<P: Platform> Vault<P> {
    /// What is and is not protected here.
    ///
    /// # Errors
    /// [`Error::Anchor`]: the counter cannot be read.
    pub fn posture(&self) -> Result<Posture, Error> {
        let counter = self.platform.freshness().read().map_err(|_| Error::Anchor)?;
        Ok([
            Protection::RecordsAuthenticated,
            match counter {
                Some(_) => Protection::ImageRollbackDetected,
                None => Protection::ImageRollbackUndetected,
            },
            if self.platform.eraser().is_present() {
                Protection::DestructionErases
            } else {
                Protection::DestructionUnlinks
            },
        ])
    }
}
