//! Users and roles that the vault keeps, what users sign with, and whom roles trust.

use serde::Deserialize;
use strongroom_core::policy::PolicyKind;
use strongroom_std::access_key::AccessKeyId;
use strongroom_std::operation::{
    CallerMarker, CreateAccessKey, DeleteAccessKey, DeleteCaller, DescribeCaller, DescribeRoleTrust,
    ListAccessKeys, ListCallers, PutCaller, PutRoleTrust, UpdateAccessKey,
};
use strongroom_std::policy_json::{compile_policy, to_json};
use strongroom_std::{CallerPage, SecretBytes};

use super::asked::{Answer, Asked};
use super::endpoint::{Moment, garbled, marker, ms, page};
use crate::error::CommandError;
use crate::exit::Kind;
use crate::pairs::{Pair, borrowed};

/// A caller that is to be kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewCaller<'a> {
    pub(crate) name: &'a str,
    /// Else the user of that name.
    pub(crate) principal: Option<&'a str>,
    pub(crate) tags: &'a [Pair],
    /// Compiled.
    pub(crate) policies: &'a [Vec<u8>],
}

/// A caller that is kept. Policies are compiled.
#[derive(Clone, Debug)]
pub(crate) struct KeptCaller {
    pub(crate) name: String,
    pub(crate) principal: String,
    pub(crate) written_ms: Option<u64>,
    pub(crate) tags: Vec<Pair>,
    pub(crate) policies: Vec<Vec<u8>>,
}

/// An access key that was made.
#[derive(Debug)]
pub(crate) struct NewAccessKey {
    pub(crate) id: AccessKeyId,
    pub(crate) secret: SecretBytes,
}

/// What there is to say of an access key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccessKey {
    pub(crate) id: AccessKeyId,
    pub(crate) created_ms: Option<u64>,
    pub(crate) is_active: bool,
}

/// Whom a role trusts.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) principals: Vec<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) written_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    caller_name: String,
    principal: String,
    written_date: Option<Moment>,
    tags: Vec<Tag>,
    policies: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    tag_key: String,
    tag_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed<'a> {
    caller_names: Vec<String>,
    next_marker: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeys<'a> {
    #[serde(borrow)]
    access_keys: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    access_key_id: &'a str,
    create_date: Option<Moment>,
    status: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trusted {
    principals: Vec<String>,
    external_id: Option<String>,
    written_date: Option<Moment>,
}

fn access_key_id(text: &str) -> Answer<AccessKeyId> {
    AccessKeyId::parse(text).ok_or_else(garbled)
}

