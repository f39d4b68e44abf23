//! A line of the ledger: one version's, or, as version 0, the sum over all versions of a key.

use super::{LastUse, Part, Rest, UsageBudget, Use};
use crate::key::KeyId;

/// Uses of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// No more than this have happened.
    pub(crate) most: u64,
    /// So many of them may not have happened: they are in a block that is out, or was lost.
    pub(crate) unsure: u64,
}

impl Counted {
    fn reserve(self, uses: u64) -> Self {
        Counted { most: self.most.saturating_add(uses), unsure: self.unsure.saturating_add(uses) }
    }

    /// What is known once a part has come back.
    fn give_back(self, part: Part) -> Self {
        Counted {
            most: self.most.saturating_sub(part.left),
            unsure: self.unsure.saturating_sub(part.granted),
        }
    }
}

/// A line of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UsageLine {
    pub(crate) key_id: KeyId,
    /// 0 for the key's own line.
    pub(crate) version: u32,
    /// When counting began: wall time, or `None` where that is not known.
    pub(crate) since_ms: Option<u64>,
    pub(crate) sealing: Counted,
    pub(crate) opening: Counted,
    /// The last use that is known.
    pub(crate) last: Option<LastUse>,
    /// While anything is unsure: it was used at this time at the latest. The largest number where there was no clock.
    pub(crate) until_ms: u64,
    /// In the key's own line only.
    pub(crate) budget: Option<UsageBudget>,
}

impl UsageLine {
    pub(crate) fn new(key_id: KeyId, version: u32, since_ms: Option<u64>) -> Self {
        let counted = Counted::default();
        UsageLine {
            key_id,
            version,
            since_ms,
            sealing: counted,
            opening: counted,
            last: None,
            until_ms: 0,
            budget: None,
        }
    }

    pub(crate) fn of(&self, what: Use) -> Counted {
        match what {
            Use::Sealing => self.sealing,
            Use::Opening => self.opening,
        }
    }

    /// Whether it may have been used more often, or later, than is known.
    pub(crate) fn is_unsure(&self) -> bool {
        self.sealing.unsure > 0 || self.opening.unsure > 0
    }

    /// Counts a block before it is used.
    pub(crate) fn reserve(&mut self, what: Use, uses: u64, until_ms: u64) {
        match what {
            Use::Sealing => self.sealing = self.sealing.reserve(uses),
            Use::Opening => self.opening = self.opening.reserve(uses),
        }
        self.until_ms = self.until_ms.max(until_ms);
    }

    /// Learns what became of a part of a block.
    pub(crate) fn give_back(&mut self, rest: &Rest) {
        self.sealing = self.sealing.give_back(rest.sealing);
        self.opening = self.opening.give_back(rest.opening);
        self.note_last(rest.last);
        if !self.is_unsure() {
            self.until_ms = 0;
        }
    }

    /// A use that is known.
    pub(crate) fn note_last(&mut self, last: Option<LastUse>) {
        self.last = LastUse::later(self.last, last);
    }

    /// How many more uses a limit leaves.
    pub(crate) fn left_below(&self, what: Use, limit: u64) -> u64 {
        limit.saturating_sub(self.of(what).most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(granted: u64, left: u64) -> Rest {
        let key_id = KeyId::from_bytes([1; 16]);
        let sealing = Part { granted, left };
        Rest { key_id, version: 1, sealing, opening: Part::default(), until_ms: 9, last: None }
    }

    #[test]
    fn what_comes_back_makes_the_count_exact_and_what_is_lost_stays_counted() {
        let mut line = UsageLine::new(KeyId::from_bytes([1; 16]), 1, None);
        line.reserve(Use::Sealing, 16, 9);
        line.reserve(Use::Sealing, 16, 8);
        assert_eq!((line.sealing, line.until_ms), (Counted { most: 32, unsure: 32 }, 9));
        line.give_back(&rest(16, 10));
        assert_eq!(line.sealing, Counted { most: 22, unsure: 16 }, "the other block is lost");
        line.give_back(&rest(16, 0));
        assert_eq!((line.sealing, line.until_ms), (Counted { most: 22, unsure: 0 }, 0));
    }
}
