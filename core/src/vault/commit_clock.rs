//! Changing what the vault believes of time, with the event, in one commit.

use super::Vault;
use super::state::Mounted;
use super::timers::Reading;
use crate::error::Error;
use crate::format::audit_entry::Event;
use crate::platform::{Platform, State};

/// What becomes of the clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ClockChange {
    /// The timers go to this time, if they are not there yet.
    Accept { time_ms: u64 },
    /// The mark goes back to this wall time.
    Reset { wall_ms: u64 },
}

impl<P: Platform> Vault<P> {
    #[inline(never)]
    pub(super) fn apply_to_clock(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        change: ClockChange,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        self.add_pending(mounted, event)?;
        match change {
            ClockChange::Accept { time_ms } => {
                mounted.timer_base = mounted.timer_base.accept(Reading::take(&self.platform), time_ms);
            }
            ClockChange::Reset { wall_ms } => {
                mounted.manifest.clock_mark_ms = mounted.manifest.clock_mark_ms.min(wall_ms);
            }
        }
        self.land(mounted, &mut |_, _| Ok(()))?;
        let timer_base = mounted.timer_base;
        if let Err(error) = self.platform.state().publish(|published| published.set_timers(timer_base)) {
            self.end(mounted)?;
            return Err(error);
        }
        Ok(())
    }
}