impl Asked<'_> {
    pub(crate) fn put_caller(&self, new: NewCaller<'_>) -> Answer<()> {
        let NewCaller { name, principal, tags, policies } = new;
        let tags = borrowed(tags);
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                let realm = vault.realm();
                let own_user = || format!("arn:{}:iam::{}:user/{name}", realm.partition(), realm.account());
                let principal = &principal.map_or_else(own_user, str::to_owned);
                let identity_policies: Vec<&[u8]> = policies.iter().map(Vec::as_slice).collect();
                let identity_policies = &identity_policies;
                return Ok(vault
                    .put_caller(caller, PutCaller { name, principal, tags: &tags, identity_policies })?);
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let json: Result<Vec<String>, _> = policies.iter().map(|policy| to_json(policy)).collect();
        let json = json.map_err(|error| CommandError::of(Kind::Damaged, error))?;
        endpoint.ask("PutCaller", |arguments| {
            arguments.text("CallerName", name);
            arguments.text_if("Principal", principal);
            arguments.objects("Tags", &tags, |arguments, (name, value)| {
                arguments.text("TagKey", name);
                arguments.text("TagValue", value);
            });
            arguments.texts("Policies", json.iter().map(String::as_str));
        })?;
        Ok(())
    }

    pub(crate) fn describe_caller(&self, name: &str) -> Answer<KeptCaller> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                let mut buffer = Vec::new();
                let stored = vault.describe_caller(caller, DescribeCaller { name }, &mut buffer)?;
                let pair = |(name, value): &(&str, &str)| Pair((*name).to_owned(), (*value).to_owned());
                return Ok(KeptCaller {
                    name: stored.name.to_owned(),
                    principal: stored.principal.to_owned(),
                    written_ms: stored.written_ms,
                    tags: stored.tags.iter().map(pair).collect(),
                    policies: stored.identity_policies.iter().map(|policy| policy.to_vec()).collect(),
                });
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("DescribeCaller", |arguments| arguments.text("CallerName", name))?;
        let described: Described = answered.read()?;
        let compile = |json: &String| compile_policy(json, PolicyKind::Identity).map_err(|_| garbled());
        Ok(KeptCaller {
            name: described.caller_name,
            principal: described.principal,
            written_ms: ms(described.written_date),
            tags: described.tags.into_iter().map(|tag| Pair(tag.tag_key, tag.tag_value)).collect(),
            policies: described.policies.iter().map(compile).collect::<Answer<_>>()?,
        })
    }

    pub(crate) fn delete_caller(&self, request: DeleteCaller<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.delete_caller(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("DeleteCaller", |arguments| arguments.text("CallerName", request.name))?;
        Ok(())
    }

    pub(crate) fn list_callers(
        &self,
        request: ListCallers<'_>,
    ) -> Answer<(Vec<String>, Option<CallerMarker>)> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                let CallerPage { names, next_marker, .. } = vault.list_callers(caller, request)?;
                return Ok((names, next_marker));
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("ListCallers", |arguments| {
            page(arguments, request.limit, request.marker.map(|marker| marker.0.as_slice()));
        })?;
        let listed: Listed<'_> = answered.read()?;
        Ok((listed.caller_names, marker(listed.next_marker)?.map(CallerMarker)))
    }

    pub(crate) fn create_access_key(&self, request: CreateAccessKey<'_>) -> Answer<NewAccessKey> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                let made = vault.create_access_key(caller, request)?;
                return Ok(NewAccessKey { id: made.id, secret: made.secret });
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered =
            endpoint.ask("CreateAccessKey", |arguments| arguments.text("CallerName", request.caller))?;
        let made: Created<'_> = answered.read()?;
        let secret = SecretBytes::new(made.secret_access_key.as_bytes().to_vec());
        Ok(NewAccessKey { id: access_key_id(made.access_key_id)?, secret })
    }

    pub(crate) fn list_access_keys(&self, request: ListAccessKeys<'_>) -> Answer<Vec<AccessKey>> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                let listed = vault.list_access_keys(caller, request)?;
                let facts = listed.into_iter().map(|facts| AccessKey {
                    id: facts.id,
                    created_ms: facts.created_ms,
                    is_active: facts.is_active,
                });
                return Ok(facts.collect());
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered =
            endpoint.ask("ListAccessKeys", |arguments| arguments.text("CallerName", request.caller))?;
        let listed: AccessKeys<'_> = answered.read()?;
        let facts = |entry: &Entry<'_>| {
            let is_active = match entry.status {
                "Active" => true,
                "Inactive" => false,
                _ => return Err(garbled()),
            };
            Ok(AccessKey {
                id: access_key_id(entry.access_key_id)?,
                created_ms: ms(entry.create_date),
                is_active,
            })
        };
        listed.access_keys.iter().map(facts).collect()
    }

    pub(crate) fn update_access_key(&self, request: UpdateAccessKey<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.update_access_key(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("UpdateAccessKey", |arguments| {
            arguments.text("CallerName", request.caller);
            arguments.text("AccessKeyId", request.access_key_id.as_str());
            arguments.text("Status", if request.is_active { "Active" } else { "Inactive" });
        })?;
        Ok(())
    }

    pub(crate) fn delete_access_key(&self, request: DeleteAccessKey<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.delete_access_key(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("DeleteAccessKey", |arguments| {
            arguments.text("CallerName", request.caller);
            arguments.text("AccessKeyId", request.access_key_id.as_str());
        })?;
        Ok(())
    }

    pub(crate) fn put_role_trust(&self, request: PutRoleTrust<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.put_role_trust(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("PutRoleTrust", |arguments| {
            arguments.text("RoleName", request.role);
            arguments.texts("Principals", request.principals.iter().copied());
            arguments.text_if("ExternalId", request.external_id);
        })?;
        Ok(())
    }

    pub(crate) fn describe_role_trust(&self, request: DescribeRoleTrust<'_>) -> Answer<Trust> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                let trust = vault.describe_role_trust(caller, request)?;
                let (principals, external_id) = (trust.principals, trust.external_id);
                return Ok(Trust { principals, external_id, written_ms: trust.written_ms });
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered =
            endpoint.ask("DescribeRoleTrust", |arguments| arguments.text("RoleName", request.role))?;
        let Trusted { principals, external_id, written_date } = answered.read()?;
        Ok(Trust { principals, external_id, written_ms: ms(written_date) })
    }
}
