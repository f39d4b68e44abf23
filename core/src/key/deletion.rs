//! The end of a key or of a version: scheduled, found to be due, confirmed or waited for once more, carried out.
//!
//! Two clocks decide, so that no single jump of one destroys anything. Whether the waiting period is over is a question to
//! the timers. From the commit that found it over, another day of *observed* time passes: time that the vault was open. Only
//! then, or when somebody confirms it, the end comes; until then it can be called off.

use super::ScheduledDeletion;
use crate::error::{Error, StateConflict};
use crate::format::manifest::Timers;
use crate::limits::LAST_WAIT_MS;
use crate::time::DAY_MS;

/// Stands for "at once, and not to be called off": no end that is waited for is destroyed at this observed time.
const BEGUN: u64 = 0;

impl ScheduledDeletion {
    /// An end after so many days.
    pub(crate) fn schedule(window_days: u16, timers: &Timers) -> Self {
        let window = u64::from(window_days).saturating_mul(DAY_MS);
        let due_ms = timers.timer_ms.saturating_add(window);
        ScheduledDeletion { window_days, due_ms, destroy_at_observed_ms: None }
    }

    /// Whether it was confirmed or has begun: it cannot be called off any more.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        matches!(self.destroy_at_observed_ms, Some(BEGUN))
    }

    /// Whether the waiting period is over, and nobody has noted that yet.
    pub(crate) fn is_due(&self, timers: &Timers) -> bool {
        self.destroy_at_observed_ms.is_none() && self.due_ms <= timers.timer_ms
    }

    /// Whether the end has come.
    pub(crate) fn is_over(&self, timers: &Timers) -> bool {
        self.destroy_at_observed_ms.is_some_and(|at| at <= timers.observed_ms)
    }

    /// Found to be due: from now on another day of observed time.
    ///
    /// # Errors
    /// [`Error::Conflict`]: it is not due, or was found before.
    pub(crate) fn found_due(self, timers: &Timers) -> Result<Self, Error> {
        if !self.is_due(timers) {
            return Err(Error::Conflict);
        }
        let at = timers.observed_ms.saturating_add(LAST_WAIT_MS);
        Ok(ScheduledDeletion { destroy_at_observed_ms: Some(at), ..self })
    }

    /// The end without the last day.
    ///
    /// # Errors
    /// [`StateConflict::NotDue`].
    pub(crate) fn confirmed(self, timers: &Timers) -> Result<Self, Error> {
        if self.destroy_at_observed_ms.is_none() && !self.is_due(timers) {
            return Err(Error::InvalidState(StateConflict::NotDue));
        }
        Ok(ScheduledDeletion { destroy_at_observed_ms: Some(BEGUN), ..self })
    }

    /// The end has begun because its time has come.
    ///
    /// # Errors
    /// [`Error::Conflict`]: it has not.
    pub(crate) fn begun(self, timers: &Timers) -> Result<Self, Error> {
        if !self.is_over(timers) {
            return Err(Error::Conflict);
        }
        Ok(ScheduledDeletion { destroy_at_observed_ms: Some(BEGUN), ..self })
    }

    /// Called off.
    ///
    /// # Errors
    /// [`StateConflict::DestructionBegun`].
    pub(crate) fn check_cancel(&self) -> Result<(), Error> {
        if self.has_begun() { Err(Error::InvalidState(StateConflict::DestructionBegun)) } else { Ok(()) }
    }

    /// When, in timer time, there is something to be done about it; at the earliest, for observed time may fall behind.
    pub(crate) fn next_ms(&self, timers: &Timers) -> u64 {
        match self.destroy_at_observed_ms {
            None => self.due_ms,
            // An epoch stands still while observed time passes: it is looked at again and again.
            Some(_) if timers.is_epoch => timers.timer_ms,
            Some(at) => timers.timer_ms.saturating_add(at.saturating_sub(timers.observed_ms)),
        }
    }
}
