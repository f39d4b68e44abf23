//! CreateKey, EnableKey, DisableKey, RotateKeyOnDemand, UpdateKeyDescription: changes, staged here and committed with their audit event.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, KeyTags, Named, Parameters, Parsed, Scene, run};
use crate::format::key_record::{KeyTexts, Section};
use crate::format::strings::Strings;
use crate::key::{
    FactsChange, KeyFacts, KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage, VersionCause, VersionChange,
    permits,
};
use crate::keyring;
use crate::limits::DESCRIPTION_CHARS_MAX;
use crate::operation::Operation;
use crate::operation::keys::key_policy::{check_lockout, check_policy};
use crate::operation::names::tag::{Tag, check_tags};
use crate::platform::{Entropy, Platform};
use crate::policy::{Action, Caller};
use crate::vault::{Change, KeyChange, Vault};

/// How often CreateKey draws an id whose place in the tree is taken before it gives up.
const REDRAWS: usize = 4;

/// Makes a key (AWS KMS API Reference, *CreateKey*).
#[derive(Clone, Copy, Debug, Default)]
pub struct CreateKey<'a> {
    /// What the key is for, in its owner's words; at most 8192 characters.
    pub description: &'a str,
    /// The kind of material.
    pub key_spec: KeySpec,
    /// What the key may be used for; goes with the spec.
    pub key_usage: KeyUsage,
    /// Where its material comes from.
    pub origin: KeyOrigin,
    /// Its tags, at most 50, as [`crate::operation::TagResource`] takes them.
    pub tags: &'a [Tag<'a>],
    /// The compiled key policy, or `None` for the default one.
    pub policy: Option<&'a [u8]>,
    /// Accept a policy under which the caller could not change the policy again.
    pub bypass_policy_lockout_safety_check: bool,
}

/// Makes a key with an id that is chosen and not drawn: for test set-ups, whose files name keys by fixed ids. Ours, and allowed by
/// `kms:CreateKey`; no protocol offers it. What one vault's ids are, another's may then be too.
#[derive(Clone, Copy, Debug)]
pub struct SeedKey<'a> {
    /// The id. No key here may have it.
    pub key_id: KeyId,
    /// What else the key is to be.
    pub key: CreateKey<'a>,
}

/// Lets a disabled key be used again (AWS KMS API Reference, *EnableKey*).
#[derive(Clone, Copy, Debug)]
pub struct EnableKey<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
}

/// Keeps a key from being used (AWS KMS API Reference, *DisableKey*).
#[derive(Clone, Copy, Debug)]
pub struct DisableKey<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
}

/// Gives a key new material at once; what was encrypted before still opens (AWS KMS API Reference,
/// *RotateKeyOnDemand*).
#[derive(Clone, Copy, Debug)]
pub struct RotateKeyOnDemand<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
}

/// Says in other words what a key is for (AWS KMS API Reference, *UpdateKeyDescription*).
#[derive(Clone, Copy, Debug)]
pub struct UpdateKeyDescription<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// At most 8192 characters.
    pub description: &'a str,
}

