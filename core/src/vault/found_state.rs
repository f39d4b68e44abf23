//! For whoever brings a vault out of a damaged medium: what a secret leads to there, whether a log is the vault's own, and
//! the event that says so.

use super::Vault;
use super::audit::follows_from_start;
use crate::error::Error;
use crate::platform::Platform;
use crate::policy::Action;

/// The newest state of a vault that a secret leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundState {
    /// Its revision.
    pub revision: u64,
    /// The number of the slot that the secret opened.
    pub slot_id: u8,
    /// The slot is one of that state. Otherwise it is an older one, of a secret that was removed or changed since.
    pub is_current: bool,
}

impl<P: Platform> Vault<P> {
    /// Looks what a secret leads to, and writes nothing. A vault that is opened with it says no more than [`Error::SlotStale`]
    /// where the slot is not of that state.
    ///
    /// # Errors
    /// Those of [`Vault::check_unlock`] but [`Error::SlotStale`] and [`Error::RolledBack`].
    pub fn find_state(&self, unlock: &mut super::Unlock<'_>) -> Result<FoundState, Error> {
        let (area, other) = self.slot_areas()?;
        let mut best: Option<FoundState> = None;
        let mut refused = Error::WrongSecret;
        for area in [Some(area), other].into_iter().flatten() {
            let found = self.each_opened(&area, unlock, &mut |slot_id, is_current, revision| {
                let found = FoundState { revision, slot_id, is_current };
                let rank = |found: &FoundState| (found.is_current, found.revision);
                if best.is_none_or(|best| rank(&best) < rank(&found)) {
                    best = Some(found);
                }
            });
            refused = found.err().unwrap_or(refused);
        }
        best.ok_or(refused)
    }

    /// Whether the entries of the audit log, from the beginning of the running log on, are those that its head follows from.
    ///
    /// # Errors
    /// [`Error::Audit`]: the log cannot be read. [`Error::Locked`], [`Error::SessionEnded`].
    pub fn log_matches(&self) -> Result<bool, Error> {
        self.lend_writer(|writer, _| {
            let manifest = &writer.usable()?.manifest;
            follows_from_start::<P>(self.platform.audit_sink(), &manifest.vault_id, &manifest.audit)
        })?
    }

    /// Says in the log, durably, that the vault was brought out of a damaged medium, with the state of this revision.
    ///
    /// # Errors
    /// [`Error::Audit`], [`Error::Locked`], [`Error::SessionEnded`].
    pub fn record_salvage(&self, revision: u64) -> Result<(), Error> {
        self.lend_writer(|writer, _| self.append_own(writer.usable()?, Action::Salvage, revision))?
    }
}
