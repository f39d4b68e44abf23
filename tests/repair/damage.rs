//! Each record of one key of three is damaged.

use std::collections::BTreeMap;

use strongroom_core::error::StateConflict;
use strongroom_core::operation::{DestroyDamagedKey, ListKeys, Repair};
use strongroom_core::policy::Action;
use strongroom_core::{Error, RecordKind, Remedy, RepairItem};

use super::{House, repair};
use crate::world::{SECRET, STRANGER, World, caller, describe, list, root, secret_of};

#[test]
fn whatever_record_of_a_key_is_damaged_the_others_work_and_it_is_named_mended_or_destroyed() {
    let mut seen: BTreeMap<String, (u32, Remedy)> = BTreeMap::new();
    for number in 0..2 {
        let count = House::new(&World::new(1)).keys[number].records.len();
        for position in 0..count {
            let world = World::new(1);
            let house = House::new(&world);
            let whole = house.vault.verify().unwrap();
            assert_eq!(house.dry_run().1, [], "a whole vault needs nothing");
            let damaged = &house.keys[number];
            let address = damaged.records[position];
            if !world.storage.image().blobs.contains_key(&address) {
                // A wrapping key or a date that is over.
                continue;
            }
            house.flip(&address);
            assert_eq!(house.vault.verify().unwrap().damaged, 1);
            let (counts, items) = house.dry_run();
            let [item] = items[..] else { panic!("{items:?}") };
            let case = format!("{:?}", item.kind);
            assert_eq!(item.address, address, "{case}");
            assert_eq!(item.key_id.is_some(), item.kind != RecordKind::Caller, "{case}");
            assert_eq!(item.key_id, Some(damaged.key), "{case}");
            assert_eq!(
                (counts.mended + counts.quarantined, counts.mended == 1),
                (1, item.remedy == Remedy::IndexRebuilt)
            );
            for other in house.keys.iter().filter(|other| other.key != damaged.key) {
                house.works(other).unwrap();
            }
            let id = damaged.key.to_string();
            let destroy = || house.vault.destroy_damaged_key(&root(), DestroyDamagedKey { key_id: &id });
            if item.kind != RecordKind::Key {
                assert_eq!(destroy(), Err(Error::InvalidState(StateConflict::NotDamaged)), "{case}");
            }

            let (counts, items) = repair(&house.vault, false).unwrap();
            assert_eq!(items.iter().map(|item| item.address).collect::<Vec<_>>(), [address], "{case}");
            match item.remedy {
                Remedy::IndexRebuilt => {
                    assert_eq!(counts.quarantined, 0, "{case}");
                    assert_eq!(house.vault.verify().unwrap().damaged, 0, "{case}");
                    house.works(damaged).unwrap();
                }
                Remedy::Quarantined => {
                    assert_eq!(counts.mended, 0, "{case}");
                    let blobs = world.storage.image().blobs;
                    assert!(blobs.contains_key(&address), "{case}: what is damaged is not removed");
                    assert_eq!(house.vault.verify().unwrap().damaged, 1, "{case}");
                }
                other => panic!("{other:?}"),
            }
            if item.kind == RecordKind::Key {
                assert!(matches!(describe(&house.vault, damaged.key), Err(Error::Damaged(_))));
                destroy().unwrap();
                assert_eq!(describe(&house.vault, damaged.key), Err(Error::NotFound));
                let verified = house.vault.verify().unwrap();
                assert_eq!((verified.damaged, verified.damaged_copies), (0, 0));
                assert!(verified.records < whole.records);
                assert_eq!(list(&house.vault, 10).unwrap().len(), 2);
                assert_eq!(destroy(), Err(Error::NotFound));
                repair(&house.vault, false).unwrap();
                let blobs = world.storage.image().blobs;
                assert!(damaged.records.iter().all(|at| !blobs.contains_key(at)), "all of it is gone");
            }
            for other in house.keys.iter().filter(|other| other.key != damaged.key) {
                house.works(other).unwrap();
            }
            let entry = seen.entry(case).or_insert((0, item.remedy));
            assert_eq!(entry.1, item.remedy);
            entry.0 += 1;
        }
    }
    println!("{seen:?}");
    for kind in ["Key", "Version", "Grant", "RetirableGrant", "Alias", "Due", "Usage", "WrappingKey"] {
        assert!(seen.contains_key(kind), "{kind}");
    }
}

