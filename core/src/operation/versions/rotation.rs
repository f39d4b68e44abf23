//! EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, and ScheduleKeyRotation, which is ours: new material by
//! itself. It comes with the first use after its date, or with a tick.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parameters, Parsed, Scene, run};
use crate::key::{FactsChange, KeyFacts, KeyId, KeySpec, KeyState, RotationSchedule, permits};
use crate::limits::{ROTATION_PERIOD_DAYS, ROTATION_PERIOD_DAYS_DEFAULT};
use crate::operation::Operation;
use crate::operation::keys::manage::stage;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{KeyChange, Vault};

/// Has a symmetric key rotate by itself (AWS KMS API Reference, *EnableKeyRotation*). Asked again, the period is the new
/// one, and it begins anew.
#[derive(Clone, Copy, Debug)]
pub struct EnableKeyRotation<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Every so many days, 90 to 2560; 365 if nothing is said.
    pub rotation_period_days: Option<u16>,
}

/// Has a key not rotate by itself any more (AWS KMS API Reference, *DisableKeyRotation*). It keeps its material.
#[derive(Clone, Copy, Debug)]
pub struct DisableKeyRotation<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
}

/// Asks whether a key rotates by itself (AWS KMS API Reference, *GetKeyRotationStatus*).
#[derive(Clone, Copy, Debug)]
pub struct GetKeyRotationStatus<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
}

/// Has a key of any spec rotate by itself, or not any more. An operation of ours; not for imported material.
#[derive(Clone, Copy, Debug)]
pub struct ScheduleKeyRotation<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Every so many days from now on, 90 to 2560; `None` for not any more.
    pub rotation_period_days: Option<u16>,
}

/// What GetKeyRotationStatus answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyRotationStatus {
    /// The key.
    pub key_id: KeyId,
    /// Whether it rotates by itself. `None` while it is pending deletion; afterwards it is as before.
    pub rotation: Option<RotationSchedule>,
}

impl<P: Platform> Vault<P> {
    /// Has a symmetric key rotate by itself, durably.
    ///
    /// # Errors
    /// [`Error::UnsupportedOperation`]: it is not symmetric, or its material is imported. Others: see [`Error`]. The
    /// schedule is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn enable_key_rotation(
        &self,
        caller: &Caller<'_>,
        request: EnableKeyRotation<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Has a symmetric key not rotate by itself any more, durably. No change if it does not.
    ///
    /// # Errors
    /// As [`Vault::enable_key_rotation`].
    pub fn disable_key_rotation(
        &self,
        caller: &Caller<'_>,
        request: DisableKeyRotation<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Has a key of any spec rotate by itself or not, durably.
    ///
    /// # Errors
    /// [`Error::UnsupportedOperation`]: its material is imported. Others as [`Vault::enable_key_rotation`].
    pub fn schedule_key_rotation(
        &self,
        caller: &Caller<'_>,
        request: ScheduleKeyRotation<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Whether a key rotates by itself, and when next. Of keys for MACs the answer is that of AWS KMS, where none does; the
    /// facts that [`Vault::describe_key`] tells have the schedule of every key.
    ///
    /// # Errors
    /// [`Error::UnsupportedOperation`]: its material is imported, and is not there. Others: see [`Error`].
    pub fn get_key_rotation_status(
        &self,
        caller: &Caller<'_>,
        request: GetKeyRotationStatus<'_>,
    ) -> Result<KeyRotationStatus, Error> {
        Ok(run(self, caller, request, Buffers::default())?.output)
    }
}

fn check_period(days: u16) -> Result<(), Error> {
    if ROTATION_PERIOD_DAYS.contains(&days) {
        Ok(())
    } else {
        Err(Error::Validation(Parameter::RotationPeriod))
    }
}

impl EnableKeyRotation<'_> {
    fn days(&self) -> u16 {
        self.rotation_period_days.unwrap_or(ROTATION_PERIOD_DAYS_DEFAULT)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for EnableKeyRotation<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::EnableKeyRotation
    }

    fn parameters(&self) -> Parameters<'_> {
        // Policies see what it comes to: who says nothing does not get past a limit.
        Parameters { rotation_period_days: Some(self.days()), ..Parameters::NONE }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_period(self.days())?;
        Ok(Parsed::on(Named::text(Action::EnableKeyRotation, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage(scene, Action::EnableKeyRotation, |key_id| {
            KeyChange::Facts(key_id, FactsChange::EnableRotation(self.days()))
        })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DisableKeyRotation<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::DisableKeyRotation
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on(Named::text(Action::DisableKeyRotation, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage(scene, Action::DisableKeyRotation, |key_id| {
            KeyChange::Facts(key_id, FactsChange::DisableRotation)
        })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ScheduleKeyRotation<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::ScheduleKeyRotation
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters { rotation_period_days: self.rotation_period_days, ..Parameters::NONE }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        self.rotation_period_days.map_or(Ok(()), check_period)?;
        Ok(Parsed::on(Named::text(Action::ScheduleKeyRotation, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage(scene, Action::ScheduleKeyRotation, |key_id| {
            KeyChange::Facts(key_id, FactsChange::ScheduleRotation(self.rotation_period_days))
        })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for GetKeyRotationStatus<'a> {
    type Output = KeyRotationStatus;

    fn action(&self) -> Action {
        Action::GetKeyRotationStatus
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on(Named::text(Action::GetKeyRotationStatus, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, KeyRotationStatus>, Error> {
        let facts = scene.key()?;
        permits(Action::GetKeyRotationStatus, &facts)?;
        // As in AWS KMS, where keys for MACs have no rotation; DescribeKey tells the schedule that they have here.
        let is_told = facts.state != KeyState::PendingDeletion && facts.spec == KeySpec::SymmetricDefault;
        let rotation = facts.rotation.filter(|_| is_told);
        Ok(Done::with(KeyRotationStatus { key_id: facts.key_id, rotation }))
    }
}
