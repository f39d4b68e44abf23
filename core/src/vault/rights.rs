//! What has changed of anybody's rights, so that a change is not committed on a permission that was taken back meanwhile.

use heapless::Vec;

use crate::key::KeyId;
use crate::stack::blank_vec;

/// How many changes are remembered one by one.
const REMEMBERED: usize = 16;

/// At which revisions rights were last changed. In memory only: a request does not outlive its session.
pub(crate) struct RightsChanges {
    /// Keys whose policy, tags, aliases or grants changed, oldest first.
    keys: Vec<(KeyId, u64), REMEMBERED>,
    /// The highest revision that is not remembered any more: before it, anything may have changed.
    forgotten: u64,
    /// The last change of a caller.
    callers: u64,
}

impl Default for RightsChanges {
    fn default() -> Self {
        RightsChanges { keys: blank_vec((KeyId::from_bytes([0; 16]), 0)), forgotten: 0, callers: 0 }
    }
}

impl RightsChanges {
    /// The policy, a tag or an alias of a key changed, or one of its grants was taken away.
    pub(crate) fn note_key(&mut self, key_id: &KeyId, revision: u64) {
        if self.keys.is_full() {
            let (_, oldest) = self.keys.remove(0);
            self.forgotten = self.forgotten.max(oldest);
        }
        // There is room now.
        let _ = self.keys.push((*key_id, revision));
    }

    /// A caller was replaced or taken out.
    pub(crate) fn note_callers(&mut self, revision: u64) {
        self.callers = revision;
    }

    /// Whether a permission given at this revision, on this key if on any, may have been taken back.
    pub(crate) fn changed_since(&self, key_id: Option<&KeyId>, revision: u64) -> bool {
        let is_about = |(key, changed): &(KeyId, u64)| Some(key) == key_id && *changed > revision;
        self.callers > revision
            || (key_id.is_some() && self.forgotten > revision)
            || self.keys.iter().any(is_about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_for_its_key_and_for_what_was_permitted_before_it() {
        let (one, other) = (KeyId::from_bytes([1; 16]), KeyId::from_bytes([2; 16]));
        let mut changes = RightsChanges::default();
        changes.note_key(&one, 5);
        assert!(changes.changed_since(Some(&one), 4));
        assert!(!changes.changed_since(Some(&one), 5));
        assert!(!changes.changed_since(Some(&other), 4));
        assert!(!changes.changed_since(None, 4));
        changes.note_callers(7);
        assert!(changes.changed_since(None, 6) && !changes.changed_since(None, 7));
        // What is not remembered any more counts for every key.
        (8..8 + 16).for_each(|revision| changes.note_key(&other, revision));
        assert!(changes.changed_since(Some(&one), 4) && !changes.changed_since(Some(&one), 7));
    }
}
