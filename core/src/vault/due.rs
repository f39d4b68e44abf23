//! What the vault does to keys by itself, when its time has come: each a commit of its own, with its own event.

use zeroize::Zeroizing;

use super::timers::Reading;
use super::{Change, ImportChange, KeyChange, Published, Vault, vault_time};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::audit_entry::{Event, Touched};
use crate::format::manifest::Timers;
use crate::format::version_record::{VERSION_RECORD_LEN, VersionRecord};
use crate::key::{
    Due, FactsChange, KeyFacts, KeyId, KeyState, ScheduledDeletion, VersionCause, VersionChange,
    VersionFacts, due, has_dates,
};
use crate::keyring;
use crate::platform::{Platform, State};
use crate::policy::Action;

/// How many things can come due on one key, one after the other.
const STEPS_MAX: usize = 8;

impl<P: Platform> Vault<P> {
    /// Where the timers stand.
    pub(crate) fn timers(&self) -> Result<Timers, Error> {
        let base = self.platform.state().lend_published(Published::timer_base)??;
        Ok(base.now(Reading::take(&self.platform)))
    }

    /// The highest wall time ever committed, in milliseconds since 1970.
    pub(crate) fn clock_mark_ms(&self) -> Result<u64, Error> {
        self.platform.state().lend_published(Published::clock_mark_ms)?
    }

    /// The facts of a key with everything done to them that is due.
    ///
    /// # Errors
    /// [`Error::NotFound`]: the key has come to its end. Others: it could not be done, and the key may not be used.
    pub(crate) fn settle_due(&self, facts: KeyFacts) -> Result<KeyFacts, Error> {
        let mut facts = facts;
        for _ in 0..STEPS_MAX {
            if !has_dates(&facts) {
                return Ok(facts);
            }
            // A key is out of use long before it is destroyed: that is left to `tick`, and to who confirms it.
            let due = match due(&facts, &self.timers()?) {
                None | Some(Due::Destruction) => return Ok(facts),
                Some(due) => due,
            };
            match self.settle_one(&facts.key_id, due) {
                // Somebody else was faster: look again.
                Ok(()) | Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
            let now = keyring::lend_key(&self.platform, &facts.key_id, |facts, _| *facts)?;
            facts = now.ok_or(Error::NotFound)?;
        }
        Err(Error::Bug)
    }

    /// Does one thing that is due on a key.
    pub(super) fn settle_one(&self, key_id: &KeyId, due: Due) -> Result<(), Error> {
        match due {
            Due::Rotation => {
                let change = KeyChange::NewVersion(*key_id, VersionCause::Automatic);
                self.commit_own(Action::RotateKey, key_id, 0, Change::Key(change))
            }
            Due::Expiry => loop {
                // One material after the other, until nothing more has expired.
                let change = Change::Import(*key_id, ImportChange::Expire);
                match self.commit_own(Action::DeleteExpiredKeyMaterial, key_id, 0, change) {
                    Ok(()) => {}
                    Err(Error::Conflict) => return Ok(()),
                    Err(error) => return Err(error),
                }
            },
            Due::Deletion => {
                let change = KeyChange::Facts(*key_id, FactsChange::FindDeletionDue);
                self.commit_own(Action::DeletionDue, key_id, 0, Change::Key(change))
            }
            Due::Destruction => self.destroy_step(key_id).map(|_| ()),
        }
    }

    /// Does what is due on a version that waits for its destruction.
    pub(super) fn settle_version(
        &self,
        key_id: &KeyId,
        version: u32,
        change: VersionChange,
    ) -> Result<(), Error> {
        let action = match change {
            VersionChange::Destroy => Action::DestroyKeyVersion,
            _ => Action::DeletionDue,
        };
        let change = Change::Key(KeyChange::Version(*key_id, version, change));
        self.commit_own(action, key_id, version, change)
    }

    /// The facts of a key as an expiry that is due would leave them: for a dry run, which settles nothing.
    pub(crate) fn foresee_expiry(&self, facts: KeyFacts) -> Result<KeyFacts, Error> {
        let timers = self.timers()?;
        if facts.state != KeyState::Enabled || due(&facts, &timers) != Some(Due::Expiry) {
            return Ok(facts);
        }
        // What only waits for its rotation is not missed.
        for version in 1..=facts.current_version {
            let of_version = self.version_facts(&facts.key_id, version)?;
            if of_version.and_then(|facts| facts.expires_ms).is_some_and(|ms| ms <= timers.timer_ms) {
                return Ok(KeyFacts { state: KeyState::PendingImport, ..facts });
            }
        }
        Ok(facts)
    }

    /// The destruction that a version waits for, if it does.
    pub(super) fn destruction_of(
        &self,
        key_id: &KeyId,
        version: u32,
    ) -> Result<Option<ScheduledDeletion>, Error> {
        Ok(self.version_facts(key_id, version)?.and_then(|facts| facts.destruction))
    }

    /// What is known of a version, if there is one.
    fn version_facts(&self, key_id: &KeyId, version: u32) -> Result<Option<VersionFacts>, Error> {
        keyring::with_snapshot(&self.platform, |snapshot| {
            let address = snapshot.keys.names.backing_key(&snapshot.keys.names.owner(key_id), version);
            let mut buffer = Zeroizing::new([0; VERSION_RECORD_LEN + sr1::OVERHEAD]);
            let view = snapshot.view(self.platform.storage());
            let Some(plaintext) = view.record(&address, &mut *buffer)? else { return Ok(None) };
            let record = VersionRecord::read_of(plaintext, key_id, version);
            record.map(|record| Some(record.facts)).map_err(|_| Error::Damaged(Part::Record))
        })
    }

    /// Commits something that the vault does by itself.
    fn commit_own(
        &self,
        action: Action,
        key_id: &KeyId,
        version: u32,
        change: Change<'_>,
    ) -> Result<(), Error> {
        let mark_ms = self.clock_mark_ms()?;
        // No permission can have been taken back that this needs.
        let event = Event {
            revision: u64::MAX,
            time_ms: vault_time(&self.platform, mark_ms),
            key: Some(Touched { key_id: *key_id, version }),
            ..self.own_event(action)?
        };
        self.commit_change(&change, &event).map(|_| ())
    }
}
