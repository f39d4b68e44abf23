//! A log that comes to its end: who may still write into it, and what is said before old entries go.

use super::state::Mounted;
use super::{Vault, vault_time};
use crate::error::Error;
use crate::format::audit_entry::Event;
use crate::limits::AUDIT_ROOM_KEPT;
use crate::platform::{AuditRoom, AuditSink, Platform};
use crate::policy::Action;

impl<P: Platform> Vault<P> {
    /// Keeps room in the log: what is refused leaves twice as much of it as what is allowed, and what is allowed and changes
    /// nothing leaves some for changes and for the vault itself. So whoever is only ever denied cannot stop others by
    /// filling the log, and whoever only uses keys cannot stop those who administer them.
    pub(super) fn check_log_room(&self, event: &Event<'_>) -> Result<(), Error> {
        let kept = match event.outcome {
            Ok(()) => AUDIT_ROOM_KEPT,
            Err(_) => AUDIT_ROOM_KEPT.saturating_mul(2),
        };
        let needed = u32::try_from(event.written_len()).unwrap_or(u32::MAX).saturating_add(kept);
        match self.platform.audit_sink().room() {
            Ok(AuditRoom::Left(left)) if left < needed => Err(Error::Audit),
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Audit),
        }
    }

    /// Says in the log which entries are dropped next, once for each time that it changes: before it happens, so that an
    /// auditor can tell it from somebody's deed.
    pub(super) fn declare_drop(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        let room = self.platform.audit_sink().room().map_err(|_| Error::Audit)?;
        let AuditRoom::DropsBefore(sequence) = room else { return Ok(()) };
        if sequence <= mounted.log_dropped {
            return Ok(());
        }
        let time_ms = vault_time(&self.platform, mounted.manifest.clock_mark_ms);
        let revision = mounted.manifest.revision;
        let event = Event { time_ms, revision, detail: sequence, ..self.own_event(Action::LogDropped)? };
        self.give_to_sink(&event)?;
        self.flush_entries(mounted)?;
        mounted.log_dropped = sequence;
        Ok(())
    }
}
