//! What the vault does to keys by itself, when its time has come: each a commit of its own, with its own event.

use super::timers::Reading;
use super::{Change, ImportChange, KeyChange, Published, Vault, vault_time};
use crate::error::Error;
use crate::format::audit_entry::{Event, Touched};
use crate::format::manifest::Timers;
use crate::key::{Due, KeyFacts, KeyId, VersionCause, due, has_dates};
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
            let Some(due) = due(&facts, &self.timers()?) else { return Ok(facts) };
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

    fn settle_one(&self, key_id: &KeyId, due: Due) -> Result<(), Error> {
        match due {
            Due::Rotation => {
                let change = KeyChange::NewVersion(*key_id, VersionCause::Automatic);
                self.commit_own(key_id, Action::RotateKey, Change::Key(change))
            }
            Due::Expiry => loop {
                // One material after the other, until nothing more has expired.
                let change = Change::Import(*key_id, ImportChange::Expire);
                match self.commit_own(key_id, Action::DeleteExpiredKeyMaterial, change) {
                    Ok(()) => {}
                    Err(Error::Conflict) => return Ok(()),
                    Err(error) => return Err(error),
                }
            },
        }
    }

    fn commit_own(&self, key_id: &KeyId, action: Action, change: Change<'_>) -> Result<(), Error> {
        let mark_ms = self.platform.state().lend_published(Published::clock_mark_ms)??;
        // No permission can have been taken back that this needs.
        let event = Event {
            revision: u64::MAX,
            time_ms: vault_time(&self.platform, mark_ms),
            key: Some(Touched { key_id: *key_id, version: 0 }),
            ..self.own_event(action)?
        };
        self.commit_change(&change, &event).map(|_| ())
    }
}
