//! Denials on their way into the log: the first as what it is, those like it as a count.

use core::cell::Cell;

use super::{Published, Vault};
use crate::audit::denials::{Counted, Identity, identity};
use crate::error::Error;
use crate::format::audit_entry::Event;
use crate::platform::{Accepted, Clock, Platform, State};

impl<P: Platform> Vault<P> {
    /// Appends an event of an operation that changed nothing, and flushes if the sink says so; or counts it, if it is a denial
    /// like one that was recorded less than a minute ago.
    pub(crate) fn append(&self, event: &Event<'_>) -> Result<(), Error> {
        match identity::<P::Primitives>(event) {
            Some(identity) => self.append_denial(&identity, event),
            None => self.append_event(event),
        }
    }

    fn append_denial(&self, identity: &Identity, event: &Event<'_>) -> Result<(), Error> {
        let state = self.platform.state();
        let now_ms = self.platform.clock().monotonic_ms();
        let mut is_flush_due = false;
        let is_counted = state.lend_published(|published| {
            published.check_open()?;
            let denials = published.denials().ok_or(Error::Locked)?;
            let is_counted = denials.count(identity, event, now_ms);
            if !is_counted {
                denials.make_room(identity, &mut |event| {
                    let accepted = self.check_log_room(event).and_then(|()| self.give_to_sink(event));
                    is_flush_due |= accepted == Ok(Accepted::FlushDue);
                    accepted.is_ok()
                });
            }
            Ok::<bool, Error>(is_counted)
        });
        if matches!(is_counted, Ok(Ok(true))) {
            return Ok(());
        }
        if is_flush_due {
            // If it fails, the event's own flush says so.
            let _ = self.flush_events();
        }
        self.append_event(event)?;
        // As durable as the sink makes it: from here on it can stand for those like it.
        state.lend_published(|published| {
            if let Some(denials) = published.denials() {
                denials.note(identity, event, now_ms);
            }
        })
    }

    /// Makes counts of repeated denials durable, if there are any to be written. What the log has no room for stays counted.
    ///
    /// # Errors
    /// [`Error::Audit`]: some stay counted; a retry may help.
    pub(super) fn flush_counts(&self, which: Counted) -> Result<(), Error> {
        let mut has_flushed = false;
        loop {
            let (written, outcome) = self.write_counts(which)?;
            if written == 0 && (has_flushed || outcome.is_ok()) {
                return outcome;
            }
            self.flush_events()?;
            if outcome.is_ok() {
                return Ok(());
            }
            // What waited in the sink may have been in the way.
            has_flushed = true;
        }
    }

    /// Hands counts to the sink, of every copy of the published half: how many, and whether all that there is room for.
    fn write_counts(&self, which: Counted) -> Result<(u32, Result<(), Error>), Error> {
        let (written, outcome) = (Cell::new(0u32), Cell::new(Ok(())));
        let now_ms = self.platform.clock().monotonic_ms();
        self.platform.state().publish(|published| {
            self.write_counts_of(published, which, now_ms, &mut |accepted| match accepted {
                Ok(_) => written.set(written.get().saturating_add(1)),
                Err(error) => outcome.set(Err(error)),
            });
        })?;
        Ok((written.get(), outcome.get()))
    }

    /// The same when a session ends: what the sink does not take is lost.
    pub(super) fn write_last_counts(&self, published: &Published<P::Primitives>) {
        self.write_counts_of(published, Counted::Now, 0, &mut |_| ());
    }

    fn write_counts_of(
        &self,
        published: &Published<P::Primitives>,
        which: Counted,
        now_ms: u64,
        tell: &mut dyn FnMut(Result<Accepted, Error>),
    ) {
        let Some(denials) = published.denials() else { return };
        denials.write(which, now_ms, &mut |event| {
            let is_full = self.check_log_room(event).is_err();
            let accepted = if is_full { Err(Error::Audit) } else { self.give_to_sink(event) };
            let is_written = accepted.is_ok();
            if !is_full {
                tell(accepted);
            }
            is_written
        });
    }
}
