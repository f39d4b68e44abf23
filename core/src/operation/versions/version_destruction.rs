//! ScheduleKeyVersionDestruction, CancelKeyVersionDestruction, ConfirmKeyVersionDestruction: the end of one version, while
//! its key goes on. Ours; the names are Google Cloud KMS's.

use super::version::{parse, stage_version};
use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Parsed, Scene};
use crate::key::{KeyFacts, VersionChange};
use crate::limits::{WAITING_PERIOD_DAYS, WAITING_PERIOD_DAYS_DEFAULT};
use crate::operation::Operation;
use crate::platform::{Eraser, Platform};
use crate::policy::{Action, Caller};
use crate::vault::{Destruction, Vault};

/// Takes a version out of use at once, to be destroyed after a waiting period. Never the current one.
#[derive(Clone, Copy, Debug)]
pub struct ScheduleKeyVersionDestruction<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The version's number.
    pub version: u32,
    /// How many days it waits: 7 to 30.
    pub pending_window_in_days: u16,
}

/// Calls the destruction of a version off; the version is revoked then.
#[derive(Clone, Copy, Debug)]
pub struct CancelKeyVersionDestruction<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The version's number.
    pub version: u32,
}

/// Destroys a version whose waiting period is over at once, without the last day of waiting.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmKeyVersionDestruction<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The version's number.
    pub version: u32,
}

impl<'a> ScheduleKeyVersionDestruction<'a> {
    /// After 30 days.
    #[must_use]
    pub const fn new(key_id: &'a str, version: u32) -> Self {
        let pending_window_in_days = WAITING_PERIOD_DAYS_DEFAULT;
        ScheduleKeyVersionDestruction { key_id, version, pending_window_in_days }
    }
}

impl<P: Platform> Vault<P> {
    /// Takes a version out of use at once, durably, and schedules its destruction: what it encrypted does not open from
    /// then on. [`Vault::tick`] carries it out.
    ///
    /// # Errors
    /// [`Error::InvalidState`]: it is the key's current version, or waits for its rotation, or has no material. Others:
    /// see [`Error`]. The version is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the
    /// session.
    pub fn schedule_key_version_destruction(
        &self,
        caller: &Caller<'_>,
        request: ScheduleKeyVersionDestruction<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Calls the destruction of a version off, durably. The version is revoked then.
    ///
    /// # Errors
    /// [`Error::InvalidState`]: the version does not wait for its destruction. Others: see [`Error`]. The version is as it
    /// was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn cancel_key_version_destruction(
        &self,
        caller: &Caller<'_>,
        request: CancelKeyVersionDestruction<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Destroys a version whose waiting period is over, durably. What is known of it stays, its material does not.
    ///
    /// # Errors
    /// [`Error::InvalidState`]: the version does not wait for its destruction, or not long enough. Others: see [`Error`].
    /// The version is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn confirm_key_version_destruction(
        &self,
        caller: &Caller<'_>,
        request: ConfirmKeyVersionDestruction<'_>,
    ) -> Result<Destruction, Error> {
        self.change(caller, request)?;
        let erases = self.platform().eraser().is_present();
        Ok(if erases { Destruction::Erased } else { Destruction::Unlinked })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ScheduleKeyVersionDestruction<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::ScheduleKeyVersionDestruction
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if !WAITING_PERIOD_DAYS.contains(&self.pending_window_in_days) {
            return Err(Error::Validation(Parameter::PendingWindow));
        }
        parse(self.action(), self.key_id, self.version)
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let change = VersionChange::ScheduleDestruction(self.pending_window_in_days);
        stage_version(scene, self.action(), self.version, change)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for CancelKeyVersionDestruction<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::CancelKeyVersionDestruction
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        parse(self.action(), self.key_id, self.version)
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage_version(scene, self.action(), self.version, VersionChange::CancelDestruction)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ConfirmKeyVersionDestruction<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::ConfirmKeyVersionDestruction
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        parse(self.action(), self.key_id, self.version)
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage_version(scene, self.action(), self.version, VersionChange::ConfirmDestruction)
    }
}
