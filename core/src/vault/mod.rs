//! The vault itself: created, mounted, committed to, closed. Users hold a [`Vault`]; every method of it that touches a
//! key is one trip through [`crate::flow`].

mod alias;
mod audit;
mod audit_denials;
mod audit_room;
mod backup;
mod begun;
mod budget;
mod change;
mod choose;
mod commit;
mod commit_access_key;
mod commit_alias;
mod commit_audit;
mod commit_caller;
mod commit_clock;
mod commit_grant;
mod commit_import;
mod commit_key;
mod commit_peers;
mod commit_received;
mod commit_sealed;
mod commit_slots;
mod commit_trust;
mod create;
mod derived_keys;
mod destroy;
mod destroy_damaged;
mod due;
mod due_index;
mod erase;
#[cfg(test)]
mod features;
mod found_state;
mod group;
mod identity;
mod import_records;
mod ledger;
mod manifest_key;
mod mount;
mod offers;
mod one_time_place;
mod parties;
mod posture;
mod quarantine;
mod received;
mod repair;
mod repair_index;
mod repair_nodes;
mod restore;
mod rests;
mod rights;
mod self_test;
mod settings;
mod slots;
mod state;
mod tick;
mod timers;
mod usage_lines;
mod verify;
mod wrapping_keys;

use crate::audit::denials::Counted;
use crate::error::Error;
use crate::flow::key_of_alias;
use crate::format::slot::SlotParameters;
use crate::key::KeyId;
use crate::keyring;
use crate::platform::{Cache, Clock, Platform, State};
use crate::realm::Realm;
use crate::secret::Secret;

use zeroize::Zeroize;

pub use create::{NewSlot, NewVault};
pub use erase::Destruction;
pub use found_state::FoundState;
pub use posture::{Posture, Protection};
pub use repair::{RecordKind, Remedy, RepairCounts, RepairItem};
pub use slots::{ListedSlot, ListedSlots, SlotState};
pub use state::{Published, Snapshot, Writer};
pub use tick::Ticked;
pub use verify::Verified;

pub(crate) use alias::read_alias;
pub(crate) use change::Change;
pub(crate) use commit_access_key::{AccessKeyChange, access_keys_of, lend_access_key};
pub(crate) use commit_alias::AliasChange;
pub(crate) use commit_audit::AuditChange;
pub(crate) use commit_caller::CallerChange;
pub(crate) use commit_clock::ClockChange;
pub(crate) use commit_grant::GrantChange;
pub(crate) use commit_import::{ImportChange, NewMaterial, NewWrappingKey};
pub(crate) use commit_key::KeyChange;
pub(crate) use commit_peers::{PeerChange, lend_peers};
pub(crate) use commit_received::ReceivedBundle;
pub(crate) use commit_sealed::{SealedBundle, SealedStep};
pub(crate) use commit_trust::lend_trust;
pub(crate) use derived_keys::DerivedKeys;
pub(crate) use identity::lend_identity;
pub(crate) use ledger::Reserved;
pub(crate) use offers::NewOffer;
pub(crate) use repair::Findings;
pub(crate) use rests::return_rest;
pub(crate) use slots::SlotDraft;

/// A key vault on a platform.
///
/// It is built in place and holds nothing but the platform, which may be borrowed: it can live in a `static`. Every
/// method takes `&self`, and the vault is `Sync` exactly if its platform is.
#[derive(Debug)]
pub struct Vault<P: Platform> {
    platform: P,
}

/// Turns an unlock secret into the 32 bytes that open a slot with these parameters; answers `false` if the secret is
/// not of the slot's kind.
pub type Unlock<'u> = dyn FnMut(&SlotParameters, &mut Secret<32>) -> Result<bool, Error> + 'u;

impl<P: Platform> Vault<P> {
    /// A vault that is not open yet: call [`Vault::create`] or [`Vault::mount`].
    pub const fn new(platform: P) -> Self {
        Vault { platform }
    }

    /// The platform.
    pub const fn platform(&self) -> &P {
        &self.platform
    }

    /// Partition, account and Region of the open vault.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::SessionEnded`], [`Error::Busy`].
    pub fn realm(&self) -> Result<Realm, Error> {
        self.platform.state().lend_published(Published::opened)?.map(|opened| opened.realm)
    }

    /// Whether the vault has a key with this id: for whoever routes requests to one vault of several. Nobody's right to know it
    /// is looked at, and nothing is recorded.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::SessionEnded`], [`Error::Busy`], [`Error::Damaged`].
    pub fn holds_key(&self, key_id: &KeyId) -> Result<bool, Error> {
        keyring::lend_key(&self.platform, key_id, |_, _| ()).map(|found| found.is_some())
    }

    /// The key that has an alias now, if any: for whoever puts errors about keys into words. Nobody's right to know it is looked at,
    /// and nothing is recorded.
    ///
    /// # Errors
    /// As [`Vault::holds_key`].
    pub fn key_of_alias(&self, name: &str) -> Result<Option<KeyId>, Error> {
        key_of_alias(&self.platform, name)
    }

    /// Wipes every key, midstate and cached record, after waiting for lends, and writes nothing but the changes of other
    /// threads that wait for their commit. What the audit sink has not made durable yet stays in its window; [`Vault::close`]
    /// flushes first.
    ///
    /// # Errors
    /// [`Error::Busy`]: something may still be held; a retry helps.
    pub fn lock(&self) -> Result<(), Error> {
        self.end_session(|_| Ok(()))
    }

    /// Flushes the audit log, commits its head, and locks. Opening the vault again needs an unlock secret.
    ///
    /// # Errors
    /// [`Error::Audit`], [`Error::Storage`]: the vault is locked all the same.
    pub fn close(&self) -> Result<(), Error> {
        // While the tree can still be read. What is used after this stays counted.
        let written = self
            .lend_writer(|writer, _| writer.usable().and_then(|mounted| self.write_back_at_close(mounted)));
        // While there can be a flush in between. What comes after this is handed over below; a log that is full has no room.
        let _ = self.flush_counts(Counted::Now);
        self.end_session(|writer| self.commit_close(writer.usable()?)).and(written?)
    }

    /// Shuts the published half, so that nothing more is released; then does the last of the writer's work; then wipes.
    fn end_session(
        &self,
        last: impl FnOnce(&mut Writer<P::Primitives>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let platform = &self.platform;
        let done = self.lend_writer(|writer, scratch| {
            platform.state().publish(|published| {
                self.write_last_counts(published);
                published.clear();
            })?;
            let done = last(writer);
            writer.mounted = None;
            scratch.zeroize();
            done
        })?;
        // Readers that are still on their way back bring nothing into the cache again.
        platform.cache().forget_all(u64::MAX)?;
        done
    }
}

/// Vault time: the wall clock, never below the highest time ever committed.
pub(crate) fn vault_time<P: Platform>(platform: &P, mark_ms: u64) -> Option<u64> {
    platform.clock().wall_ms().map(|now_ms| now_ms.max(mark_ms))
}
