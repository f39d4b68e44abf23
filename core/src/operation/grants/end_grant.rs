//! RetireGrant and RevokeGrant: two ways to end a grant.

use crate::error::{Error, Part};
use crate::flow::{Buffers, Done, Named, Parsed, Scene, run};
use crate::grant::{GrantId, GrantToken, find};
use crate::key::{KeyFacts, permits};
use crate::keyring::with_snapshot;
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{Change, GrantChange, Vault};

/// Gives up a grant: for whom it is meant to end it (AWS KMS API Reference, *RetireGrant*).
#[derive(Clone, Copy, Debug)]
pub struct RetireGrant<'a> {
    /// Which.
    pub grant: RetiredGrant<'a>,
    /// Check everything, change nothing.
    pub dry_run: bool,
}

/// How RetireGrant names a grant.
#[derive(Clone, Copy, Debug)]
pub enum RetiredGrant<'a> {
    /// By its token.
    Token(&'a GrantToken),
    /// By its key and its id.
    Id {
        /// A key ARN or key id.
        key_id: &'a str,
        /// The grant's id.
        grant_id: &'a str,
    },
}

impl RetiredGrant<'_> {
    /// The grant's id. Whether a token is genuine is another question.
    pub(crate) fn id(&self) -> Result<GrantId, Error> {
        match self {
            RetiredGrant::Token(token) => token.names().map(|(_, grant_id)| grant_id),
            RetiredGrant::Id { grant_id, .. } => GrantId::parse(grant_id),
        }
    }
}

/// Takes a grant away (AWS KMS API Reference, *RevokeGrant*).
#[derive(Clone, Copy, Debug)]
pub struct RevokeGrant<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The grant's id.
    pub grant_id: &'a str,
    /// Check everything, change nothing.
    pub dry_run: bool,
}

impl<P: Platform> Vault<P> {
    /// Removes a grant, durably, for its retiring principal, for a grantee who may retire it, and for the account that
    /// made it. It allows nothing from then on.
    ///
    /// # Errors
    /// [`Error::InvalidGrantToken`]: the token is not of this vault, or its grant is gone. [`Error::InvalidGrantId`].
    /// [`Error::NotFound`]: no such grant. Others: see [`Error`]. The grant is as it was, except after
    /// [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn retire_grant(&self, caller: &Caller<'_>, request: RetireGrant<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(drop)
    }

    /// Removes a grant, durably, for whom policies allow it. It allows nothing from then on.
    ///
    /// # Errors
    /// [`Error::InvalidGrantId`]. [`Error::NotFound`]: the key has no such grant. Others: see [`Error`]. The grant is as
    /// it was, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn revoke_grant(&self, caller: &Caller<'_>, request: RevokeGrant<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(drop)
    }
}

/// Stages the removal of a grant that is there.
fn remove<'a, P: Platform>(
    scene: &Scene<'_, P>,
    action: Action,
    facts: KeyFacts,
    grant_id: GrantId,
) -> Result<Done<'a, ()>, Error> {
    permits(action, &facts)?;
    let platform = scene.vault.platform();
    let found =
        with_snapshot(platform, |snapshot| find(platform, snapshot, &facts.key_id, &grant_id, |_| ()));
    match found {
        // What cannot be read can still be removed.
        Ok(Some(())) | Err(Error::Damaged(Part::Record)) => {}
        Ok(None) => return Err(Error::NotFound),
        Err(error) => return Err(error),
    }
    let change = Some(Change::Grant(facts, GrantChange::Remove(grant_id)));
    Ok(Done { change, grant_id: Some(grant_id), ..Done::with(()) })
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for RevokeGrant<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::RevokeGrant
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        let key = Named::text(Action::RevokeGrant, self.key_id)?;
        GrantId::parse(self.grant_id)?;
        Ok(Parsed::on(key))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        remove(scene, Action::RevokeGrant, scene.key()?, GrantId::parse(self.grant_id)?)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for RetireGrant<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::RetireGrant
    }

    fn retired(&self) -> Option<RetiredGrant<'a>> {
        Some(self.grant)
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        let named = match self.grant {
            RetiredGrant::Token(token) => Named::token(Action::RetireGrant, token.names()?.0),
            RetiredGrant::Id { key_id, .. } => Named::text(Action::RetireGrant, key_id)?,
        };
        self.grant.id()?;
        Ok(Parsed::on(named))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        remove(scene, Action::RetireGrant, scene.key()?, self.grant.id()?)
    }
}