impl<P: Platform> Vault<P> {
    /// Makes a key, durably. With tags, the caller needs permission for TagResource too.
    ///
    /// # Errors
    /// [`Error::Tag`]: a tag is reserved or given twice, or there are more than 50.
    /// [`Error::MalformedPolicyDocument`]: the policy is malformed; [`Error::PolicyLocksOut`]: the caller could not change it.
    /// [`Error::LimitExceeded`]: the policy is too long. Others: see [`Error`]. No key was made, except after
    /// [`Error::Storage`] and [`Error::Anchor`], which end the session: mount again to see.
    pub fn create_key(&self, caller: &Caller<'_>, request: CreateKey<'_>) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Makes a key with a chosen id, durably.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`]: there is a key with this id, or one that lies where it would. Others as
    /// [`Vault::create_key`].
    pub fn seed_key(&self, caller: &Caller<'_>, request: SeedKey<'_>) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Enables a key, durably. No change if it is enabled.
    ///
    /// # Errors
    /// See [`Error`]. The key is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn enable_key(&self, caller: &Caller<'_>, request: EnableKey<'_>) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Disables a key, durably. No change if it is disabled.
    ///
    /// # Errors
    /// See [`Error`]. The key is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn disable_key(&self, caller: &Caller<'_>, request: DisableKey<'_>) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Adds a version and makes it the current one, durably. The cost does not depend on how many there are.
    ///
    /// # Errors
    /// See [`Error`]. The key is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn rotate_key_on_demand(
        &self,
        caller: &Caller<'_>,
        request: RotateKeyOnDemand<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Replaces the description of a key, durably.
    ///
    /// # Errors
    /// See [`Error`]. The key is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn update_key_description(
        &self,
        caller: &Caller<'_>,
        request: UpdateKeyDescription<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// One change of a key.
    pub(in crate::operation) fn change<'a, O: Operation<'a, Output = ()>>(
        &self,
        caller: &'a Caller<'a>,
        operation: O,
    ) -> Result<KeyFacts, Error> {
        run(self, caller, operation, Buffers::default())?.changed.ok_or(Error::Bug)
    }
}

/// An id that is new, and whose place in the tree is free and readable.
fn draw_id<P: Platform>(vault: &Vault<P>) -> Result<KeyId, Error> {
    for _ in 0..REDRAWS {
        let mut bytes = [0; 16];
        vault.platform().entropy().fill(&mut bytes).map_err(|_| Error::Entropy)?;
        let key_id = KeyId::from_random(bytes);
        let taken = keyring::with_snapshot(vault.platform(), |snapshot| {
            snapshot.view(vault.platform().storage()).is_taken(&snapshot.keys.names.owner(&key_id))
        });
        match taken {
            Ok(false) => return Ok(key_id),
            // Below a damaged node nothing can be written.
            Ok(true) | Err(Error::Damaged(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Err(Error::Damaged(crate::error::Part::Node))
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for CreateKey<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::CreateKey
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters {
            is_lockout_check_bypassed: self.bypass_policy_lockout_safety_check,
            new_key: Some((self.key_spec, self.key_usage, self.origin)),
            tags: self.tags,
            ..Parameters::NONE
        }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_description(self.description)?;
        check_tags(self.tags)?;
        if self.key_spec.usage() != self.key_usage {
            return Err(Error::Validation(Parameter::KeyUsage));
        }
        if let Some(policy) = self.policy {
            check_policy(policy)?;
        }
        Ok(Parsed::keyless(if self.tags.is_empty() {
            &[Action::CreateKey]
        } else {
            &[Action::CreateKey, Action::TagResource]
        }))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let key_id = draw_id(scene.vault)?;
        self.stage(scene, key_id)
    }
}

impl<'a> CreateKey<'a> {
    /// Stages the key with this id.
    fn stage<P: Platform>(self, scene: &Scene<'_, P>, key_id: KeyId) -> Result<Done<'a, ()>, Error> {
        let (state, version) = match self.origin {
            KeyOrigin::AwsKms => (KeyState::Enabled, 1),
            KeyOrigin::External => (KeyState::PendingImport, 0),
        };
        let facts = KeyFacts {
            key_id,
            created_ms: scene.time_ms,
            state,
            spec: self.key_spec,
            usage: self.key_usage,
            origin: self.origin,
            current_version: version,
            newest_version: version,
            on_demand_rotations: 0,
            rotation: None,
            deletion: None,
            expires_ms: None,
            missing_materials: 0,
            rotates_from_observed_ms: 0,
        };
        if let Some(policy) = self.policy.filter(|_| !self.bypass_policy_lockout_safety_check) {
            check_lockout(scene, &facts, Strings::default(), KeyTags::Given(self.tags), policy)?;
        }
        let texts = KeyTexts {
            description: self.description,
            policy: self.policy.unwrap_or_default(),
            ..KeyTexts::default()
        };
        let change = KeyChange::Create { facts, texts, tags: self.tags };
        Ok(Done { change: Some(Change::Key(change)), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for SeedKey<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::CreateKey
    }

    fn parameters(&self) -> Parameters<'_> {
        self.key.parameters()
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        self.key.parse()
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        // Whether the id is free is seen when it is taken.
        self.key.stage(scene, self.key_id)
    }
}

fn check_description(description: &str) -> Result<(), Error> {
    if description.chars().count() > DESCRIPTION_CHARS_MAX {
        return Err(Error::Validation(Parameter::Description));
    }
    Ok(())
}

/// Stages a change of the permitted key.
pub(in crate::operation) fn stage<'a, P: Platform>(
    scene: &Scene<'_, P>,
    action: Action,
    change: impl FnOnce(KeyId) -> KeyChange<'a>,
) -> Result<Done<'a, ()>, Error> {
    let facts = scene.key()?;
    permits(action, &facts)?;
    Ok(Done {
        change: Some(Change::Key(change(facts.key_id))),
        version: facts.current_version,
        ..Done::with(())
    })
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for EnableKey<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::EnableKey
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on(Named::text(Action::EnableKey, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage(scene, Action::EnableKey, |key_id| KeyChange::Facts(key_id, FactsChange::Enable))
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DisableKey<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::DisableKey
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on(Named::text(Action::DisableKey, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage(scene, Action::DisableKey, |key_id| KeyChange::Facts(key_id, FactsChange::Disable))
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for RotateKeyOnDemand<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::RotateKeyOnDemand
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on(Named::text(Action::RotateKeyOnDemand, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let KeyFacts { origin, newest_version, .. } = scene.key()?;
        let since_ms = scene.time_ms;
        stage(scene, Action::RotateKeyOnDemand, |key_id| match origin {
            KeyOrigin::AwsKms => KeyChange::NewVersion(key_id, VersionCause::OnDemand),
            // Its new material was imported, and waits.
            KeyOrigin::External => {
                KeyChange::Version(key_id, newest_version, VersionChange::MakeCurrent(since_ms))
            }
        })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for UpdateKeyDescription<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::UpdateKeyDescription
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_description(self.description)?;
        Ok(Parsed::on(Named::text(Action::UpdateKeyDescription, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage(scene, Action::UpdateKeyDescription, |key_id| {
            KeyChange::Text(key_id, Section::Description, self.description.as_bytes())
        })
    }
}
