//! Budgets: how often each version of a key may seal, and what comes then.

use heapless::Vec;
use zeroize::Zeroize;

use super::state::Mounted;
use super::usage_lines::{Lines, read_line};
use super::{KeyChange, Snapshot, Vault, vault_time};
use crate::error::{Error, Part as DamagedPart};
use crate::format::audit_entry::{Event, Touched};
use crate::format::key_record::KeyRecord;
use crate::key::{KeyFacts, KeyId, KeyOrigin, VersionCause};
use crate::keyring::with_snapshot;
use crate::limits::SEALINGS_PER_VERSION_MAX;
use crate::platform::{Cache, Platform};
use crate::policy::Action;
use crate::usage::{BudgetEnd, UsageBudget, UsageLine};

/// The limit of one version, and what comes then.
pub(super) fn budget_of(totals: &UsageLine) -> UsageBudget {
    totals.budget.unwrap_or(UsageBudget { sealings: SEALINGS_PER_VERSION_MAX, end: BudgetEnd::Rotate })
}

impl<P: Platform> Vault<P> {
    /// New material for a key whose version has reached its budget, unless it has some already.
    pub(super) fn rotate_spent(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        key_id: &KeyId,
        version: u32,
    ) -> Result<KeyFacts, Error> {
        let snapshot = Snapshot::take(&self.platform)?;
        let address = snapshot.keys.names.key(&snapshot.keys.names.owner(key_id));
        let view = snapshot.view(self.platform.storage());
        let plaintext = view.record(&address, scratch)?.ok_or(Error::NotFound)?;
        let record = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(DamagedPart::Record))?;
        if record.facts.current_version != version {
            return Ok(record.facts);
        }
        if record.facts.origin != KeyOrigin::AwsKms {
            // Imported material is not drawn.
            return Err(Error::LimitExceeded);
        }
        self.hand_over_pending(mounted)?;
        let event = Event {
            time_ms: vault_time(&self.platform, mounted.manifest.clock_mark_ms),
            revision: mounted.manifest.revision,
            key: Some(Touched { key_id: *key_id, version: 0 }),
            ..self.own_event(Action::RotateKey)?
        };
        let change = KeyChange::NewVersion(*key_id, VersionCause::Created);
        let facts = self.apply_to_key(mounted, scratch, &change, &event);
        scratch.zeroize();
        let facts = facts?;
        // Durable in the manifest; if the sink fails now, it is handed over later.
        let _ = self.hand_over_pending(mounted);
        Ok(facts)
    }

    /// Sets or takes away the budget of a key's versions. What copies hold is written back before, so that it holds for them.
    #[inline(never)]
    pub(super) fn apply_budget(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        facts: &KeyFacts,
        budget: Option<UsageBudget>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let platform = &self.platform;
        // Copies that were given more than counted uses lose that too.
        self.write_back(mounted, Some(&facts.key_id), usize::MAX)?;
        platform.cache().lend_versions(Some(&facts.key_id), &mut |key| {
            let _ = key.usage.take();
        })?;
        let snapshot = Snapshot::take(platform)?;
        let mut lines = Lines(Vec::new());
        lines.line(platform, &snapshot, &facts.key_id, 0, event.time_ms)?.budget = budget;
        self.land_lines(mounted, &snapshot, &lines, Some(event))
    }

    /// The budget of a key's versions, if there is one.
    pub(crate) fn budget(&self, key_id: &KeyId) -> Result<Option<UsageBudget>, Error> {
        let line = with_snapshot(&self.platform, |snapshot| read_line(&self.platform, snapshot, key_id, 0))?;
        Ok(line.and_then(|line| line.budget))
    }

    /// Whether a version may seal once more, for a dry run: one that would rotate the key would succeed.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`].
    pub(crate) fn check_budget(&self, key_id: &KeyId, version: u32) -> Result<(), Error> {
        match self.budget(key_id)? {
            Some(UsageBudget { sealings, end: BudgetEnd::Refuse })
                if self.usage(key_id, version)?.sealing.most >= sealings =>
            {
                Err(Error::LimitExceeded)
            }
            _ => Ok(()),
        }
    }
}
