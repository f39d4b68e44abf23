//! Every blob of a small vault altered in every way, at rest and under the open vault: each answer is right or a typed
//! error, damage stays local, and a verification sees it.

mod changes;
mod images;
mod lies;

use std::collections::BTreeMap;

use strongroom_core::error::{Part, StorageError};
use strongroom_core::platform::Address;
use strongroom_core::{Error, Vault};

use crate::world::{Blob, Image, Sample, World, is_copy, list, mount, other_copy};

const SLOTS_LEVEL: u8 = 0x41;
const MANIFEST_LEVEL: u8 = 0x40;

/// A sample whose tree has nodes in two copies below the root.
fn sample() -> Sample {
    let samples = (0..50).map(|seed| Sample::new(World::new(seed)));
    let is_fit = |sample: &Sample| {
        let doubled = sample.image().blobs.keys().filter(|address| is_copy(address)).count();
        doubled > 3 && sample.image().blobs.len() >= 30
    };
    samples.into_iter().find(is_fit).unwrap()
}

/// One way to alter an image.
struct Tampering {
    name: String,
    blobs: Vec<(Address, Option<Blob>)>,
}

impl Tampering {
    fn one(name: &str, address: Address, blob: Option<Blob>) -> Self {
        Tampering { name: format!("{name} {address:?}"), blobs: vec![(address, blob)] }
    }

    fn apply(&self, blobs: &mut BTreeMap<Address, Blob>) {
        for (address, blob) in &self.blobs {
            match blob {
                Some(blob) => blobs.insert(*address, blob.clone()),
                None => blobs.remove(address),
            };
        }
    }
}

/// Every single-bit flip of a few bytes of a blob, the first and the last among them.
fn flips(blob: &[u8]) -> Vec<Blob> {
    let last = blob.len() - 1;
    let mut flips = Vec::new();
    for position in [0, 5, 17, 40, 70, last / 2, last] {
        for bit in 0..8 {
            let mut flipped = blob.to_vec();
            flipped[position.min(last)] ^= 1 << bit;
            flips.push(flipped.into());
        }
    }
    flips
}

/// What can become of one blob, by itself.
fn alterations(blob: &Blob, older: &[Blob]) -> Vec<(&'static str, Option<Blob>)> {
    let mut all: Vec<(&str, Option<Blob>)> = vec![("drop", None), ("empty", Some([].into()))];
    all.extend(flips(blob).into_iter().map(|flipped| ("flip", Some(flipped))));
    for len in [1, 59, 76, blob.len() - 64, blob.len() - 1] {
        all.push(("truncate", blob.get(..len).map(Into::into)));
    }
    for more in [1, 64, 9000] {
        all.push(("extend", Some([&blob[..], &vec![0; more]].concat().into())));
    }
    all.extend(older.iter().map(|old| ("roll back", Some(old.clone()))));
    all
}

/// Every case of the enumeration.
fn tamperings(sample: &Sample) -> Vec<Tampering> {
    let blobs = sample.image().blobs;
    let mut all = Vec::new();
    for (address, blob) in &blobs {
        let older = sample.world.storage.older_versions(address);
        for (name, altered) in alterations(blob, &older) {
            all.push(Tampering::one(name, *address, altered.clone()));
            let other = other_copy(address);
            if !is_copy(address) && blobs.contains_key(&other) {
                let blobs = vec![(*address, altered.clone()), (other, altered)];
                all.push(Tampering { name: format!("{name} both copies of {address:?}"), blobs });
            }
        }
        for (other, its_blob) in blobs.iter().filter(|(other, _)| *other != address) {
            all.push(Tampering::one("duplicate over", *other, Some(blob.clone())));
            if other > address {
                let blobs = vec![(*address, Some(its_blob.clone())), (*other, Some(blob.clone()))];
                all.push(Tampering { name: format!("swap {address:?} {other:?}"), blobs });
            }
        }
        // Where nothing is: an old node or record comes back under another prefix.
        let mut nowhere = *address;
        nowhere.0[9] ^= 0x55;
        all.push(Tampering::one("resurrect at", nowhere, Some(blob.clone())));
    }
    all
}

/// Whether at least one copy of a blob is as it was.
fn is_intact(address: &Address, now: &Image, legitimate: &Image) -> bool {
    let other = other_copy(address);
    let same =
        |at: &Address| legitimate.blobs.contains_key(at) && now.blobs.get(at) == legitimate.blobs.get(at);
    same(address) || same(&other)
}

fn is_damage(error: &Error) -> bool {
    matches!(error, Error::Damaged(Part::Node | Part::Record) | Error::Capacity)
}

