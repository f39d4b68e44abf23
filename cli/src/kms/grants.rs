//! Grants.

use std::collections::BTreeMap;

use serde::Deserialize;
use strongroom_core::AccountId;
use strongroom_std::grant::{ConstraintKind, GrantId, GrantToken};
use strongroom_std::operation::{
    CreateGrant, GrantConstraints, GrantMarker, ListGrants, ListRetirableGrants, RetireGrant, RetiredGrant,
    RevokeGrant,
};
use strongroom_std::{Action, GrantListEntry, GrantPage};

use super::asked::{Answer, Asked};
use super::endpoint::{Answered, Moment, garbled, grant_tokens, key_id, marker, ms, page, pairs};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created<'a> {
    grant_id: &'a str,
    grant_token: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    #[serde(borrow)]
    grants: Vec<Entry<'a>>,
    next_marker: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    key_id: &'a str,
    grant_id: &'a str,
    name: String,
    creation_date: Option<Moment>,
    grantee_principal: String,
    retiring_principal: Option<String>,
    issuing_account: &'a str,
    operations: Vec<String>,
    constraints: Option<Constraints>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Constraints {
    encryption_context_subset: Option<BTreeMap<String, String>>,
    encryption_context_equals: Option<BTreeMap<String, String>>,
}

impl Constraints {
    fn pairs(self) -> Option<(ConstraintKind, Vec<(String, String)>)> {
        let (kind, pairs) = match (self.encryption_context_subset, self.encryption_context_equals) {
            (Some(pairs), _) => (ConstraintKind::EncryptionContextSubset, pairs),
            (None, Some(pairs)) => (ConstraintKind::EncryptionContextEquals, pairs),
            (None, None) => return None,
        };
        Some((kind, pairs.into_iter().collect()))
    }
}

impl Entry<'_> {
    fn grant(self) -> Answer<GrantListEntry> {
        let action = |name: &String| Action::all().find(|action| action.name() == name);
        let operations: Option<Vec<Action>> = self.operations.iter().map(action).collect();
        // `arn:aws:iam::ACCOUNT:root`.
        let account = self.issuing_account.split(':').nth(4).and_then(AccountId::parse);
        Ok(GrantListEntry {
            key_id: key_id(self.key_id)?,
            grant_id: GrantId::parse(self.grant_id).map_err(|_| garbled())?,
            created_ms: ms(self.creation_date),
            operations: operations.ok_or_else(garbled)?,
            constraints: self.constraints.and_then(Constraints::pairs),
            issuing_account: account.ok_or_else(garbled)?,
            grantee_principal: self.grantee_principal,
            retiring_principal: self.retiring_principal,
            name: self.name,
        })
    }
}

fn listed(answered: &Answered) -> Answer<GrantPage> {
    let page: Page<'_> = answered.read()?;
    let next_marker = marker(page.next_marker)?.map(GrantMarker);
    Ok(GrantPage { grants: page.grants.into_iter().map(Entry::grant).collect::<Answer<_>>()?, next_marker })
}

impl Asked<'_> {
    /// The id of a grant that was made, or found by its name, and a token that names it.
    pub(crate) fn create_grant(&self, request: CreateGrant<'_>) -> Answer<(GrantId, GrantToken)> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                let made = vault.create_grant(caller, request)?;
                return Ok((made.grant_id, made.grant_token));
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("CreateGrant", |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.text("GranteePrincipal", request.grantee_principal);
            arguments.text_if("RetiringPrincipal", request.retiring_principal);
            arguments.texts("Operations", request.operations.iter().map(|action| action.name()));
            if let Some(constraints) = request.constraints {
                arguments.object("Constraints", |object| match constraints {
                    GrantConstraints::EncryptionContextSubset(context) => {
                        pairs(object, "EncryptionContextSubset", context);
                    }
                    GrantConstraints::EncryptionContextEquals(context) => {
                        pairs(object, "EncryptionContextEquals", context);
                    }
                });
            }
            arguments.text_if("Name", request.name);
            grant_tokens(arguments, request.grant_tokens);
            arguments.truth("DryRun", request.dry_run);
        })?;
        let created: Created<'_> = answered.read()?;
        let grant_id = GrantId::parse(created.grant_id).map_err(|_| garbled())?;
        Ok((grant_id, GrantToken::parse(created.grant_token).map_err(|_| garbled())?))
    }

    pub(crate) fn list_grants(&self, request: ListGrants<'_>) -> Answer<GrantPage> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.list_grants(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        listed(&endpoint.ask("ListGrants", |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.text_if("GrantId", request.grant_id);
            arguments.text_if("GranteePrincipal", request.grantee_principal);
            page(arguments, request.limit, request.marker.map(|marker| marker.0.as_slice()));
        })?)
    }

    pub(crate) fn list_retirable_grants(&self, request: ListRetirableGrants<'_>) -> Answer<GrantPage> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.list_retirable_grants(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        listed(&endpoint.ask("ListRetirableGrants", |arguments| {
            arguments.text("RetiringPrincipal", request.retiring_principal);
            page(arguments, request.limit, request.marker.map(|marker| marker.0.as_slice()));
        })?)
    }

    pub(crate) fn retire_grant(&self, request: RetireGrant<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.retire_grant(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("RetireGrant", |arguments| {
            match request.grant {
                RetiredGrant::Token(token) => arguments.text("GrantToken", &token.to_string()),
                RetiredGrant::Id { key_id, grant_id } => {
                    arguments.text("KeyId", key_id);
                    arguments.text("GrantId", grant_id);
                }
            }
            arguments.truth("DryRun", request.dry_run);
        })?;
        Ok(())
    }

    pub(crate) fn revoke_grant(&self, request: RevokeGrant<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.revoke_grant(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("RevokeGrant", |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.text("GrantId", request.grant_id);
            arguments.truth("DryRun", request.dry_run);
        })?;
        Ok(())
    }
}
