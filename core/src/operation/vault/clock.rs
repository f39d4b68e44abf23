//! AcceptTime, ResetClock: what only somebody who knows the time can tell the vault. Ours.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::operation::Operation;
use crate::platform::{Clock, Platform};
use crate::policy::{Action, Caller};
use crate::vault::{Change, ClockChange, Vault};

/// Brings the timers to the wall clock at once, or, for a vault without a clock, to a time that is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct AcceptTime {
    /// In milliseconds of the timers' scale. Only where the vault has no clock to read it from; not before the timers.
    pub time_ms: Option<u64>,
}

/// Lowers the mark below which wall time is not believed to the wall clock as it is now, after one bad reading raised it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResetClock;

impl<P: Platform> Vault<P> {
    /// Accepts that so much time has passed while the vault was closed, durably: what is due by then is done by the next
    /// [`Vault::tick`]. Timers never move back. Answers by how many milliseconds they moved; the log has that too.
    ///
    /// # Errors
    /// [`Error::Validation`] with [`Parameter::Time`]. Others: see [`Error`]. The timers are as they were, except after
    /// [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn accept_time(&self, caller: &Caller<'_>, request: AcceptTime) -> Result<u64, Error> {
        Ok(run(self, caller, request, Buffers::default())?.output)
    }

    /// Lowers the mark that a bad reading of the wall clock has set, durably. What has expired stays expired: timers do not
    /// depend on the mark. Answers by how many milliseconds it was lowered; the log has that too.
    ///
    /// # Errors
    /// [`Error::Validation`] with [`Parameter::Time`]: the clock says nothing. Others: see [`Error`]. The mark is as it
    /// was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn reset_clock(&self, caller: &Caller<'_>, request: ResetClock) -> Result<u64, Error> {
        Ok(run(self, caller, request, Buffers::default())?.output)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for AcceptTime {
    type Output = u64;

    fn action(&self) -> Action {
        Action::AcceptTime
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::AcceptTime))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, u64>, Error> {
        let timers = scene.vault.timers()?;
        let clock = scene.vault.platform().clock().wall_ms().filter(|_| !timers.is_epoch);
        let time_ms = match (clock, self.time_ms) {
            (Some(wall_ms), None) => wall_ms,
            (None, Some(time_ms)) if time_ms >= timers.timer_ms => time_ms,
            _ => return Err(Error::Validation(Parameter::Time)),
        };
        let jump_ms = time_ms.saturating_sub(timers.timer_ms);
        let change = Some(Change::Clock(ClockChange::Accept { time_ms }));
        Ok(Done { change, detail: jump_ms, ..Done::with(jump_ms) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ResetClock {
    type Output = u64;

    fn action(&self) -> Action {
        Action::ResetClock
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::ResetClock))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, u64>, Error> {
        let wall_ms = scene.vault.platform().clock().wall_ms();
        let wall_ms = wall_ms.ok_or(Error::Validation(Parameter::Time))?;
        let lowered_ms = scene.vault.clock_mark_ms()?.saturating_sub(wall_ms);
        let change = Some(Change::Clock(ClockChange::Reset { wall_ms }));
        Ok(Done { change, detail: lowered_ms, ..Done::with(lowered_ms) })
    }
}
