//! Pages of aliases and of tags, and markers that nobody else can make.

use std::collections::BTreeSet;

use strongroom_core::Error;
use strongroom_core::operation::{AliasMarker, ListAliases, ListResourceTags, TagMarker};

use super::Hall;
use crate::world::{World, create, root};

/// The names on one page, and where it goes on.
fn page(hall: &Hall<'_>, request: ListAliases<'_>) -> Result<(Vec<String>, Option<AliasMarker>), Error> {
    let mut page = vec![0; 40_000];
    let listed = hall.vault.list_aliases(&root(), request, &mut page)?;
    Ok((listed.iter().map(|alias| alias.name.to_owned()).collect(), listed.next_marker))
}

fn all_pages(hall: &Hall<'_>, key_id: Option<&str>, limit: usize) -> Vec<String> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let request = ListAliases { key_id, limit, marker: marker.as_ref() };
        let (names, next) = page(hall, request).unwrap();
        assert!(next.is_none() || names.len() == limit);
        all.extend(names);
        marker = next;
        if marker.is_none() {
            return all;
        }
    }
}

#[test]
fn every_alias_is_on_one_page_of_any_size() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    assert_eq!(all_pages(&hall, None, 1), Vec::<String>::new());
    let (mut of_key, mut of_other) = (BTreeSet::new(), BTreeSet::new());
    for number in 0..24 {
        let name = format!("alias/a{number}");
        let (target, names) =
            if number % 3 == 0 { (&hall.other_id, &mut of_other) } else { (&hall.id, &mut of_key) };
        hall.alias(&name, target).unwrap();
        names.insert(name);
    }
    let everything: BTreeSet<_> = of_key.union(&of_other).cloned().collect();
    for limit in [1, 2, 7, 8, 16, 24, 100] {
        for (key_id, expected) in
            [(None, &everything), (Some(hall.id.as_str()), &of_key), (Some(&*hall.other_id), &of_other)]
        {
            let listed = all_pages(&hall, key_id, limit);
            assert_eq!(listed.len(), expected.len(), "{limit}");
            assert_eq!(&listed.into_iter().collect::<BTreeSet<_>>(), expected, "{limit}");
        }
    }
}

#[test]
fn a_listing_goes_on_where_it_was_also_when_aliases_come_and_go() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    for number in 0..20 {
        hall.alias(&format!("alias/a{number}"), &hall.id).unwrap();
    }
    for key_id in [None, Some(hall.id.as_str())] {
        let (first, marker) = page(&hall, ListAliases { key_id, limit: 10, marker: None }).unwrap();
        // The very place where it stopped is taken away.
        for gone in [&first[9], &first[0]] {
            hall.remove_alias(gone).unwrap();
        }
        let (rest, end) = page(&hall, ListAliases { key_id, limit: 100, marker: marker.as_ref() }).unwrap();
        assert_eq!((rest.len(), end), (10, None));
        assert!(rest.iter().all(|name| !first.contains(name)));
        for back in [&first[9], &first[0]] {
            hall.alias(back, &hall.id).unwrap();
        }
    }
}

#[test]
fn a_page_is_as_long_as_its_buffer() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    for number in 0..3 {
        hall.alias(&format!("alias/{number}"), &hall.id).unwrap();
    }
    let mut small = [0; 100];
    let listed = hall.vault.list_aliases(&root(), ListAliases::default(), &mut small).unwrap();
    assert_eq!((listed.iter().count(), listed.next_marker.is_some()), (2, true));
    let answer = hall.vault.list_aliases(&root(), ListAliases::default(), &mut small[..44]).map(drop);
    assert_eq!(answer, Err(Error::BufferTooSmall { needed: 45 }));
    assert_eq!(small[..44], [0; 44], "nothing is left of a page that was refused");
    hall.tag(&[("one", "1"), ("two", "2")]).unwrap();
    let request = ListResourceTags::new(&hall.id);
    let listed = hall.vault.list_resource_tags(&root(), request, &mut small[..12]).unwrap();
    assert_eq!((listed.iter().count(), listed.next_marker.is_some()), (1, true));
    let answer = hall.vault.list_resource_tags(&root(), request, &mut small[..9]).map(drop);
    assert_eq!(answer, Err(Error::BufferTooSmall { needed: 10 }));
}

