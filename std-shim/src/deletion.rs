//! Ends and dates: deletions, destructions of versions, ticks, accepted times.

use strongroom_core::key::KeyFacts;
use strongroom_core::operation::{
    AcceptTime, CancelKeyDeletion, CancelKeyVersionDestruction, ConfirmKeyDeletion,
    ConfirmKeyVersionDestruction, ResetClock, ScheduleKeyDeletion, ScheduleKeyVersionDestruction, Tick,
};
use strongroom_core::policy::Caller;
use strongroom_core::{Destruction, Error, Ticked};

use crate::vault::Vault;

impl Vault {
    /// Takes a key out of use at once, and schedules its destruction.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::schedule_key_deletion`].
    pub fn schedule_key_deletion(
        &self,
        caller: &Caller<'_>,
        request: ScheduleKeyDeletion<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().schedule_key_deletion(caller, request)
    }

    /// Calls a deletion off.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::cancel_key_deletion`].
    pub fn cancel_key_deletion(
        &self,
        caller: &Caller<'_>,
        request: CancelKeyDeletion<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().cancel_key_deletion(caller, request)
    }

    /// Destroys a key whose waiting period is over at once.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::confirm_key_deletion`].
    pub fn confirm_key_deletion(
        &self,
        caller: &Caller<'_>,
        request: ConfirmKeyDeletion<'_>,
    ) -> Result<Destruction, Error> {
        self.core().confirm_key_deletion(caller, request)
    }

    /// Takes a version out of use at once, and schedules its destruction.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::schedule_key_version_destruction`].
    pub fn schedule_key_version_destruction(
        &self,
        caller: &Caller<'_>,
        request: ScheduleKeyVersionDestruction<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().schedule_key_version_destruction(caller, request)
    }

    /// Calls the destruction of a version off.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::cancel_key_version_destruction`].
    pub fn cancel_key_version_destruction(
        &self,
        caller: &Caller<'_>,
        request: CancelKeyVersionDestruction<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().cancel_key_version_destruction(caller, request)
    }

    /// Destroys a version whose waiting period is over at once.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::confirm_key_version_destruction`].
    pub fn confirm_key_version_destruction(
        &self,
        caller: &Caller<'_>,
        request: ConfirmKeyVersionDestruction<'_>,
    ) -> Result<Destruction, Error> {
        self.core().confirm_key_version_destruction(caller, request)
    }

    /// Does what has come due.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::tick`].
    pub fn tick(&self, steps: u32) -> Result<Ticked, Error> {
        self.core().tick(steps)
    }

    /// As [`Vault::tick`], for a caller who may ask for that.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::tick_for`].
    pub fn tick_for(&self, caller: &Caller<'_>, request: Tick) -> Result<Ticked, Error> {
        self.core().tick_for(caller, request)
    }

    /// Accepts that time has passed while the vault was closed.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::accept_time`].
    pub fn accept_time(&self, caller: &Caller<'_>, request: AcceptTime) -> Result<u64, Error> {
        self.core().accept_time(caller, request)
    }

    /// Lowers the mark that a bad reading of the clock has set.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::reset_clock`].
    pub fn reset_clock(&self, caller: &Caller<'_>, request: ResetClock) -> Result<u64, Error> {
        self.core().reset_clock(caller, request)
    }
}
