//! Opening a vault: what is refused leaves everything as it was, what one copy can make good is made good, and what
//! fails half-way ends the session.

mod broken_promises;
mod eraser;
mod freshness;
mod race;
mod sessions;

use std::rc::Rc;

use strongroom_core::error::{Part, StorageError};
use strongroom_core::limits::{SLOTS_MAX, argon2};
use strongroom_core::platform::Address;
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault};

use crate::world::{
    Blob, Image, Lie, SECRET, World, create, create_key, decrypt, encrypt, mount, other_copy, secret_of,
};

/// The fixed address of a level, as `docs/format.md`, section 4, has it.
const fn fixed(level: u8) -> Address {
    let mut address = [0; 24];
    address[23] = level;
    Address(address)
}

const SLOTS: Address = fixed(0x41);
const MANIFEST: Address = fixed(0x40);
/// Where the first slot's parameters lie in the slot area.
const KIND: usize = 24 + 1;
const MEMORY: usize = 24 + 4;

/// The image of a vault with one key, and a ciphertext.
fn closed_vault() -> (Image, Vec<u8>) {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertext = encrypt(&vault, key, b"kept").unwrap();
    vault.close().unwrap();
    (world.storage.image(), ciphertext)
}

fn altered(blob: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Blob {
    let mut bytes = blob.to_vec();
    change(&mut bytes);
    bytes.into()
}

/// Alters the first copy, the second, or both, and tells what mounting says; a refusal writes nothing.
fn mount_altered(address: Address, copies: [bool; 2], change: impl Fn(&mut Vec<u8>)) -> Result<(), Error> {
    let (mut image, ciphertext) = closed_vault();
    for (address, is_altered) in [address, other_copy(&address)].into_iter().zip(copies) {
        let blob = image.blobs.get_mut(&address).unwrap();
        if is_altered {
            *blob = altered(blob, &change);
        }
    }
    let world = World::new(2).with_image(&image);
    let mounted = mount(&world);
    match &mounted {
        Ok(vault) => assert_eq!(decrypt(vault, &ciphertext).unwrap(), b"kept"),
        Err(_) => assert_eq!(world.storage.image(), image, "a refused mount wrote"),
    }
    mounted.map(|_| ())
}

const ONE: [[bool; 2]; 2] = [[true, false], [false, true]];
const BOTH: [bool; 2] = [true, true];

#[test]
fn one_damaged_copy_of_the_slots_or_the_manifest_does_not_keep_a_vault_closed() {
    for address in [SLOTS, MANIFEST] {
        // The magic number, the format, the vault id, a slot's kind, its parameters, its salt, what it seals.
        for position in [0, 4, 5, 10, KIND, MEMORY, 45, 100, 150] {
            for copies in ONE {
                assert_eq!(
                    mount_altered(address, copies, |blob| blob[position] ^= 1),
                    Ok(()),
                    "byte {position}"
                );
            }
        }
        for copies in ONE {
            assert_eq!(mount_altered(address, copies, Vec::clear), Ok(()));
            assert_eq!(mount_altered(address, copies, |blob| blob.truncate(40)), Ok(()));
            assert_eq!(mount_altered(address, copies, |blob| blob.extend([0; 9000])), Ok(()));
        }
    }
}

#[test]
fn both_copies_damaged_keep_a_vault_closed_and_say_which_part() {
    for position in [0, 30, 100] {
        let damaged = Err(Error::Damaged(Part::Manifest));
        assert_eq!(mount_altered(MANIFEST, BOTH, |blob| blob[position] ^= 1), damaged);
    }
    assert_eq!(mount_altered(MANIFEST, BOTH, Vec::clear), Err(Error::Damaged(Part::Manifest)));
    assert_eq!(mount_altered(SLOTS, BOTH, |blob| blob.truncate(100)), Err(Error::Damaged(Part::Slots)));
    assert_eq!(mount_altered(SLOTS, BOTH, |blob| blob[5] = 2), Err(Error::Damaged(Part::Slots)));
    assert_eq!(mount_altered(SLOTS, BOTH, |blob| blob[KIND] = 9), Err(Error::Damaged(Part::Slots)));
    assert_eq!(mount_altered(SLOTS, BOTH, |blob| blob[100] ^= 1), Err(Error::WrongSecret));
    assert_eq!(mount_altered(SLOTS, BOTH, |blob| blob[0] ^= 1), Err(Error::Damaged(Part::Slots)));
}

#[test]
fn a_medium_that_cannot_read_one_copy_of_the_slots_or_the_manifest_does_not_keep_a_vault_closed() {
    let (image, ciphertext) = closed_vault();
    // The mount reads both slot areas, then both manifests.
    for read in 0..4 {
        for error in [StorageError::Medium, StorageError::BufferTooSmall { needed: 1 << 20 }] {
            let world = World::new(2).with_image(&image);
            world.storage.lie_at(read, Lie::Fails(error));
            let vault = mount(&world).unwrap_or_else(|error| panic!("read {read}: {error:?}"));
            assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
        }
    }
    let world = World::new(2).with_image(&image);
    world.storage.lie_at(2, Lie::Fails(StorageError::Medium));
    world.storage.lie_at(3, Lie::Fails(StorageError::Medium));
    assert_eq!(mount(&world).map(|_| ()), Err(Error::Storage(StorageError::Medium)));
    assert_eq!(world.storage.image(), image);
}

#[test]
fn a_verification_sees_each_damaged_copy_of_the_slots_and_the_manifest() {
    let world = World::new(1);
    let vault = create(&world);
    let written = world.storage.image();
    for address in [SLOTS, MANIFEST, other_copy(&SLOTS), other_copy(&MANIFEST)] {
        for position in [0, 4, 5, 10, 23, KIND, 45, 100, 150] {
            world.storage.put_back(&written);
            world.storage.alter(|blobs| {
                let blob = blobs.get_mut(&address).unwrap();
                *blob = altered(blob, |blob| blob[position] ^= 1);
            });
            assert_eq!(vault.verify().unwrap().damaged_copies, 1, "{address:?} byte {position}");
        }
    }
    world.storage.put_back(&written);
    assert_eq!(vault.verify().unwrap().damaged_copies, 0);
}

#[test]
fn a_record_made_too_large_for_any_buffer_is_damage_to_a_verification() {
    let world = World::new(1);
    let vault = create(&world);
    create_key(&vault);
    world.storage.alter(|blobs| {
        let record = blobs.iter_mut().find(|(address, _)| address.0[23] == 48).unwrap().1;
        *record = [&record[..], &[0; 9000]].concat().into();
    });
    let verified = vault.verify().unwrap();
    assert_eq!((verified.records, verified.damaged), (1, 1));
}

#[test]
fn the_wrong_secret_opens_nothing_and_tells_nothing_else() {
    let (image, _) = closed_vault();
    let world = World::new(2).with_image(&image);
    let vault = Vault::new(&world);
    assert_eq!(vault.mount(&mut secret_of(SECRET + 1)), Err(Error::WrongSecret));
    assert_eq!(vault.mount(&mut |_, _| Ok(false)), Err(Error::WrongSecret));
    assert_eq!(vault.mount(&mut |_, _| Err(Error::Capacity)), Err(Error::Capacity));
    assert_eq!(world.storage.image(), image);
    assert_eq!(vault.verify().map(|_| ()), Err(Error::Locked));
    // A damaged copy beside an intact one does not turn a wrong secret into something else.
    for copy in [SLOTS, other_copy(&SLOTS)] {
        for position in [KIND, MEMORY, 100] {
            let mut image = image.clone();
            let blob = image.blobs.get_mut(&copy).unwrap();
            *blob = altered(blob, |blob| blob[position] ^= 1);
            let world = World::new(2).with_image(&image);
            let vault = Vault::new(&world);
            assert_eq!(vault.mount(&mut secret_of(SECRET + 1)), Err(Error::WrongSecret));
        }
    }
}

#[test]
fn each_slot_opens_with_its_own_secret() {
    let world = World::new(1);
    let vault = Vault::new(&world);
    let slots = [NewSlot { kind: SlotKind::KeyFile }; SLOTS_MAX];
    let mut unlock = |parameters: &strongroom_core::SlotParameters,
                      secret: &mut strongroom_core::Secret<32>| {
        secret.fill_with(|bytes| bytes.fill(parameters.slot_id + 100));
        Ok(true)
    };
    vault.create(&NewVault { realm: Realm::default(), slots: &slots }, &mut unlock).unwrap();
    vault.close().unwrap();
    for slot in 0..u8::try_from(SLOTS_MAX).unwrap() {
        vault.mount(&mut secret_of(slot + 100)).unwrap();
        vault.close().unwrap();
    }
    assert_eq!(vault.mount(&mut secret_of(99)), Err(Error::WrongSecret));
}

#[test]
fn storage_without_a_vault_is_not_a_vault() {
    let empty = World::new(1);
    assert_eq!(mount(&empty).map(|_| ()), Err(Error::NotAVault));
    assert_eq!(mount_altered(SLOTS, BOTH, |blob| blob[4] = 7), Err(Error::FromTheFuture { format: 7 }));
    let other = World::new(1);
    other.storage.alter(|blobs| drop(blobs.insert(SLOTS, Rc::from(*b"a file of somebody else"))));
    assert_eq!(mount(&other).map(|_| ()), Err(Error::NotAVault));
}

#[test]
fn parameters_of_a_slot_outside_the_bounds_are_refused_before_they_run() {
    use argon2::{LANES_MAX, MEMORY_KIB_MAX, MEMORY_KIB_MIN, PASSES_MAX};
    // Memory in KiB, passes, lanes.
    let refused: [[u32; 3]; 8] = [
        [MEMORY_KIB_MIN - 1, 1, 1],
        [MEMORY_KIB_MAX + 1, 1, 1],
        [MEMORY_KIB_MIN, 0, 1],
        [MEMORY_KIB_MIN, PASSES_MAX + 1, 1],
        [MEMORY_KIB_MIN, 1, 0],
        [MEMORY_KIB_MAX, 1, LANES_MAX + 1],
        [2 * MEMORY_KIB_MIN - 1, 1, 2],
        [u32::MAX; 3],
    ];
    for parameters in refused {
        let change = |blob: &mut Vec<u8>| {
            blob[KIND..KIND + 2].copy_from_slice(&[1, 1]);
            let bytes: Vec<u8> = parameters.iter().flat_map(|value| value.to_be_bytes()).collect();
            blob[MEMORY..MEMORY + 12].copy_from_slice(&bytes);
        };
        let (mut image, _) = closed_vault();
        for address in [SLOTS, other_copy(&SLOTS)] {
            let blob = image.blobs.get_mut(&address).unwrap();
            *blob = altered(blob, change);
        }
        let world = World::new(2).with_image(&image);
        let asked = std::cell::Cell::new(false);
        let refusal = Vault::new(&world).mount(&mut |_, _| {
            asked.set(true);
            Ok(false)
        });
        assert_eq!((refusal, asked.get()), (Err(Error::SlotParameters), false), "{parameters:?}");

        let [memory_kib, passes, lanes] = parameters;
        let kind = SlotKind::Passphrase { memory_kib, passes, lanes };
        let (new, fresh) = (NewVault { realm: Realm::default(), slots: &[NewSlot { kind }] }, World::new(3));
        assert_eq!(Vault::new(&fresh).create(&new, &mut secret_of(1)), Err(Error::SlotParameters));
        assert!(fresh.storage.image().blobs.is_empty());
    }
}

#[test]
fn a_slot_that_the_manifest_does_not_know_is_stale_and_an_intact_copy_beside_it_opens() {
    let (mut image, _) = closed_vault();
    let intact = image.blobs[&SLOTS].clone();
    let stale = crate::slots::resealed(&intact, SECRET);
    image.blobs.insert(SLOTS, stale.clone());
    let world = World::new(2).with_image(&image);
    assert!(mount(&world).is_ok(), "the second copy is the manifest's");

    image.blobs.insert(other_copy(&SLOTS), stale);
    let world = World::new(2).with_image(&image);
    assert_eq!(mount(&world).map(|_| ()), Err(Error::SlotStale));
    assert_eq!(world.storage.image(), image);
}

#[test]
fn nothing_is_created_over_what_is_there() {
    let (image, _) = closed_vault();
    let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
    let world = World::new(2).with_image(&image);
    assert_eq!(Vault::new(&world).create(&new, &mut secret_of(1)), Err(Error::AlreadyAVault));
    assert_eq!(world.storage.image(), image);

    let other = World::new(2);
    other.storage.alter(|blobs| drop(blobs.insert(fixed(1), Rc::from(*b"not a vault"))));
    let before = other.storage.image();
    assert_eq!(Vault::new(&other).create(&new, &mut secret_of(1)), Err(Error::AlreadyAVault));
    assert_eq!(other.storage.image(), before);
}

#[test]
fn a_vault_without_a_slot_or_with_too_many_is_not_created() {
    for (count, refusal) in [(0, Error::WrongSecret), (SLOTS_MAX + 1, Error::LimitExceeded)] {
        let world = World::new(1);
        let slots = vec![NewSlot { kind: SlotKind::KeyFile }; count];
        let new = NewVault { realm: Realm::default(), slots: &slots };
        assert_eq!(Vault::new(&world).create(&new, &mut secret_of(1)), Err(refusal));
        assert!(world.storage.image().blobs.is_empty());
    }
}
