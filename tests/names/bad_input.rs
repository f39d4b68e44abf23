//! Names outside their limits, and what is said to them.

use strongroom_core::Error;
use strongroom_core::error::Parameter;
use strongroom_core::operation::{
    CreateAlias, CreateKey, DescribeKey, Encrypt, ListAliases, ListResourceTags,
};

use super::{APP, Hall};
use crate::world::{World, list, root};

#[test]
fn a_name_that_no_alias_can_have_is_refused_and_nothing_changes() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let long = format!("alias/{}", "a".repeat(251));
    let bad = [
        "",
        "app",
        "alias",
        "alias/",
        "Alias/app",
        "alias/a b",
        "alias/a:b",
        "alias/a.b",
        "alias/\u{e9}",
        &long,
    ];
    let refused = Err(Error::Validation(Parameter::AliasName));
    let before = world.storage.image();
    for name in bad {
        assert_eq!(hall.alias(name, &hall.id), refused, "{name}");
        assert_eq!(hall.move_alias(name, &hall.id), refused, "{name}");
        assert_eq!(hall.remove_alias(name), refused, "{name}");
    }
    for (target_key_id, error) in [
        ("", Error::Validation(Parameter::KeyId)),
        (&"k".repeat(2049), Error::Validation(Parameter::KeyId)),
        ("00000000-0000-4000-8000-000000000000", Error::NotFound),
        ("nonsense", Error::NotFound),
    ] {
        let request = CreateAlias { alias_name: APP, target_key_id };
        assert_eq!(hall.vault.create_alias(&root(), request), Err(error), "{target_key_id}");
    }
    assert_eq!(world.storage.image().revision, before.revision);
}

#[test]
fn a_name_of_a_key_that_cannot_exist_is_a_key_that_does_not() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    for name in [
        "alias/other",
        "alias/",
        "app",
        "alias/app ",
        "ALIAS/app",
        "arn:aws:kms:us-east-2:000000000000:alias/app",
        "arn:aws:kms:us-east-1:111122223333:alias/app",
        "arn:aws-cn:kms:us-east-1:000000000000:alias/app",
        "arn:aws:kms:us-east-1:000000000000:alias/app:x",
        "arn:aws:kms:us-east-1:000000000000:key/alias/app",
    ] {
        assert_eq!(hall.encrypt_by(name), Err(Error::NotFound), "{name}");
    }
    for name in ["", &"a".repeat(2049)] {
        let refused = Err(Error::Validation(Parameter::KeyId));
        let mut out = [0; 200];
        assert_eq!(hall.vault.encrypt(&root(), Encrypt::new(name, b"x"), &mut out).map(drop), refused);
        assert_eq!(hall.vault.describe_key(&root(), DescribeKey::new(name), &mut out).map(drop), refused);
        assert_eq!(hall.aliases(Some(name)).map(drop), refused);
    }
    assert_eq!(hall.aliases(Some("00000000-0000-4000-8000-000000000000")), Err(Error::NotFound));
}

#[test]
fn a_page_has_one_to_its_largest_number_of_entries() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let mut page = [0; 64];
    let refused = Err(Error::Validation(Parameter::Limit));
    for (limit, is_fine) in [(0, false), (1, true), (100, true), (101, false), (usize::MAX, false)] {
        let request = ListAliases { limit, ..ListAliases::default() };
        let answer = hall.vault.list_aliases(&root(), request, &mut page).map(drop);
        assert_eq!(answer, if is_fine { Ok(()) } else { refused }, "{limit}");
    }
    for (limit, is_fine) in [(0, false), (1, true), (50, true), (51, false)] {
        let request = ListResourceTags { limit, ..ListResourceTags::new(&hall.id) };
        let answer = hall.vault.list_resource_tags(&root(), request, &mut page).map(drop);
        assert_eq!(answer, if is_fine { Ok(()) } else { refused }, "{limit}");
    }
}

#[test]
fn tags_that_a_key_cannot_have_are_refused_and_nothing_changes() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.tag(&[("Kept", "as it is")]).unwrap();
    let before = (world.storage.image().revision, list(&hall.vault, 10).unwrap().len());
    let (long_name, long_value) = ("\u{e9}".repeat(129), "\u{e9}".repeat(257));
    let limits = Error::Validation(Parameter::KeyTags);
    let many: Vec<String> = (0..51).map(|number| format!("t{number}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "")).collect();
    for (tags, error) in [
        (&[("", "v")][..], limits),
        (&[(&long_name, "v")], limits),
        (&[("n", &long_value)], limits),
        (&[("aws:n", "v")], Error::Tag),
        (&[("aWs:", "v")], Error::Tag),
        (&[("n", "v"), ("m", "v"), ("n", "w")], Error::Tag),
        (&many, Error::Tag),
        (&many[..50], Error::Tag),
    ] {
        assert_eq!(hall.tag(tags), Err(error));
        if tags.len() != 50 {
            let request = CreateKey { tags, ..CreateKey::default() };
            assert_eq!(hall.vault.create_key(&root(), request), Err(error));
        }
    }
    for (name, error) in [("", limits), (&long_name, limits), ("AWS:n", Error::Tag)] {
        assert_eq!(hall.untag(&["Kept", name]), Err(error));
    }
    assert_eq!(world.log.last(|event| event.error_code), Some("TagException"));
    assert_eq!(hall.tags(), [("Kept".to_owned(), "as it is".to_owned())]);
    assert_eq!((world.storage.image().revision, list(&hall.vault, 10).unwrap().len()), before);
    // What only looks like it is fine.
    hall.tag(&[("aws", ""), ("aw:s", ""), (&long_name[2..], ""), ("N", ""), ("n", &long_value[2..])])
        .unwrap();
    assert_eq!(hall.tags().len(), 6);
}
