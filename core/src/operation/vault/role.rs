//! PutRoleTrust, DescribeRoleTrust, AssumeRole: sessions of kept roles. AssumeRole is that of STS, as far as it goes.

use crate::access_key::{ACCESS_KEY_SECRET_LEN, AccessKeyId, Session, SessionClaims, SigningScope, derive};
use crate::caller::{check_external_id, check_name, check_session_name};
use crate::crypto::sr1;
use crate::error::{Error, Parameter, Part};
use crate::flow::{Buffers, Done, Keyless, Parsed, Scene, run};
use crate::format::trust_record::{TRUST_RECORD_LEN, TrustRecord, role_name};
use crate::keyring::with_snapshot;
use crate::limits::{
    GRANT_PRINCIPAL_LEN_MAX, ROLE_CHAIN_SECONDS_MAX, ROLE_SESSION_SECONDS, TRUSTED_PRINCIPALS_MAX,
};
use crate::operation::Operation;
use crate::platform::{Entropy, Platform, State};
use crate::policy::{Action, Caller, Principal};
use crate::secret::Secret;
use crate::vault::{Change, Published, Snapshot, Vault, lend_trust, vault_time};

/// Says whom a kept role trusts, in place of whom it trusted before. Sessions that it had are over.
#[derive(Clone, Copy, Debug)]
pub struct PutRoleTrust<'a> {
    /// The name that the role is kept under, which must be the last part of its ARN.
    pub role: &'a str,
    /// At most 10 ARNs of users, roles and sessions, also of other accounts; the root user of an account stands for
    /// everybody in it. None: nobody is trusted any more.
    pub principals: &'a [&'a str],
    /// What whoever assumes the role must name: 2 to 1224 letters, digits and `_+=,.@:/-`.
    pub external_id: Option<&'a str>,
}

/// Reads whom a role trusts.
#[derive(Clone, Copy, Debug)]
pub struct DescribeRoleTrust<'a> {
    /// The name that the role is kept under.
    pub role: &'a str,
}

/// Makes a session of a role (AWS STS API Reference, *AssumeRole*).
#[derive(Clone, Copy, Debug)]
pub struct AssumeRole<'a> {
    /// The role.
    pub role_arn: &'a str,
    /// The name of the session: 2 to 64 letters, digits and `_+=,.@-`.
    pub session_name: &'a str,
    /// How long it lasts: 900 to 43,200 seconds, for whoever is a session already 3,600 at most.
    pub duration_seconds: u32,
    /// What the role asks for, if anything.
    pub external_id: Option<&'a str>,
}

/// A session that was made.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AssumedRole<'o> {
    /// The id of its access key.
    pub access_key_id: AccessKeyId,
    /// What has to go along with every request of it.
    pub token: &'o [u8],
    /// When it is over, in milliseconds since 1970.
    pub expires_ms: u64,
}

/// Whom a role trusts, in the caller's buffer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RoleTrust<'o> {
    /// Users, roles, sessions, and root users for their accounts.
    pub principals: heapless::Vec<&'o str, TRUSTED_PRINCIPALS_MAX>,
    /// What whoever assumes the role must name.
    pub external_id: Option<&'o str>,
    /// When this was written, or `None` where the vault had no clock.
    pub written_ms: Option<u64>,
}

impl<P: Platform> Vault<P> {
    /// Says whom a role trusts, durably.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is no such role. [`Error::Validation`].
    pub fn put_role_trust(&self, caller: &Caller<'_>, request: PutRoleTrust<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(|_| ())
    }

