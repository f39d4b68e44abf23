//! Bundles of somebody who knows the secret: sealed as they should be, and yet not what a vault holds.

use strongroom_core::Error;
use strongroom_core::error::BundleFault;
use strongroom_core::operation::{CreateAlias, CreateGrant, PutCaller, PutQuotas};
use strongroom_core::policy::Action;
use strongroom_core::quota::Quotas;

use super::forge::Forge;
use super::{BUNDLE_SECRET, backup, drilled, fault, restore};
use crate::world::{STRANGER, World, create, create_key, mount, root, rotate};

/// A bundle with a record of every type: two keys, the first of two versions.
pub fn full() -> Forge {
    let world = World::new(1);
    world.usage_block.set(16);
    let vault = create(&world);
    let key = create_key(&vault);
    let id = &key.to_string();
    rotate(&vault, key).unwrap();
    crate::world::encrypt(&vault, key, b"counted").unwrap();
    create_key(&vault);
    vault.create_grant(&root(), CreateGrant::new(id, STRANGER, &[Action::Decrypt])).unwrap();
    vault.create_alias(&root(), CreateAlias { alias_name: "alias/a", target_key_id: id }).unwrap();
    let put = PutCaller { name: "c", principal: STRANGER, tags: &[], identity_policies: &[] };
    vault.put_caller(&root(), put).unwrap();
    let quotas = Quotas { keys: Some(9), ..Quotas::default() };
    vault.put_quotas(&root(), PutQuotas { quotas }).unwrap();
    Forge::open(&backup(&vault).0, BUNDLE_SECRET)
}

/// Neither a drill nor a restore takes it.
fn is_refused(forge: &Forge, why: &str) {
    let bundle = forge.seal();
    let content = fault(BundleFault::Content);
    assert_eq!(drilled(&bundle), Err(content), "{why}");
    not_restored(&bundle, content, why);
}

fn not_restored(bundle: &[u8], error: Error, why: &str) {
    let world = World::new(2);
    assert_eq!(restore(&world, bundle).map(drop), Err(error), "{why}");
    assert!(mount(&world).is_err(), "{why}");
}

#[test]
fn what_is_put_together_as_it_was_is_the_same_bundle() {
    let forge = full();
    for record_type in [1, 2, 3, 5, 6, 8, 10] {
        assert!(!forge.of_type(record_type).is_empty(), "{record_type}");
    }
    let mut again = forge.clone();
    again.count_again();
    assert_eq!(again.segments, forge.segments);
    assert!(drilled(&forge.seal()).is_ok());
    restore(&World::new(2), &forge.seal()).unwrap();
}

#[test]
fn versions_come_right_behind_their_key_and_all_of_them() {
    let forge = full();
    let (keys, versions) = (forge.of_type(1), forge.of_type(2));
    for at in &versions {
        let mut changed = forge.clone();
        changed.segments.remove(*at);
        changed.count_again();
        is_refused(&changed, "a version is missing");
        let mut changed = forge.clone();
        changed.segments.insert(*at, forge.segments[*at].clone());
        changed.count_again();
        is_refused(&changed, "a version comes twice");
        let mut changed = forge.clone();
        let version = changed.segments.remove(*at);
        changed.segments.insert(1, version);
        is_refused(&changed, "a version comes before its key");
    }
    let two: Vec<usize> = versions.iter().copied().filter(|at| versions.contains(&(at + 1))).collect();
    let mut changed = forge.clone();
    changed.segments.swap(two[0], two[0] + 1);
    is_refused(&changed, "versions in another order");
    for at in &keys {
        let mut changed = forge.clone();
        changed.segments.remove(*at);
        changed.count_again();
        is_refused(&changed, "a key is missing");
    }
    // Between a key and its versions there is nothing else.
    let mut changed = forge.clone();
    let alias = forge.segments[forge.of_type(6)[0]].clone();
    changed.segments.insert(keys[0] + 1, alias);
    changed.count_again();
    is_refused(&changed, "an alias among the versions");
}