/// Asks everything, and compares with what is right where the blobs needed are intact.
fn check_answers(name: &str, vault: &Vault<&World>, sample: &Sample, legitimate: &Image) -> usize {
    let world = *vault.platform();
    let mut refused = 0;
    for expected in &sample.expected {
        world.cool();
        let answer = expected.question.ask(vault);
        let now = world.storage.image();
        if expected.needs.iter().all(|needed| is_intact(needed, &now, legitimate)) {
            assert_eq!(answer, expected.answer, "{name}: {:?}", expected.question);
        } else {
            assert!(answer.as_ref().is_err_and(is_damage), "{name}: {:?} gave {answer:?}", expected.question);
            refused += 1;
        }
    }
    let image = world.storage.image();
    let is_listable = |record: &Address| {
        let needs = sample.expected.iter().filter(|expected| expected.needs.contains(record));
        needs
            .flat_map(|expected| &expected.needs)
            .all(|needed| needed.0[23] == 48 && needed != record || is_intact(needed, &image, legitimate))
    };
    let root = Address([0; 24]);
    let listed = match list(vault, 3) {
        Ok(listed) => listed,
        Err(error) => {
            assert!(
                is_damage(&error) && !is_intact(&root, &image, legitimate),
                "{name}: listing gave {error:?}"
            );
            return refused;
        }
    };
    assert!(is_intact(&root, &image, legitimate), "{name}: listed {listed:?}");
    assert!(listed.iter().all(|key| sample.keys.contains(key)), "{name}: listed {listed:?}");
    for (key, record) in sample.keys.iter().zip(&sample.key_records) {
        let is_listed = listed.contains(key);
        assert!(is_listed || !is_listable(record), "{name}: left out {key}");
        assert!(!is_listed || is_intact(record, &image, legitimate), "{name}: listed {key}");
    }
    refused
}

/// A verification reports exactly the images that differ from what was written.
fn check_verification(name: &str, vault: &Vault<&World>, sample: &Sample, legitimate: &Image) {
    let now = vault.platform().storage.image();
    let same = |address: &Address| now.blobs.get(address) == legitimate.blobs.get(address);
    let lost_copies = legitimate
        .blobs
        .keys()
        .filter(|address| legitimate.blobs.contains_key(&other_copy(address)) && !same(address));
    let is_lost = |address: &&Address| !is_intact(address, &now, legitimate);
    let is_anything_lost = legitimate.blobs.keys().filter(is_lost).any(|lost| lost.0[23] & 0x7f <= 48);
    let verified = vault.verify().unwrap();
    assert_eq!(verified.damaged > 0, is_anything_lost, "{name}: {verified:?}");
    if is_anything_lost {
        assert!(verified.records < sample.records, "{name}: {verified:?}");
    } else {
        let copies = u64::try_from(lost_copies.count()).unwrap();
        assert_eq!((verified.records, verified.damaged_copies), (sample.records, copies), "{name}");
    }
}

#[test]
fn tampering_at_rest_never_gives_a_wrong_answer_and_harms_only_what_hangs_below() {
    let sample = sample();
    let written = sample.image();
    let (mut cases, mut unmountable, mut refused) = (0, 0, 0);
    for tampering in tamperings(&sample) {
        let mut image = written.clone();
        tampering.apply(&mut image.blobs);
        if image == written {
            continue;
        }
        cases += 1;
        let name = &tampering.name;
        let world = World::new(1000 + cases).with_image(&image);
        let lost = |level| {
            let mut of_level = written.blobs.keys().filter(|address| address.0[23] == level);
            of_level.any(|address| !is_intact(address, &image, &written))
        };
        let vault = match mount(&world) {
            Ok(vault) => vault,
            Err(error) => {
                let is_fair = match error {
                    Error::Damaged(Part::Manifest) => lost(MANIFEST_LEVEL),
                    // Both manifests are old ones, and the storage knows better.
                    Error::Storage(StorageError::Conflict) => lost(MANIFEST_LEVEL),
                    Error::WrongSecret
                    | Error::Damaged(Part::Slots)
                    | Error::NotAVault
                    | Error::FromTheFuture { .. }
                    | Error::SlotParameters
                    | Error::SlotStale => lost(SLOTS_LEVEL),
                    _ => false,
                };
                assert!(is_fair, "{name}: mounting gave {error:?}");
                assert_eq!(world.storage.image(), image, "{name}: a refused mount wrote");
                unmountable += 1;
                continue;
            }
        };
        assert!(!lost(SLOTS_LEVEL), "{name}: mounted without slots");
        // The mount wrote the manifest anew.
        let mut legitimate = written.clone();
        for (address, blob) in world.storage.image().blobs {
            if address.0[23] & 0x7f == MANIFEST_LEVEL && written.blobs.contains_key(&address) {
                legitimate.blobs.insert(address, blob);
            }
        }
        refused += check_answers(name, &vault, &sample, &legitimate);
        check_verification(name, &vault, &sample, &legitimate);
    }
    println!(
        "at rest: {cases} cases, {unmountable} not mountable, {refused} requests refused, 0 wrong answers"
    );
    assert!(cases > 3000);
}

#[test]
fn tampering_under_the_open_vault_never_gives_a_wrong_answer_and_harms_only_what_hangs_below() {
    let sample = sample();
    let vault = mount(&sample.world).unwrap();
    // No head of the log is committed between the cases.
    sample.world.log.batch();
    let written = sample.image();
    let (mut cases, mut refused) = (0, 0);
    for tampering in tamperings(&sample) {
        sample.world.log.lose_what_is_not_durable();
        sample.world.storage.put_back(&written);
        sample.world.storage.alter(|blobs| tampering.apply(blobs));
        if sample.world.storage.image() == written {
            continue;
        }
        cases += 1;
        refused += check_answers(&tampering.name, &vault, &sample, &written);
        check_verification(&tampering.name, &vault, &sample, &written);
    }
    sample.world.storage.put_back(&written);
    assert_eq!(vault.verify().unwrap(), sample.whole());
    println!("under the open vault: {cases} cases, {refused} requests refused, 0 wrong answers");
    assert!(cases > 3000);
}
