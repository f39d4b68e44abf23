//! The chain of the audit log: how each entry is bound to the one before it.

use super::audit_entry::{Entry, RecordedEvent, split_event};
use super::bytes::Writer;
use super::manifest::AuditHead;
use crate::crypto::{Primitives, labels};
use crate::platform::LINK_LEN;
use crate::policy::Action;
use crate::secret::Secret;

/// Where the log stands, answered live to an auditor's nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnsweredHead {
    /// The sequence number of the next entry.
    pub next_sequence: u64,
    /// `h` of the last entry.
    pub hash: [u8; 32],
    /// The vault's revision.
    pub revision: u64,
    /// What the vault compares with its freshness counter.
    pub fresh: u64,
    /// `HMAC(k, "head" ‖ vault id ‖ nonce ‖ next sequence ‖ hash ‖ revision ‖ fresh)`, with the key of the next entry.
    pub mac: [u8; 32],
}

impl AuditHead {
    /// `h_0 = SHA-256("SRlg" ‖ vault id ‖ log id)`.
    pub(crate) fn first_hash<C: Primitives>(vault_id: &[u8; 16], log_id: &[u8; 16]) -> [u8; 32] {
        C::sha256([&labels::AUDIT_LOG[..], vault_id, log_id].into_iter())
    }

    /// Appends an entry: `h_i = SHA-256(h_{i-1} ‖ events)`, the MAC over it, and `k_{i+1} = HMAC(k_i, "next")` in place
    /// of `k_i`.
    fn link<C: Primitives>(
        &mut self,
        vault_id: &[u8; 16],
        mount_id: &[u8; 16],
        events: &[u8],
    ) -> [u8; LINK_LEN] {
        let sequence = self.next_sequence;
        self.hash = C::sha256([&self.hash[..], events].into_iter());
        let key = self.key.expose(C::mac_key);
        let mut mac = [0; 32];
        C::mac(&key, &[vault_id, mount_id, &sequence.to_be_bytes(), &self.hash], &mut mac);
        self.key.fill_with(|next| C::mac(&key, &[labels::AUDIT_NEXT], next));
        self.next_sequence = sequence.saturating_add(1);
        let mut link = [0; LINK_LEN];
        let mut writer = Writer::new(&mut link);
        writer.u64(sequence);
        writer.put(mount_id);
        writer.put(&mac);
        link
    }

    /// Appends an entry, and begins the successor log if one of its events says so. Whoever follows the log does the same,
    /// the vault itself after a power cut too.
    pub(crate) fn append<C: Primitives>(
        &mut self,
        vault_id: &[u8; 16],
        mount_id: &[u8; 16],
        events: &[u8],
    ) -> [u8; LINK_LEN] {
        let link = self.link::<C>(vault_id, mount_id, events);
        if let Some(log_id) = successor(events) {
            self.start_log::<C>(vault_id, log_id);
        }
        link
    }

    /// Follows an entry found in the log; `false` if it does not continue this head, which then is spoilt.
    pub(crate) fn follow<C: Primitives>(&mut self, vault_id: &[u8; 16], entry: &Entry<'_>) -> bool {
        let expected = self.append::<C>(vault_id, &entry.mount_id, entry.events);
        Entry::read(&expected)
            .is_ok_and(|link| link.sequence == entry.sequence && C::equal(&link.mac, &entry.mac))
    }

    /// Before the first entry of a log whose key nobody has here.
    pub(crate) fn beginning<C: Primitives>(vault_id: &[u8; 16], log_id: [u8; 16]) -> Self {
        AuditHead {
            log_id,
            first_key: Secret::zeroed(),
            next_sequence: 0,
            hash: Self::first_hash::<C>(vault_id, &log_id),
            key: Secret::zeroed(),
        }
    }

    /// Goes behind an entry, or behind a gap and an entry, without a key that could tell whether it belongs there.
    pub(crate) fn pass<C: Primitives>(&mut self, vault_id: &[u8; 16], entry: &Entry<'_>) {
        if entry.sequence != self.next_sequence {
            self.next_sequence = entry.sequence;
            self.start_segment::<C>(vault_id);
        }
        self.hash = C::sha256([&self.hash[..], entry.events].into_iter());
        self.next_sequence = entry.sequence.saturating_add(1);
        if let Some(log_id) = successor(entry.events) {
            self.log_id = log_id;
            self.hash = Self::first_hash::<C>(vault_id, &log_id);
        }
    }

    /// Whether `k_0` has not been handed out yet.
    pub(crate) fn has_first_key<C: Primitives>(&self) -> bool {
        !self.first_key.expose(|key| C::equal(key, &[0; 32]))
    }

    /// A log of its own from here on. Sequence numbers go on. Its key is there to be handed out.
    fn start_log<C: Primitives>(&mut self, vault_id: &[u8; 16], log_id: [u8; 16]) {
        self.log_id = log_id;
        self.hash = Self::first_hash::<C>(vault_id, &log_id);
        let key = self.key.expose(C::mac_key);
        self.key.fill_with(|next| C::mac(&key, &[labels::AUDIT_SUCCESSOR, &log_id], next));
        self.first_key.set_from(&self.key);
    }

    /// Goes on behind a gap, whose hashes nobody knows.
    pub(crate) fn start_segment<C: Primitives>(&mut self, vault_id: &[u8; 16]) {
        let sequence = self.next_sequence.to_be_bytes();
        let parts = [&labels::AUDIT_SEGMENT[..], vault_id, &self.log_id, &sequence];
        self.hash = C::sha256(parts.into_iter());
    }

    /// Leaves out so many entries.
    pub(crate) fn skip<C: Primitives>(&mut self, entries: u64) {
        for _ in 0..entries {
            let key = self.key.expose(C::mac_key);
            self.key.fill_with(|next| C::mac(&key, &[labels::AUDIT_NEXT], next));
        }
        self.next_sequence = self.next_sequence.saturating_add(entries);
    }

    /// Says where the log stands, in a way that only this vault can, to this nonce.
    pub(crate) fn answer<C: Primitives>(
        &self,
        vault_id: &[u8; 16],
        nonce: &[u8; 16],
        revision: u64,
        fresh: u64,
    ) -> AnsweredHead {
        let (next_sequence, hash) = (self.next_sequence, self.hash);
        let numbers = [next_sequence.to_be_bytes(), revision.to_be_bytes(), fresh.to_be_bytes()];
        let [sequence, revision_bytes, fresh_bytes] = &numbers;
        let mut mac = [0; 32];
        let parts =
            [labels::AUDIT_ANSWER, &vault_id[..], nonce, sequence, &hash, revision_bytes, fresh_bytes];
        C::mac(&self.key.expose(C::mac_key), &parts, &mut mac);
        AnsweredHead { next_sequence, hash, revision, fresh, mac }
    }
}

/// The id of the log that begins behind an entry with these events: the last one that says so.
pub(crate) fn successor(events: &[u8]) -> Option<[u8; 16]> {
    let (mut left, mut found) = (events, None);
    while let Some((event, rest)) = split_event(left) {
        left = rest;
        if let Ok(RecordedEvent { action: Action::StartAuditLog, request_id, error_code: None, .. }) =
            RecordedEvent::read(event)
        {
            found = Some(request_id);
        }
    }
    found
}

/// The highest revision that these events were decided under.
pub(crate) fn highest_revision(events: &[u8]) -> u64 {
    let (mut left, mut highest) = (events, 0);
    while let Some((event, rest)) = split_event(left) {
        left = rest;
        highest = highest.max(RecordedEvent::read(event).map_or(0, |event| event.revision));
    }
    highest
}
