//! The audit log: events into the sink, chained when they are flushed, the head into the manifest.

use super::state::Mounted;
use super::{Published, Vault, vault_time};
use crate::audit::denials::Counted;
use crate::error::Error;
use crate::format::audit_chain::{highest_revision, successor};
use crate::format::audit_entry::{Entry, Event, split_event};
use crate::format::context::Context;
use crate::format::manifest::AuditHead;
use crate::limits::CHANGE_EVENT_LEN_MAX;
use crate::platform::{Accepted, AuditSink, Clock, Entropy, Platform, State};
use crate::policy::Action;
use crate::short_text::ShortText;

/// The head is committed at least every so many entries, or so often, in milliseconds, while entries are written.
const HEAD_ENTRIES_MAX: u64 = 1000;
const HEAD_MS_MAX: u64 = 60_000;

impl<P: Platform> Vault<P> {
    /// Makes every event so far durable, counts of repeated denials among them.
    ///
    /// # Errors
    /// [`Error::Audit`]: the events wait in the sink; a retry may help. [`Error::Locked`].
    pub fn flush_audit(&self) -> Result<(), Error> {
        let counted = self.flush_counts(Counted::Now);
        self.flush_events().and(counted)
    }

    /// As [`Vault::flush_audit`], but denials are counted on until their minute is over: for whoever flushes again and again.
    ///
    /// # Errors
    /// As [`Vault::flush_audit`].
    pub fn flush_audit_in_time(&self) -> Result<(), Error> {
        let counted = self.flush_counts(Counted::InTime);
        self.flush_events().and(counted)
    }

    /// What was recorded one by one.
    pub(super) fn flush_events(&self) -> Result<(), Error> {
        self.lend_writer(|writer, _| {
            let mounted = writer.mounted.as_mut().ok_or(Error::Locked)?;
            if mounted.ended {
                // What is pending then is of a change whose commit failed: the next mount learns what became of it.
                return self.flush_entries(mounted);
            }
            self.settle_pending(mounted)?;
            self.flush_entries(mounted)?;
            self.declare_drop(mounted)?;
            self.commit_head_if_due(mounted)
        })?
    }

    fn commit_head_if_due(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        let now = self.platform.clock().monotonic_ms();
        let (when, sequence) = mounted.head_committed;
        let entries = mounted.manifest.audit.next_sequence.saturating_sub(sequence);
        if entries >= HEAD_ENTRIES_MAX || (entries > 0 && now.saturating_sub(when) >= HEAD_MS_MAX) {
            self.land(mounted, &mut |_, _| Ok(()))?;
            mounted.head_committed = (now, mounted.manifest.audit.next_sequence);
        }
        Ok(())
    }

    /// Has the sink write what it has taken, and chains it. What was handed over of the pending record is then durable
    /// in the log, and the next commit drops it from the manifest.
    pub(super) fn flush_entries(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        let manifest = &mut mounted.manifest;
        let (vault_id, mount_id) = (manifest.vault_id, manifest.mount_id);
        let mut head = manifest.audit.fork();
        let hash = head.hash;
        let flushed = self
            .platform
            .audit_sink()
            .flush_behind(&hash, &mut |events| head.append::<P::Primitives>(&vault_id, &mount_id, events));
        mounted.is_log_behind = flushed.is_err();
        flushed.map_err(|_| Error::Audit)?;
        manifest.audit = head;
        // In its own room: another list would bring the head's key along, which lay on the stack just now.
        let taken = core::mem::take(&mut mounted.pending_taken).min(manifest.pending.len());
        manifest.pending.copy_within(taken.., 0);
        manifest.pending.truncate(manifest.pending.len().saturating_sub(taken));
        Ok(())
    }

    /// Appends an event of an operation that changed nothing, and flushes if the sink says so.
    ///
    /// The vault must still be open afterwards: closing first shuts the published half and then flushes, so an event
    /// that was appended while it was open is in that flush, and one that came later is not released.
    pub(super) fn append_event(&self, event: &Event<'_>) -> Result<(), Error> {
        self.check_log_room(event)?;
        if self.give_to_sink(event)? == Accepted::FlushDue {
            self.flush_events()?;
        }
        self.platform.state().lend_published(Published::check_open)?
    }

