use super::{GrantConstraint, GrantId, GrantOperations};
use crate::key::KeyId;
use crate::realm::AccountId;

/// A grant, as it is stored and listed (AWS KMS API Reference, *GrantListEntry*). Never a token.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Grant<'a> {
    /// The key it is for.
    pub key_id: KeyId,
    /// Its id.
    pub grant_id: GrantId,
    /// Milliseconds since 1970, or `None` where the vault had no clock.
    pub created_ms: Option<u64>,
    /// What it allows.
    pub operations: GrantOperations,
    /// Within which encryption contexts.
    pub constraints: Option<GrantConstraint<'a>>,
    /// The account that made it.
    pub issuing_account: AccountId,
    /// Whom it allows that.
    pub grantee_principal: &'a str,
    /// Who may give it up besides.
    pub retiring_principal: Option<&'a str>,
    /// A name that makes CreateGrant idempotent; empty for none.
    pub name: &'a str,
}

impl Grant<'_> {
    /// Whether another request for a grant with this name asks for this one.
    pub(crate) fn is_same_request(&self, other: &Grant<'_>) -> bool {
        let Grant { key_id, operations, constraints, grantee_principal, retiring_principal, name, .. } = self;
        !name.is_empty()
            && (*key_id, *name) == (other.key_id, other.name)
            && (*grantee_principal, *retiring_principal)
                == (other.grantee_principal, other.retiring_principal)
            && *operations == other.operations
            && *constraints == other.constraints
    }
}
