//! Step 3: may this caller do this? The only place that makes a [`Permit`].

use super::by_grant::check_retiring_token;
use super::execute::{Buffers, Executed};
use super::parse::Keyless;
use super::request_keys::{KeyTags, Parameters, RequestKeys, Unused, Written};
use super::resolve::{Resolved, Target, Targets};
use super::trip::Baggage;
use crate::error::{Error, Reason};
use crate::format::audit_entry::{Event, MismatchText};
use crate::format::key_record::KeyTexts;
use crate::format::strings::Strings;
use crate::key::{KeyFacts, KeyId};
use crate::keyring;
use crate::operation::{Operation, RetiredGrant, last_moment};
use crate::platform::Platform;
use crate::policy::{
    Action, Authorization, Caller, DEFAULT_POLICY_LEN_MAX, Decision, Evaluation, RequestedAction, Resource,
    default_key_policy, evaluate_by_name, explain,
};
use crate::realm::Realm;
use crate::short_text::ShortText;
use crate::time::DAY_MS;
use crate::vault::Vault;

/// Permission for one operation on the keys it names, for one use.
#[derive(Debug)]
pub struct Permit<'t, 'a, O> {
    pub(super) operation: O,
    pub(super) key: Option<KeyFacts>,
    pub(super) source_key: Option<KeyFacts>,
    pub(super) trip: &'t mut Baggage<'a>,
}

/// A request that ends here; recorded like any other.
#[derive(Debug)]
pub struct Denied<'t, 'a> {
    pub(super) trip: &'t mut Baggage<'a>,
    pub(super) error: Error,
    pub(super) recorded: bool,
}

impl<'t, 'a> Denied<'t, 'a> {
    pub(super) fn new(trip: &'t mut Baggage<'a>, error: Error) -> Self {
        Denied { trip, error, recorded: true }
    }

    /// Of a vault that is not open.
    pub(super) fn unrecorded(trip: &'t mut Baggage<'a>, error: Error) -> Self {
        Denied { trip, error, recorded: false }
    }

    /// On to `record`, with nothing done.
    #[must_use]
    pub fn executed<'o, T>(self, buffers: Buffers<'o>) -> Executed<'t, 'a, 'o, T> {
        let Denied { trip, error, recorded } = self;
        Executed { trip, recorded, done: Err(error), buffers }
    }
}

/// Evaluates policies for every key of the request.
///
/// A key that does not exist, or cannot be read, is judged by the default key policy: whoever that admits is told so,
/// anyone else is told the same as for a key that he may not use.
///
/// # Errors
/// [`Denied`], to be recorded.
pub fn authorize<'t, 'a, P: Platform, O: Operation<'a>>(
    vault: &Vault<P>,
    resolved: Resolved<'t, 'a, O>,
) -> Result<Permit<'t, 'a, O>, Denied<'t, 'a>> {
    let Resolved { operation, targets, trip } = resolved;
    match judge(vault, &targets, operation.parameters(), operation.retired(), trip) {
        Ok((source_key, key)) => Ok(Permit { operation, key, source_key, trip }),
        Err(error) => {
            trip.event.deciding_grant = None;
            Err(Denied::new(trip, error))
        }
    }
}

/// The same for every operation: what is known of the source key and of the key, if all that is asked for is allowed.
fn judge<'a, P: Platform>(
    vault: &Vault<P>,
    targets: &Targets<'_>,
    parameters: Parameters<'_>,
    retired: Option<RetiredGrant<'a>>,
    trip: &mut Baggage<'a>,
) -> Result<(Option<KeyFacts>, Option<KeyFacts>), Error> {
    let Targets { keyless, key, source_key, source_pairs } = *targets;
    let same = matches!((&key, &source_key), (Some(key), Some(source)) if key.key_id == source.key_id);
    let parameters = Parameters { is_on_same_key: same, ..parameters };
    // For CreateGrant, policies see the pairs of its constraint.
    let constraints = parameters.grant.and_then(|grant| grant.constraints);
    let pairs = constraints.map_or(trip.event.context.pairs(), |constraints| constraints.pairs());
    let Baggage { caller, realm, vault_id, event, trust_id, .. } = trip;
    let without_key = Resource::everything(realm);
    let mut judge = Judge { caller, realm, without_key, parameters, retired, event };

    check_retiring_token(vault, retired)?;
    match keyless {
        Some(Keyless::Nothing(actions)) => {
            actions.iter().try_for_each(|action| judge.without_key(*action))?;
        }
        Some(Keyless::Vault(action)) => {
            judge.without_key = Resource::vault(realm, *vault_id);
            judge.without_key(action)?;
        }
        Some(Keyless::Alias(action, name)) => {
            judge.without_key = Resource::alias(realm, name);
            judge.without_key(action)?;
        }
        Some(Keyless::Role { arn, external_id }) => {
            judge.without_key = Resource::vault(realm, *vault_id);
            *trust_id = Some(judge.on_role(vault, arn, external_id)?);
        }
        None => {}
    }
    // The source comes before the key: without it nothing is known of the request.
    let source_key = source_key.map(|target| judge.on_key(vault, target, source_pairs)).transpose()?;
    let key = key.map(|target| judge.on_key(vault, target, pairs)).transpose()?;
    Ok((source_key, key))
}

/// Judges the parts of one request, and notes in its audit event what there is to say of that.
pub(super) struct Judge<'r, 'a> {
    pub(super) caller: &'a Caller<'a>,
    pub(super) realm: &'r Realm,
    /// What an action without a key is about.
    without_key: Resource<'r>,
    pub(super) parameters: Parameters<'r>,
    /// The grant that RetireGrant is about.
    pub(super) retired: Option<RetiredGrant<'a>>,
    pub(super) event: &'r mut Event<'a>,
}

