//! Changing the vault: one storage commit for the change, its audit event and the manifest.

use zeroize::{Zeroize, Zeroizing};

use super::change::{Applied, Change};
use super::manifest_key;
use super::state::Mounted;
use super::timers::Reading;
use super::{Published, Vault};
use crate::crypto::sr1;
use crate::error::Error;
use crate::format::audit_entry::Event;
use crate::format::version_record::VERSION_RECORD_LEN;
use crate::platform::{Address, Clock, Freshness, Platform, State, Storage, Transaction};
use crate::tree::Plan;

/// Commits of counts alone do not move the freshness counter for so long, in milliseconds,
const QUIET_MS_MAX: u64 = 3_600_000;
/// or for so many of them.
const QUIET_COMMITS_MAX: u32 = 64;

/// A record to be sealed and written: its plaintext lies behind `sr1::HEAD_LEN` bytes of the buffer.
pub(super) struct NewRecord<'r> {
    pub(super) address: Address,
    pub(super) buffer: &'r mut [u8],
    pub(super) len: usize,
}

/// The plaintext of a version's record, and room to seal it.
pub(super) type VersionBuffer = Zeroizing<[u8; VERSION_RECORD_LEN + sr1::OVERHEAD]>;

pub(super) fn version_buffer() -> VersionBuffer {
    Zeroizing::new([0; VERSION_RECORD_LEN + sr1::OVERHEAD])
}

/// Writes one commit's blobs.
pub(super) type Stage<'s, C> = dyn FnMut(&mut Mounted<C>, &mut dyn Transaction) -> Result<(), Error> + 's;

impl<P: Platform> Vault<P> {
    /// Applies a change together with its event, and answers the key that it was about. On return it is durable, published
    /// and in the pending audit record. [`Error::Busy`] if rights have changed since it was permitted.
    pub(crate) fn commit_change(&self, change: &Change<'_>, event: &Event<'_>) -> Result<Applied, Error> {
        let (applied, group) = self.platform.state().lend_writer(|writer, scratch| {
            let applied = self.apply_or_stage(writer, scratch, change, event);
            scratch.zeroize();
            applied
        })??;
        match group {
            None => Ok(applied),
            Some(group) => self.await_group(group).map(|()| applied),
        }
    }

    /// Judges a change again on what is there now, and lands it, or stages it if it is to join others.
    pub(super) fn apply(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        change: &Change<'_>,
        event: &Event<'_>,
    ) -> Result<Applied, Error> {
        // Earlier events that the sink did not take then: no change before it has them.
        match change {
            // All that comes before is in the log, in entries of their own.
            Change::Audit(_) => self.settle_pending(mounted)?,
            // Events of what has not landed are not to be in the log.
            _ if mounted.staged.has_changes() => {}
            _ => self.hand_over_pending(mounted)?,
        }
        self.read_settings_again(mounted)?;
        // Somebody may have taken back meanwhile what this was permitted by: whoever asks again is judged again.
        let has_changed = |key_id| mounted.rights.changed_since(key_id, event.revision);
        if change.permitted_keys().into_iter().any(has_changed) {
            return Err(Error::Busy);
        }
        let applied = match change {
            Change::Key(change) => self.apply_to_key(mounted, scratch, change, event).map(Applied::to),
            Change::Alias(change) if cfg!(feature = "provisioning") => {
                self.apply_to_aliases(mounted, scratch, change, event).map(|()| Applied::NO_KEY)
            }
            Change::Grant(facts, change) if cfg!(feature = "grants") => {
                self.apply_to_grants(mounted, scratch, facts, change, event).map(Applied::to)
            }
            Change::Caller(change) if cfg!(feature = "provisioning") => {
                self.apply_to_callers(mounted, scratch, change, event).map(|()| Applied::NO_KEY)
            }
            Change::AccessKey(change) if cfg!(feature = "provisioning") => {
                self.apply_to_access_keys(mounted, scratch, change, event).map(|()| Applied::NO_KEY)
            }
            Change::Trust(change) if cfg!(feature = "provisioning") => {
                self.apply_to_trust(mounted, scratch, change, event).map(|()| Applied::NO_KEY)
            }
            Change::Import(key_id, change) if cfg!(feature = "imports") => {
                self.apply_import(mounted, scratch, key_id, change, event)
            }
            Change::Clock(change) => self.apply_to_clock(mounted, *change, event).map(|()| Applied::NO_KEY),
            Change::Audit(change) => self.apply_to_audit(mounted, *change, event).map(|()| Applied::NO_KEY),
            Change::Budget(facts, budget) if cfg!(feature = "provisioning") => {
                self.apply_budget(mounted, facts, *budget, event).map(|()| Applied::to(*facts))
            }
            Change::Quotas(quotas) if cfg!(feature = "provisioning") => {
                self.apply_quotas(mounted, scratch, quotas, event).map(|()| Applied::NO_KEY)
            }
            Change::Slots(draft) if cfg!(feature = "provisioning") => {
                self.apply_to_slots(mounted, draft, event).map(|()| Applied::NO_KEY)
            }
            Change::DestroyDamaged(key_id) if cfg!(feature = "provisioning") => {
                let destroyed = self.apply_damaged_destruction(mounted, scratch, key_id, event);
                destroyed.map(|how| Applied { destruction: Some(how), ..Applied::NO_KEY })
            }
            Change::Identity if cfg!(feature = "peers") => {
                self.apply_identity(mounted, event).map(|()| Applied::NO_KEY)
            }
            Change::Peer(change) if cfg!(feature = "peers") => {
                self.apply_to_peers(mounted, change, event).map(|()| Applied::NO_KEY)
            }
            Change::Offer(new) if cfg!(feature = "peers") => {
                self.apply_offer(mounted, new, event).map(|()| Applied::NO_KEY)
            }
            Change::Receive(received) if cfg!(feature = "peers") => {
                self.apply_received(mounted, scratch, received, event)
            }
            Change::Sealed(bundle) if cfg!(feature = "peers") => {
                self.apply_to_sealed(mounted, bundle, event).map(|()| Applied::NO_KEY)
            }
            // Left out of this build.
            _ => Err(Error::UnsupportedOperation),
        };
        let applied = applied?;
        let mut revision = mounted.manifest.revision;
        if mounted.staged.is_joining() {
            revision = revision.saturating_add(1);
        } else if !mounted.staged.has_changes() {
            // The event is durable in the manifest; if the sink fails now, it is handed over later. With others it is handed over
            // when what their keys were is forgotten.
            let _ = self.hand_over_pending(mounted);
        }
        change.note_rights(&mut mounted.rights, revision);
        Ok(applied)
    }

