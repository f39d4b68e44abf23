//! Rekey: a new root key, for the slots whose secrets are presented. An action of ours, on the vault itself.

use heapless::Vec;

use super::slot::{Revocation, ask};
use crate::error::{Error, Parameter, StateConflict};
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::format::slot::SlotKind;
use crate::limits::SLOTS_MAX;
use crate::operation::Operation;
use crate::platform::{Eraser, Platform};
use crate::policy::{Action, Caller};
use crate::secret::Secret;
use crate::vault::{Change, SlotDraft, Unlock, Vault};

/// Gives the vault a new root key. Everything hangs below it, so this reseals the manifest and moves nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Rekey<'a> {
    /// The slots that are kept. All others are dropped.
    pub keep: &'a [KeptSlot],
}

/// A slot that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptSlot {
    /// The slot.
    pub slot_id: u8,
    /// Its kind and stretching from now on: what is right today, not what it has.
    pub kind: SlotKind,
}

/// What became of the slots, or would become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rekeyed {
    dropped: Vec<u8, SLOTS_MAX>,
    revocation: Revocation,
}

impl Rekeyed {
    /// The slots that are dropped, by ascending number.
    #[must_use]
    pub fn dropped(&self) -> &[u8] {
        &self.dropped
    }

    /// What that is worth.
    #[must_use]
    pub const fn revocation(&self) -> Revocation {
        self.revocation
    }
}

impl<P: Platform> Vault<P> {
    /// Gives the vault a new root key, durably. `unlock` is asked twice for each slot that is kept: with its parameters, to
    /// be sure that the secret is its own, and with the new ones. Power may go at any time: the old secrets open the vault
    /// then, or the new slots do.
    ///
    /// # Errors
    /// [`Error::WrongSecret`]: a secret is not that of its slot; nothing is dropped by a mistake in typing.
    /// [`Error::InvalidState`] with [`StateConflict::LastSlot`]: no slot is kept. [`Error::NotFound`], [`Error::Damaged`]:
    /// one that is to be kept is not there, or lost. [`Error::Validation`] with [`Parameter::Slots`]: it is named twice.
    /// [`Error::SlotParameters`]. [`Error::Busy`]: the slots have changed meanwhile. Root key and slots are as they were, but
    /// after [`Error::Storage`] and [`Error::Anchor`], which end the session, they may be either.
    pub fn rekey(
        &self,
        caller: &Caller<'_>,
        request: Rekey<'_>,
        unlock: &mut Unlock<'_>,
    ) -> Result<Rekeyed, Error> {
        self.rekey_or_preview(caller, request, unlock, false)
    }

    /// Names what [`Vault::rekey`] would drop, and changes nothing. The log has it as a dry run.
    ///
    /// # Errors
    /// Those of [`Vault::rekey`].
    pub fn preview_rekey(
        &self,
        caller: &Caller<'_>,
        request: Rekey<'_>,
        unlock: &mut Unlock<'_>,
    ) -> Result<Rekeyed, Error> {
        self.rekey_or_preview(caller, request, unlock, true)
    }

    fn rekey_or_preview(
        &self,
        caller: &Caller<'_>,
        request: Rekey<'_>,
        unlock: &mut Unlock<'_>,
        is_dry_run: bool,
    ) -> Result<Rekeyed, Error> {
        let mut draft = SlotDraft::new();
        let operation = Rekeying { keep: request.keep, unlock, draft: &mut draft, is_dry_run };
        match run(self, caller, operation, Buffers::default()).map(|_| ()) {
            Ok(()) => {}
            Err(Error::DryRun) if is_dry_run => {}
            Err(other) => return Err(other),
        }
        let revocation = if self.platform().eraser().is_present() {
            Revocation::OldImagesErased
        } else {
            Revocation::OldImagesOpen
        };
        Ok(Rekeyed { dropped: draft.dropped().clone(), revocation })
    }
}

/// The request, and what it is carried out with.
pub(in crate::operation) struct Rekeying<'a, 'u> {
    keep: &'a [KeptSlot],
    unlock: &'a mut Unlock<'u>,
    draft: &'a mut SlotDraft,
    is_dry_run: bool,
}

impl<'a> Operation<'a> for Rekeying<'a, '_> {
    type Output = ();

    fn action(&self) -> Action {
        Action::Rekey
    }

    fn is_dry_run(&self) -> bool {
        self.is_dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.keep.is_empty() {
            return Err(Error::InvalidState(StateConflict::LastSlot));
        }
        let mut seen: Vec<u8, SLOTS_MAX> = Vec::new();
        for KeptSlot { slot_id, kind } in self.keep {
            kind.check()?;
            if seen.contains(slot_id) || seen.push(*slot_id).is_err() {
                return Err(Error::Validation(Parameter::Slots));
            }
        }
        Ok(Parsed::on_vault(Action::Rekey))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let Rekeying { keep, unlock, draft, .. } = self;
        let platform = scene.vault.platform();
        scene.vault.draft_slots(draft)?;
        let mut stretched = Secret::zeroed();
        let mut kept: Vec<u8, SLOTS_MAX> = Vec::new();
        for KeptSlot { slot_id, .. } in keep {
            let slot = draft.slot(*slot_id)?;
            let is_presented = unlock(&slot.parameters()?, &mut stretched)?;
            if !is_presented || !draft.opens::<P>(slot, &stretched)? {
                return Err(Error::WrongSecret);
            }
            kept.push(*slot_id).map_err(|_| Error::Bug)?;
        }
        draft.start_anew(&kept, platform.entropy())?;
        for KeptSlot { slot_id, kind } in keep {
            let parameters = ask(platform, *slot_id, *kind, unlock, &mut stretched)?;
            draft.put_anew(&parameters, &stretched, platform)?;
        }
        // The event names the slots that are kept, a bit each.
        let detail = kept.iter().filter_map(|slot_id| 1u64.checked_shl(u32::from(*slot_id)));
        let detail = detail.fold(0, core::ops::BitOr::bitor);
        Ok(Done { change: Some(Change::Slots(draft)), detail, ..Done::with(()) })
    }
}
