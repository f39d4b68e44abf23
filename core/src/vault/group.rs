//! Changes of several callers in one commit. Whoever changes something while others wait for the writer leaves it staged,
//! waits too, and is answered when it has landed; the last one in the row, or the first that finds no more room, lands for
//! all. Each is judged on what is staged before it. Nobody else sees any of it before it is durable.

use super::Vault;
use super::change::{Applied, Change};
use super::commit::NewRecord;
use super::state::{Mounted, Writer};
use crate::error::Error;
use crate::format::audit_entry::Event;
use crate::key::KeyId;
use crate::platform::{Platform, State, Storage};
use crate::tree::Plan;

/// Most keys that the changes of one group are about.
const KEYS_MAX: usize = 8;
/// A change is about so many keys at most.
const KEYS_PER_CHANGE: usize = 2;

/// How the groups of changes ended, over all sessions of a vault.
pub(crate) struct Groups {
    /// The number of the group that gathers now.
    current: u64,
    /// The last one that did not land, and why.
    failed: Option<(u64, Error)>,
    /// What became of those before this number is not known any more.
    unknown_below: u64,
}

impl Groups {
    pub(super) const fn new() -> Self {
        Groups { current: 0, failed: None, unknown_below: 0 }
    }

    fn is_over(&self, group: u64) -> bool {
        self.current > group
    }

    fn end(&mut self, ended: Result<(), Error>) {
        if let Err(error) = ended {
            self.unknown_below = self.failed.map_or(0, |(before, _)| before.saturating_add(1));
            self.failed = Some((self.current, error));
        }
        self.current = self.current.saturating_add(1);
    }

    /// Success only where it is known.
    fn outcome(&self, group: u64) -> Result<(), Error> {
        match self.failed {
            Some((failed, error)) if group == failed || group < self.unknown_below => Err(error),
            _ if self.is_over(group) => Ok(()),
            _ => Err(Error::SessionEnded),
        }
    }
}

/// What is staged, and not landed yet.
#[derive(Default)]
pub(crate) struct Staged {
    /// Whether the change under way is to be staged.
    is_joining: bool,
    /// How many changes are.
    changes: u32,
    /// What keys were before these changes is forgotten when they land.
    keys: heapless::Vec<KeyId, KEYS_MAX>,
}

impl Staged {
    pub(super) fn is_joining(&self) -> bool {
        self.is_joining
    }

    /// Whether what the writer sees differs from what readers see.
    pub(super) fn has_changes(&self) -> bool {
        self.changes > 0
    }

    /// A key is changed by the change under way.
    pub(super) fn note_key(&mut self, key_id: &KeyId) -> Result<(), Error> {
        if self.keys.contains(key_id) { Ok(()) } else { self.keys.push(*key_id).map_err(|_| Error::Bug) }
    }
}

impl<P: Platform> Vault<P> {
    /// Lends the writer's half with nothing staged: what is has landed, or the session has ended.
    pub(super) fn lend_writer<R>(
        &self,
        write: impl FnOnce(&mut Writer<P::Primitives>, &mut [u8]) -> R,
    ) -> Result<R, Error> {
        self.platform.state().lend_writer(|writer, scratch| {
            // An error ends the session, and is told to those whose changes they were.
            let _ = self.land_staged(writer);
            write(writer, scratch)
        })
    }

    /// Applies a change, and lands it with what is staged; or stages it, and answers the number of its group.
    pub(super) fn apply_or_stage(
        &self,
        writer: &mut Writer<P::Primitives>,
        scratch: &mut [u8],
        change: &Change<'_>,
        event: &Event<'_>,
    ) -> Result<(Applied, Option<u64>), Error> {
        if writer.usable()?.staged.is_joining || !self.can_stage(writer.usable()?, change, event) {
            self.land_staged(writer)?;
        }
        let mounted = writer.usable()?;
        mounted.staged.is_joining =
            self.can_stage(mounted, change, event) && self.platform.state().is_awaited();
        let applied = self.apply(mounted, scratch, change, event);
        let has_joined = core::mem::take(&mut mounted.staged.is_joining) && applied.is_ok();
        if !mounted.staged.has_changes() {
            return applied.map(|applied| (applied, None));
        }
        match applied {
            Ok(applied) if has_joined => Ok((applied, Some(writer.groups.current))),
            Ok(applied) => self.end_group(writer, Ok(())).map(|()| (applied, None)),
            Err(error) => {
                // What is refused for what is staged is refused when that is durable.
                if writer.usable().is_ok() {
                    self.land_staged(writer)
                } else {
                    self.end_group(writer, Err(error))
                }?;
                Err(error)
            }
        }
    }

