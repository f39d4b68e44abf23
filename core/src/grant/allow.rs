//! Whether a grant allows a request, and who may retire it (`policy-evaluation`, section 8).

use super::operations::is_grantable;
use super::{Grant, GrantConstraint, GrantId, GrantOperations, account_of, by_grantee, covering};
use crate::error::Error;
use crate::key::KeyId;
use crate::keyring::with_snapshot;
use crate::operation::CreateGrant;
use crate::platform::Platform;
use crate::policy::{Action, Level, Principal, PrincipalEntry};
use crate::realm::Realm;

/// A request for an action on a key that policies neither allow nor deny.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AskedOfGrants<'a> {
    pub(crate) principal: &'a Principal<'a>,
    pub(crate) realm: &'a Realm,
    pub(crate) action: Action,
    /// The encryption context.
    pub(crate) pairs: &'a [(&'a str, &'a str)],
    /// For CreateGrant: the grant that is to be made.
    pub(crate) made: Option<&'a CreateGrant<'a>>,
    /// Whether an identity policy of the caller allows the action: an account's grant needs that too.
    pub(crate) is_allowed_by_identity: bool,
}

/// The first grant of the key that allows what is asked.
pub(crate) fn allowing_grant<P: Platform>(
    platform: &P,
    key_id: &KeyId,
    asked: &AskedOfGrants<'_>,
) -> Result<Option<GrantId>, Error> {
    if !cfg!(feature = "grants") || !is_grantable(asked.action) {
        return Ok(None);
    }
    let made = match asked.made {
        Some(made) => Some((GrantOperations::new(made.operations)?, made.constraint()?)),
        None => None,
    };
    let grantees = covering(asked.principal, asked.realm)?;
    with_snapshot(platform, |snapshot| {
        for grantee in &grantees {
            let allows = |grant: &Grant<'_>| {
                let allows = grant.operations.contains(asked.action)
                    && asked.is_by(grant.grantee_principal)
                    && holds(grant, asked, made.as_ref());
                allows.then_some(grant.grant_id)
            };
            if let Some(grant_id) = by_grantee(platform, snapshot, key_id, grantee, allows)? {
                return Ok(Some(grant_id));
            }
        }
        Ok(None)
    })
}

impl AskedOfGrants<'_> {
    /// Whether a principal in a grant stands for the caller.
    fn is_by(&self, principal: &str) -> bool {
        stands_for(principal, self.principal, self.is_allowed_by_identity)
    }
}

fn stands_for(named: &str, caller: &Principal<'_>, is_allowed_by_identity: bool) -> bool {
    match caller.matched_by(&PrincipalEntry::Arn(named)) {
        Some(Level::Direct) => true,
        Some(Level::Account) => is_allowed_by_identity,
        None => false,
    }
}

/// Whether the grant's constraint lets the request through.
fn holds(
    grant: &Grant<'_>,
    asked: &AskedOfGrants<'_>,
    made: Option<&(GrantOperations, Option<GrantConstraint<'_>>)>,
) -> bool {
    match (asked.action, &grant.constraints) {
        (Action::CreateGrant, parent) => made.is_some_and(|(operations, constraint)| {
            let is_as_strict = match (parent, constraint) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(parent), Some(constraint)) => constraint.is_within(parent),
            };
            operations.are_among(&grant.operations) && is_as_strict
        }),
        (Action::DescribeKey | Action::RetireGrant | Action::GetPublicKey, _) | (_, None) => true,
        (_, Some(constraint)) => constraint.holds(asked.pairs),
    }
}

/// Whether the caller may retire this grant: as its retiring principal, as a grantee who may, or for the account that made
/// it. An account's users need an identity policy that lets them.
pub(crate) fn may_retire(
    grant: &Grant<'_>,
    caller: &Principal<'_>,
    realm: &Realm,
    is_allowed_by_identity: bool,
) -> bool {
    let stands_for = |named| stands_for(named, caller, is_allowed_by_identity);
    let is_issuer = !caller.is_service()
        && caller.is_in_partition(realm)
        && account_of(caller.as_str()) == grant.issuing_account.as_str();
    grant.retiring_principal.is_some_and(stands_for)
        || (grant.operations.contains(Action::RetireGrant) && stands_for(grant.grantee_principal))
        || (is_issuer && (caller.is_root() || is_allowed_by_identity))
}
