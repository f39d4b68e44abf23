//! The operations on what people call keys: aliases, tags, descriptions. With answers that own their bytes.

use strongroom_core::Error;
use strongroom_core::key::{Alias, KeyFacts, KeyId};
use strongroom_core::limits::{ALIAS_LIST_LIMIT_MAX, TAG_LIST_LIMIT_MAX};
use strongroom_core::operation::{
    AliasMarker, CreateAlias, DeleteAlias, ListAliases, ListResourceTags, TagMarker, TagResource,
    UntagResource, UpdateAlias, UpdateKeyDescription,
};
use strongroom_core::policy::Caller;

use crate::vault::Vault;

/// Room for the largest page of aliases.
const ALIASES_LEN: usize = 300 * ALIAS_LIST_LIMIT_MAX;
/// Room for the largest page of tags: letters can take four bytes each.
const TAGS_LEN: usize = (6 + 4 * (128 + 256)) * TAG_LIST_LIMIT_MAX;

/// An alias, as ListAliases shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasListEntry {
    /// The name, `alias/` included.
    pub alias_name: String,
    /// The key that it names.
    pub target_key_id: KeyId,
    /// When it was made: milliseconds since 1970, or `None` where the vault had no clock.
    pub created_ms: Option<u64>,
    /// When it was made, or given to another key.
    pub last_updated_ms: Option<u64>,
}

impl AliasListEntry {
    fn of(alias: &Alias<'_>) -> Self {
        AliasListEntry {
            alias_name: alias.name.to_owned(),
            target_key_id: alias.target_key_id,
            created_ms: alias.created_ms,
            last_updated_ms: alias.last_updated_ms,
        }
    }
}

/// A page of ListAliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasPage {
    /// The aliases, in an order of the vault's own.
    pub aliases: Vec<AliasListEntry>,
    /// Where to go on, or `None` after the last page.
    pub next_marker: Option<AliasMarker>,
}

/// A page of ListResourceTags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPage {
    /// Names and values, in an order of the vault's own.
    pub tags: Vec<(String, String)>,
    /// Where to go on, or `None` after the last page.
    pub next_marker: Option<TagMarker>,
}

impl Vault {
    /// Gives a key another name, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::create_alias`].
    pub fn create_alias(&self, caller: &Caller<'_>, request: CreateAlias<'_>) -> Result<(), Error> {
        self.core().create_alias(caller, request)
    }

    /// Gives an alias to another key, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::update_alias`].
    pub fn update_alias(&self, caller: &Caller<'_>, request: UpdateAlias<'_>) -> Result<(), Error> {
        self.core().update_alias(caller, request)
    }

    /// Takes an alias away, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::delete_alias`].
    pub fn delete_alias(&self, caller: &Caller<'_>, request: DeleteAlias<'_>) -> Result<(), Error> {
        self.core().delete_alias(caller, request)
    }

    /// Lists the aliases of a key or of the whole vault.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_aliases`].
    pub fn list_aliases(&self, caller: &Caller<'_>, request: ListAliases<'_>) -> Result<AliasPage, Error> {
        let mut page = vec![0; ALIASES_LEN];
        let listed = self.core().list_aliases(caller, request, &mut page)?;
        let aliases = listed.iter().map(|alias| AliasListEntry::of(&alias)).collect();
        Ok(AliasPage { aliases, next_marker: listed.next_marker })
    }

    /// Tags a key, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::tag_resource`].
    pub fn tag_resource(&self, caller: &Caller<'_>, request: TagResource<'_>) -> Result<(), Error> {
        self.core().tag_resource(caller, request)
    }

    /// Takes tags off a key, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::untag_resource`].
    pub fn untag_resource(&self, caller: &Caller<'_>, request: UntagResource<'_>) -> Result<(), Error> {
        self.core().untag_resource(caller, request)
    }

    /// Lists the tags of a key.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_resource_tags`].
    pub fn list_resource_tags(
        &self,
        caller: &Caller<'_>,
        request: ListResourceTags<'_>,
    ) -> Result<TagPage, Error> {
        let mut page = vec![0; TAGS_LEN];
        let listed = self.core().list_resource_tags(caller, request, &mut page)?;
        let tags = listed.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(TagPage { tags, next_marker: listed.next_marker })
    }

    /// Replaces the description of a key, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::update_key_description`].
    pub fn update_key_description(
        &self,
        caller: &Caller<'_>,
        request: UpdateKeyDescription<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().update_key_description(caller, request)
    }
}
