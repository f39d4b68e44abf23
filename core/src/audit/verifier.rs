use super::{Action, AuditKey, Entry, RecordedEvent, split_event};
use crate::crypto::Primitives;
use crate::format::audit_chain::AnsweredHead;
use crate::format::bytes::Malformed;
use crate::format::manifest::AuditHead;
use crate::secret::Secret;

/// A gap of more entries than this is not followed: each costs two hashes.
const GAP_MAX: u64 = 1 << 24;
/// A log without its beginning is followed from one of its first entries on, or not at all: each costs some hashes for each
/// entry that ever stood before it.
const RESUMES_MAX: u8 = 4;

/// What is wrong with a log. Entries before the place named are as the vault wrote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// What stands in place of this entry cannot be read.
    Malformed {
        /// The sequence number that was to come.
        expected: u64,
    },
    /// This entry, or its place in the log, is not what the vault wrote.
    Altered {
        /// Its sequence number.
        sequence: u64,
    },
    /// Entries are not there. If the vault noticed when it was opened and started a new segment, the log is followed on.
    Missing {
        /// The first one missing.
        from: u64,
        /// The entry that was found instead.
        found: u64,
        /// The entries behind can be judged: the vault started anew there and said so.
        is_declared: bool,
    },
    /// A number comes a second time, or out of order.
    Repeated {
        /// The number.
        sequence: u64,
    },
    /// No entry follows from the key: another log's key, or the beginning of the log is not there.
    NothingFollows,
    /// The log ends before the head that the vault has answered.
    Truncated {
        /// The number of the entry that the vault would have written next.
        head: u64,
        /// The number of the first one missing.
        found: u64,
    },
    /// The log goes on behind the head that the vault has answered, and has no entry at its place to compare: it lies in a
    /// gap that the vault has declared, or before the beginning of the key's log.
    HeadPassedOver {
        /// The number of the entry that the vault would have written next.
        head: u64,
    },
    /// The vault was opened with an older state than its log knew: its state was rolled back, or its storage lost what it
    /// had acknowledged. The entries are as a vault wrote them, and the log is followed on.
    RolledBack {
        /// The entry that says so.
        sequence: u64,
        /// The revision that the vault was opened at.
        revision: u64,
        /// The highest revision that the entries before had.
        known: u64,
    },
    /// At the place of the head that the vault has answered, this log says something else: it is another copy's log, or
    /// the answer is not that vault's.
    HeadDiffers {
        /// The number behind the last entry that the head covers.
        sequence: u64,
    },
}

impl Finding {
    /// Whether the entries behind can be judged. The entry at hand was taken then.
    #[must_use]
    pub const fn can_go_on(&self) -> bool {
        matches!(self, Finding::Missing { is_declared: true, .. } | Finding::RolledBack { .. })
    }
}

/// Follows an audit log from its key on, without the vault: `docs/format.md`, 6.2.
///
/// Hand it every entry in the order of the log, from the first one there is; it finds the place where its own log
/// begins. What it says of the entries' end is worth something only with a head that the vault has answered to a nonce of
/// the auditor: a log that was cut off shows nothing by itself.
pub struct Verifier<C: Primitives> {
    vault_id: [u8; 16],
    head: AuditHead,
    /// Entries followed.
    entries: u64,
    /// The highest revision that the entries followed know.
    known: u64,
    /// What was found and not told yet.
    rolled_back: Option<Finding>,
    /// Entries that are not there, up to the one that was found instead, though the log could be followed behind them.
    gap: Option<(u64, u64)>,
    /// Entries from which it may still be tried to follow a log without its beginning.
    resumes_left: u8,
    /// The vault has said that it drops the entries before this number.
    dropped_before: u64,
    /// A nonce and the vault's answer, until the log has reached it.
    answered: Option<([u8; 16], AnsweredHead)>,
    primitives: core::marker::PhantomData<C>,
}

impl<C: Primitives> core::fmt::Debug for Verifier<C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Verifier").field("entries", &self.entries).finish_non_exhaustive()
    }
}

