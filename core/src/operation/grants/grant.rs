//! CreateGrant.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parameters, Parsed, Scene, run};
use crate::grant::{
    ConstraintKind, Grant, GrantConstraint, GrantId, GrantOperations, GrantToken, account_of, by_grantee,
    check_principal, check_token_count, check_tokens, hashed_name,
};
use crate::key::{KeySpec, permits};
use crate::keyring::with_snapshot;
use crate::limits::GRANT_NAME_LEN_MAX;
use crate::operation::EncryptionContext;
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller, Principal};
use crate::realm::{AccountId, Realm};
use crate::vault::{Change, GrantChange, Vault};

/// Gives a principal rights on a key (AWS KMS API Reference, *CreateGrant*).
#[derive(Clone, Copy, Debug)]
pub struct CreateGrant<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Whom: the ARN of a user, a role, a session, a federated user, or an account's root.
    pub grantee_principal: &'a str,
    /// Who may retire the grant, besides the account that makes it and a grantee who may.
    pub retiring_principal: Option<&'a str>,
    /// What: at least one operation.
    pub operations: &'a [Action],
    /// Within which encryption contexts.
    pub constraints: Option<GrantConstraints<'a>>,
    /// A name: the same request again then answers the grant that there is.
    pub name: Option<&'a str>,
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
    /// Check everything, change nothing.
    pub dry_run: bool,
}

/// Restricts a grant to encryption contexts; for operations that take none it says nothing.
#[derive(Clone, Copy, Debug)]
pub enum GrantConstraints<'a> {
    /// Every one of these pairs is there; more may be.
    EncryptionContextSubset(EncryptionContext<'a>),
    /// These pairs and no others.
    EncryptionContextEquals(EncryptionContext<'a>),
}

/// A grant that was made, or found by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedGrant {
    /// The grant's id.
    pub grant_id: GrantId,
    /// A token that names it.
    pub grant_token: GrantToken,
}

impl<'a> GrantConstraints<'a> {
    pub(crate) const fn pairs(&self) -> EncryptionContext<'a> {
        match self {
            GrantConstraints::EncryptionContextSubset(pairs)
            | GrantConstraints::EncryptionContextEquals(pairs) => pairs,
        }
    }
}

impl<'a> CreateGrant<'a> {
    /// A grant of these operations without constraints, retiring principal and name.
    #[must_use]
    pub const fn new(key_id: &'a str, grantee_principal: &'a str, operations: &'a [Action]) -> Self {
        CreateGrant {
            key_id,
            grantee_principal,
            retiring_principal: None,
            operations,
            constraints: None,
            name: None,
            grant_tokens: &[],
            dry_run: false,
        }
    }

    /// The constraint, checked.
    pub(crate) fn constraint(&self) -> Result<Option<GrantConstraint<'a>>, Error> {
        let constraint = self.constraints.map(|constraints| match constraints {
            GrantConstraints::EncryptionContextSubset(pairs) => {
                GrantConstraint::given(ConstraintKind::EncryptionContextSubset, pairs)
            }
            GrantConstraints::EncryptionContextEquals(pairs) => {
                GrantConstraint::given(ConstraintKind::EncryptionContextEquals, pairs)
            }
        });
        constraint.transpose()
    }
}

impl<P: Platform> Vault<P> {
    /// Makes a grant, durably, or finds the one that the same request with the same name made before.
    ///
    /// # Errors
    /// [`Error::Validation`]: the key cannot do one of the operations, or a limit is passed. [`Error::Busy`]: the same
    /// request comes from elsewhere just now; a retry finds its grant. Others: see [`Error`]. No grant was made, except
    /// after [`Error::Storage`] and [`Error::Anchor`], which end the session: mount again to see.
    pub fn create_grant(&self, caller: &Caller<'_>, request: CreateGrant<'_>) -> Result<CreatedGrant, Error> {
        Ok(run(self, caller, request, Buffers::default())?.output)
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte);
    if name.is_empty() || name.len() > GRANT_NAME_LEN_MAX || !name.bytes().all(is_fine) {
        return Err(Error::Validation(Parameter::GrantName));
    }
    Ok(())
}