    pub(super) fn give_to_sink(&self, event: &Event<'_>) -> Result<Accepted, Error> {
        // The buffer has the length asked for, so writing cannot fail.
        let write = |buffer: &mut [u8]| {
            let _ = event.write(buffer);
        };
        self.platform.audit_sink().append(event.written_len(), &write).map_err(|_| Error::Audit)
    }

    /// Puts the event of a change into the manifest, to be committed with the change. The commit has to follow at once: after
    /// anything else that fails, the event would stay, and be logged as if the change were made.
    pub(super) fn add_pending(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let event = Event { revision: mounted.manifest.revision.saturating_add(1), ..*event };
        let mut bytes = [0; CHANGE_EVENT_LEN_MAX];
        let len = event.write(&mut bytes)?;
        let pending = &mut mounted.manifest.pending;
        let length = u16::try_from(len).map_err(|_| Error::Bug)?.to_be_bytes();
        if pending.capacity().saturating_sub(pending.len()) < len.saturating_add(2) {
            // The sink has not taken the earlier ones: no change until it has.
            return Err(Error::Audit);
        }
        pending.extend_from_slice(&length).map_err(|_| Error::Bug)?;
        pending.extend_from_slice(bytes.get(..len).ok_or(Error::Bug)?).map_err(|_| Error::Bug)
    }

    /// The last commit of a session: everything flushed, the head in the manifest, marked as closed.
    pub(super) fn commit_close(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        self.append_own(mounted, Action::Close, 0)?;
        mounted.manifest.closed = true;
        self.land(mounted, &mut |_, _| Ok(()))
    }

    /// Records durably something that the vault did by itself.
    pub(super) fn append_own(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        action: Action,
        detail: u64,
    ) -> Result<(), Error> {
        self.settle_pending(mounted)?;
        let time_ms = vault_time(&self.platform, mounted.manifest.clock_mark_ms);
        let revision = mounted.manifest.revision;
        let event = Event { time_ms, revision, detail, ..self.own_event(action)? };
        if self.give_to_sink(&event).is_err() {
            // Counts of denials may be what is in the way.
            self.flush_entries(mounted)?;
            self.give_to_sink(&event)?;
        }
        self.flush_entries(mounted)?;
        self.declare_drop(mounted)
    }

