//! Access keys of kept users, and sessions of kept roles.

use strongroom_core::access_key::{
    ACCESS_KEY_SECRET_LEN, AccessKeyId, SESSION_TOKEN_LEN_MAX, Session, SigningScope,
};
use strongroom_core::limits::ROLE_TRUST_LEN_MAX;
use strongroom_core::operation::{
    AccessKeyFacts, AssumeRole, CallerName, CreateAccessKey, DeleteAccessKey, DescribeRoleTrust,
    ListAccessKeys, PutRoleTrust, UpdateAccessKey,
};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, Secret};

use crate::output::SecretBytes;
use crate::vault::Vault;

/// An access key that was made. Nobody is shown its secret again.
#[derive(Debug)]
#[non_exhaustive]
pub struct CreatedAccessKey {
    /// Its id.
    pub id: AccessKeyId,
    /// 40 characters.
    pub secret: SecretBytes,
}

/// A session that was made. Nothing of it is stored.
#[derive(Debug)]
#[non_exhaustive]
pub struct AssumedRole {
    /// The id of its access key.
    pub access_key_id: AccessKeyId,
    /// The secret of its access key: 40 characters.
    pub secret: SecretBytes,
    /// What has to go along with every request of it.
    pub token: Vec<u8>,
    /// When it is over, in milliseconds since 1970.
    pub expires_ms: u64,
}

/// Whom a role trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoleTrust {
    /// Users, roles, sessions, and root users for their accounts.
    pub principals: Vec<String>,
    /// What whoever assumes the role must name.
    pub external_id: Option<String>,
    /// When this was written, if the vault had a clock.
    pub written_ms: Option<u64>,
}

impl Vault {
    /// Makes an access key of a kept user, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::create_access_key`].
    pub fn create_access_key(
        &self,
        caller: &Caller<'_>,
        request: CreateAccessKey<'_>,
    ) -> Result<CreatedAccessKey, Error> {
        let mut secret = Secret::zeroed();
        let id = self.core().create_access_key(caller, request, &mut secret)?;
        Ok(CreatedAccessKey { id, secret: owned(&secret) })
    }

    /// The access keys of a caller.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_access_keys`].
    pub fn list_access_keys(
        &self,
        caller: &Caller<'_>,
        request: ListAccessKeys<'_>,
    ) -> Result<Vec<AccessKeyFacts>, Error> {
        Ok(self.core().list_access_keys(caller, request)?.to_vec())
    }

    /// Makes an access key usable or unusable, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::update_access_key`].
    pub fn update_access_key(&self, caller: &Caller<'_>, request: UpdateAccessKey<'_>) -> Result<(), Error> {
        self.core().update_access_key(caller, request)
    }

    /// Takes an access key out, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::delete_access_key`].
    pub fn delete_access_key(&self, caller: &Caller<'_>, request: DeleteAccessKey<'_>) -> Result<(), Error> {
        self.core().delete_access_key(caller, request)
    }

    /// Says whom a kept role trusts, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::put_role_trust`].
    pub fn put_role_trust(&self, caller: &Caller<'_>, request: PutRoleTrust<'_>) -> Result<(), Error> {
        self.core().put_role_trust(caller, request)
    }

    /// Reads whom a kept role trusts.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::describe_role_trust`].
    pub fn describe_role_trust(
        &self,
        caller: &Caller<'_>,
        request: DescribeRoleTrust<'_>,
    ) -> Result<RoleTrust, Error> {
        let mut buffer = vec![0; ROLE_TRUST_LEN_MAX];
        let trust = self.core().describe_role_trust(caller, request, &mut buffer)?;
        Ok(RoleTrust {
            principals: trust.principals.iter().map(|principal| (*principal).to_owned()).collect(),
            external_id: trust.external_id.map(str::to_owned),
            written_ms: trust.written_ms,
        })
    }

    /// Makes a session of a role.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::assume_role`].
    pub fn assume_role(&self, caller: &Caller<'_>, request: AssumeRole<'_>) -> Result<AssumedRole, Error> {
        let (mut secret, mut token) = (Secret::zeroed(), [0; SESSION_TOKEN_LEN_MAX]);
        let made = self.core().assume_role(caller, request, &mut secret, &mut token)?;
        let (access_key_id, expires_ms, token) = (made.access_key_id, made.expires_ms, made.token.to_vec());
        Ok(AssumedRole { access_key_id, secret: owned(&secret), token, expires_ms })
    }

    /// A number that is another one whenever a caller, an access key or whom a role trusts has changed.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::callers_revision`].
    pub fn callers_revision(&self) -> Result<u64, Error> {
        self.core().callers_revision()
    }

    /// Writes to `key` what verifies signatures of an access key, and answers whose it is.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::signing_key`].
    pub fn signing_key(
        &self,
        id: &AccessKeyId,
        scope: &SigningScope<'_>,
        key: &mut Secret<32>,
    ) -> Result<CallerName, Error> {
        self.core().signing_key(id, scope, key)
    }

    /// Writes to `key` what verifies signatures of a session, and answers what it is a session of.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::session_signing_key`].
    pub fn session_signing_key<'t>(
        &self,
        id: &AccessKeyId,
        token: &'t [u8],
        scope: &SigningScope<'_>,
        key: &mut Secret<32>,
    ) -> Result<Session<'t>, Error> {
        self.core().session_signing_key(id, token, scope, key)
    }
}

fn owned(secret: &Secret<ACCESS_KEY_SECRET_LEN>) -> SecretBytes {
    SecretBytes::new(secret.expose(|secret| secret.to_vec()))
}
