//! GetKeyPolicy, PutKeyPolicy, ListKeyPolicies: the one policy of a key.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, KeyTags, Named, Parameters, Parsed, RequestKeys, Scene, Written, run};
use crate::format::key_record::Section;
use crate::format::strings::Strings;
use crate::key::{KeyFacts, permits};
use crate::keyring;
use crate::limits::{LIST_LIMIT_MAX, POLICY_LEN_MAX, POLICY_NAME_LEN_MAX};
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Authorization, Caller, Policy, PolicyKind, RequestedAction, Resource, evaluate};
use crate::vault::{Change, KeyChange, Vault};

/// The name of every key's one policy (AWS KMS API Reference, *PutKeyPolicy*).
pub const POLICY_NAME: &str = "default";

/// Reads the policy of a key (AWS KMS API Reference, *GetKeyPolicy*).
#[derive(Clone, Copy, Debug)]
pub struct GetKeyPolicy<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// [`POLICY_NAME`]; another one does not exist.
    pub policy_name: &'a str,
}

/// Replaces the whole policy of a key (AWS KMS API Reference, *PutKeyPolicy*).
#[derive(Clone, Copy, Debug)]
pub struct PutKeyPolicy<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// [`POLICY_NAME`]; another one cannot be set.
    pub policy_name: &'a str,
    /// The compiled key policy.
    pub policy: &'a [u8],
    /// Accept a policy under which the caller could not change the policy again.
    pub bypass_policy_lockout_safety_check: bool,
}

/// Lists the names of a key's policies, of which there is one (AWS KMS API Reference, *ListKeyPolicies*).
#[derive(Clone, Copy, Debug)]
pub struct ListKeyPolicies<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Names on this page, 1 to 1000.
    pub limit: usize,
}

impl<'a> GetKeyPolicy<'a> {
    /// The policy of this key.
    #[must_use]
    pub const fn new(key_id: &'a str) -> Self {
        GetKeyPolicy { key_id, policy_name: POLICY_NAME }
    }
}

impl<'a> PutKeyPolicy<'a> {
    /// This policy for this key, unless the caller could not change it again.
    #[must_use]
    pub const fn new(key_id: &'a str, policy: &'a [u8]) -> Self {
        PutKeyPolicy { key_id, policy_name: POLICY_NAME, policy, bypass_policy_lockout_safety_check: false }
    }
}

impl<P: Platform> Vault<P> {
    /// Reads the compiled policy of a key into `out`; [`crate::limits::POLICY_LEN_MAX`] bytes are always enough.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is no policy of this name. Others: see [`Error`].
    pub fn get_key_policy<'o>(
        &self,
        caller: &Caller<'_>,
        request: GetKeyPolicy<'_>,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        Ok(run(self, caller, request, Buffers::plaintext(out))?.into_plaintext())
    }

    /// Replaces the policy of a key, durably. It holds from the next request on.
    ///
    /// # Errors
    /// [`Error::MalformedPolicyDocument`]: the policy is malformed. [`Error::PolicyLocksOut`]: the caller could not
    /// change it again. [`Error::LimitExceeded`]: it is too long. The key has its old policy after all of them.
    pub fn put_key_policy(&self, caller: &Caller<'_>, request: PutKeyPolicy<'_>) -> Result<KeyFacts, Error> {
        run(self, caller, request, Buffers::default())?.changed.ok_or(Error::Bug)
    }

    /// The names of a key's policies.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn list_key_policies(
        &self,
        caller: &Caller<'_>,
        request: ListKeyPolicies<'_>,
    ) -> Result<&'static [&'static str], Error> {
        run(self, caller, request, Buffers::default()).map(|released| released.output)
    }
}

/// Whether a policy could have this name. The one there is has another, perhaps.
fn check_policy_name(name: &str) -> Result<(), Error> {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || name.len() > POLICY_NAME_LEN_MAX || !name.bytes().all(is_fine) {
        return Err(Error::Validation(Parameter::PolicyName));
    }
    Ok(())
}

