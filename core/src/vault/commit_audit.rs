//! Handing out the audit log's key, and starting another log, with the event, in one commit.

use super::Vault;
use super::state::Mounted;
use crate::audit::write_key;
use crate::error::Error;
use crate::format::audit_chain::AnsweredHead;
use crate::format::audit_entry::Event;
use crate::platform::Platform;
use crate::secret::Secret;

/// What becomes of the audit log.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AuditChange {
    /// The first key of the log with this id leaves the vault.
    TakeKey { log_id: [u8; 16] },
    /// A new log begins behind the last entry; its id is that of the request.
    Start,
    /// Nothing but that the event is in it, durably.
    Note,
}

impl<P: Platform> Vault<P> {
    /// Writes the audit key of the running log, and answers the log's id.
    ///
    /// # Errors
    /// [`Error::NotFound`]: it was handed out before.
    pub(crate) fn read_audit_key(&self, buffer: &mut [u8]) -> Result<[u8; 16], Error> {
        self.lend_writer(|writer, _| {
            let mounted = writer.usable()?;
            // A log that was started begins when its event is written.
            self.settle_pending(mounted)?;
            let manifest = &mounted.manifest;
            if !manifest.audit.has_first_key::<P::Primitives>() {
                return Err(Error::NotFound);
            }
            write_key(&manifest.vault_id, &manifest.audit, buffer);
            Ok(manifest.audit.log_id)
        })?
    }

    /// Where the log stands, all of it durable.
    pub(crate) fn answer_audit_head(&self, nonce: &[u8; 16]) -> Result<AnsweredHead, Error> {
        self.lend_writer(|writer, _| {
            let mounted = writer.usable()?;
            self.settle_pending(mounted)?;
            self.flush_entries(mounted)?;
            let manifest = &mounted.manifest;
            let (revision, fresh) = (manifest.revision, manifest.fresh);
            Ok(manifest.audit.answer::<P::Primitives>(&manifest.vault_id, nonce, revision, fresh))
        })?
    }

    #[inline(never)]
    pub(super) fn apply_to_audit(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        change: AuditChange,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        if let AuditChange::TakeKey { log_id } = change {
            let audit = &mounted.manifest.audit;
            if audit.log_id != log_id || !audit.has_first_key::<P::Primitives>() {
                return Err(Error::Busy);
            }
        }
        self.add_pending(mounted, event)?;
        match change {
            AuditChange::TakeKey { .. } => {
                mounted.manifest.audit.first_key = Secret::zeroed();
                // Older manifests have it too.
                self.land_out_of_reach(mounted)
            }
            AuditChange::Note => self.land(mounted, &mut |_, _| Ok(())),
            AuditChange::Start => {
                self.land(mounted, &mut |_, _| Ok(()))?;
                // The event ends the log before: whoever follows that learns the new log's id from it, and the new log begins
                // as soon as it is written. Until then the change is in the manifest, and comes with the event.
                if self.settle_pending(mounted).is_err() {
                    return Ok(());
                }
                self.land(mounted, &mut |_, _| Ok(()))
            }
        }
    }
}
