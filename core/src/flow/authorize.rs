//! Step 3: may this caller do this? The only place that makes a [`Permit`].

use super::execute::{Buffers, Executed};
use super::resolve::{Resolved, Target};
use crate::error::{Error, Reason};
use crate::format::audit_entry::Event;
use crate::key::{KeyFacts, KeyId};
use crate::keyring;
use crate::platform::Platform;
use crate::policy::{
    Authorization, Caller, DEFAULT_POLICY_LEN_MAX, Decider, Decision, default_key_policy, evaluate,
};
use crate::realm::Realm;
use crate::vault::Vault;

/// Permission for one operation on the keys it names, for one use.
#[derive(Debug)]
pub struct Permit<'a, O> {
    pub(super) operation: O,
    pub(super) caller: &'a Caller<'a>,
    pub(super) key: Option<KeyFacts>,
    pub(super) source_key: Option<KeyFacts>,
    pub(super) realm: Realm,
    pub(super) event: Event<'a>,
    pub(super) may_see_reasons: bool,
}

/// A request that ends here; recorded like any other.
#[derive(Debug)]
pub struct Denied<'a> {
    event: Event<'a>,
    may_see_reasons: bool,
    error: Error,
    recorded: bool,
}

impl<'a> Denied<'a> {
    pub(super) fn new(event: Event<'a>, may_see_reasons: bool, error: Error) -> Self {
        Denied { event, may_see_reasons, error, recorded: true }
    }

    /// Of a vault that is not open.
    pub(super) fn unrecorded(event: Event<'a>, error: Error) -> Self {
        Denied { event, may_see_reasons: false, error, recorded: false }
    }

    /// On to `record`, with nothing done.
    #[must_use]
    pub fn executed<'o, T>(self, buffers: Buffers<'o>) -> Executed<'a, 'o, T> {
        Executed::refused(self.event, self.may_see_reasons, self.error, self.recorded, buffers)
    }
}

/// Evaluates policies for every key of the request.
///
/// A key that does not exist, or cannot be read, is judged by the default key policy: whoever that admits is told so,
/// anyone else is told the same as for a key that he may not use.
///
/// # Errors
/// [`Denied`], to be recorded.
#[expect(clippy::result_large_err, reason = "a denial carries its audit event and is built once a request")]
pub fn authorize<'a, P: Platform, O>(
    vault: &Vault<P>,
    resolved: Resolved<'a, O>,
) -> Result<Permit<'a, O>, Denied<'a>> {
    let Resolved { request, key, source_key } = resolved;
    let (caller, realm) = (request.caller, request.realm);
    let mut event = request.event;
    let may_see_reasons = caller.may_see_reasons(&realm);

    let mut judge = || -> Result<_, Error> {
        if let Some(action) = request.parsed.keyless {
            let authorization = Authorization { caller, action, realm: &realm, key: None };
            event.decider = settle(evaluate(&authorization), &mut event)?;
        }
        // The source comes first: without it nothing is known of the request.
        let mut one = |target: Option<Target>| match target {
            None => Ok(None),
            Some(target) => on_key(vault, caller, &realm, target, &mut event).map(Some),
        };
        Ok((one(source_key)?, one(key)?))
    };
    match judge() {
        Ok((source_key, key)) => Ok(Permit {
            operation: request.operation,
            caller,
            key,
            source_key,
            realm,
            event,
            may_see_reasons,
        }),
        Err(error) => Err(Denied::new(event, may_see_reasons, error)),
    }
}

/// Judges one key, and copies its facts for the permit under the same lend.
fn on_key<P: Platform>(
    vault: &Vault<P>,
    caller: &Caller<'_>,
    realm: &Realm,
    target: Target,
    event: &mut Event<'_>,
) -> Result<KeyFacts, Error> {
    let decide = |key_id: KeyId, policy: &[u8]| {
        evaluate(&Authorization { caller, action: target.action, realm, key: Some((key_id, policy)) })
    };
    let missing = match (target.key_id, target.exists) {
        (Some(key_id), Ok(true)) => {
            let judged = |facts: &KeyFacts, policy: &[u8]| (*facts, decide(key_id, policy));
            match keyring::lend_key(vault.platform(), &key_id, judged) {
                Ok(Some((facts, decision))) => {
                    settle(decision, event)?;
                    return Ok(facts);
                }
                Ok(None) => Error::NotFound,
                Err(unreadable) => unreadable,
            }
        }
        (_, Err(unreadable)) => unreadable,
        (_, Ok(_)) => Error::NotFound,
    };
    let mut buffer = [0; DEFAULT_POLICY_LEN_MAX];
    let default = default_key_policy(realm, &mut buffer)?;
    match decide(KeyId::from_bytes([0; 16]), default) {
        Decision::Allow(_) if missing != Error::NotFound || !target.by_ciphertext => Err(missing),
        Decision::Allow(_) | Decision::ExplicitDeny(_) | Decision::ImplicitDeny(..) => {
            let is_missing = missing == Error::NotFound;
            Err(Error::AccessDenied(if is_missing { Reason::NoSuchKey } else { Reason::KeyUnreadable }))
        }
    }
}

/// Notes the statement that decided, and turns a denial into its error.
fn settle(decision: Decision, event: &mut Event<'_>) -> Result<Option<Decider>, Error> {
    let (decider, refused) = match decision {
        Decision::Allow(decider) => (decider, None),
        Decision::ExplicitDeny(decider) => (Some(decider), Some(Reason::StatementDenies)),
        Decision::ImplicitDeny(reason, nearest) => (nearest, Some(reason)),
    };
    event.decider = decider;
    match refused {
        None => Ok(decider),
        Some(reason) => Err(Error::AccessDenied(reason)),
    }
}
