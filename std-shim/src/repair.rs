//! What to do about damage in an open vault.

use strongroom_core::operation::{DestroyDamagedKey, Repair};
use strongroom_core::policy::Caller;
use strongroom_core::{Destruction, Error, RepairCounts, RepairItem};

use crate::vault::Vault;

/// Room for what one repair tells; more is counted only.
const ITEMS_MAX: usize = 4096;

/// What a repair found and did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepairReport {
    /// One by one, the first 4096 of them.
    pub items: Vec<RepairItem>,
    /// How many there are in all.
    pub counts: RepairCounts,
}

impl Vault {
    /// Puts right what can be put right from what is intact, and lists what cannot; with `dry_run` it only says what it
    /// would do.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::repair`].
    pub fn repair(&self, caller: &Caller<'_>, dry_run: bool) -> Result<RepairReport, Error> {
        let mut items = vec![RepairItem::EMPTY; ITEMS_MAX];
        let repaired = self.core().repair(caller, Repair { dry_run }, &mut items)?;
        let (len, counts) = (repaired.items.len(), repaired.counts);
        items.truncate(len);
        Ok(RepairReport { items, counts })
    }

    /// Destroys a key whose own record does not open.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::destroy_damaged_key`].
    pub fn destroy_damaged_key(&self, caller: &Caller<'_>, key_id: &str) -> Result<Destruction, Error> {
        self.core().destroy_damaged_key(caller, DestroyDamagedKey { key_id })
    }
}
