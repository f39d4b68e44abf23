//! What a request wants changed, and what came of it.

use super::Destruction;
use super::commit_access_key::AccessKeyChange;
use super::commit_alias::AliasChange;
use super::commit_audit::AuditChange;
use super::commit_caller::CallerChange;
use super::commit_clock::ClockChange;
use super::commit_grant::GrantChange;
use super::commit_import::ImportChange;
use super::commit_key::KeyChange;
use super::commit_peers::PeerChange;
use super::commit_received::ReceivedBundle;
use super::commit_sealed::SealedBundle;
use super::offers::NewOffer;
use super::rights::RightsChanges;
use super::slots::SlotDraft;
use crate::error::Error;
use crate::format::key_record::Section;
use crate::key::{KeyFacts, KeyId};
use crate::operation::PutRoleTrust;
use crate::quota::Quotas;
use crate::usage::UsageBudget;

/// A change, staged by `execute` and applied by `record` under the writer's lock.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a> {
    /// Of a key.
    Key(KeyChange<'a>),
    /// An alias comes, changes or goes, and with it what its keys know of it.
    Alias(AliasChange<'a>),
    /// A grant of the key comes or goes; the key stays as it is.
    Grant(KeyFacts, GrantChange<'a>),
    /// A named caller comes, changes or goes.
    Caller(CallerChange<'a>),
    /// An access key comes, changes or goes.
    AccessKey(AccessKeyChange<'a>),
    /// Whom a role trusts.
    Trust(PutRoleTrust<'a>),
    /// Imported material of a key comes or goes.
    Import(KeyId, ImportChange<'a>),
    /// What the vault believes of time.
    Clock(ClockChange),
    /// The key of the audit log, or the log itself.
    Audit(AuditChange),
    /// The budget of a key's versions.
    Budget(KeyFacts, Option<UsageBudget>),
    /// The vault's quotas.
    Quotas(Quotas),
    /// What opens the vault.
    Slots(&'a SlotDraft),
    /// A key whose record does not open is taken out.
    DestroyDamaged(KeyId),
    /// The vault gets its identity.
    Identity,
    /// A peer comes or goes.
    Peer(PeerChange<'a>),
    /// A one-time key for one bundle.
    Offer(NewOffer<'a>),
    /// A key from another vault.
    Receive(ReceivedBundle<'a>),
    /// A whole vault from another one.
    Sealed(SealedBundle<'a>),
}

/// What a change came to.
pub(crate) struct Applied {
    /// The key that it was about.
    pub(crate) facts: Option<KeyFacts>,
    /// The version whose material it was about, and the material's id.
    pub(crate) material: Option<(u32, [u8; 32])>,
    /// A refusal that is committed, with its event: something was used up all the same.
    pub(crate) outcome: Result<(), Error>,
    /// How thoroughly something was destroyed.
    pub(crate) destruction: Option<Destruction>,
}

impl Applied {
    /// Done, to no key.
    pub(super) const NO_KEY: Self =
        Applied { facts: None, material: None, outcome: Ok(()), destruction: None };

    /// Done, to a key.
    pub(super) fn to(facts: KeyFacts) -> Self {
        Applied { facts: Some(facts), ..Self::NO_KEY }
    }

    /// Refused, durably: something was used up.
    pub(super) fn refused(error: Error) -> Self {
        Applied { outcome: Err(error), ..Self::NO_KEY }
    }
}

impl Change<'_> {
    /// The keys that it is about, as far as there were any when it was permitted.
    pub(super) fn permitted_keys(&self) -> [Option<&KeyId>; 2] {
        match self {
            Change::Key(change) => [change.existing_key(), None],
            Change::Alias(change) => change.keys(),
            Change::Grant(facts, _) | Change::Budget(facts, _) => [Some(&facts.key_id), None],
            Change::Import(key_id, _) => [Some(key_id), None],
            Change::Caller(_)
            | Change::AccessKey(_)
            | Change::Trust(_)
            | Change::Clock(_)
            | Change::Audit(_)
            | Change::Quotas(_)
            | Change::Slots(_)
            | Change::DestroyDamaged(_)
            | Change::Identity
            | Change::Peer(_)
            | Change::Offer(_)
            | Change::Receive(_)
            | Change::Sealed(_) => [None, None],
        }
    }

    /// Notes whose rights it changes, as of the revision that has it.
    pub(super) fn note_rights(&self, rights: &mut RightsChanges, revision: u64) {
        match self {
            Change::Key(
                KeyChange::Text(key_id, Section::Policy | Section::Tags | Section::Aliases, _)
                | KeyChange::Tag(key_id, _)
                | KeyChange::Untag(key_id, _),
            ) => rights.note_key(key_id, revision),
            Change::Alias(change) => {
                let keys = change.keys().into_iter().flatten();
                keys.for_each(|key_id| rights.note_key(key_id, revision));
            }
            Change::Grant(KeyFacts { key_id, .. }, GrantChange::Remove(_)) => {
                rights.note_key(key_id, revision);
            }
            Change::Caller(_)
            | Change::AccessKey(AccessKeyChange::SetActive(..) | AccessKeyChange::Remove(..))
            | Change::Trust(_) => rights.note_callers(revision),
            Change::Key(_)
            | Change::AccessKey(AccessKeyChange::Create(..))
            | Change::Clock(_)
            | Change::Audit(_)
            | Change::Grant(_, GrantChange::Create(_))
            | Change::Import(..)
            | Change::Budget(..)
            | Change::Quotas(_)
            | Change::Slots(_)
            | Change::DestroyDamaged(_)
            | Change::Identity
            | Change::Peer(_)
            | Change::Offer(_)
            | Change::Receive(_)
            | Change::Sealed(_) => {}
        }
    }

    /// Whether it may share a commit with others: it is one plan, and leaves nothing to do behind it but to forget what its keys
    /// were.
    pub(super) fn can_share(&self) -> bool {
        match self {
            Change::Key(change) => !change.destroys(),
            Change::Alias(_) | Change::Grant(..) => true,
            _ => false,
        }
    }
}
