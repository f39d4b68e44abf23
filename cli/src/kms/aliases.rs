//! Aliases.

use serde::Deserialize;
use strongroom_std::operation::{AliasMarker, CreateAlias, DeleteAlias, ListAliases, UpdateAlias};
use strongroom_std::{AliasListEntry, AliasPage};

use super::asked::{Answer, Asked};
use super::endpoint::{Moment, key_id, marker, ms, page};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    #[serde(borrow)]
    aliases: Vec<Entry<'a>>,
    next_marker: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    alias_name: String,
    target_key_id: &'a str,
    creation_date: Option<Moment>,
    last_updated_date: Option<Moment>,
}

impl Asked<'_> {
    pub(crate) fn create_alias(&self, request: CreateAlias<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.create_alias(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("CreateAlias", |arguments| {
            arguments.text("AliasName", request.alias_name);
            arguments.text("TargetKeyId", request.target_key_id);
        })?;
        Ok(())
    }

    pub(crate) fn update_alias(&self, request: UpdateAlias<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.update_alias(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("UpdateAlias", |arguments| {
            arguments.text("AliasName", request.alias_name);
            arguments.text("TargetKeyId", request.target_key_id);
        })?;
        Ok(())
    }

    pub(crate) fn delete_alias(&self, request: DeleteAlias<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.delete_alias(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("DeleteAlias", |arguments| arguments.text("AliasName", request.alias_name))?;
        Ok(())
    }

    pub(crate) fn list_aliases(&self, request: ListAliases<'_>) -> Answer<AliasPage> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.list_aliases(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("ListAliases", |arguments| {
            arguments.text_if("KeyId", request.key_id);
            page(arguments, request.limit, request.marker.map(|marker| marker.0.as_slice()));
        })?;
        let page: Page<'_> = answered.read()?;
        let next_marker = marker(page.next_marker)?.map(AliasMarker);
        let entry = |entry: Entry<'_>| {
            Ok(AliasListEntry {
                alias_name: entry.alias_name,
                target_key_id: key_id(entry.target_key_id)?,
                created_ms: ms(entry.creation_date),
                last_updated_ms: ms(entry.last_updated_date),
            })
        };
        Ok(AliasPage { aliases: page.aliases.into_iter().map(entry).collect::<Answer<_>>()?, next_marker })
    }
}
