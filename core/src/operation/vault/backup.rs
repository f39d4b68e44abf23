//! Backup: the whole vault, sealed, in one stream. An action of ours, on the vault itself.

use super::slot::ask;
use crate::backup::{BundleDraft, BundleSink, BundleSummary, Header};
use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::limits::SLOTS_MAX;
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::secret::Secret;
use crate::vault::{AuditChange, Change, NewSlot, Snapshot, Unlock, Vault};

/// Writes everything that the vault holds into a bundle, under a key of the bundle's own.
#[derive(Clone, Copy, Debug)]
pub struct Backup<'a> {
    /// One to [`SLOTS_MAX`] secrets, each of which opens the bundle; numbered from 0 in this order. They need not be those of
    /// the vault.
    pub secrets: &'a [NewSlot],
}

impl<P: Platform> Vault<P> {
    /// Writes a bundle of the vault. `unlock` is asked for each secret in turn. Before the first byte leaves, the event is in
    /// the log, durably, with the id of the bundle: it says that the bundle was begun. While it is written, changes wait and
    /// reading goes on; `sink` must not call the vault.
    ///
    /// # Errors
    /// [`Error::WrongSecret`], [`Error::SlotParameters`], [`Error::Validation`] with [`Parameter::Slots`]: no byte has left.
    /// [`Error::Damaged`]: a record does not open; a vault that is damaged gives no bundle. What `sink` answers, and
    /// [`Error::Storage`], [`Error::Entropy`]: what has left has no end mark, and nothing will take it for a bundle. Others:
    /// see [`Error`]. The vault is as it was.
    pub fn backup(
        &self,
        caller: &Caller<'_>,
        request: Backup<'_>,
        unlock: &mut Unlock<'_>,
        sink: &mut BundleSink<'_>,
    ) -> Result<BundleSummary, Error> {
        let mut draft = BundleDraft::draw(self.platform().entropy())?;
        let name = draft.name();
        let operation = BackingUp { secrets: request.secrets, unlock, draft: &mut draft, name: &name };
        run(self, caller, operation, Buffers::default())?;
        let front = &mut |_: &Snapshot<P::Primitives>, facts: &_, buffer: &mut [u8], key: &mut Secret<32>| {
            key.set_from(&draft.key);
            Header { facts: *facts, slots: draft.slots.clone() }.write(buffer)
        };
        self.write_bundle(draft.bundle_id, front, sink)
    }
}

/// The request, and what it is carried out with.
pub(in crate::operation) struct BackingUp<'a, 'u> {
    secrets: &'a [NewSlot],
    unlock: &'a mut Unlock<'u>,
    draft: &'a mut BundleDraft,
    name: &'a str,
}

impl<'a> Operation<'a> for BackingUp<'a, '_> {
    type Output = ();

    fn action(&self) -> Action {
        Action::Backup
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if !(1..=SLOTS_MAX).contains(&self.secrets.len()) {
            return Err(Error::Validation(Parameter::Slots));
        }
        self.secrets.iter().try_for_each(|slot| slot.kind.check())?;
        Ok(Parsed { subject: self.name, ..Parsed::on_vault(Action::Backup) })
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let BackingUp { secrets, unlock, draft, .. } = self;
        let platform = scene.vault.platform();
        let mut stretched = Secret::zeroed();
        for (slot_id, slot) in (0u8..).zip(secrets) {
            let parameters = ask(platform, slot_id, slot.kind, unlock, &mut stretched)?;
            draft.add::<P::Primitives>(&parameters, &stretched, platform.entropy())?;
        }
        // Durable, and part of the vault's own history, before anything leaves.
        let change = Some(Change::Audit(AuditChange::Note));
        Ok(Done { change, ..Done::with(()) })
    }
}
