//! What opens the vault.

use super::answer::{Answer, Outcome};
use super::may::{INVALID_STATE, LIMIT_EXCEEDED, check, check_found, only_root};
use super::state::Model;
use super::step::User;

const SLOTS_MAX: usize = 8;

impl Model {
    pub fn list_slots(&self, by: User) -> Outcome {
        only_root(by)?;
        Ok(Answer::Slots(self.slots.keys().copied().collect()))
    }

    pub fn add_slot(&mut self, by: User, secret: u8) -> Outcome {
        only_root(by)?;
        if self.slots.len() == SLOTS_MAX {
            return Err(LIMIT_EXCEEDED);
        }
        let free = (0..).find(|slot| !self.slots.contains_key(slot)).unwrap();
        self.slots.insert(free, secret);
        Ok(Answer::Slots(vec![free]))
    }

    pub fn change_slot(&mut self, by: User, slot: u8, secret: u8) -> Outcome {
        only_root(by)?;
        check_found(self.slots.contains_key(&slot))?;
        self.slots.insert(slot, secret);
        Ok(Answer::Done)
    }

    pub fn remove_slot(&mut self, by: User, slot: u8) -> Outcome {
        only_root(by)?;
        check_found(self.slots.contains_key(&slot))?;
        if self.slots.len() == 1 {
            return Err(INVALID_STATE);
        }
        self.slots.remove(&slot);
        Ok(Answer::Done)
    }

    /// Answers which slots are dropped.
    pub fn rekey(&mut self, by: User, keep: &[u8], is_right: bool) -> Outcome {
        if keep.is_empty() {
            return Err(INVALID_STATE);
        }
        check(keep.iter().enumerate().all(|(at, slot)| !keep[..at].contains(slot)))?;
        only_root(by)?;
        for slot in keep {
            check_found(self.slots.contains_key(slot))?;
            if !is_right {
                return Err("KMSInternalException");
            }
        }
        let dropped = self.slots.keys().copied().filter(|slot| !keep.contains(slot)).collect();
        self.slots.retain(|slot, _| keep.contains(slot));
        Ok(Answer::Slots(dropped))
    }
}
