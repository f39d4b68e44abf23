//! TagResource, UntagResource, ListResourceTags.

use strongroom_core::limits::KEY_TAGS_MAX;
use strongroom_std::Error;
use strongroom_std::operation::{ListResourceTags, TagMarker, TagResource, UntagResource};

use super::asked::Asked;
use super::pages::{Page, end};
use super::refusal::Refusal;
use super::shape::{KEY_ID, LIMIT, MARKER, TAGS, list, required, text};
use super::table::{Operation, waits};
use crate::object::Object;

pub(super) const OPERATIONS: &[Operation] = &[
    waits("TagResource", &[KEY_ID, required("Tags", TAGS)], tag_resource),
    waits("UntagResource", &[KEY_ID, required("TagKeys", list(&text(1, 128)))], untag_resource),
    waits("ListResourceTags", &[KEY_ID, LIMIT, MARKER], list_resource_tags),
];

fn tag_resource(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let tags = pairs(asked, "Tags");
    let request = TagResource { key_id: target.key, tags: &tags };
    let tagged = asked.judge(|caller| target.vault.tag_resource(caller, request));
    tagged.map_err(|error| match error {
        Error::Tag => wrong_tags(&tags),
        error => asked.refuse(error, &target.subject),
    })?;
    reply.nothing();
    Ok(())
}

fn untag_resource(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let tag_keys = asked.arguments.texts("TagKeys");
    let request = UntagResource { key_id: target.key, tag_keys: &tag_keys };
    asked.ask_about(&target, |vault, caller| vault.untag_resource(caller, request))?;
    reply.nothing();
    Ok(())
}

fn list_resource_tags(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let target = asked.key()?;
    let Page { limit, marker } = Page::<31>::of(asked, 50, 50);
    let marker = marker.map(TagMarker);
    let request = ListResourceTags { key_id: target.key, limit, marker: marker.as_ref() };
    let page = asked.ask_about(&target, |vault, caller| vault.list_resource_tags(caller, request))?;
    reply.objects("Tags", &page.tags, |reply, (name, value)| {
        reply.text("TagKey", name);
        reply.text("TagValue", value);
    });
    end(reply, page.next_marker.map(|marker| marker.0));
    Ok(())
}

/// The tags of a request, by their names.
pub(super) fn pairs<'r>(asked: &Asked<'r>, parameter: &str) -> Vec<(&'r str, &'r str)> {
    let tags = asked.arguments.structures(parameter);
    tags.into_iter().map(|tag| (tag.required("TagKey"), tag.required("TagValue"))).collect()
}

/// What a vault has against these tags.
pub(super) fn wrong_tags(tags: &[(&str, &str)]) -> Refusal {
    let is_reserved = |name: &str| name.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
    let is_repeated = |(position, (name, _)): (usize, &(&str, &str))| {
        tags.iter().take(position).any(|(earlier, _)| earlier == name)
    };
    let message = if tags.iter().any(|(name, _)| is_reserved(name)) {
        "Tags beginning with aws: are reserved"
    } else if tags.len() <= KEY_TAGS_MAX && tags.iter().enumerate().any(is_repeated) {
        "Duplicate tag keys"
    } else {
        "Too many tags"
    };
    Refusal::new("TagException", message)
}
