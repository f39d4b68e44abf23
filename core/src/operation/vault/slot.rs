//! ListSlots, AddSlot, ChangeSlot, RemoveSlot: what opens the vault. Actions of ours, on the vault itself.

use crate::error::{Error, StateConflict};
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::format::slot::{SlotKind, SlotParameters};
use crate::operation::Operation;
use crate::platform::{Entropy, Platform};
use crate::policy::{Action, Caller};
use crate::secret::Secret;
use crate::vault::{Change, ListedSlots, SlotDraft, Unlock, Vault};

/// Lists the key slots.
#[derive(Clone, Copy, Debug)]
pub struct ListSlots;

/// Adds a key slot for another secret.
#[derive(Clone, Copy, Debug)]
pub struct AddSlot {
    /// Kind and stretching: what is right today, not what an older slot has.
    pub kind: SlotKind,
}

/// Replaces the secret of a key slot. Another kind of secret can take its place.
#[derive(Clone, Copy, Debug)]
pub struct ChangeSlot {
    /// The slot.
    pub slot_id: u8,
    /// Kind and stretching of the new secret.
    pub kind: SlotKind,
}

/// Takes a key slot out.
#[derive(Clone, Copy, Debug)]
pub struct RemoveSlot {
    /// The slot.
    pub slot_id: u8,
}

/// What the end of a secret is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revocation {
    /// The vault refuses the secret. But its root key is the same as before: who knows the secret, and has an older copy of
    /// the slots, gets at what the vault holds now. [`Rekey`](super::rekey::Rekey) ends that.
    NotRevokedUntilRekey,
    /// The secret does not lead to the vault's root key any more. Without an eraser, older images of the vault open with it
    /// as before; what has not changed since can be read with such an image.
    OldImagesOpen,
    /// As [`Revocation::OldImagesOpen`], and older images do not open any more either: the cell they depend on was erased.
    OldImagesErased,
}

impl<P: Platform> Vault<P> {
    /// Lists the key slots: those of the vault, and what else the medium passes off as such.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn list_slots(&self, caller: &Caller<'_>, request: ListSlots) -> Result<ListedSlots, Error> {
        Ok(run(self, caller, request, Buffers::default())?.output)
    }

    /// Adds a key slot, durably, and answers its number. `unlock` is asked once, for the new secret, after the caller was
    /// found to be allowed to; the salt is fresh.
    ///
    /// # Errors
    /// [`Error::SlotParameters`]; [`Error::WrongSecret`]: `unlock` gave no secret; [`Error::LimitExceeded`]: there are
    /// [`crate::limits::SLOTS_MAX`] slots; [`Error::Busy`]: the slots have changed meanwhile. The slots are as they were,
    /// but after [`Error::Storage`] and [`Error::Anchor`], which end the session, they may be either.
    pub fn add_slot(
        &self,
        caller: &Caller<'_>,
        request: AddSlot,
        unlock: &mut Unlock<'_>,
    ) -> Result<u8, Error> {
        let mut draft = SlotDraft::new();
        let operation = Putting { slot_id: None, kind: request.kind, unlock, draft: &mut draft };
        Ok(run(self, caller, operation, Buffers::default())?.output)
    }

    /// Replaces the secret of a key slot, durably. `unlock` is asked once, for the new secret; the salt is fresh. The old
    /// secret ends as with [`Vault::remove_slot`].
    ///
    /// # Errors
    /// As [`Vault::add_slot`], and [`Error::NotFound`]: there is no such slot. A lost slot can be changed.
    pub fn change_slot(
        &self,
        caller: &Caller<'_>,
        request: ChangeSlot,
        unlock: &mut Unlock<'_>,
    ) -> Result<Revocation, Error> {
        let mut draft = SlotDraft::new();
        let operation =
            Putting { slot_id: Some(request.slot_id), kind: request.kind, unlock, draft: &mut draft };
        run(self, caller, operation, Buffers::default()).map(|_| Revocation::NotRevokedUntilRekey)
    }

    /// Takes a key slot out, durably. With an eraser, older manifests are beyond reach on return.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is no such slot. [`Error::InvalidState`] with [`StateConflict::LastSlot`]: no other one
    /// opens the vault. Others, and what they leave: as [`Vault::add_slot`].
    pub fn remove_slot(&self, caller: &Caller<'_>, request: RemoveSlot) -> Result<Revocation, Error> {
        let mut draft = SlotDraft::new();
        let operation = Removing { slot_id: request.slot_id, draft: &mut draft };
        run(self, caller, operation, Buffers::default()).map(|_| Revocation::NotRevokedUntilRekey)
    }
}

/// Asks for the secret of a slot that is to be made, under a fresh salt.
pub(super) fn ask<P: Platform>(
    platform: &P,
    slot_id: u8,
    kind: SlotKind,
    unlock: &mut Unlock<'_>,
    stretched: &mut Secret<32>,
) -> Result<SlotParameters, Error> {
    let mut salt = [0; 16];
    platform.entropy().fill(&mut salt).map_err(|_| Error::Entropy)?;
    let parameters = SlotParameters { slot_id, kind, salt };
    if unlock(&parameters, stretched)? { Ok(parameters) } else { Err(Error::WrongSecret) }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListSlots {
    type Output = ListedSlots;

    fn action(&self) -> Action {
        Action::ListSlots
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::ListSlots))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, ListedSlots>, Error> {
        Ok(Done::with(scene.vault.slots()?))
    }
}

/// A slot to be made, of a new number or in the place of another one.
pub(in crate::operation) struct Putting<'a, 'u> {
    slot_id: Option<u8>,
    kind: SlotKind,
    unlock: &'a mut Unlock<'u>,
    draft: &'a mut SlotDraft,
}

impl<'a> Operation<'a> for Putting<'a, '_> {
    type Output = u8;

    fn action(&self) -> Action {
        if self.slot_id.is_some() { Action::ChangeSlot } else { Action::AddSlot }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        self.kind.check()?;
        Ok(Parsed::on_vault(self.action()))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, u8>, Error> {
        let Putting { slot_id, kind, unlock, draft } = self;
        scene.vault.draft_slots(draft)?;
        let new_id = match slot_id {
            Some(slot_id) => draft.take_out(slot_id).map(|()| slot_id)?,
            None => draft.free_id()?,
        };
        let mut stretched = Secret::zeroed();
        let parameters = ask(scene.vault.platform(), new_id, kind, unlock, &mut stretched)?;
        draft.put_in(scene.vault.seal_slot(&parameters, &stretched)?)?;
        let change = Some(Change::Slots(draft));
        Ok(Done { change, detail: u64::from(new_id), ..Done::with(new_id) })
    }
}

/// A slot to be taken out.
pub(in crate::operation) struct Removing<'a> {
    slot_id: u8,
    draft: &'a mut SlotDraft,
}

impl<'a> Operation<'a> for Removing<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::RemoveSlot
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::RemoveSlot))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let Removing { slot_id, draft } = self;
        scene.vault.draft_slots(draft)?;
        draft.take_out(slot_id)?;
        if draft.is_empty() {
            return Err(Error::InvalidState(StateConflict::LastSlot));
        }
        Ok(Done { change: Some(Change::Slots(draft)), detail: u64::from(slot_id), ..Done::with(()) })
    }
}
