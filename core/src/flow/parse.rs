//! Step 1: arguments become a request within its limits. No key is touched.

use super::authorize::Denied;
use super::request_keys::Parameters;
use crate::error::{Error, Parameter, Reason};
use crate::format::audit_entry::Event;
use crate::format::context::Context;
use crate::key::KeyId;
use crate::limits::KEY_REFERENCE_LEN_MAX;
use crate::operation::{Operation, RetiredGrant};
use crate::platform::{Entropy, Platform, State};
use crate::policy::{Action, Caller};
use crate::realm::Realm;
use crate::short_text::ShortText;
use crate::vault::{Published, Vault, vault_time};

/// A key as a request names it, and what is to be done with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    pub(crate) action: Action,
    pub(crate) by: By<'a>,
}

/// How a request names a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'a> {
    /// In its own words.
    Text(&'a str),
    /// By the name of an alias of it, which the request is about too.
    Alias(&'a str),
    /// Not at all: the ciphertext does.
    Ciphertext(KeyId),
    /// Not at all: the grant token does.
    Token(KeyId),
}

impl<'a> Named<'a> {
    pub(crate) fn text(action: Action, text: &'a str) -> Result<Self, Error> {
        if text.is_empty() || text.len() > KEY_REFERENCE_LEN_MAX {
            return Err(Error::Validation(Parameter::KeyId));
        }
        Ok(Named { action, by: By::Text(text) })
    }

    /// The key that has this alias.
    pub(crate) fn alias(action: Action, name: &'a str) -> Self {
        Named { action, by: By::Alias(name) }
    }

    pub(crate) fn ciphertext(action: Action, key_id: KeyId) -> Self {
        Named { action, by: By::Ciphertext(key_id) }
    }

    pub(crate) fn token(action: Action, key_id: KeyId) -> Self {
        Named { action, by: By::Token(key_id) }
    }
}

/// Actions that no key policy guards.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keyless<'a> {
    /// On nothing in particular: all of these.
    Nothing(&'a [Action]),
    /// On the vault itself.
    Vault(Action),
    /// On the alias of this name.
    Alias(Action, &'a str),
}

/// What an operation's parser makes of its arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parsed<'a> {
    /// What is to be authorized before any key, and without one.
    pub(crate) keyless: Option<Keyless<'a>>,
    pub(crate) key: Option<Named<'a>>,
    pub(crate) source_key: Option<Named<'a>>,
    /// The key that a listing is about, for which nothing is needed but the listing's own permission.
    pub(crate) listed_key: Option<&'a str>,
    /// The encryption context; for ReEncrypt, of the destination.
    pub(crate) context: Context<'a>,
    /// The encryption context of the source, for ReEncrypt.
    pub(crate) source_pairs: &'a [(&'a str, &'a str)],
    pub(crate) parameters: Parameters<'a>,
    /// The name of a kept caller or of an alias, empty for none.
    pub(crate) subject: &'a str,
    /// The grant that is to be retired: it says who may.
    pub(crate) retired: Option<RetiredGrant<'a>>,
}

impl<'a> Parsed<'a> {
    const NOTHING: Self = Parsed {
        keyless: None,
        key: None,
        source_key: None,
        listed_key: None,
        context: Context::EMPTY,
        source_pairs: &[],
        parameters: Parameters::NONE,
        subject: "",
        retired: None,
    };

    pub(crate) fn keyless(actions: &'a [Action]) -> Self {
        Parsed { keyless: Some(Keyless::Nothing(actions)), ..Self::NOTHING }
    }

    pub(crate) fn on_vault(action: Action) -> Self {
        Parsed { keyless: Some(Keyless::Vault(action)), ..Self::NOTHING }
    }

    pub(crate) fn on(key: Named<'a>) -> Self {
        Parsed { key: Some(key), ..Self::NOTHING }
    }

    /// On an alias and on the key that it names, or will name.
    pub(crate) fn on_alias(name: &'a str, key: Named<'a>) -> Self {
        Parsed { keyless: Some(Keyless::Alias(key.action, name)), subject: name, ..Self::on(key) }
    }
}

/// A request within its limits.
#[derive(Debug)]
pub struct Request<'a, O> {
    pub(super) operation: O,
    pub(super) caller: &'a Caller<'a>,
    pub(super) parsed: Parsed<'a>,
    pub(super) realm: Realm,
    pub(super) vault_id: [u8; 16],
    pub(super) event: Event<'a>,
}

/// Checks the arguments, and opens the audit event that the request travels with.
///
/// # Errors
/// [`Denied`], to be recorded like everything else.
#[expect(clippy::result_large_err, reason = "a denial carries its audit event and is built once a request")]
pub fn parse<'a, P: Platform, O: Operation<'a>>(
    vault: &Vault<P>,
    caller: &'a Caller<'a>,
    operation: O,
) -> Result<Request<'a, O>, Denied<'a>> {
    let platform = vault.platform();
    let mut event = Event {
        time_ms: None,
        request_id: [0; 16],
        revision: 0,
        action: operation.action(),
        principal: caller.principal.as_str(),
        subject: "",
        key: None,
        source_key: None,
        dry_run: operation.is_dry_run(),
        decider: None,
        sid: ShortText::EMPTY,
        mismatch: None,
        outcome: Ok(()),
        detail: 0,
        deciding_grant: None,
        grant_id: None,
        context: Context::EMPTY,
    };
    let opened = platform.state().lend_published(Published::opened);
    let (realm, vault_id, is_outdated) = match opened.and_then(|opened| opened) {
        Ok(opened) => {
            event.revision = opened.revision;
            event.time_ms = vault_time(platform, opened.clock_mark_ms);
            let is_outdated = caller.is_outdated(&opened.vault_id, opened.callers_since);
            (opened.realm, opened.vault_id, is_outdated)
        }
        // A vault that is not open has no log either.
        Err(error) => return Err(Denied::unrecorded(event, error)),
    };
    let drawn = platform.entropy().fill(&mut event.request_id).map_err(|_| Error::Entropy);
    let parsed = match drawn {
        Ok(()) if is_outdated => Err(Error::AccessDenied(Reason::CallerOutdated)),
        drawn => drawn.and_then(|()| operation.parse()),
    };
    match parsed {
        Ok(parsed) => {
            event.context = parsed.context;
            event.subject = parsed.subject;
            event.detail = u64::from(parsed.parameters.is_lockout_check_bypassed);
            Ok(Request { operation, caller, parsed, realm, vault_id, event })
        }
        Err(error) => Err(Denied::new(event, caller.reasons(&realm), error)),
    }
}
