use std::collections::{BTreeMap, BTreeSet};

use strongroom_core::audit::{Action, AuditKey, Entry, Finding, RecordedEvent, Verifier, split_event};
use strongroom_core::crypto::RustCrypto;

use super::device::SessionVault;

/// What the audit log says, as somebody with its key reads it.
#[derive(Debug)]
pub struct Logged {
    /// Successful changes, by the name of the action, and how many.
    pub changes: BTreeMap<&'static str, usize>,
    /// Whether old entries are gone, as the vault has said.
    pub has_dropped: bool,
    /// The first thing that is wrong.
    pub wrong: Option<String>,
}

/// What leaves an event that may be lost with the power, or that only a session itself is about.
const fn may_be_lost(action: Action) -> bool {
    matches!(
        action,
        Action::Mount
            | Action::UncleanMount
            | Action::Close
            | Action::LogDropped
            | Action::Tick
            | Action::Encrypt
            | Action::Decrypt
            | Action::DescribeKey
            | Action::GetKeyRotationStatus
            | Action::ListKeys
            | Action::ListGrants
            | Action::ListAliases
            | Action::ListResourceTags
            | Action::ListSlots
            | Action::DescribeCaller
            | Action::ListAccessKeys
            | Action::DescribeRoleTrust
            | Action::DescribeQuotas
    )
}

/// Reads the entries of a log in their order, each with the hash that it follows where entries know it, until `visit` answers
/// `false`. Answers whether it could be read.
pub type Walk<'w> = &'w dyn Fn(&mut dyn FnMut(Option<&[u8; 32]>, &[u8]) -> bool) -> bool;

impl Logged {
    /// Follows the log of a vault in flash with its key.
    pub fn in_flash<const WORD: usize>(vault: &SessionVault<'_, WORD>, key: &[u8]) -> Self {
        let log = &vault.platform().log;
        Logged::read(key, &|visit| log.walk(&mut |hash, bytes| visit(Some(hash), bytes)).is_ok())
    }

    /// Follows a log with its key.
    pub fn read(key: &[u8], walk: Walk<'_>) -> Self {
        let key = AuditKey::from_bytes(key).unwrap();
        let mut verifier = Verifier::<RustCrypto>::new(&key).unwrap();
        let (mut changes, mut wrong) = (BTreeMap::new(), None);
        let mut requests = BTreeSet::new();
        let is_read = walk(&mut |hash, bytes| {
            let followed = match hash {
                Some(hash) => verifier.follow_behind(hash, bytes),
                None => verifier.follow(bytes),
            };
            wrong = followed.err().map(|finding| format!("{finding:?}"));
            let mut left = Entry::read(bytes).unwrap().events;
            while let Some((event, rest)) = split_event(left) {
                let event = RecordedEvent::read(event).unwrap();
                left = rest;
                if event.action == Action::LogTruncated {
                    wrong = Some("the vault has found its log shortened".to_owned());
                }
                if event.error_code.is_some() || may_be_lost(event.action) {
                    continue;
                }
                if !requests.insert(event.request_id) {
                    wrong = Some(format!("{:?} is there twice", event.action));
                }
                *changes.entry(event.action.name()).or_insert(0) += 1;
            }
            wrong.is_none()
        });
        if !is_read {
            wrong = Some("the log cannot be read".to_owned());
        }
        let has_dropped = verifier.gap().is_some();
        match verifier.gap() {
            None | Some(Finding::Missing { is_declared: true, .. }) => {}
            gap => wrong = Some(format!("{gap:?}")),
        }
        if let (None, Err(finding)) = (&wrong, verifier.finish()) {
            wrong = Some(format!("{finding:?}"));
        }
        Logged { changes, has_dropped, wrong }
    }

    /// A change that is here more often than in another log.
    pub fn missing_in(&self, other: &Logged) -> Option<&'static str> {
        let is_there =
            |name: &&str, count: &usize| other.changes.get(*name).is_some_and(|there| there >= count);
        self.changes.iter().find(|(name, count)| !is_there(name, count)).map(|(name, _)| *name)
    }
}
