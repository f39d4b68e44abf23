//! Tags of keys.

use serde::Deserialize;
use strongroom_std::TagPage;
use strongroom_std::operation::{ListResourceTags, TagMarker, TagResource, UntagResource};

use super::asked::{Answer, Asked};
use super::endpoint::{marker, page};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    tags: Vec<Tag>,
    next_marker: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    tag_key: String,
    tag_value: String,
}

impl Asked<'_> {
    pub(crate) fn tag_resource(&self, request: TagResource<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.tag_resource(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("TagResource", |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.objects("Tags", request.tags, |tag, (name, value)| {
                tag.text("TagKey", name);
                tag.text("TagValue", value);
            });
        })?;
        Ok(())
    }

    pub(crate) fn untag_resource(&self, request: UntagResource<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.untag_resource(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("UntagResource", |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.texts("TagKeys", request.tag_keys.iter().copied());
        })?;
        Ok(())
    }

    pub(crate) fn list_resource_tags(&self, request: ListResourceTags<'_>) -> Answer<TagPage> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.list_resource_tags(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("ListResourceTags", |arguments| {
            arguments.text("KeyId", request.key_id);
            page(arguments, request.limit, request.marker.map(|marker| marker.0.as_slice()));
        })?;
        let page: Page<'_> = answered.read()?;
        let next_marker = marker(page.next_marker)?.map(TagMarker);
        let tags = page.tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value)).collect();
        Ok(TagPage { tags, next_marker })
    }
}