#[test]
fn every_tag_is_on_one_page_of_any_size() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let names: Vec<String> = (0..13).map(|number| format!("t{number}")).collect();
    let tags: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v")).collect();
    hall.tag(&tags).unwrap();
    for limit in [1, 2, 5, 12, 13, 14, 50] {
        let (mut all, mut marker): (Vec<String>, Option<TagMarker>) = (Vec::new(), None);
        loop {
            let request = ListResourceTags { key_id: &hall.id, limit, marker: marker.as_ref() };
            let mut page = [0; 500];
            let listed = hall.vault.list_resource_tags(&root(), request, &mut page).unwrap();
            assert!(listed.iter().all(|(_, value)| value == "v"));
            all.extend(listed.iter().map(|(name, _)| name.to_owned()));
            assert_eq!(listed.next_marker.is_none(), all.len() == 13);
            marker = listed.next_marker;
            if marker.is_none() {
                break;
            }
        }
        all.sort_by_key(|name| name[1..].parse::<u8>().unwrap());
        assert_eq!(all, names, "{limit}");
    }
}

#[test]
fn a_marker_is_good_for_its_own_listing_only() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    for number in 0..4 {
        hall.alias(&format!("alias/{number}"), &hall.id).unwrap();
        hall.alias(&format!("alias/o{number}"), &hall.other_id).unwrap();
        hall.tag(&[(&format!("t{number}"), "")]).unwrap();
    }
    let aliases = |key_id: Option<&str>, marker: Option<AliasMarker>| {
        page(&hall, ListAliases { key_id, limit: 1, marker: marker.as_ref() }).map(|page| page.1)
    };
    let tags = |key_id: &str, marker: Option<TagMarker>| {
        let mut page = [0; 100];
        let request = ListResourceTags { key_id, limit: 1, marker: marker.as_ref() };
        hall.vault.list_resource_tags(&root(), request, &mut page).map(|listed| listed.next_marker)
    };
    let (key, other) = (Some(hall.id.as_str()), Some(hall.other_id.as_str()));
    let of_vault = aliases(None, None).unwrap().unwrap();
    let of_key = aliases(key, None).unwrap().unwrap();
    let of_tags = tags(&hall.id, None).unwrap().unwrap();
    assert!(aliases(None, Some(of_vault)).is_ok() && aliases(key, Some(of_key)).is_ok());
    assert!(tags(&hall.id, Some(of_tags)).is_ok());
    let refused = Err(Error::InvalidMarker);
    assert_eq!(aliases(key, Some(of_vault)), refused);
    assert_eq!(aliases(None, Some(of_key)), refused);
    assert_eq!(aliases(other, Some(of_key)), refused);
    assert_eq!(aliases(key, Some(AliasMarker(of_tags.0))), refused);
    assert_eq!(tags(&hall.id, Some(TagMarker(of_key.0))), Err(Error::InvalidMarker));
    assert_eq!(tags(&hall.other_id, Some(of_tags)), Err(Error::InvalidMarker));
    for position in 0..31 {
        let mut forged = of_vault;
        forged.0[position] ^= 1;
        assert_eq!(aliases(None, Some(forged)), refused, "{position}");
        let mut forged = of_tags;
        forged.0[position] ^= 0x80;
        assert_eq!(tags(&hall.id, Some(forged)), Err(Error::InvalidMarker), "{position}");
    }
    // Of another vault.
    let elsewhere = World::new(2);
    let vault = create(&elsewhere);
    let request = ListAliases { key_id: None, limit: 1, marker: Some(&of_vault) };
    assert_eq!(vault.list_aliases(&root(), request, &mut [0; 100]).err(), Some(Error::InvalidMarker));
}