#[test]
fn a_damaged_node_of_an_index_is_cut_off_and_all_that_hung_there_is_written_again() {
    let world = World::new(1);
    let house = House::new(&world);
    let whole = house.vault.verify().unwrap();
    let image = world.storage.image();
    let of_keys: Vec<_> = list(&house.vault, 10).unwrap();
    assert_eq!(of_keys.len(), 3);
    let (mut rebuilt, mut kept) = (0, 0);
    for node in image.blobs.keys().filter(|at| (16..48).contains(&at.0[23])) {
        world.storage.put_back(&image);
        house.vault.lock().unwrap();
        house.vault.mount(&mut secret_of(SECRET)).unwrap();
        house.flip(node);
        let (counts, items) = house.dry_run();
        let [RepairItem { address, remedy, kind: RecordKind::Node, .. }] = items[..] else {
            panic!("{items:?}");
        };
        assert_eq!(address, *node);
        repair(&house.vault, false).unwrap();
        let now = house.vault.verify().unwrap();
        if remedy == Remedy::IndexRebuilt {
            assert_eq!((now.damaged, now.records), (0, whole.records));
            for key in &house.keys {
                house.works(key).unwrap();
            }
            assert_eq!(house.dry_run().1, []);
            rebuilt += 1;
        } else {
            assert_eq!((now.damaged, counts.mended), (1, 0), "a key's own node stays");
            assert!(world.storage.image().blobs.contains_key(node));
            kept += 1;
        }
    }
    assert!(rebuilt >= 2 && kept >= 3, "{rebuilt} rebuilt, {kept} kept");
}

#[test]
fn no_node_of_an_index_is_cut_off_while_a_key_cannot_be_read() {
    let world = World::new(1);
    let house = House::new(&world);
    let image = world.storage.image();
    for node in image.blobs.keys().filter(|at| (16..48).contains(&at.0[23])) {
        for record in &house.keys[0].records {
            world.storage.put_back(&image);
            house.vault.lock().unwrap();
            house.vault.mount(&mut secret_of(SECRET)).unwrap();
            if !image.blobs.contains_key(record) || record.0[..8] == node.0[..8] {
                continue;
            }
            house.flip(record);
            if house.dry_run().1[0].kind != RecordKind::Key {
                continue;
            }
            house.flip(node);
            let (_, items) = house.dry_run();
            let of_node = items.iter().find(|item| item.address == *node).unwrap();
            assert_eq!(of_node.remedy, Remedy::Quarantined);
        }
    }
}

#[test]
fn a_listing_leaves_out_what_cannot_be_read_and_counts_it_on_the_page_that_passes_it() {
    for position in 0.. {
        let world = World::new(1);
        let house = House::new(&world);
        let Some(record) = house.keys[0].records.get(position) else { break };
        if !world.storage.image().blobs.contains_key(record) {
            continue;
        }
        house.flip(record);
        let is_key = house.dry_run().1[0].kind == RecordKind::Key;
        let (mut damaged, mut keys, mut marker) = (0, Vec::new(), None);
        loop {
            let mut page = [house.keys[0].key; 1];
            let request = ListKeys { limit: 1, marker: marker.as_ref() };
            let listed = house.vault.list_keys(&root(), request, &mut page).unwrap();
            keys.extend(listed.keys);
            damaged += listed.damaged;
            marker = listed.next_marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!((keys.len(), damaged), if is_key { (2, 1) } else { (3, 0) });
        assert_eq!(keys.contains(&house.keys[0].key), !is_key);
    }
}

#[test]
fn a_repair_is_for_whom_the_vault_allows_it_and_the_log_has_it() {
    let world = World::new(1);
    let house = House::new(&world);
    house.flip(&house.keys[0].records[0]);
    for dry_run in [true, false] {
        let mut items = [RepairItem::EMPTY; 4];
        let refused = house.vault.repair(&caller(STRANGER), Repair { dry_run }, &mut items);
        assert_eq!(refused.map(|_| ()).unwrap_err().code(), "AccessDeniedException");
        assert_eq!(items, [RepairItem::EMPTY; 4]);
    }
    let id = house.keys[0].key.to_string();
    let refused = house.vault.destroy_damaged_key(&caller(STRANGER), DestroyDamagedKey { key_id: &id });
    assert_eq!(refused.unwrap_err().code(), "AccessDeniedException");
    world.log.last(|event| {
        assert_eq!((event.action, event.key.unwrap().key_id), (Action::DestroyDamagedKey, house.keys[0].key));
    });

    house.dry_run();
    world.log.last(|event| assert_eq!((event.action, event.dry_run), (Action::Repair, true)));
    let mended = repair(&house.vault, false).unwrap().0.mended;
    world.log.last(|event| {
        assert_eq!((event.action, event.error_code, event.detail), (Action::Repair, None, mended));
    });
}

#[test]
fn what_could_not_be_recorded_is_not_told() {
    let world = World::new(1);
    let house = House::new(&world);
    house.flip(&house.keys[0].records[0]);
    world.log.fail_appends(1);
    let mut items = [RepairItem::EMPTY; 4];
    let refused = house.vault.repair(&root(), Repair { dry_run: true }, &mut items);
    assert_eq!(refused.map(|_| ()), Err(Error::Audit));
    assert_eq!(items, [RepairItem::EMPTY; 4]);
}
