//! Uses that were counted and came back unused: they wait for the next commit of the ledger.

use heapless::Vec;

use super::ledger::UNLIMITED;
use crate::key::KeyId;
use crate::platform::{Platform, State};
use crate::stack::blank_vec;
use crate::usage::{Part, Rest};

/// How many rests wait in memory for the next commit of the ledger.
const RESTS_MAX: usize = 4;

/// Parts of blocks that came back and are not written yet. What does not fit is lost: it stays counted.
pub(crate) struct Rests(pub(super) Vec<Rest, RESTS_MAX>);

impl Default for Rests {
    fn default() -> Self {
        let (key_id, none) = (KeyId::from_bytes([0; 16]), Part::default());
        let blank = Rest { key_id, version: 0, sealing: none, opening: none, until_ms: 0, last: None };
        Rests(blank_vec(blank))
    }
}

impl Rests {
    fn position(&self, key_id: &KeyId, version: u32) -> Option<usize> {
        self.0.iter().position(|rest| rest.key_id == *key_id && rest.version == version)
    }

    pub(super) fn has_room_for(&self, key_id: &KeyId, version: u32) -> bool {
        !self.0.is_full() || self.position(key_id, version).is_some()
    }

    /// Keeps what came back.
    pub(crate) fn put(&mut self, rest: &Rest) {
        let is_counted = |part: Part| part.granted < UNLIMITED;
        if rest.is_empty() || !is_counted(rest.sealing) || !is_counted(rest.opening) {
            return;
        }
        let same = self.0.iter_mut().find(|kept| (kept.key_id, kept.version) == (rest.key_id, rest.version));
        match same {
            Some(kept) => kept.add(rest),
            None => drop(self.0.push(*rest)),
        }
    }

    /// Forgets the uses of a key that is gone.
    pub(super) fn forget(&mut self, key_id: &KeyId) {
        while let Some(at) = self.0.iter().position(|rest| rest.key_id == *key_id) {
            self.0.swap_remove(at);
        }
    }

    pub(super) fn take(&mut self, key_id: &KeyId, version: u32) -> Option<Rest> {
        self.position(key_id, version).map(|at| self.0.swap_remove(at))
    }
}

/// Takes back what a copy held that was given up.
pub(crate) fn return_rest<P: Platform>(platform: &P, rest: &Rest) {
    // Busy or closed: then it stays counted.
    let _ = platform.state().lend_writer(|writer, _| {
        if let Ok(mounted) = writer.usable() {
            mounted.rests.put(rest);
        }
    });
}
