//! Opening a vault: what was chosen is read again under the lock, and the session's first commits land, in the order that survives
//! cuts and rollbacks (`protocols`, 1, 3).

use super::choose::{Chosen, Found};
use super::manifest_key;
use super::state::Mounted;
use super::timers::{Reading, TimerBase};
use super::{Published, Unlock, Vault, Writer, vault_time};
use crate::error::Error;
use crate::format::audit_entry::{Entry, Event};
use crate::platform::{AuditSink, Cache, Clock, Entropy, Freshness, Platform, State};
use crate::policy::Action;
use crate::secret::Secret;

impl<P: Platform> Vault<P> {
    /// Opens the vault. `unlock` is shown each slot in turn until one opens.
    ///
    /// Opening writes one manifest (two with a freshness counter in step), so that this session differs from all others. A
    /// destruction that had begun is carried to its end.
    ///
    /// # Errors
    /// Nothing of the vault has changed after [`Error::NotAVault`], [`Error::FromTheFuture`], [`Error::WrongSecret`],
    /// [`Error::SlotStale`], [`Error::SlotParameters`], [`Error::Damaged`], [`Error::RolledBack`]. After
    /// [`Error::Storage`], [`Error::Anchor`], [`Error::Entropy`], [`Error::Audit`] the vault stays closed, and mounting
    /// again is safe. [`Error::Busy`] if it is open already, or was opened by somebody else meanwhile.
    pub fn mount(&self, unlock: &mut Unlock<'_>) -> Result<(), Error> {
        let mut found = self.choose(unlock)?;
        self.lend_writer(|writer, _| {
            if writer.mounted.as_ref().is_some_and(|mounted| !mounted.ended) {
                return Err(Error::Busy);
            }
            self.begin_session(&found, writer)?;
            // The writer has its own.
            found.root_key = Secret::zeroed();
            self.open_to_requests(writer, |mounted| {
                let (action, detail) = self.settle(mounted)?;
                self.append_own(mounted, action, detail)
            })
        })??;
        self.finish_begun()
    }

    // Manifests are large, and gone from the stack before the commits of a mount.
    #[inline(never)]
    fn begin_session(&self, found: &Found, writer: &mut Writer<P::Primitives>) -> Result<(), Error> {
        let platform = &self.platform;
        let Found { vault_id, root_key: opened, state } = found;
        // Somebody may have opened and closed the vault since it was looked at; then its cell is another one, and ours
        // must not take its place.
        let mut chosen = Chosen::default();
        let is_still_there = match self.newest_manifest(vault_id, opened, &mut chosen) {
            Ok(()) => chosen.state() == Some(*state),
            Err(Error::Damaged(_)) => false,
            Err(error) => return Err(error),
        };
        if !is_still_there {
            return Err(Error::Busy);
        }
        // Between two readings of the same state the counter may have moved.
        self.check_fresh(chosen.manifest()?.fresh)?;
        platform.state().publish(Published::clear)?;
        let Chosen { manifest, cell } = chosen;
        let manifest = manifest.ok_or(Error::Bug)?;
        let mut root_key = Secret::zeroed();
        root_key.set_from(opened);
        let key = manifest_key::derive(vault_id, opened, cell.as_ref().map(|(_, value)| value));
        let timer_base = TimerBase::mount(manifest.timers, Reading::take(platform));
        let now_ms = platform.clock().monotonic_ms();
        let cell = cell.map(|(cell, _)| cell);
        writer.mounted = Some(Mounted::begin(manifest, key, root_key, cell, timer_base, now_ms));
        Ok(())
    }

