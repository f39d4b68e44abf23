//! CreateKeyVersion, RevokeKeyVersion, RestoreKeyVersion: what AWS KMS does not have. A version is called by its number.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parsed, Scene};
use crate::key::{KeyFacts, VersionCause, VersionChange, permits};
use crate::operation::Operation;
use crate::operation::keys::manage::stage;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{Change, KeyChange, Vault};

/// Gives a key of any spec new material at once, and makes it the one that encrypts or makes MACs. Unlike
/// RotateKeyOnDemand it has no limit, and it is not for imported material.
#[derive(Clone, Copy, Debug)]
pub struct CreateKeyVersion<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
}

/// Refuses one version from now on, reversibly: nothing that it made opens or verifies. Not for the current version:
/// CreateKeyVersion first.
#[derive(Clone, Copy, Debug)]
pub struct RevokeKeyVersion<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The number of the version.
    pub version: u32,
}

/// Takes back RevokeKeyVersion.
#[derive(Clone, Copy, Debug)]
pub struct RestoreKeyVersion<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The number of the version.
    pub version: u32,
}

impl<P: Platform> Vault<P> {
    /// Adds a version and makes it the current one, durably. The cost does not depend on how many there are.
    ///
    /// # Errors
    /// [`Error::UnsupportedOperation`]: the material of the key is imported. Others: see [`Error`]. The key is as it was,
    /// except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn create_key_version(
        &self,
        caller: &Caller<'_>,
        request: CreateKeyVersion<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Revokes a version, durably. No change if it is revoked.
    ///
    /// # Errors
    /// [`Error::Validation`]: the key has no such version. [`Error::InvalidState`]: it is the current one, or on its way
    /// out. Others: see [`Error`]. The version is as it was, except after [`Error::Storage`] and [`Error::Anchor`], which
    /// end the session.
    pub fn revoke_key_version(
        &self,
        caller: &Caller<'_>,
        request: RevokeKeyVersion<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }

    /// Restores a revoked version, durably. No change if it is usable.
    ///
    /// # Errors
    /// As [`Vault::revoke_key_version`].
    pub fn restore_key_version(
        &self,
        caller: &Caller<'_>,
        request: RestoreKeyVersion<'_>,
    ) -> Result<KeyFacts, Error> {
        self.change(caller, request)
    }
}

/// A request about one version. Versions are numbered from 1.
pub(super) fn parse<'a>(action: Action, key_id: &'a str, version: u32) -> Result<Parsed<'a>, Error> {
    if version == 0 {
        return Err(Error::Validation(Parameter::Version));
    }
    Ok(Parsed::on(Named::text(action, key_id)?))
}

/// Stages a change of one version of the permitted key.
pub(super) fn stage_version<'a, P: Platform>(
    scene: &Scene<'_, P>,
    action: Action,
    version: u32,
    change: VersionChange,
) -> Result<Done<'a, ()>, Error> {
    let facts = scene.key()?;
    permits(action, &facts)?;
    if version > facts.newest_version {
        return Err(Error::Validation(Parameter::Version));
    }
    let change = Change::Key(KeyChange::Version(facts.key_id, version, change));
    Ok(Done { change: Some(change), version, ..Done::with(()) })
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for CreateKeyVersion<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::CreateKeyVersion
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on(Named::text(Action::CreateKeyVersion, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage(scene, Action::CreateKeyVersion, |key_id| KeyChange::NewVersion(key_id, VersionCause::Created))
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for RevokeKeyVersion<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::RevokeKeyVersion
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        parse(Action::RevokeKeyVersion, self.key_id, self.version)
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage_version(scene, Action::RevokeKeyVersion, self.version, VersionChange::Revoke)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for RestoreKeyVersion<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::RestoreKeyVersion
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        parse(Action::RestoreKeyVersion, self.key_id, self.version)
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        stage_version(scene, Action::RestoreKeyVersion, self.version, VersionChange::Restore)
    }
}
