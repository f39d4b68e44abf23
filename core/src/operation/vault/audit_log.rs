//! TakeAuditKey, StartAuditLog, GetAuditHead: what an auditor gets from the vault. Ours.

use crate::audit::{AUDIT_KEY_LEN, AnsweredHead, AuditKey};
use crate::error::Error;
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{AuditChange, Change, Vault};

/// Hands out the key that verifies the running audit log, once: the vault forgets it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TakeAuditKey;

/// Starts another audit log behind the last entry, with a key that can be taken. Whoever holds the key of the log before
/// can follow it too.
#[derive(Clone, Copy, Debug, Default)]
pub struct StartAuditLog;

/// Tells where the audit log stands, so that a log that was cut off is noticed.
#[derive(Clone, Copy, Debug)]
pub struct GetAuditHead {
    /// Fresh random bytes of the auditor: the answer is good for them only.
    pub nonce: [u8; 16],
}

impl<P: Platform> Vault<P> {
    /// Writes the key of the running audit log into `key`, and erases it from the vault, durably. It belongs where only the
    /// auditor reads: with it, the log can be forged from its start.
    ///
    /// # Errors
    /// [`Error::NotFound`]: it was taken before; [`Vault::start_audit_log`] makes another. [`Error::Busy`]: somebody else
    /// takes it right now. Others: see [`Error`]. `key` is wiped.
    pub fn take_audit_key(
        &self,
        caller: &Caller<'_>,
        request: TakeAuditKey,
        key: &mut AuditKey,
    ) -> Result<(), Error> {
        key.fill_with(|bytes| run(self, caller, request, Buffers::plaintext(bytes)).map(|_| ()))
    }

    /// Starts another audit log, durably. This is the last event of the log before.
    ///
    /// # Errors
    /// See [`Error`]. The log goes on as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the
    /// session.
    pub fn start_audit_log(&self, caller: &Caller<'_>, request: StartAuditLog) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(|_| ())
    }

    /// Makes every event so far durable and tells where the log stands then. The event of this request comes behind.
    ///
    /// # Errors
    /// [`Error::Audit`]: the log cannot be written. Others: see [`Error`].
    pub fn get_audit_head(&self, caller: &Caller<'_>, request: GetAuditHead) -> Result<AnsweredHead, Error> {
        run(self, caller, request, Buffers::default()).map(|released| released.output)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for TakeAuditKey {
    type Output = ();

    fn action(&self) -> Action {
        Action::TakeAuditKey
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::TakeAuditKey))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, ()>, Error> {
        let needed = AUDIT_KEY_LEN;
        let key = buffers.plaintext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
        let log_id = scene.vault.read_audit_key(key)?;
        buffers.plaintext_len = needed;
        Ok(Done { change: Some(Change::Audit(AuditChange::TakeKey { log_id })), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for StartAuditLog {
    type Output = ();

    fn action(&self) -> Action {
        Action::StartAuditLog
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::StartAuditLog))
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        Ok(Done { change: Some(Change::Audit(AuditChange::Start)), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for GetAuditHead {
    type Output = AnsweredHead;

    fn action(&self) -> Action {
        Action::GetAuditHead
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::GetAuditHead))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, AnsweredHead>, Error> {
        Ok(Done::with(scene.vault.answer_audit_head(&self.nonce)?))
    }
}