    /// Waits until a group has landed; whoever comes first when nobody wants to join any more lands it.
    pub(super) fn await_group(&self, group: u64) -> Result<(), Error> {
        let is_over = |writer: &Writer<P::Primitives>| writer.groups.is_over(group);
        self.platform.state().lend_writer_last(is_over, |writer, _| {
            if !writer.groups.is_over(group) {
                let _ = self.land_staged(writer);
            }
            writer.groups.outcome(group)
        })?
    }

    /// Instead of landing it: the storage keeps what a change writes for the next commit.
    pub(super) fn stage_plan(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        plan: &mut Plan,
        records: &mut [NewRecord<'_>],
    ) -> Result<(), Error> {
        let staging = self.platform.storage().staging().ok_or(Error::Bug)?;
        let staged = staging.stage(&mut |transaction| self.write_plan(mounted, plan, records, transaction));
        match staged {
            Ok(()) => mounted.staged.changes = mounted.staged.changes.saturating_add(1),
            // The manifest may have half of it.
            Err(_) => self.end(mounted)?,
        }
        staged
    }

    /// Whether a change may be staged, and there is room for it: for its event, and for its keys.
    fn can_stage(&self, mounted: &Mounted<P::Primitives>, change: &Change<'_>, event: &Event<'_>) -> bool {
        let pending = &mounted.manifest.pending;
        let room = pending.capacity().saturating_sub(pending.len());
        let keys = mounted.staged.keys.len().saturating_add(KEYS_PER_CHANGE);
        self.platform.storage().staging().is_some()
            && change.can_share()
            && room >= event.written_len().saturating_add(2)
            && keys <= KEYS_MAX
    }

    fn land_staged(&self, writer: &mut Writer<P::Primitives>) -> Result<(), Error> {
        let Ok(mounted) = writer.usable() else { return Ok(()) };
        if self.platform.storage().staging().is_none() {
            return Ok(());
        }
        if mounted.staged.is_joining {
            // Somebody panicked half-way: the manifest may have half of a change.
            self.end(mounted)?;
            return self.end_group(writer, Err(Error::SessionEnded));
        }
        if !mounted.staged.has_changes() {
            return Ok(());
        }
        let landed = self.land(mounted, &mut |_, _| Ok(()));
        self.end_group(writer, landed)
    }

    /// What was staged has landed, or never will.
    fn end_group(&self, writer: &mut Writer<P::Primitives>, landed: Result<(), Error>) -> Result<(), Error> {
        let ended = landed.and_then(|()| {
            let mounted = writer.usable()?;
            let staged = core::mem::take(&mut mounted.staged);
            staged.keys.iter().try_for_each(|key_id| self.forget_key(mounted, key_id))?;
            // Durable in the manifest already.
            let _ = self.hand_over_pending(mounted);
            Ok(())
        });
        writer.groups.end(ended);
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_known_to_have_landed_or_counts_as_failed() {
        let mut groups = Groups::new();
        assert_eq!(groups.outcome(0), Err(Error::SessionEnded));
        groups.end(Ok(()));
        groups.end(Err(Error::Entropy));
        groups.end(Ok(()));
        assert_eq!([0, 1, 2].map(|group| groups.outcome(group)), [Ok(()), Err(Error::Entropy), Ok(())]);
        // Of the first failure and what was before it nothing is known any more.
        groups.end(Err(Error::Audit));
        let audit = Err(Error::Audit);
        assert_eq!([0, 1, 2, 3].map(|group| groups.outcome(group)), [audit, audit, Ok(()), audit]);
    }
}