#[test]
fn material_is_what_its_check_value_says() {
    let forge = full();
    let at = forge.of_type(2)[0];
    for place in [64, 80] {
        let mut changed = forge.clone();
        changed.segments[at].1[place] ^= 1;
        is_refused(&changed, "the check value or the material is another one");
    }
}

#[test]
fn grants_and_counts_of_uses_stand_behind_their_own_key() {
    let forge = full();
    for record_type in [3, 8] {
        let at = forge.of_type(record_type)[0];
        let mut changed = forge.clone();
        let moved = changed.segments.remove(at);
        changed.segments.insert(1, moved);
        is_refused(&changed, "before any key");
        let mut changed = forge.clone();
        changed.segments[at].1[10] ^= 1;
        is_refused(&changed, "of another key");
    }
}

#[test]
fn nothing_comes_twice() {
    let forge = full();
    let mut changed = forge.clone();
    changed.segments.insert(1, forge.segments[forge.of_type(10)[0]].clone());
    changed.count_again();
    is_refused(&changed, "settings");
    // Whether anything else is there twice only who keeps it all can know.
    for record_type in [3, 5, 6, 8] {
        let at = forge.of_type(record_type)[0];
        let mut changed = forge.clone();
        changed.segments.insert(at, forge.segments[at].clone());
        changed.count_again();
        not_restored(&changed.seal(), fault(BundleFault::Content), "a record comes twice");
    }
    let (key, versions) = (forge.of_type(1)[0], forge.of_type(2));
    let last = versions.iter().copied().take_while(|at| *at > key).count();
    let mut changed = forge.clone();
    let whole_key: Vec<_> = forge.segments[key..=key + last.min(2)].to_vec();
    let is_whole = whole_key.iter().skip(1).all(|(_, plaintext)| plaintext[4] == 2);
    let whole_key = if is_whole { whole_key } else { forge.segments[key..=key + 1].to_vec() };
    let end = changed.segments.len() - 1;
    changed.segments.splice(end..end, whole_key);
    changed.count_again();
    not_restored(&changed.seal(), fault(BundleFault::Content), "a key comes twice");
}

#[test]
fn the_end_mark_counts_what_came_and_other_records_do_not_belong_there() {
    let forge = full();
    let end = forge.segments.len() - 1;
    for at in [8, 16, 24] {
        let mut changed = forge.clone();
        changed.segments[end].1[at] ^= 1;
        is_refused(&changed, "another count");
    }
    // A retirable grant, a due record, a wrapping key; no record at all; a second beginning.
    for (record_type, len) in [(4u8, 50u8), (7, 22), (9, 86), (11, 50)] {
        let mut record = vec![0; 128];
        record[3] = len;
        (record[4], record[5]) = (record_type, 1);
        let mut changed = forge.clone();
        changed.segments.insert(1, (2, record));
        changed.count_again();
        is_refused(&changed, "a record of another type");
    }
    for segment in [(2, vec![0; 64]), (2, Vec::new()), (1, forge.segments[0].1.clone())] {
        let mut changed = forge.clone();
        changed.segments.insert(1, segment);
        let (_, mark) = changed.segments.last_mut().unwrap();
        mark[8] += 1;
        is_refused(&changed, "no record");
    }
    let mut changed = forge.clone();
    changed.segments.remove(0);
    is_refused(&changed, "no beginning");
}

#[test]
fn a_key_whose_destruction_has_begun_is_in_no_bundle() {
    let forge = full();
    let at = forge.of_type(1)[0];
    let mut changed = forge.clone();
    let key = &mut changed.segments[at].1;
    // Pending deletion, for 7 days, destroyed at 0: section 4.6.
    key[4 + 26] = 4;
    key[4 + 52..4 + 54].copy_from_slice(&[0, 7]);
    key[4 + 54..4 + 62].copy_from_slice(&[0; 8]);
    let waiting = changed.clone();
    assert!(drilled(&waiting.seal()).is_ok(), "one that waits is");
    changed.segments[at].1[4 + 62..4 + 70].copy_from_slice(&[0; 8]);
    is_refused(&changed, "its destruction has begun");
}
