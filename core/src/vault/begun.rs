//! Destructions that have begun: a power cut does not keep them from their end (`protocols`, 3).
//!
//! From the commit that begins one to the one that ends it the manifest says so. A mount that finds that goes through what
//! has come due, and carries to its end what has begun; everything else there is left to [`Vault::tick`].

use super::state::Mounted;
use super::tick::{Next, is_of_one_key};
use super::{Published, Vault};
use crate::crypto::Primitives;
use crate::error::Error;
use crate::format::due_record::DueRecord;
use crate::keyring;
use crate::platform::{Platform, State};

impl<C: Primitives> Mounted<C> {
    /// The next commit begins a destruction.
    pub(super) fn note_begun(&mut self) {
        self.begun = self.begun.saturating_add(1);
        self.manifest.destruction_begun = true;
    }

    /// The next commit ends one that has begun.
    pub(super) fn note_over(&mut self) {
        self.begun = self.begun.saturating_sub(1);
        self.manifest.destruction_begun = self.begun > 0;
    }
}

impl<P: Platform> Vault<P> {
    /// Goes on with what an earlier session has begun. What is in the way of one key is for `tick` to try again.
    ///
    /// # Errors
    /// The session has ended, and the vault is closed.
    pub(super) fn finish_begun(&self) -> Result<(), Error> {
        let Err(error) = self.go_on_destroying() else { return Ok(()) };
        let state = self.platform.state();
        self.lend_writer(|writer, _| match writer.usable() {
            Ok(_) => Ok(()),
            Err(_) => {
                writer.mounted = None;
                state.publish(Published::clear)?;
                Err(error)
            }
        })?
    }

    fn go_on_destroying(&self) -> Result<(), Error> {
        let has_begun = self.lend_writer(|writer, _| {
            let mounted = writer.usable()?;
            if mounted.manifest.destruction_begun {
                // One that stands for all of them, until they were looked for.
                mounted.note_begun();
            }
            Ok::<_, Error>(mounted.manifest.destruction_begun)
        })??;
        if !has_begun {
            return Ok(());
        }
        let mut is_left = false;
        loop {
            match self.next_due()? {
                Next::End => break,
                Next::Days => {}
                Next::Unreadable => {
                    is_left = true;
                    self.pass(None, true)?;
                }
                Next::Entry(address, record) => {
                    is_left |= !self.go_on_with(&record)?;
                    self.pass(Some(address), true)?;
                }
            }
        }
        self.lend_writer(|writer, _| {
            if !is_left {
                writer.usable()?.note_over();
            }
            Ok(())
        })?
    }

    /// Carries the destruction of a key to its end, if it has begun; `false` if that cannot be known or done now.
    fn go_on_with(&self, record: &DueRecord) -> Result<bool, Error> {
        let key_id = &record.key_id;
        let facts = match keyring::lend_key(&self.platform, key_id, |facts, _| *facts) {
            Err(error) if is_of_one_key(&error) => return Ok(false),
            facts => facts?,
        };
        let deletion = facts.and_then(|facts| facts.deletion);
        if record.version != 0 || !deletion.is_some_and(|deletion| deletion.has_begun()) {
            return Ok(true);
        }
        self.lend_writer(|writer, _| writer.usable().map(Mounted::note_begun))??;
        match self.destroy_key(key_id) {
            Ok(_) => Ok(true),
            Err(error) if is_of_one_key(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
