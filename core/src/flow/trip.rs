//! What a request carries from step to step. It is large, so it is made once and lent from then on.

use crate::format::audit_entry::Event;
use crate::format::context::Context;
use crate::policy::{Action, Caller, Reasons};
use crate::realm::Realm;
use crate::short_text::ShortText;
use crate::vault::Change;

/// A place for what a request carries; empty until it is parsed.
#[derive(Debug, Default)]
pub struct Trip<'a>(Option<Baggage<'a>>);

/// What the steps of one request read and add to.
#[derive(Debug)]
pub(super) struct Baggage<'a> {
    pub(super) caller: &'a Caller<'a>,
    pub(super) realm: Realm,
    pub(super) vault_id: [u8; 16],
    pub(super) event: Event<'a>,
    /// What was permitted and is staged, for `record` to commit.
    pub(super) change: Option<Change<'a>>,
    /// The trust of a role that admitted the caller.
    pub(super) trust_id: Option<[u8; 16]>,
}

impl<'a> Trip<'a> {
    /// A trip that has not begun.
    #[must_use]
    pub const fn new() -> Self {
        Trip(None)
    }

    /// Begins, with an audit event that says what is asked for; nothing of an earlier request is left.
    pub(super) fn begin(
        &mut self,
        caller: &'a Caller<'a>,
        action: Action,
        dry_run: bool,
        realm: Realm,
        vault_id: [u8; 16],
    ) -> &mut Baggage<'a> {
        let event = Event {
            time_ms: None,
            request_id: [0; 16],
            revision: 0,
            action,
            principal: caller.principal.as_str(),
            subject: "",
            key: None,
            source_key: None,
            dry_run,
            decider: None,
            sid: ShortText::EMPTY,
            mismatch: None,
            outcome: Ok(()),
            detail: 0,
            deciding_grant: None,
            grant_id: None,
            repeats: None,
            context: Context::EMPTY,
        };
        self.0.insert(Baggage { caller, realm, vault_id, event, change: None, trust_id: None })
    }
}

impl<'a> Baggage<'a> {
    /// What the caller may see of why the request failed.
    pub(super) fn reasons(&self) -> Reasons<'a> {
        self.caller.reasons(&self.realm)
    }
}
