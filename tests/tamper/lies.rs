//! Storage that answers one read of a request otherwise than the next.

use std::collections::BTreeSet;

use strongroom_core::Error;
use strongroom_core::error::StorageError;
use strongroom_core::key::KeyId;
use strongroom_core::operation::ListKeys;

use super::{is_damage, sample};
use crate::world::{Blob, Lie, describe, disable, enable, encrypt, list, mount, root, rotate};

/// Every lie about any blob of the vault: another blob, an old one, half of one, none, a failing medium.
fn lies(blobs: &BTreeSet<Blob>) -> Vec<Lie> {
    let mut lies: Vec<Lie> = vec![
        Lie::Absent,
        Lie::Fails(StorageError::Medium),
        Lie::Fails(StorageError::Busy),
        Lie::Fails(StorageError::Full),
        Lie::Fails(StorageError::BufferTooSmall { needed: usize::MAX }),
    ];
    lies.extend(blobs.iter().cloned().map(Lie::Bytes));
    lies.extend(blobs.iter().map(|blob| Lie::Bytes(blob[..blob.len() / 2].into())));
    lies
}

#[test]
fn a_lie_at_any_read_of_a_request_is_noticed_or_made_good_by_the_other_copy() {
    let sample = sample();
    let blobs: BTreeSet<Blob> =
        sample.world.storage.history().iter().flat_map(|image| image.blobs.values().cloned()).collect();
    let vault = mount(&sample.world).unwrap();
    let (mut cases, mut refused) = (0, 0);
    for expected in &sample.expected {
        sample.world.cool();
        let before = sample.world.storage.reads();
        assert_eq!(expected.question.ask(&vault), expected.answer);
        let reads = sample.world.storage.reads() - before;
        for read in 0..reads {
            for lie in lies(&blobs) {
                sample.world.cool();
                sample.world.storage.lie_at(read, lie);
                let answer = expected.question.ask(&vault);
                sample.world.storage.stop_lying();
                cases += 1;
                if answer != expected.answer {
                    let error = answer.clone().unwrap_err();
                    let is_fair = is_damage(&error) || matches!(error, Error::Storage(_));
                    assert!(is_fair, "{:?} gave {answer:?} after a lie at read {read}", expected.question);
                    refused += 1;
                }
            }
        }
        assert_eq!(expected.question.ask(&vault), expected.answer, "the truth is believed again");
    }
    println!("lies: {cases} cases, {refused} requests refused, 0 wrong answers");
}

#[test]
fn a_lie_during_a_listing_or_verification_hides_no_key_unreported() {
    let sample = sample();
    let blobs = sample.image().blobs.into_values().collect();
    let vault = mount(&sample.world).unwrap();
    let storage = &sample.world.storage;
    let before = storage.reads();
    let keys = list(&vault, 1000).unwrap();
    let reads = storage.reads() - before;
    for read in 0..reads {
        for lie in lies(&blobs) {
            storage.lie_at(read, lie);
            let mut page = [KeyId::from_bytes([0; 16]); 1000];
            match vault.list_keys(&root(), ListKeys { limit: 1000, marker: None }, &mut page) {
                Ok(listed) => assert!(listed.keys == keys || listed.damaged > 0),
                Err(error) => assert!(is_damage(&error) || matches!(error, Error::Storage(_))),
            }
            storage.stop_lying();
        }
    }
}

#[test]
fn a_lie_during_a_change_leaves_the_key_as_it_was_or_changes_it_whole() {
    let sample = sample();
    let blobs = sample.image().blobs.into_values().collect();
    let vault = mount(&sample.world).unwrap();
    let storage = &sample.world.storage;
    storage.keep_no_history();
    let key = sample.keys[1];
    let ciphertext = encrypt(&vault, key, b"before").unwrap();
    let mut changed = 0;
    for change in [rotate::<&_>, disable::<&_>] {
        for read in 0..15 {
            for lie in lies(&blobs) {
                let facts = describe(&vault, key).unwrap();
                sample.world.cool();
                storage.lie_at(read, lie);
                let answer = change(&vault, key);
                storage.stop_lying();
                sample.world.cool();
                match answer {
                    Ok(now) => {
                        assert_eq!(describe(&vault, key), Ok(now));
                        changed += 1;
                    }
                    Err(error) => {
                        assert!(is_damage(&error) || matches!(error, Error::Storage(_)), "{error:?}");
                        assert_eq!(describe(&vault, key), Ok(facts));
                    }
                }
                enable(&vault, key).unwrap();
            }
        }
        assert_eq!(crate::world::decrypt(&vault, &ciphertext).unwrap(), b"before");
    }
    assert!(changed > 100);
    assert_eq!(vault.verify().unwrap().damaged, 0);
}
