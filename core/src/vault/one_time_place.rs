//! Where the private half of a one-time key is kept: in one of a few places.

use heapless::Vec;

use crate::crypto::Primitives;
use crate::error::Error;
use crate::platform::{Address, Entropy, Storage};
use crate::tree::{Plan, View};

/// The place for one more: a free one, or that of the one that ends first. What has expired goes.
pub(super) struct OneTimePlace<const N: usize> {
    chosen: Option<(u64, Address)>,
    expired: Vec<Address, N>,
}

/// What a place holds.
pub(super) enum Held {
    Nothing,
    /// What has expired.
    Expired,
    /// What ends at this time of the timers.
    Until(u64),
}

impl<const N: usize> OneTimePlace<N> {
    /// None was looked at yet.
    pub(super) const fn new() -> Self {
        OneTimePlace { chosen: None, expired: Vec::new() }
    }

    /// Looks at one of the `N` places.
    pub(super) fn look(&mut self, address: Address, held: &Held) {
        let ends_ms = match *held {
            Held::Nothing => 0,
            Held::Expired => {
                // There is room for every place.
                let _ = self.expired.push(address);
                0
            }
            Held::Until(ends_ms) => ends_ms,
        };
        if self.chosen.is_none_or(|(earliest, _)| ends_ms < earliest) {
            self.chosen = Some((ends_ms, address));
        }
    }

    /// Takes the place, in the plan of a commit, and answers which one it is.
    pub(super) fn take<C: Primitives, S: Storage>(
        self,
        plan: &mut Plan,
        view: &View<'_, C, S>,
        entropy: &impl Entropy,
    ) -> Result<Address, Error> {
        let (_, address) = self.chosen.ok_or(Error::Bug)?;
        for old in self.expired.iter().filter(|old| **old != address) {
            plan.remove(view, old)?;
        }
        plan.put(view, &address, entropy)?;
        Ok(address)
    }
}
