//! Step 1: arguments become a request within its limits. No key is touched.

use super::authorize::Denied;
use super::trip::{Baggage, Trip};
use crate::error::{Error, Parameter, Reason};
use crate::format::context::Context;
use crate::key::KeyId;
use crate::limits::KEY_REFERENCE_CHARS_MAX;
use crate::operation::Operation;
use crate::platform::{Entropy, Platform, State};
use crate::policy::{Action, Caller};
use crate::quota::RequestClass;
use crate::realm::Realm;
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
        check_key_reference(text)?;
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

/// Checks the length of what a request calls a key. What it names is another question.
pub(crate) fn check_key_reference(text: &str) -> Result<(), Error> {
    if (1..=KEY_REFERENCE_CHARS_MAX).contains(&text.chars().count()) {
        Ok(())
    } else {
        Err(Error::Validation(Parameter::KeyId))
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
    /// On a role that this vault keeps: to be assumed.
    Role {
        /// Its ARN.
        arn: &'a str,
        /// What the caller names of what the role may ask for.
        external_id: Option<&'a str>,
    },
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
    /// The name of a kept caller or of an alias, empty for none.
    pub(crate) subject: &'a str,
}

impl<'a> Parsed<'a> {
    const NOTHING: Self = Parsed {
        keyless: None,
        key: None,
        source_key: None,
        listed_key: None,
        context: Context::EMPTY,
        source_pairs: &[],
        subject: "",
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

    /// On a key that something is moved from, to elsewhere.
    pub(crate) fn on_source(key: Named<'a>) -> Self {
        Parsed { source_key: Some(key), ..Self::NOTHING }
    }

    /// On an alias and on the key that it names, or will name.
    pub(crate) fn on_alias(name: &'a str, key: Named<'a>) -> Self {
        Parsed { keyless: Some(Keyless::Alias(key.action, name)), subject: name, ..Self::on(key) }
    }
}

/// A request within its limits.
#[derive(Debug)]
pub struct Request<'t, 'a, O> {
    pub(super) operation: O,
    pub(super) parsed: Parsed<'a>,
    pub(super) trip: &'t mut Baggage<'a>,
}

/// Checks the arguments, and opens the audit event that the request travels with.
///
/// # Errors
/// [`Denied`], to be recorded like everything else.
pub fn parse<'t, 'a, P: Platform, O: Operation<'a>>(
    vault: &Vault<P>,
    caller: &'a Caller<'a>,
    operation: O,
    trip: &'t mut Trip<'a>,
) -> Result<Request<'t, 'a, O>, Denied<'t, 'a>> {
    let trip = begin(vault, caller, operation.action(), operation.is_dry_run(), trip)?;
    match operation.parse() {
        Ok(parsed) => {
            let event = &mut trip.event;
            event.context = parsed.context;
            event.subject = parsed.subject;
            event.detail = u64::from(operation.parameters().is_lockout_check_bypassed);
            Ok(Request { operation, parsed, trip })
        }
        Err(error) => Err(Denied::new(trip, error)),
    }
}

/// What is the same for every operation: the event, and what is refused whatever the arguments are.
fn begin<'t, 'a, P: Platform>(
    vault: &Vault<P>,
    caller: &'a Caller<'a>,
    action: Action,
    is_dry_run: bool,
    trip: &'t mut Trip<'a>,
) -> Result<&'t mut Baggage<'a>, Denied<'t, 'a>> {
    let platform = vault.platform();
    let opened = match platform.state().lend_published(Published::opened).and_then(|opened| opened) {
        Ok(opened) => opened,
        // A vault that is not open has no log either.
        Err(error) => {
            let trip = trip.begin(caller, action, is_dry_run, Realm::default(), [0; 16]);
            return Err(Denied::unrecorded(trip, error));
        }
    };
    let is_outdated = caller.is_outdated(&opened.vault_id, opened.callers_since);
    let has_rates = opened.has_rates;
    let trip = trip.begin(caller, action, is_dry_run, opened.realm, opened.vault_id);
    let event = &mut trip.event;
    event.revision = opened.revision;
    event.time_ms = vault_time(platform, opened.clock_mark_ms);
    // The request that starts a log names the log, which nobody else has chosen.
    let given = caller.request_id().filter(|_| action != Action::StartAuditLog);
    let drawn = match given {
        Some(request_id) => {
            event.request_id = request_id;
            Ok(())
        }
        None => platform.entropy().fill(&mut event.request_id).map_err(|_| Error::Entropy),
    };
    let admitted = match drawn {
        Ok(()) if is_outdated => Err(Error::AccessDenied(Reason::CallerOutdated)),
        Ok(()) if has_rates => vault.throttle(RequestClass::of(action)),
        drawn => drawn,
    };
    match admitted {
        Ok(()) => Ok(trip),
        Err(error) => Err(Denied::new(trip, error)),
    }
}