impl Judge<'_, '_> {
    fn without_key(&mut self, action: Action) -> Result<(), Error> {
        verdict(self.decide(action, None, None, &[]).decision)
    }

    /// Judges one key, and copies its facts for the permit under the same lend.
    fn on_key<P: Platform>(
        &mut self,
        vault: &Vault<P>,
        target: Target<'_>,
        pairs: &[(&str, &str)],
    ) -> Result<KeyFacts, Error> {
        // A name that cannot exist takes the same path, towards a key that does not.
        let key_id = target.key_id.unwrap_or(KeyId::from_bytes([0; 16]));
        self.parameters.unused = self.unused(vault, target.action, &key_id);
        let judged = keyring::lend_key(vault.platform(), &key_id, |facts, texts| {
            let key = Judged { key_id, facts: Some(facts), texts: *texts };
            (*facts, self.decide(target.action, Some(key), target.request_alias, pairs))
        });
        let missing = match (target.obstacle, judged) {
            (None, Ok(Some((facts, evaluation)))) => {
                self.settle(vault.platform(), target.action, &key_id, evaluation, pairs)?;
                return Ok(facts);
            }
            (Some(obstacle), _) => obstacle,
            (None, Ok(None)) => Error::NotFound,
            (None, Err(unreadable)) => unreadable,
        };
        let mut buffer = [0; DEFAULT_POLICY_LEN_MAX];
        let policy = default_key_policy(self.realm, &mut buffer)?;
        let key = Judged { key_id, facts: None, texts: KeyTexts { policy, ..KeyTexts::default() } };
        let evaluation = self.decide(target.action, Some(key), target.request_alias, pairs);
        let is_admitted = evaluation.decision.is_allowed();
        // The default policy is not the key's own: what it says is no explanation.
        (self.event.decider, self.event.sid, self.event.mismatch) = (None, ShortText::EMPTY, None);
        let is_missing = matches!(missing, Error::NotFound | Error::UnsupportedOperation);
        if is_admitted && !(is_missing && target.by_ciphertext) {
            return Err(missing);
        }
        Err(Error::AccessDenied(if is_missing { Reason::NoSuchKey } else { Reason::KeyUnreadable }))
    }

    /// How long a key was not used, for the actions that policies make depend on it.
    fn unused<P: Platform>(&self, vault: &Vault<P>, action: Action, key_id: &KeyId) -> Unused {
        if !matches!(action, Action::DisableKey | Action::ScheduleKeyDeletion) {
            return Unused::NotAsked;
        }
        let read = || -> Result<Option<u64>, Error> {
            let line = vault.usage(key_id, 0)?;
            let created_ms = keyring::lend_key(vault.platform(), key_id, |facts, _| facts.created_ms)?;
            let since = last_moment(&line, self.event.time_ms).or(created_ms.flatten());
            let known = since.filter(|since| vault.tracks_usage() && *since != u64::MAX);
            Ok(known.zip(self.event.time_ms).map(|(since, now)| now.saturating_sub(since)))
        };
        match read() {
            Ok(Some(elapsed_ms)) => Unused::Days(elapsed_ms.checked_div(DAY_MS).unwrap_or(0)),
            Ok(None) | Err(_) => Unused::Unknown,
        }
    }

    /// Evaluates, and notes which statement decided and why.
    pub(super) fn decide(
        &mut self,
        action: Action,
        key: Option<Judged<'_>>,
        request_alias: Option<&str>,
        pairs: &[(&str, &str)],
    ) -> Evaluation {
        let keys = RequestKeys {
            caller: self.caller,
            realm: self.realm,
            action,
            time_ms: self.event.time_ms,
            key: key.as_ref().and_then(|key| key.facts),
            aliases: Strings::new(key.as_ref().map_or(&[], |key| key.texts.aliases)),
            tags: KeyTags::Stored(Strings::new(key.as_ref().map_or(&[], |key| key.texts.tags))),
            request_alias,
            pairs,
            parameters: self.parameters,
            written: Written::default(),
        };
        let resource = match &key {
            Some(key) => Resource::key(self.realm, key.key_id),
            None => self.without_key,
        };
        let authorization = Authorization {
            principal: &self.caller.principal,
            action: RequestedAction::Ours(action),
            resource,
            key_policy: key.as_ref().map(|key| key.texts.policy),
            identity_policies: self.caller.identity_policies(),
            keys: &keys,
        };
        let (evaluation, sid) = evaluate_by_name(&authorization);
        let event = &mut *self.event;
        if let Decision::ImplicitDeny(_) = evaluation.decision {
            let explanation = explain(&authorization, evaluation.decision);
            event.decider = explanation.statement;
            event.sid = explanation.sid.map_or(ShortText::EMPTY, ShortText::of_str);
            event.mismatch = explanation.mismatch.as_ref().map(MismatchText::of);
        } else {
            (event.decider, event.sid) = (evaluation.decision.decider(), ShortText::of_str(sid));
            event.mismatch = None;
        }
        evaluation
    }
}

/// The answer of the policies alone.
pub(super) fn verdict(decision: Decision) -> Result<(), Error> {
    match decision {
        Decision::Allow(_) => Ok(()),
        Decision::ExplicitDeny(_) => Err(Error::AccessDenied(Reason::StatementDenies)),
        Decision::ImplicitDeny(reason) => Err(Error::AccessDenied(reason)),
    }
}

/// A key as policies see it.
pub(super) struct Judged<'k> {
    key_id: KeyId,
    /// Nothing for a key that does not exist.
    facts: Option<&'k KeyFacts>,
    texts: KeyTexts<'k>,
}