    /// Reads whom a role trusts into `buffer`; [`crate::limits::ROLE_TRUST_LEN_MAX`] bytes are always enough.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is no such role, or it trusts nobody.
    pub fn describe_role_trust<'o>(
        &self,
        caller: &Caller<'_>,
        request: DescribeRoleTrust<'_>,
        buffer: &'o mut [u8],
    ) -> Result<RoleTrust<'o>, Error> {
        let plaintext = run(self, caller, request, Buffers::plaintext(buffer))?.into_plaintext();
        let TrustRecord { principals, external_id, written_ms, .. } =
            TrustRecord::read(plaintext).map_err(|_| Error::Bug)?;
        let external_id = Some(external_id).filter(|id| !id.is_empty());
        Ok(RoleTrust { principals, external_id, written_ms })
    }

    /// Makes a session of a role. Nothing is stored of it. `token` needs room for
    /// [`crate::access_key::SESSION_TOKEN_LEN_MAX`] bytes.
    ///
    /// # Errors
    /// [`Error::AccessDenied`]: there is no such role, or it does not trust the caller. [`Error::Validation`].
    /// [`Error::UnsupportedOperation`]: the vault has no clock.
    pub fn assume_role<'o>(
        &self,
        caller: &Caller<'_>,
        request: AssumeRole<'_>,
        secret: &mut Secret<ACCESS_KEY_SECRET_LEN>,
        token: &'o mut [u8],
    ) -> Result<AssumedRole<'o>, Error> {
        let made = secret.fill_with(|secret| {
            let released = run(self, caller, request, Buffers::new(secret, &mut *token, &mut []))?;
            let (access_key_id, expires_ms) = released.output;
            Ok::<_, Error>((access_key_id, expires_ms, released.into_ciphertext().len()))
        });
        let (access_key_id, expires_ms, len) = made?;
        Ok(AssumedRole { access_key_id, expires_ms, token: token.get(..len).ok_or(Error::Bug)? })
    }

    /// Writes to `key` what verifies signatures of a session, as [`Vault::signing_key`] does for an access key that stays,
    /// and answers what the session is. The role has to be read then, see [`Vault::caller`] and
    /// [`crate::caller::StoredCaller::as_session`].
    ///
    /// # Errors
    /// [`Error::ExpiredToken`]: it is over, or the vault has no clock. [`Error::NotFound`]: this vault made no such token
    /// for this access key, or the role does not trust as it did then.
    pub fn session_signing_key<'t>(
        &self,
        id: &AccessKeyId,
        token: &'t [u8],
        scope: &SigningScope<'_>,
        key: &mut Secret<32>,
    ) -> Result<Session<'t>, Error> {
        scope.check()?;
        let platform = self.platform();
        let opened = platform.state().lend_published(Published::opened)??;
        let session = with_snapshot(platform, |snapshot| {
            let claims = SessionClaims::open(token, &snapshot.keys).ok_or(Error::NotFound)?;
            let mut secret = Secret::zeroed();
            let account = opened.realm.account();
            let own = SessionClaims::access_key(token, &snapshot.keys, account, &mut secret)?;
            let is_trusted =
                lend_trust(platform, snapshot, claims.role, |trust| Ok(trust.trust_id == claims.trust_id))?;
            if own != *id || claims.vault_id != snapshot.vault_id || is_trusted != Some(true) {
                return Err(Error::NotFound);
            }
            secret.expose(|secret| derive::<P::Primitives>(secret, scope, key))?;
            Ok(claims.session(own))
        })?;
        match vault_time(platform, opened.clock_mark_ms) {
            Some(now) if now < session.expires_ms => Ok(session),
            Some(_) | None => {
                key.wipe();
                Err(Error::ExpiredToken)
            }
        }
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for PutRoleTrust<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::PutRoleTrust
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.role)?;
        self.external_id.map_or(Ok(()), check_external_id)?;
        let is_wrong = |principal: &&str| {
            principal.len() > GRANT_PRINCIPAL_LEN_MAX
                || Principal::parse(principal).is_ok_and(|principal| principal.is_service())
                || Principal::parse(principal).is_err()
        };
        if self.principals.len() > TRUSTED_PRINCIPALS_MAX || self.principals.iter().any(is_wrong) {
            return Err(Error::Validation(Parameter::TrustedPrincipals));
        }
        Ok(Parsed { subject: self.role, ..Parsed::on_vault(Action::PutRoleTrust) })
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        Ok(Done { change: Some(Change::Trust(self)), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DescribeRoleTrust<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::DescribeRoleTrust
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.role)?;
        Ok(Parsed { subject: self.role, ..Parsed::on_vault(Action::DescribeRoleTrust) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, ()>, Error> {
        let platform = scene.vault.platform();
        let mut buffer = [0; TRUST_RECORD_LEN + sr1::OVERHEAD];
        buffers.plaintext_len = with_snapshot(platform, |snapshot| {
            let view = snapshot.view(platform.storage());
            let address = snapshot.keys.names.trust(self.role);
            let plaintext = view.record(&address, &mut buffer)?.ok_or(Error::NotFound)?;
            if !TrustRecord::read(plaintext).is_ok_and(|record| record.name() == self.role) {
                return Err(Error::Damaged(Part::Record));
            }
            let needed = plaintext.len();
            let room = buffers.plaintext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
            room.copy_from_slice(plaintext);
            Ok(needed)
        })?;
        Ok(Done::with(()))
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for AssumeRole<'a> {
    type Output = (AccessKeyId, u64);

    fn action(&self) -> Action {
        Action::AssumeRole
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        let is_role = |role: Principal<'_>| role.type_name() == "Role";
        if !Principal::parse(self.role_arn).is_ok_and(is_role) {
            return Err(Error::Validation(Parameter::Role));
        }
        check_session_name(self.session_name)?;
        self.external_id.map_or(Ok(()), check_external_id)?;
        if !ROLE_SESSION_SECONDS.contains(&self.duration_seconds) {
            return Err(Error::Validation(Parameter::DurationSeconds));
        }
        let name = role_name(self.role_arn);
        check_name(name).map_err(|_| Error::Validation(Parameter::Role))?;
        let keyless = Keyless::Role { arn: self.role_arn, external_id: self.external_id };
        Ok(Parsed { keyless: Some(keyless), subject: name, ..Parsed::on_vault(Action::AssumeRole) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        let AssumeRole { role_arn, session_name, duration_seconds, .. } = self;
        if scene.caller.principal().session_role().is_some() && duration_seconds > ROLE_CHAIN_SECONDS_MAX {
            return Err(Error::Validation(Parameter::DurationSeconds));
        }
        let issued_ms = scene.time_ms.ok_or(Error::UnsupportedOperation)?;
        let expires_ms = issued_ms.saturating_add(u64::from(duration_seconds).saturating_mul(1000));
        let platform = scene.vault.platform();
        let mut random = [0; 16];
        platform.entropy().fill(&mut random).map_err(|_| Error::Entropy)?;
        let needed = ACCESS_KEY_SECRET_LEN;
        let room = buffers.plaintext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
        let (role, name, trust_id) = (role_name(role_arn), session_name, scene.trust_id()?);
        let snapshot = Snapshot::take(platform)?;
        let vault_id = snapshot.vault_id;
        let claims = SessionClaims { vault_id, trust_id, issued_ms, expires_ms, random, role, name };
        let token_len = claims.write(&snapshot.keys, buffers.ciphertext)?;
        let token = buffers.ciphertext.get(..token_len).ok_or(Error::Bug)?;
        let mut secret = Secret::zeroed();
        let id = SessionClaims::access_key(token, &snapshot.keys, scene.realm.account(), &mut secret)?;
        secret.expose(|secret| room.copy_from_slice(secret));
        (buffers.plaintext_len, buffers.ciphertext_len) = (needed, token_len);
        Ok(Done { detail: u64::from(duration_seconds), ..Done::with((id, expires_ms)) })
    }
}