/// Checks a policy before a key gets it (`policy-evaluation`, section 11).
pub(in crate::operation) fn check_policy(policy: &[u8]) -> Result<(), Error> {
    if policy.len() > POLICY_LEN_MAX {
        return Err(Error::LimitExceeded);
    }
    match Policy::read(policy).and_then(|policy| policy.check().map(|()| policy.kind())) {
        Ok(PolicyKind::Key) => Ok(()),
        Ok(_) | Err(_) => Err(Error::MalformedPolicyDocument),
    }
}

/// Whether the caller could change the policy again once it is there: judged by the new policy and the caller's own,
/// and by no grant, since none can confer that.
pub(in crate::operation) fn check_lockout<P: Platform>(
    scene: &Scene<'_, P>,
    facts: &KeyFacts,
    aliases: Strings<'_>,
    tags: KeyTags<'_>,
    policy: &[u8],
) -> Result<(), Error> {
    let keys = RequestKeys {
        caller: scene.caller,
        realm: scene.realm,
        action: Action::PutKeyPolicy,
        time_ms: scene.time_ms,
        key: Some(facts),
        aliases,
        tags,
        request_alias: None,
        pairs: &[],
        parameters: Parameters::NONE,
        written: Written::default(),
    };
    let authorization = Authorization {
        principal: scene.caller.principal(),
        action: RequestedAction::Ours(Action::PutKeyPolicy),
        resource: Resource::key(scene.realm, facts.key_id),
        key_policy: Some(policy),
        identity_policies: scene.caller.identity_policies(),
        keys: &keys,
    };
    if evaluate(&authorization).decision.is_allowed() { Ok(()) } else { Err(Error::PolicyLocksOut) }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for GetKeyPolicy<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::GetKeyPolicy
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_policy_name(self.policy_name)?;
        Ok(Parsed::on(Named::text(Action::GetKeyPolicy, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, ()>, Error> {
        let facts = scene.key()?;
        permits(Action::GetKeyPolicy, &facts)?;
        if self.policy_name != POLICY_NAME {
            return Err(Error::NotFound);
        }
        let copied = keyring::lend_key(scene.vault.platform(), &facts.key_id, |_, texts| {
            let policy = texts.policy;
            let needed = policy.len();
            let out = buffers.plaintext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
            out.copy_from_slice(policy);
            Ok::<_, Error>(needed)
        })?;
        buffers.plaintext_len = copied.ok_or(Error::NotFound)??;
        Ok(Done::with(()))
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for PutKeyPolicy<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::PutKeyPolicy
    }

    fn parameters(&self) -> Parameters<'_> {
        let is_lockout_check_bypassed = self.bypass_policy_lockout_safety_check;
        Parameters { is_lockout_check_bypassed, ..Parameters::NONE }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.policy_name != POLICY_NAME {
            return Err(Error::Validation(Parameter::PolicyName));
        }
        let key = Named::text(Action::PutKeyPolicy, self.key_id)?;
        check_policy(self.policy)?;
        Ok(Parsed::on(key))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let facts = scene.key()?;
        permits(Action::PutKeyPolicy, &facts)?;
        if !self.bypass_policy_lockout_safety_check {
            let checked = keyring::lend_key(scene.vault.platform(), &facts.key_id, |_, texts| {
                let tags = KeyTags::Stored(Strings::new(texts.tags));
                check_lockout(scene, &facts, Strings::new(texts.aliases), tags, self.policy)
            })?;
            checked.ok_or(Error::NotFound)??;
        }
        let change = Some(Change::Key(KeyChange::Text(facts.key_id, Section::Policy, self.policy)));
        Ok(Done { change, version: facts.current_version, ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListKeyPolicies<'a> {
    type Output = &'static [&'static str];

    fn action(&self) -> Action {
        Action::ListKeyPolicies
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.limit == 0 || self.limit > LIST_LIMIT_MAX {
            return Err(Error::Validation(Parameter::Limit));
        }
        Ok(Parsed::on(Named::text(Action::ListKeyPolicies, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        permits(Action::ListKeyPolicies, &scene.key()?)?;
        Ok(Done::with(&[POLICY_NAME]))
    }
}