    /// An event of the vault's own, at no time and revision yet.
    pub(super) fn own_event(&self, action: Action) -> Result<Event<'static>, Error> {
        let mut request_id = [0; 16];
        self.platform.entropy().fill(&mut request_id).map_err(|_| Error::Entropy)?;
        Ok(Event {
            time_ms: None,
            request_id,
            revision: 0,
            action,
            principal: "vault",
            subject: "",
            key: None,
            source_key: None,
            dry_run: false,
            decider: None,
            sid: ShortText::EMPTY,
            mismatch: None,
            outcome: Ok(()),
            detail: 0,
            deciding_grant: None,
            grant_id: None,
            repeats: None,
            context: Context::EMPTY,
        })
    }

    /// Follows the log behind the committed head, and appends the pending events that it lacks. Answers how many
    /// entries were found, and the highest revision that any of them knows.
    ///
    /// An event of a change has the revision that its commit makes, and is appended only after that; all others have one that
    /// was committed before. So a log of this vault never knows more than its manifest, whenever the power went.
    pub(super) fn catch_up(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(u64, u64), Error> {
        let manifest = &mut mounted.manifest;
        let vault_id = manifest.vault_id;
        let from = manifest.audit.next_sequence;
        let mut head = manifest.audit.fork();
        let mut missing = manifest.pending.clone();
        let mut known = 0;
        self.platform
            .audit_sink()
            .scan(from, &mut |bytes| {
                let mut next = head.fork();
                let follows = Entry::read(bytes).is_ok_and(|entry| {
                    let follows = next.follow::<P::Primitives>(&vault_id, &entry);
                    // One that does not follow is of a life of this vault that went another way, or is altered: then too it
                    // says what somebody knows.
                    known = known.max(highest_revision(entry.events));
                    if follows {
                        forget_found(&mut missing, entry.events);
                    }
                    follows
                });
                if follows {
                    head = next;
                }
                follows
            })
            .map_err(|_| Error::Audit)?;
        let found = head.next_sequence.saturating_sub(from);
        manifest.audit = head;
        // Less than before, in the room that is there.
        manifest.pending.clear();
        manifest.pending.extend_from_slice(&missing).map_err(|_| Error::Bug)?;
        Ok((found, known))
    }

    /// Hands the pending events to the sink, durably; the next commit then drops them from the manifest. If the sink
    /// fails, they stay there, from where the next change or mount hands them over.
    pub(super) fn settle_pending(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        self.append_pending(mounted)?;
        if mounted.manifest.pending.is_empty() { Ok(()) } else { self.flush_entries(mounted) }
    }

    /// Hands the pending events to the sink, which writes them with others when a flush is due: until then the manifest has
    /// them, so that a change needs no second write of its own. Flushes where the manifest has no room for one more.
    pub(super) fn hand_over_pending(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        let accepted = self.append_pending(mounted)?;
        let pending = &mounted.manifest.pending;
        let room = pending.capacity().saturating_sub(pending.len());
        let is_full = room < CHANGE_EVENT_LEN_MAX.saturating_add(2);
        let is_due = accepted == Accepted::FlushDue || mounted.is_log_behind || is_full;
        if is_due && !pending.is_empty() { self.flush_entries(mounted) } else { Ok(()) }
    }

    fn append_pending(&self, mounted: &mut Mounted<P::Primitives>) -> Result<Accepted, Error> {
        let mut said = Accepted::Batched;
        let pending = mounted.manifest.pending.clone();
        let mut left = pending.get(mounted.pending_taken..).unwrap_or_default();
        while let Some((event, rest)) = split_event(left) {
            let copy = |buffer: &mut [u8]| buffer.copy_from_slice(event);
            let append = || self.platform.audit_sink().append(event.len(), &copy).map_err(|_| Error::Audit);
            let len = left.len().saturating_sub(rest.len());
            let accepted = match append() {
                Ok(accepted) => accepted,
                // What waits in the sink may be what is in the way.
                Err(_) => {
                    self.flush_entries(mounted)?;
                    append()?
                }
            };
            if accepted == Accepted::FlushDue {
                said = accepted;
            }
            mounted.pending_taken = mounted.pending_taken.saturating_add(len);
            left = rest;
        }
        Ok(said)
    }
}

/// Drops the events from `missing` that an entry of the log holds.
fn forget_found(missing: &mut heapless::Vec<u8, { crate::limits::PENDING_AUDIT_LEN }>, events: &[u8]) {
    let mut still = heapless::Vec::new();
    let mut left: &[u8] = missing;
    while let Some((event, rest)) = split_event(left) {
        let mut found = events;
        let mut is_there = false;
        while let Some((logged, more)) = split_event(found) {
            is_there |= logged == event;
            found = more;
        }
        if !is_there {
            // Fits: `still` is never longer than `missing`.
            let length = left.get(..2).unwrap_or_default();
            let _ = still.extend_from_slice(length).and_then(|()| still.extend_from_slice(event));
        }
        left = rest;
    }
    *missing = still;
}

/// Whether a log, from where the running one begins, hashes to its head. What the entries say is not judged: only the
/// holder of the first key can.
pub(super) fn follows_from_start<P: Platform>(
    sink: &P::AuditSink,
    vault_id: &[u8; 16],
    head: &AuditHead,
) -> Result<bool, Error> {
    let mut at: Option<AuditHead> = None;
    let scanned = sink.scan(0, &mut |bytes| {
        let Ok(entry) = Entry::read(bytes) else { return false };
        if entry.sequence == 0 {
            at = Some(AuditHead::beginning::<P::Primitives>(vault_id, head.log_id));
        }
        if let Some(at) = &mut at {
            at.pass::<P::Primitives>(vault_id, &entry);
        } else if successor(entry.events) == Some(head.log_id) {
            let mut next = AuditHead::beginning::<P::Primitives>(vault_id, head.log_id);
            next.next_sequence = entry.sequence.saturating_add(1);
            at = Some(next);
        }
        true
    });
    scanned.map_err(|_| Error::Audit)?;
    Ok(at.is_some_and(|at| at.next_sequence == head.next_sequence && at.hash == head.hash))
}
