//! The part of a block that one opened copy of a version holds.

use core::cell::Cell;

use super::{LastUse, Use};
use crate::key::KeyId;

/// Uses of one kind, counted in the ledger before they happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// How many were taken out of the ledger.
    pub(crate) granted: u64,
    /// How many of them have not happened yet.
    pub(crate) left: u64,
}

impl Part {
    pub(crate) fn whole(uses: u64) -> Self {
        Part { granted: uses, left: uses }
    }

    pub(crate) fn with(self, other: Part) -> Part {
        Part {
            granted: self.granted.saturating_add(other.granted),
            left: self.left.saturating_add(other.left),
        }
    }
}

/// What a copy gives back, or is given: whose uses, and how far they got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    pub(crate) key_id: KeyId,
    pub(crate) version: u32,
    pub(crate) sealing: Part,
    pub(crate) opening: Part,
    /// Uses out of it happen up to this moment: vault time, or the largest number where there is no clock.
    pub(crate) until_ms: u64,
    pub(crate) last: Option<LastUse>,
}

impl Rest {
    pub(crate) fn of(&self, what: Use) -> Part {
        match what {
            Use::Sealing => self.sealing,
            Use::Opening => self.opening,
        }
    }

    /// Counts a use out of what was just granted.
    pub(crate) fn count(&mut self, what: Use, by: LastUse) {
        let part = match what {
            Use::Sealing => &mut self.sealing,
            Use::Opening => &mut self.opening,
        };
        part.left = part.left.saturating_sub(1);
        self.last = LastUse::later(self.last, Some(by));
    }

    /// Adds another rest of the same version.
    pub(crate) fn add(&mut self, other: &Rest) {
        self.sealing = self.sealing.with(other.sealing);
        self.opening = self.opening.with(other.opening);
        // Both end when the first of them does.
        self.until_ms = self.until_ms.min(other.until_ms);
        self.last = LastUse::later(self.last, other.last);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sealing.granted == 0 && self.opening.granted == 0
    }
}

/// Beside an opened version: its part of a block. Whoever holds the lend counts, so cells are enough.
#[derive(Debug)]
pub(crate) struct Block {
    key_id: KeyId,
    version: u32,
    sealing: Cell<Part>,
    opening: Cell<Part>,
    until_ms: Cell<u64>,
    last: Cell<Option<LastUse>>,
}

impl Block {
    /// Of a version that was just opened: nothing is granted.
    pub(crate) const fn empty(key_id: KeyId, version: u32) -> Self {
        const NOTHING: Part = Part { granted: 0, left: 0 };
        Block {
            key_id,
            version,
            sealing: Cell::new(NOTHING),
            opening: Cell::new(NOTHING),
            until_ms: Cell::new(u64::MAX),
            last: Cell::new(None),
        }
    }

    fn part(&self, what: Use) -> &Cell<Part> {
        match what {
            Use::Sealing => &self.sealing,
            Use::Opening => &self.opening,
        }
    }

    /// Whether a use at this time can be counted.
    pub(crate) fn has_room(&self, what: Use, time_ms: Option<u64>) -> bool {
        self.part(what).get().left > 0 && time_ms.unwrap_or(0) <= self.until_ms.get()
    }

    /// Counts one use, if there is room.
    pub(crate) fn count(&self, what: Use, by: LastUse) -> bool {
        let part = self.part(what);
        let now = part.get();
        match now.left.checked_sub(1) {
            Some(left) if by.time_ms.unwrap_or(0) <= self.until_ms.get() => {
                part.set(Part { left, ..now });
                self.last.set(Some(by));
                true
            }
            _ => false,
        }
    }

    /// Takes in what was granted.
    pub(crate) fn accept(&self, granted: &Rest) {
        let until_ms = if self.rest().is_empty() { granted.until_ms } else { self.until_ms.get() };
        self.until_ms.set(until_ms.min(granted.until_ms));
        self.sealing.set(self.sealing.get().with(granted.sealing));
        self.opening.set(self.opening.get().with(granted.opening));
        self.last.set(LastUse::later(self.last.get(), granted.last));
    }

    /// What it holds.
    pub(crate) fn rest(&self) -> Rest {
        Rest {
            key_id: self.key_id,
            version: self.version,
            sealing: self.sealing.get(),
            opening: self.opening.get(),
            until_ms: self.until_ms.get(),
            last: self.last.get(),
        }
    }

    /// Gives back what it holds: from now on it counts nothing.
    pub(crate) fn take(&self) -> Rest {
        let rest = self.rest();
        self.sealing.set(Part::default());
        self.opening.set(Part::default());
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Action;

    fn by(time_ms: u64) -> LastUse {
        LastUse { operation: Action::Encrypt, time_ms: Some(time_ms), request_id: [1; 16] }
    }

    #[test]
    fn no_use_is_counted_beyond_what_was_granted_or_after_its_time() {
        let id = KeyId::from_bytes([1; 16]);
        let block = Block::empty(id, 1);
        assert!(!block.count(Use::Sealing, by(5)));
        let mut grant = block.take();
        grant.sealing = Part::whole(2);
        grant.until_ms = 10;
        block.accept(&grant);
        assert!(!block.has_room(Use::Opening, Some(5)), "each kind has its own");
        assert!(block.count(Use::Sealing, by(10)));
        assert!(!block.count(Use::Sealing, by(11)), "its time is over");
        assert!(block.count(Use::Sealing, by(9)));
        assert!(!block.count(Use::Sealing, by(9)));
        let rest = block.take();
        assert_eq!(rest.sealing, Part { granted: 2, left: 0 });
        assert!(block.rest().is_empty());
    }
}