impl<C: Primitives> Verifier<C> {
    /// At the beginning of the key's log.
    ///
    /// # Errors
    /// [`Malformed`]: the key is none.
    pub fn new(key: &AuditKey) -> Result<Self, Malformed> {
        let (vault_id, log_id, key) = key.head()?;
        let head = AuditHead {
            log_id,
            first_key: Secret::zeroed(),
            next_sequence: 0,
            hash: AuditHead::first_hash::<C>(&vault_id, &log_id),
            key,
        };
        let primitives = core::marker::PhantomData;
        Ok(Verifier {
            vault_id,
            head,
            entries: 0,
            known: 0,
            rolled_back: None,
            gap: None,
            resumes_left: RESUMES_MAX,
            dropped_before: 0,
            answered: None,
            primitives,
        })
    }

    /// Expects the log to reach this head, which the vault has answered to the nonce.
    #[must_use]
    pub fn expecting(mut self, nonce: [u8; 16], head: AnsweredHead) -> Self {
        self.answered = Some((nonce, head));
        self
    }

    /// Follows the next entry. `Ok(None)`: it stands before the beginning of the key's log.
    ///
    /// # Errors
    /// What is wrong. After a finding with which one [can go on](Finding::can_go_on) the entry itself is as the vault wrote
    /// it, and the next one can be followed; after any other nothing behind can be judged.
    pub fn follow<'e>(&mut self, bytes: &'e [u8]) -> Result<Option<Entry<'e>>, Finding> {
        let expected = self.head.next_sequence;
        let entry = Entry::read(bytes).map_err(|_| Finding::Malformed { expected })?;
        let found = entry.sequence;
        if self.entries == 0 {
            // Nobody told where the log begins.
            let mut head = self.head.fork();
            head.next_sequence = found;
            if !head.follow::<C>(&self.vault_id, &entry) {
                return Ok(None);
            }
            self.head.next_sequence = found;
            self.compare_with_answered()?;
            return self.take(head, entry).map(Some);
        }
        if found < expected {
            return Err(Finding::Repeated { sequence: found });
        }
        self.compare_with_answered()?;
        let missing = found.saturating_sub(expected);
        if missing == 0
            && let Some(head) = self.continued(&entry)
        {
            return self.take(head, entry).map(Some);
        }
        if let Some(head) = self.started_anew(missing, &entry) {
            // What else it tells comes with the next entry.
            self.rolled_back = self.take(head, entry).err();
            return Err(Finding::Missing { from: expected, found, is_declared: true });
        }
        Err(match missing {
            0 => Finding::Altered { sequence: found },
            _ => Finding::Missing { from: expected, found, is_declared: false },
        })
    }

    /// As [`Verifier::follow`], for a log that keeps with each entry the hash of the chain before it. Where entries are
    /// missing, or the beginning, it is followed on from there: the MAC tells whether the hash is right. What is missing, and
    /// whether the vault had said that it would drop it, is told by [`Verifier::gap`] when all was followed.
    ///
    /// # Errors
    /// As [`Verifier::follow`].
    pub fn follow_behind<'e>(
        &mut self,
        hash: &[u8; 32],
        bytes: &'e [u8],
    ) -> Result<Option<Entry<'e>>, Finding> {
        let followed = self.follow(bytes);
        if !matches!(followed, Ok(None) | Err(Finding::Missing { is_declared: false, .. })) {
            return followed;
        }
        let expected = self.head.next_sequence;
        let entry = Entry::read(bytes).map_err(|_| Finding::Malformed { expected })?;
        let found = entry.sequence;
        if self.entries == 0 {
            let Some(left) = self.resumes_left.checked_sub(1) else { return followed };
            self.resumes_left = left;
        }
        let Some((head, missing)) = self.resumed(hash, &entry) else { return followed };
        let first = self.gap.map_or(found.saturating_sub(missing), |(first, _)| first);
        self.gap = Some((first, found));
        self.take(head, entry).map(Some)
    }

    /// What [`Verifier::follow_behind`] has passed over: [`Finding::Missing`], of which everything behind was followed all the
    /// same. It is declared if the vault has said in the log that it drops the entries so far. A key of a log that began with
    /// another number than 0 can tell no more than how many are missing.
    #[must_use]
    pub fn gap(&self) -> Option<Finding> {
        let (from, found) = self.gap?;
        Some(Finding::Missing { from, found, is_declared: found <= self.dropped_before })
    }

    /// The end of the log: how many entries were followed.
    ///
    /// # Errors
    /// [`Finding::NothingFollows`], [`Finding::Truncated`], [`Finding::HeadPassedOver`], [`Finding::HeadDiffers`]; and
    /// [`Finding::RolledBack`] where it is about the last entry.
    pub fn finish(mut self) -> Result<u64, Finding> {
        if self.entries == 0 {
            return Err(Finding::NothingFollows);
        }
        if let Some(finding) = self.rolled_back.take() {
            return Err(finding);
        }
        self.compare_with_answered()?;
        let found = self.head.next_sequence;
        match &self.answered {
            Some((_, AnsweredHead { next_sequence: head, .. })) if *head < found => {
                Err(Finding::HeadPassedOver { head: *head })
            }
            Some((_, AnsweredHead { next_sequence: head, .. })) => {
                Err(Finding::Truncated { head: *head, found })
            }
            None => Ok(self.entries),
        }
    }

    /// Takes an entry in, whatever else it tells.
    fn take<'e>(&mut self, head: AuditHead, entry: Entry<'e>) -> Result<Entry<'e>, Finding> {
        self.head = head;
        let mut left = entry.events;
        while let Some((event, rest)) = split_event(left) {
            left = rest;
            let Ok(RecordedEvent { action, revision, detail, .. }) = RecordedEvent::read(event) else {
                continue;
            };
            if action == Action::LogDropped {
                self.dropped_before = self.dropped_before.max(detail);
            }
            // Opening a vault makes a commit: its event knows more than any before.
            let is_mount = matches!(action, Action::Mount | Action::UncleanMount | Action::LogTruncated);
            if is_mount && revision <= self.known && self.rolled_back.is_none() {
                let (sequence, known) = (entry.sequence, self.known);
                self.rolled_back = Some(Finding::RolledBack { sequence, revision, known });
            }
            self.known = self.known.max(revision);
        }
        self.entries = self.entries.saturating_add(1);
        self.rolled_back.take().map_or(Ok(entry), Err)
    }

    /// The head behind an entry that continues the log.
    fn continued(&self, entry: &Entry<'_>) -> Option<AuditHead> {
        let mut head = self.head.fork();
        head.follow::<C>(&self.vault_id, entry).then_some(head)
    }

    /// The head behind an entry with which the vault started a new segment, after it had found its log shorter than it was.
    fn started_anew(&self, missing: u64, entry: &Entry<'_>) -> Option<AuditHead> {
        if missing > GAP_MAX {
            return None;
        }
        let mut head = self.head.fork();
        head.skip::<C>(missing);
        head.start_segment::<C>(&self.vault_id);
        head.follow::<C>(&self.vault_id, entry).then_some(head)
    }

    /// The head behind an entry that follows this hash, and how many entries are missing before it.
    fn resumed(&self, hash: &[u8; 32], entry: &Entry<'_>) -> Option<(AuditHead, u64)> {
        // Nobody told where the log begins; behind an entry, it is known how many keys were used since.
        let known = entry.sequence.checked_sub(self.head.next_sequence).filter(|_| self.entries > 0);
        let mut behind = self.head.fork();
        let most = entry.sequence.min(GAP_MAX);
        let mut missing = 0u64;
        while missing <= most {
            if known.is_none_or(|known| known == missing) {
                let mut head = behind.fork();
                (head.next_sequence, head.hash) = (entry.sequence, *hash);
                if head.follow::<C>(&self.vault_id, entry) {
                    return Some((head, missing));
                }
            }
            behind.skip::<C>(1);
            missing = missing.saturating_add(1);
        }
        None
    }

    /// Where the answered head stands, the log must say the same.
    fn compare_with_answered(&mut self) -> Result<(), Finding> {
        let Some((nonce, answered)) = &self.answered else { return Ok(()) };
        let sequence = self.head.next_sequence;
        if answered.next_sequence != sequence {
            return Ok(());
        }
        let expected = self.head.answer::<C>(&self.vault_id, nonce, answered.revision, answered.fresh);
        let is_same = expected.hash == answered.hash && C::equal(&expected.mac, &answered.mac);
        self.answered = None;
        if is_same { Ok(()) } else { Err(Finding::HeadDiffers { sequence }) }
    }
}
