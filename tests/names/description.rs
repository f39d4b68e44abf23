//! What a key is for, in other words.

use strongroom_core::Error;
use strongroom_core::error::Parameter;
use strongroom_core::operation::{CreateKey, DescribeKey, UpdateKeyDescription};

use super::{APP, Hall};
use crate::file::new_vault;
use crate::world::{World, mount, root};

#[test]
fn a_description_is_replaced_and_everything_else_stays() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let request = CreateKey { description: "old words", tags: &[("Team", "blue")], ..CreateKey::default() };
    let before = hall.vault.create_key(&root(), request).unwrap();
    let key_id = &before.key_id.to_string();
    hall.alias(APP, key_id).unwrap();
    for description in ["", "other words, and more of them", "w\u{f6}rter"] {
        let request = UpdateKeyDescription { key_id, description };
        assert_eq!(hall.vault.update_key_description(&root(), request), Ok(before));
        let mut buffer = [0; 64];
        let described = hall.vault.describe_key(&root(), DescribeKey::new(APP), &mut buffer).unwrap();
        assert_eq!((described.facts, described.description), (before, description));
        assert_eq!(super::tags_of(&hall.vault, key_id), [("Team".to_owned(), "blue".to_owned())]);
        assert_eq!(hall.aliases(Some(key_id)), Ok(vec![APP.to_owned()]));
    }
    hall.vault.close().unwrap();
    let vault = mount(&world).unwrap();
    let mut buffer = [0; 64];
    let described = vault.describe_key(&root(), DescribeKey::new(APP), &mut buffer).unwrap();
    assert_eq!(described.description, "w\u{f6}rter");
}

#[test]
fn a_description_that_is_too_long_changes_nothing() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let set = |description| {
        hall.vault.update_key_description(&root(), UpdateKeyDescription { key_id: &hall.id, description })
    };
    set("kept").unwrap();
    let (long, large) = ("d".repeat(8193), "d".repeat(8192));
    assert_eq!(set(&long).err(), Some(Error::Validation(Parameter::Description)));
    assert_eq!(set(&large).err(), Some(Error::Capacity), "more than this platform's records hold");
    let mut buffer = [0; 8];
    let described = hall.vault.describe_key(&root(), DescribeKey::new(&hall.id), &mut buffer).unwrap();
    assert_eq!(described.description, "kept");
}

#[test]
fn a_description_has_8192_characters_however_many_bytes_they_are() {
    let (_folder, _, vault) = new_vault();
    let longest = "\u{1f511}".repeat(8192);
    let request = CreateKey { description: &longest, ..CreateKey::default() };
    let key_id = &vault.create_key(&root(), request).unwrap().key_id.to_string();
    assert_eq!(vault.describe_key(&root(), DescribeKey::new(key_id)).unwrap().description, longest);
    let description = &"\u{20ac}".repeat(8192);
    vault.update_key_description(&root(), UpdateKeyDescription { key_id, description }).unwrap();
    assert_eq!(&vault.describe_key(&root(), DescribeKey::new(key_id)).unwrap().description, description);
}