/// Whether a principal is of the vault's partition, as every caller must be.
fn check_partition(text: &str, partition: &str, parameter: Parameter) -> Result<(), Error> {
    match text.split(':').nth(1) {
        Some(found) if found == partition => Ok(()),
        _ => Err(Error::Validation(parameter)),
    }
}

/// The account that issues a caller's grants; for a service that calls for itself, the vault's.
fn issuing_account(caller: &Principal<'_>, realm: &Realm) -> Result<AccountId, Error> {
    let account = if caller.is_service() { realm.account() } else { account_of(caller.as_str()) };
    AccountId::parse(account).ok_or(Error::Bug)
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for CreateGrant<'a> {
    type Output = CreatedGrant;

    fn action(&self) -> Action {
        Action::CreateGrant
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters { grant: Some(self), ..Parameters::NONE }
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_token_count(self.grant_tokens)?;
        check_principal(self.grantee_principal, Parameter::GranteePrincipal)?;
        if let Some(principal) = self.retiring_principal {
            check_principal(principal, Parameter::RetiringPrincipal)?;
        }
        GrantOperations::new(self.operations)?;
        self.constraint()?;
        self.name.map_or(Ok(()), check_name)?;
        Ok(Parsed::on(Named::text(Action::CreateGrant, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, CreatedGrant>, Error> {
        check_tokens(scene, self.grant_tokens)?;
        let facts = scene.key()?;
        permits(Action::CreateGrant, &facts)?;
        let operations = GrantOperations::new(self.operations)?;
        if !operations.fit(&facts) {
            return Err(Error::Validation(Parameter::GrantOperations));
        }
        // Nothing else is ever asked with an encryption context.
        if self.constraints.is_some() && facts.spec != KeySpec::SymmetricDefault {
            return Err(Error::Validation(Parameter::GrantConstraints));
        }
        let partition = scene.realm.partition();
        check_partition(self.grantee_principal, partition, Parameter::GranteePrincipal)?;
        if let Some(principal) = self.retiring_principal {
            check_partition(principal, partition, Parameter::RetiringPrincipal)?;
        }
        let mut grant = Grant {
            key_id: facts.key_id,
            grant_id: GrantId::from_bytes([0; 32]),
            created_ms: scene.time_ms,
            operations,
            constraints: self.constraint()?,
            issuing_account: issuing_account(&scene.caller.principal, scene.realm)?,
            grantee_principal: self.grantee_principal,
            retiring_principal: self.retiring_principal,
            name: self.name.unwrap_or_default(),
        };
        let platform = scene.vault.platform();
        let grantee = hashed_name(self.grantee_principal)?;
        let (found, hash, keys) = with_snapshot(platform, |snapshot| {
            let same = |other: &Grant<'_>| grant.is_same_request(other).then_some(other.grant_id);
            let found = match self.name {
                Some(_) => by_grantee(platform, snapshot, &facts.key_id, &grantee, same)?,
                None => None,
            };
            let names = &snapshot.keys.names;
            Ok((found, names.grantee(&names.owner(&facts.key_id), &grantee), snapshot.keys.clone()))
        })?;
        let is_new = found.is_none();
        // What is carried out meets the quota when it is committed.
        if is_new && scene.is_dry_run {
            scene.vault.check_grant_quota(&facts.key_id)?;
        }
        grant.grant_id = match found {
            Some(grant_id) => grant_id,
            None => GrantId::draw(hash, platform.entropy())?,
        };
        let grant_id = grant.grant_id;
        let grant_token = GrantToken::new(&keys, &facts.key_id, &grant_id);
        Ok(Done {
            change: is_new.then_some(Change::Grant(facts, GrantChange::Create(grant))),
            grant_id: Some(grant_id),
            ..Done::with(CreatedGrant { grant_id, grant_token })
        })
    }
}
