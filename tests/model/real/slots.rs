//! What opens the vault, and what its auditor gets.

use std::collections::BTreeMap;

use strongroom_core::audit::AuditKey;
use strongroom_core::operation::{
    AddSlot, ChangeSlot, GetAuditHead, KeptSlot, ListSlots, Rekey, RemoveSlot, StartAuditLog, TakeAuditKey,
};
use strongroom_core::{Error, Secret, SlotKind, SlotParameters};

use super::Real;
use crate::model::answer::Answer;
use crate::model::step::{Ask, User};
use crate::world::{caller, secret_of};

const KIND: SlotKind = SlotKind::KeyFile;

/// Gives each slot its own secret.
pub(super) fn secrets_of(
    secrets: &BTreeMap<u8, u8>,
) -> impl FnMut(&SlotParameters, &mut Secret<32>) -> Result<bool, Error> {
    |slot, secret| {
        let known = secrets.get(&slot.slot_id);
        secret.fill_with(|bytes| bytes.fill(known.copied().unwrap_or_default()));
        Ok(known.is_some())
    }
}

impl Real<'_> {
    pub(super) fn take_on_slots(&mut self, by: User, ask: &Ask) -> Option<Result<Answer, Error>> {
        let (vault, caller) = (&self.vault, &caller(by.principal()));
        Some(match ask {
            Ask::ListSlots => vault
                .list_slots(caller, ListSlots)
                .map(|listed| Answer::Slots(listed.as_slice().iter().map(|slot| slot.slot_id).collect())),
            Ask::AddSlot { secret } => {
                let added = vault.add_slot(caller, AddSlot { kind: KIND }, &mut secret_of(*secret));
                added.map(|slot| {
                    self.secrets.insert(slot, *secret);
                    Answer::Slots(vec![slot])
                })
            }
            Ask::ChangeSlot { slot, secret } => {
                let request = ChangeSlot { slot_id: *slot, kind: KIND };
                vault.change_slot(caller, request, &mut secret_of(*secret)).map(|_| {
                    self.ended_secrets.extend(self.secrets.insert(*slot, *secret));
                    Answer::Done
                })
            }
            Ask::RemoveSlot { slot } => vault.remove_slot(caller, RemoveSlot { slot_id: *slot }).map(|_| {
                self.ended_secrets.extend(self.secrets.remove(slot));
                Answer::Done
            }),
            Ask::Rekey { keep, is_right } => {
                let kept: Vec<_> =
                    keep.iter().map(|slot_id| KeptSlot { slot_id: *slot_id, kind: KIND }).collect();
                let rekeyed = if *is_right {
                    vault.rekey(caller, Rekey { keep: &kept }, &mut secrets_of(&self.secrets))
                } else {
                    vault.rekey(caller, Rekey { keep: &kept }, &mut secret_of(WRONG))
                };
                rekeyed.map(|rekeyed| {
                    let dropped = rekeyed.dropped().to_vec();
                    self.ended_secrets.extend(dropped.iter().filter_map(|slot| self.secrets.remove(slot)));
                    Answer::Slots(dropped)
                })
            }
            _ => return None,
        })
    }

    /// Of a vault that is closed: what opened it once and does so no more.
    pub(super) fn knock_with_ended_secrets(&self) {
        for secret in
            self.ended_secrets.iter().filter(|ended| !self.secrets.values().any(|kept| kept == *ended))
        {
            assert_eq!(self.vault.check_unlock(&mut secret_of(*secret)), Err(Error::WrongSecret));
        }
    }

    pub(super) fn take_on_the_log(&mut self, by: User, ask: &Ask) -> Option<Result<Answer, Error>> {
        let (vault, caller) = (&self.vault, &caller(by.principal()));
        let done = match ask {
            Ask::StartAuditLog => vault.start_audit_log(caller, StartAuditLog),
            Ask::TakeAuditKey => vault.take_audit_key(caller, TakeAuditKey, &mut AuditKey::empty()),
            Ask::GetAuditHead => vault.get_audit_head(caller, GetAuditHead { nonce: [7; 16] }).map(|_| ()),
            _ => return None,
        };
        Some(done.map(|()| Answer::Done))
    }
}

/// The secret of no slot.
const WRONG: u8 = 255;
