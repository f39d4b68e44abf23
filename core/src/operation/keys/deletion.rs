//! ScheduleKeyDeletion, CancelKeyDeletion, ConfirmKeyDeletion: the way out, and back while there is one.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parameters, Parsed, Scene};
use crate::key::{FactsChange, KeyFacts};
use crate::limits::{WAITING_PERIOD_DAYS, WAITING_PERIOD_DAYS_DEFAULT};
use crate::operation::Operation;
use crate::operation::keys::manage::stage;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{Destruction, KeyChange, Vault};

/// Takes a key out of use at once, to be destroyed after a waiting period (AWS KMS API Reference, *ScheduleKeyDeletion*).
#[derive(Clone, Copy, Debug)]
pub struct ScheduleKeyDeletion<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// How many days it waits: 7 to 30.
    pub pending_window_in_days: u16,
}

/// Calls a deletion off; the key is disabled then (AWS KMS API Reference, *CancelKeyDeletion*).
#[derive(Clone, Copy, Debug)]
pub struct CancelKeyDeletion<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
}

/// Destroys a key whose waiting period is over at once, without the last day of waiting. Ours.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmKeyDeletion<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
}

impl<'a> ScheduleKeyDeletion<'a> {
    /// After 30 days.
    #[must_use]
    pub const fn new(key_id: &'a str) -> Self {
        ScheduleKeyDeletion { key_id, pending_window_in_days: WAITING_PERIOD_DAYS_DEFAULT }
    }
}

impl<P: Platform> Vault<P> {
    /// Takes a key out of use at once, durably, and schedules its destruction. [`Vault::tick`] carries it out: when the
    /// waiting period is over and another day of observed time has passed. The date is timer time (`docs/time.md`).
    ///
    /// # Errors
    /// See [`Error`]. The key is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn schedule_key_deletion(
        &self,
        caller: &Caller<'_>,
        request: ScheduleKeyDeletion<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Calls a deletion off, durably. The key is disabled then; one without all of its imported material waits for that.
    ///
    /// # Errors
    /// [`Error::InvalidState`]: the key is not pending deletion, or its destruction has begun. Others: see [`Error`]. The
    /// key is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn cancel_key_deletion(
        &self,
        caller: &Caller<'_>,
        request: CancelKeyDeletion<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Destroys a key whose waiting period is over, durably: its record, every version, its grants, its aliases. Nothing
    /// brings them back.
    ///
    /// # Errors
    /// [`Error::InvalidState`]: the key is not pending deletion, or its waiting period is not over. Others: see [`Error`].
    /// The key is as it was, or on its way out for good: then the next [`Vault::tick`] goes on with it.
    pub fn confirm_key_deletion(
        &self,
        caller: &Caller<'_>,
        request: ConfirmKeyDeletion<'_>,
    ) -> Result<Destruction, Error> {
        let facts = self.change(caller, request)?;
        self.destroy_key(&facts.key_id)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ScheduleKeyDeletion<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::ScheduleKeyDeletion
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters { pending_window_days: Some(self.pending_window_in_days), ..Parameters::NONE }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if !WAITING_PERIOD_DAYS.contains(&self.pending_window_in_days) {
            return Err(Error::Validation(Parameter::PendingWindow));
        }
        Ok(Parsed::on(Named::text(Action::ScheduleKeyDeletion, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage(scene, Action::ScheduleKeyDeletion, |key_id| {
            KeyChange::Facts(key_id, FactsChange::ScheduleDeletion(self.pending_window_in_days))
        })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for CancelKeyDeletion<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::CancelKeyDeletion
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on(Named::text(Action::CancelKeyDeletion, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage(scene, Action::CancelKeyDeletion, |key_id| {
            KeyChange::Facts(key_id, FactsChange::CancelDeletion)
        })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ConfirmKeyDeletion<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::ConfirmKeyDeletion
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on(Named::text(Action::ConfirmKeyDeletion, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage(scene, Action::ConfirmKeyDeletion, |key_id| {
            KeyChange::Facts(key_id, FactsChange::ConfirmDeletion)
        })
    }
}
