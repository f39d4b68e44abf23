//! Step 3: may this caller do this? The only place that makes a [`Permit`].

use super::by_grant::check_retiring_token;
use super::execute::{Buffers, Executed};
use super::parse::Keyless;
use super::request_keys::{KeyTags, Parameters, RequestKeys, Written};
use super::resolve::{Resolved, Target};
use crate::error::{Error, Reason};
use crate::format::audit_entry::{Event, MismatchText};
use crate::format::key_record::KeyTexts;
use crate::format::strings::Strings;
use crate::key::{KeyFacts, KeyId};
use crate::keyring;
use crate::operation::RetiredGrant;
use crate::platform::Platform;
use crate::policy::{
    Action, Authorization, Caller, DEFAULT_POLICY_LEN_MAX, Decision, Evaluation, Reasons, RequestedAction,
    Resource, default_key_policy, evaluate, explain,
};
use crate::realm::Realm;
use crate::short_text::ShortText;
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
    pub(super) reasons: Reasons<'a>,
}

/// A request that ends here; recorded like any other.
#[derive(Debug)]
pub struct Denied<'a> {
    pub(super) event: Event<'a>,
    pub(super) mismatch: Option<MismatchText>,
    pub(super) reasons: Reasons<'a>,
    pub(super) error: Error,
    pub(super) recorded: bool,
}

impl<'a> Denied<'a> {
    pub(super) fn new(event: Event<'a>, reasons: Reasons<'a>, error: Error) -> Self {
        Denied { event, mismatch: None, reasons, error, recorded: true }
    }

    /// Of a vault that is not open.
    pub(super) fn unrecorded(event: Event<'a>, error: Error) -> Self {
        Denied { event, mismatch: None, reasons: Reasons::Withheld, error, recorded: false }
    }

    /// On to `record`, with nothing done.
    #[must_use]
    pub fn executed<'o, T>(self, buffers: Buffers<'o>) -> Executed<'a, 'o, T> {
        Executed::refused(self, buffers)
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
    let reasons = caller.reasons(&realm);
    let same = matches!((&key, &source_key), (Some(key), Some(source)) if key.key_id == source.key_id);
    let parameters = Parameters { is_on_same_key: same, ..request.parsed.parameters };
    let without_key = Resource::everything(&realm);
    let retired = request.parsed.retired;
    let mut judge = Judge {
        caller,
        realm: &realm,
        without_key,
        parameters,
        retired,
        event: request.event,
        mismatch: None,
    };
    // For CreateGrant, policies see the pairs of its constraint.
    let constraints = parameters.grant.and_then(|grant| grant.constraints);
    let pairs = constraints.map_or(request.parsed.context.pairs(), |constraints| constraints.pairs());

    // The source comes before the key: without it nothing is known of the request.
    let judged = (|| {
        check_retiring_token(vault, retired)?;
        match request.parsed.keyless {
            Some(Keyless::Nothing(actions)) => {
                actions.iter().try_for_each(|action| judge.without_key(*action))?;
            }
            Some(Keyless::Vault(action)) => {
                judge.without_key = Resource::vault(&realm, request.vault_id);
                judge.without_key(action)?;
            }
            Some(Keyless::Alias(action, name)) => {
                judge.without_key = Resource::alias(&realm, name);
                judge.without_key(action)?;
            }
            None => {}
        }
        let source_key = source_key.map(|target| judge.on_key(vault, target, request.parsed.source_pairs));
        let source_key = source_key.transpose()?;
        let key = key.map(|target| judge.on_key(vault, target, pairs)).transpose()?;
        Ok((source_key, key))
    })();
    let Judge { event, mismatch, .. } = judge;
    match judged {
        Ok((source_key, key)) => {
            Ok(Permit { operation: request.operation, caller, key, source_key, realm, event, reasons })
        }
        Err(error) => {
            let event = Event { deciding_grant: None, ..event };
            Err(Denied { event, mismatch, reasons, error, recorded: true })
        }
    }
}

/// Judges the parts of one request, and keeps what its audit event says of that.
pub(super) struct Judge<'r, 'a> {
    pub(super) caller: &'a Caller<'a>,
    pub(super) realm: &'r Realm,
    /// What an action without a key is about.
    without_key: Resource<'r>,
    pub(super) parameters: Parameters<'a>,
    /// The grant that RetireGrant is about.
    pub(super) retired: Option<RetiredGrant<'a>>,
    pub(super) event: Event<'a>,
    pub(super) mismatch: Option<MismatchText>,
}

impl<'a> Judge<'_, 'a> {
    fn without_key(&mut self, action: Action) -> Result<(), Error> {
        verdict(self.decide(action, None, None, &[]).decision)
    }

    /// Judges one key, and copies its facts for the permit under the same lend.
    fn on_key<P: Platform>(
        &mut self,
        vault: &Vault<P>,
        target: Target<'a>,
        pairs: &'a [(&'a str, &'a str)],
    ) -> Result<KeyFacts, Error> {
        let missing = match (target.key_id, target.exists) {
            (Some(key_id), Ok(true)) => {
                let judged = keyring::lend_key(vault.platform(), &key_id, |facts, texts| {
                    let key = Judged { key_id, facts: Some(facts), texts: *texts };
                    (*facts, self.decide(target.action, Some(key), target.request_alias, pairs))
                });
                match judged {
                    Ok(Some((facts, evaluation))) => {
                        self.settle(vault.platform(), target.action, &key_id, evaluation, pairs)?;
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
        let policy = default_key_policy(self.realm, &mut buffer)?;
        let key_id = target.key_id.unwrap_or(KeyId::from_bytes([0; 16]));
        let key = Judged { key_id, facts: None, texts: KeyTexts { policy, ..KeyTexts::default() } };
        let evaluation = self.decide(target.action, Some(key), target.request_alias, pairs);
        let is_admitted = evaluation.decision.is_allowed();
        // The default policy is not the key's own: what it says is no explanation.
        (self.event.decider, self.event.sid, self.mismatch) = (None, ShortText::EMPTY, None);
        let is_missing = matches!(missing, Error::NotFound | Error::UnsupportedOperation);
        if is_admitted && !(is_missing && target.by_ciphertext) {
            return Err(missing);
        }
        Err(Error::AccessDenied(if is_missing { Reason::NoSuchKey } else { Reason::KeyUnreadable }))
    }

    /// Evaluates, and notes which statement decided and why.
    fn decide(
        &mut self,
        action: Action,
        key: Option<Judged<'_>>,
        request_alias: Option<&str>,
        pairs: &'a [(&'a str, &'a str)],
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
        let evaluation = evaluate(&authorization);
        let explanation = explain(&authorization, evaluation.decision);
        self.event.decider = explanation.statement;
        self.event.sid = explanation.sid.map_or(ShortText::EMPTY, ShortText::of_str);
        self.mismatch = explanation.mismatch.as_ref().map(MismatchText::of);
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
struct Judged<'k> {
    key_id: KeyId,
    /// Nothing for a key that does not exist.
    facts: Option<&'k KeyFacts>,
    texts: KeyTexts<'k>,
}
