//! The operations on key slots, with secrets as people have them.

use strongroom_core::operation::{
    AddSlot, ChangeSlot, KeptSlot, ListSlots, Rekey, Rekeyed, RemoveSlot, Revocation,
};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, ListedSlot, Secret, SlotParameters};

use crate::cryptography::UnlockSecret;
use crate::vault::Vault;

impl Vault {
    /// Lists the key slots.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_slots`].
    pub fn list_slots(&self, caller: &Caller<'_>) -> Result<Vec<ListedSlot>, Error> {
        Ok(self.core().list_slots(caller, ListSlots)?.as_slice().to_vec())
    }

    /// Adds a key slot for another secret, durably, and answers its number. A passphrase is stretched as it says, by default
    /// for half a second of today's machine.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::add_slot`].
    pub fn add_slot(&self, caller: &Caller<'_>, secret: &UnlockSecret) -> Result<u8, Error> {
        let request = AddSlot { kind: secret.new_slot()? };
        self.core().add_slot(caller, request, &mut |slot, out| secret.stretch(slot, out))
    }

    /// Replaces the secret of a key slot, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::change_slot`].
    pub fn change_slot(
        &self,
        caller: &Caller<'_>,
        slot_id: u8,
        secret: &UnlockSecret,
    ) -> Result<Revocation, Error> {
        let request = ChangeSlot { slot_id, kind: secret.new_slot()? };
        self.core().change_slot(caller, request, &mut |slot, out| secret.stretch(slot, out))
    }

    /// Takes a key slot out, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::remove_slot`].
    pub fn remove_slot(&self, caller: &Caller<'_>, slot_id: u8) -> Result<Revocation, Error> {
        self.core().remove_slot(caller, RemoveSlot { slot_id })
    }

    /// Gives the vault a new root key, durably, and keeps the slots whose secrets are presented; all others are dropped.
    /// Passphrases are stretched anew, as they say.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::rekey`].
    pub fn rekey(&self, caller: &Caller<'_>, keep: &[(u8, &UnlockSecret)]) -> Result<Rekeyed, Error> {
        let kept = kept_slots(keep)?;
        self.core().rekey(caller, Rekey { keep: &kept }, &mut |slot, out| stretch_one(keep, slot, out))
    }

    /// Names the slots that [`Vault::rekey`] would drop, and changes nothing.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::rekey`].
    pub fn preview_rekey(&self, caller: &Caller<'_>, keep: &[(u8, &UnlockSecret)]) -> Result<Rekeyed, Error> {
        let kept = kept_slots(keep)?;
        let unlock = &mut |slot: &SlotParameters, out: &mut Secret<32>| stretch_one(keep, slot, out);
        self.core().preview_rekey(caller, Rekey { keep: &kept }, unlock)
    }
}

fn kept_slots(keep: &[(u8, &UnlockSecret)]) -> Result<Vec<KeptSlot>, Error> {
    keep.iter()
        .map(|(slot_id, secret)| Ok(KeptSlot { slot_id: *slot_id, kind: secret.new_slot()? }))
        .collect()
}

/// The secret that is presented for a slot.
fn stretch_one(
    keep: &[(u8, &UnlockSecret)],
    slot: &SlotParameters,
    out: &mut Secret<32>,
) -> Result<bool, Error> {
    match keep.iter().find(|(slot_id, _)| *slot_id == slot.slot_id) {
        Some((_, secret)) => secret.stretch(slot, out),
        None => Ok(false),
    }
}