    /// Finishes what a creation or a mount has begun: only when that is done may the first operation come, and if it
    /// fails the vault is closed.
    pub(super) fn open_to_requests(
        &self,
        writer: &mut Writer<P::Primitives>,
        finish: impl FnOnce(&mut Mounted<P::Primitives>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let platform = &self.platform;
        let opened = writer.usable().and_then(|mounted| {
            finish(mounted)?;
            // What an earlier session has permitted is judged again.
            mounted.rights.note_callers(mounted.manifest.revision);
            // Twice: while they are not known no request is too many.
            mounted.settings = self.read_settings(mounted).or_else(|_| self.read_settings(mounted));
            let rates = mounted.settings.unwrap_or_default().quotas.request_rates;
            // What an earlier session's readers may still bring is older than this.
            platform.cache().forget_all(mounted.manifest.revision)?;
            platform.state().publish(|published| {
                published.open(&mounted.manifest, mounted.timer_base);
                published.set_log_ahead(mounted.log_ahead);
                published.set_rates(&rates);
            })
        });
        if opened.is_err() {
            writer.mounted = None;
            platform.state().publish(Published::clear)?;
        }
        opened
    }

    /// Whether the vault would open with this secret, as far as can be told without writing. What [`Vault::mount`] does
    /// after it are its commits.
    ///
    /// # Errors
    /// Those of [`Vault::mount`] after which nothing has changed.
    pub fn check_unlock(&self, unlock: &mut Unlock<'_>) -> Result<(), Error> {
        self.choose(unlock).map(|_| ())
    }

    /// The commits of a mount. Only after them the first operation.
    fn settle(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(Action, u64), Error> {
        let platform = &self.platform;
        let was_closed = mounted.manifest.closed;
        let truncated = self.is_truncated(mounted)?;
        let (found, known) = self.catch_up(mounted)?;
        let revision = mounted.manifest.revision;
        let mut is_untold = false;
        if known > revision {
            mounted.log_ahead = Some((revision, known));
            // In the commit that takes the log's end over: no power cut comes in between.
            is_untold = self.add_pending(mounted, &self.log_ahead_event(mounted, known)?).is_err();
        }
        if truncated && found == 0 {
            // Nobody but us knows the hashes of what is missing: an auditor can follow from here on.
            let vault_id = mounted.manifest.vault_id;
            mounted.manifest.audit.start_segment::<P::Primitives>(&vault_id);
        }

        let in_step = match platform.freshness().read().map_err(|_| Error::Anchor)? {
            None => false,
            Some(counter) if counter == mounted.manifest.fresh => true,
            Some(_) => {
                // The last session's final commit landed, but not its advance.
                platform.freshness().advance(mounted.manifest.fresh).map_err(|_| Error::Anchor)?;
                false
            }
        };
        platform.entropy().fill(&mut mounted.manifest.mount_id).map_err(|_| Error::Entropy)?;
        mounted.manifest.closed = false;
        if mounted.cell.is_some() {
            self.replace_cell(mounted, &mut |_, _| Ok(()))?;
        } else {
            self.land(mounted, &mut |_, _| Ok(()))?;
        }
        if in_step {
            self.land(mounted, &mut |_, _| Ok(()))?;
        }
        self.settle_pending(mounted)?;
        if is_untold {
            self.append_own(mounted, Action::LogAhead, known)?;
        }
        mounted.head_committed.1 = mounted.manifest.audit.next_sequence;
        Ok(match (truncated, was_closed) {
            (true, _) => (Action::LogTruncated, found),
            (false, true) => (Action::Mount, found),
            (false, false) => (Action::UncleanMount, found),
        })
    }

    fn log_ahead_event(&self, mounted: &Mounted<P::Primitives>, known: u64) -> Result<Event<'static>, Error> {
        let time_ms = vault_time(&self.platform, mounted.manifest.clock_mark_ms);
        Ok(Event { time_ms, detail: known, ..self.own_event(Action::LogAhead)? })
    }

    /// Whether the log ends before the committed head.
    fn is_truncated(&self, mounted: &Mounted<P::Primitives>) -> Result<bool, Error> {
        let Some(last) = mounted.manifest.audit.next_sequence.checked_sub(1) else { return Ok(false) };
        let mut is_there = false;
        let visit = &mut |bytes: &[u8]| {
            is_there = Entry::read(bytes).is_ok_and(|entry| entry.sequence == last);
            false
        };
        self.platform.audit_sink().scan(last, visit).map_err(|_| Error::Audit)?;
        Ok(!is_there)
    }
}