    /// Lands one commit of a plan and of the records that it made places for, or stages it where the change joins others.
    pub(super) fn land_plan(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        plan: &mut Plan,
        records: &mut [NewRecord<'_>],
    ) -> Result<(), Error> {
        if mounted.staged.is_joining() {
            return self.stage_plan(mounted, plan, records);
        }
        self.land(mounted, &mut |mounted, transaction| self.write_plan(mounted, plan, records, transaction))
    }

    /// As [`Vault::land_plan`], for what moves the freshness counter only now and then: see [`Vault::land_quietly`].
    pub(super) fn land_plan_quietly(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        plan: &mut Plan,
        records: &mut [NewRecord<'_>],
    ) -> Result<(), Error> {
        self.land_quietly(mounted, &mut |mounted, transaction| {
            self.write_plan(mounted, plan, records, transaction)
        })
    }

    /// Writes the blobs of a plan and of the records that it made places for.
    pub(super) fn write_plan(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        plan: &mut Plan,
        records: &mut [NewRecord<'_>],
        transaction: &mut dyn Transaction,
    ) -> Result<(), Error> {
        let (entropy, vault_id) = (self.platform.entropy(), mounted.manifest.vault_id);
        for NewRecord { address, buffer, len } in records {
            plan.write_record::<P::Primitives>(&vault_id, address, buffer, *len, entropy, transaction)?;
        }
        plan.write_nodes::<P::Primitives>(&vault_id, &mut mounted.manifest.top_key, entropy, transaction)
    }

    /// Lands one commit: whatever `stage` writes, and the manifest. Any error from the storage or the counter ends the
    /// session (`protocols`, 1).
    pub(super) fn land(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        stage: &mut Stage<'_, P::Primitives>,
    ) -> Result<(), Error> {
        self.land_as(mounted, true, stage)
    }

    /// Lands one commit that carries nothing but counts. It moves the freshness counter only if that has not been moved for
    /// an hour, or for [`QUIET_COMMITS_MAX`] commits: a counter wears out (`protocols`, 1).
    fn land_quietly(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        stage: &mut Stage<'_, P::Primitives>,
    ) -> Result<(), Error> {
        let (moved_ms, quiet) = mounted.fresh_moved;
        let since = self.platform.clock().monotonic_ms().saturating_sub(moved_ms);
        self.land_as(mounted, since >= QUIET_MS_MAX || quiet >= QUIET_COMMITS_MAX, stage)
    }

    pub(super) fn land_as(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        moves_fresh: bool,
        stage: &mut Stage<'_, P::Primitives>,
    ) -> Result<(), Error> {
        let platform = &self.platform;
        let expected = mounted.manifest.revision;
        mounted.manifest.revision = expected.checked_add(1).ok_or(Error::Capacity)?;
        let now = Reading::take(platform);
        if moves_fresh {
            mounted.manifest.fresh = mounted.manifest.fresh.checked_add(1).ok_or(Error::Capacity)?;
            mounted.fresh_moved = (now.monotonic_ms, 0);
        } else {
            mounted.fresh_moved.1 = mounted.fresh_moved.1.saturating_add(1);
        }
        if let Some(now) = now.wall_ms {
            mounted.manifest.clock_mark_ms = mounted.manifest.clock_mark_ms.max(now);
        }
        mounted.manifest.timers.advance_to(mounted.timer_base.now(now));
        let begun = platform.state().publish(Published::begin);
        let landed = begun.and_then(|()| {
            platform.storage().commit(expected, &mut |transaction| {
                stage(mounted, transaction)?;
                manifest_key::write(mounted, platform.entropy(), transaction)
            })
        });
        let advanced = landed
            .and_then(|()| if moves_fresh { self.advance_counter(mounted.manifest.fresh) } else { Ok(()) });
        let landed =
            advanced.and_then(|()| platform.state().publish(|published| published.land(&mounted.manifest)));
        if landed.is_err() {
            self.end(mounted)?;
        }
        landed
    }

    /// Ends the session: what was released is made durable in the log, and nothing more is answered.
    pub(super) fn end(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        mounted.ended = true;
        if let Some(staging) = self.platform.storage().staging() {
            staging.discard();
        }
        self.platform.state().publish(|published| {
            self.write_last_counts(published);
            published.end();
        })?;
        // The sink may be what failed; the error that ended the session is the one to tell.
        let _ = self.flush_entries(mounted);
        Ok(())
    }

    fn advance_counter(&self, fresh: u64) -> Result<(), Error> {
        let freshness = self.platform.freshness();
        match freshness.read() {
            Ok(None) => Ok(()),
            Ok(Some(counter)) if counter.checked_add(1) == Some(fresh) => {
                freshness.advance(fresh).map_err(|_| Error::Anchor)
            }
            Ok(Some(_)) | Err(_) => Err(Error::Anchor),
        }
    }
}
