//! Tags and descriptions.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "tags may have reserved names",
        file: "core/src/operation/names/tag.rs",
        find: "Some(prefix) if prefix.eq_ignore_ascii_case(b\"aws:\") => Err(Error::Tag),",
        replace: "Some(prefix) if prefix == b\"aws:\" => Err(Error::Tag),",
        check: "test -p strongroom-tests names::bad_input::tags",
    },
    PlantedBug {
        name: "a tag can be given twice in one request",
        file: "core/src/operation/names/tag.rs",
        find: "if tags.iter().take(position).any(|(earlier, _)| earlier == name) {",
        replace: "if tags.iter().take(position).any(|(earlier, _)| earlier == name && false) {",
        check: "test -p strongroom-tests names::bad_input::tags",
    },
    PlantedBug {
        name: "the value of a tag has any length",
        file: "core/src/operation/names/tag.rs",
        find: "if value.chars().count() > KEY_TAG_VALUE_CHARS_MAX {",
        replace: "if value.chars().count() > 4 * KEY_TAG_VALUE_CHARS_MAX {",
        check: "test -p strongroom-tests names::bad_input::tags",
    },
    PlantedBug {
        name: "a key can have any number of tags",
        file: "core/src/format/key_record.rs",
        find: "if strings(body, Section::Tags)?.pairs().count() > KEY_TAGS_MAX {",
        replace: "if strings(body, Section::Tags)?.pairs().count() > KEY_TAGS_MAX + 1 {",
        check: "test -p strongroom-tests names::tags::a_key_has_fifty",
    },
    PlantedBug {
        name: "to make a key with tags one need not be allowed to tag",
        file: "core/src/operation/keys/manage.rs",
        find: "&[Action::CreateKey, Action::TagResource]",
        replace: "&[Action::CreateKey]",
        check: "test -p strongroom-tests names::tags::to_make",
    },
    PlantedBug {
        name: "policies see no tags of a key",
        file: "core/src/flow/request_keys.rs",
        find: "self.tags.value(tag)",
        replace: "Values::Absent",
        check: "test -p strongroom-tests names::tags::identity_policies",
    },
    PlantedBug {
        name: "a tag in two spellings has a value",
        file: "core/src/policy/keys.rs",
        find: "let mut found = pairs.filter(|(other, _)| same_name(other, name));",
        replace: "let mut found = pairs.filter(|(other, _)| same_name(other, name)).take(1);",
        check: "test -p strongroom-tests names::tags::identity_policies",
    },
    PlantedBug {
        name: "a permission outlives the tag that gave it",
        file: "core/src/vault/change.rs",
        find: "| KeyChange::Untag(key_id, _),\n            ) => rights.note_key(key_id, revision),",
        replace: "| KeyChange::Untag(key_id, _),\n            ) => drop((key_id, revision)),",
        check: "test -p strongroom-tests names::tags::what_was_permitted",
    },
    PlantedBug {
        name: "the lockout check sees no tags",
        file: "core/src/operation/keys/key_policy.rs",
        find: "let tags = KeyTags::Stored(Strings::new(texts.tags));",
        replace: "let tags = KeyTags::Stored(Strings::new(&texts.tags[..0]));",
        check: "test -p strongroom-tests names::tags::the_lockout",
    },
    PlantedBug {
        name: "a description is as long as one likes",
        file: "core/src/operation/keys/manage.rs",
        find: "if description.chars().count() > DESCRIPTION_CHARS_MAX {",
        replace: "if description.chars().count() > DESCRIPTION_CHARS_MAX + 1 {",
        check: "test -p strongroom-tests names::description",
    },
];
