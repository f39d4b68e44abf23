//! ListKeyVersions and ListKeyRotations.

use strongroom_core::Error;
use strongroom_core::error::Parameter;
use strongroom_core::key::{KeyId, KeySpec, VersionCause, VersionState};
use strongroom_core::operation::{
    DescribeKey, Encrypt, IncludeKeyMaterial, KeyVersion, ListKeyRotations, ListKeyVersions, VersionMarker,
};
use strongroom_core::{Vault, ciphertext_len};

use super::{create_version, revoke};
use crate::macs::create_mac_key;
use crate::world::{World, create, create_key, root, rotate};

type Seen = (u32, [u8; 32], &'static str, Option<&'static str>);

fn seen(version: &KeyVersion<'_>) -> Seen {
    let KeyVersion { facts, key_material_id, .. } = version;
    (facts.version, *key_material_id, version.material_state(), facts.cause.rotation_type())
}

fn versions(vault: &Vault<&World>, key: KeyId, limit: usize, room: usize) -> (Vec<Seen>, usize) {
    let id = key.to_string();
    let (mut all, mut marker, mut pages) = (Vec::new(), None::<VersionMarker>, 0);
    loop {
        let mut page = vec![0; room];
        let request = ListKeyVersions { key_id: &id, limit, marker: marker.as_ref() };
        let listed = vault.list_key_versions(&root(), request, &mut page).unwrap();
        all.extend(listed.iter().map(|version| seen(&version)));
        (marker, pages) = (listed.next_marker, pages + 1);
        if marker.is_none() {
            return (all, pages);
        }
    }
}

fn rotations(
    vault: &Vault<&World>,
    key: KeyId,
    include_key_material: IncludeKeyMaterial,
    limit: usize,
) -> Result<Vec<Seen>, Error> {
    let id = key.to_string();
    let (mut all, mut marker) = (Vec::new(), None::<VersionMarker>);
    loop {
        let mut page = vec![0; 100_000];
        let request = ListKeyRotations { key_id: &id, include_key_material, limit, marker: marker.as_ref() };
        let listed = vault.list_key_rotations(&root(), request, &mut page)?;
        all.extend(listed.iter().map(|version| seen(&version)));
        marker = listed.next_marker;
        if marker.is_none() {
            return Ok(all);
        }
    }
}

fn current_material(vault: &Vault<&World>, key: KeyId) -> [u8; 32] {
    let mut text = [0; 10];
    let id = key.to_string();
    let described = vault.describe_key(&root(), DescribeKey::new(&id), &mut text).unwrap();
    described.current_key_material_id.unwrap()
}

#[test]
fn versions_are_listed_with_number_state_cause_date_and_material() {
    let world = World::new(1);
    world.clock.set_wall_ms(Some(1_000_000));
    let vault = create(&world);
    let key = create_key(&vault);
    let first = current_material(&vault, key);
    world.clock.advance_ms(1000);
    rotate(&vault, key).unwrap();
    world.clock.advance_ms(1000);
    create_version(&vault, key).unwrap();
    revoke(&vault, key, 2).unwrap();
    let id = key.to_string();
    let mut page = [0; 4000];
    let request = ListKeyVersions { key_id: &id, limit: 10, marker: None };
    let listed = vault.list_key_versions(&root(), request, &mut page).unwrap();
    assert_eq!(listed.next_marker, None);
    let listed: Vec<_> = listed.iter().collect();
    let told: Vec<_> = listed
        .iter()
        .map(|version| (version.facts.version, version.facts.state, version.facts.cause, version.is_primary))
        .collect();
    assert_eq!(
        told,
        [
            (1, VersionState::Usable, VersionCause::First, false),
            (2, VersionState::Revoked, VersionCause::OnDemand, false),
            (3, VersionState::Usable, VersionCause::Created, true),
        ]
    );
    assert!(listed.iter().all(|version| version.facts.has_material && !version.is_pending_rotation));
    let dates: Vec<_> = listed.iter().map(|version| version.facts.current_since_ms).collect();
    assert_eq!(dates, [Some(1_000_000), Some(1_001_000), Some(1_002_000)]);
    assert_eq!(listed[0].key_material_id, first);
    assert_eq!(listed[2].key_material_id, current_material(&vault, key));
    assert_ne!(listed[1].key_material_id, listed[2].key_material_id);
    // The same ids as operations answer.
    let mut out = [0; ciphertext_len(1)];
    let sealed = vault.encrypt(&root(), Encrypt::new(&id, b"x"), &mut out).unwrap().ciphertext.to_vec();
    let opened = vault
        .decrypt(&root(), strongroom_core::operation::Decrypt::new(&sealed), &mut [0; 1])
        .map(|opened| opened.key_material_id);
    assert_eq!(opened, Ok(listed[2].key_material_id));
}

#[test]
fn pages_hold_every_version_once_oldest_first() {
    let world = World::new(1);
    world.storage.keep_no_history();
    let vault = create(&world);
    let key = create_key(&vault);
    for _ in 0..24 {
        rotate(&vault, key).unwrap();
    }
    let numbers = |seen: &[Seen]| seen.iter().map(|(number, ..)| *number).collect::<Vec<_>>();
    for (limit, room, pages) in [(1000, 100_000, 1), (25, 100_000, 1), (24, 100_000, 2), (7, 100_000, 4)] {
        let (all, count) = versions(&vault, key, limit, room);
        assert_eq!(numbers(&all), (1..=25).collect::<Vec<_>>());
        assert_eq!(count, pages, "pages of {limit}");
    }
    // A page that does not fit is shorter.
    let (all, count) = versions(&vault, key, 1000, 600);
    assert_eq!(numbers(&all), (1..=25).collect::<Vec<_>>());
    assert!(count > 5);
    let id = key.to_string();
    let request = ListKeyVersions { key_id: &id, limit: 10, marker: None };
    let too_small = vault.list_key_versions(&root(), request, &mut [0; 20]).map(drop);
    assert!(matches!(too_small, Err(Error::BufferTooSmall { .. })), "{too_small:?}");
    for limit in [0, 1001] {
        let refused = Err(Error::Validation(Parameter::Limit));
        let request = ListKeyVersions { limit, ..request };
        assert_eq!(vault.list_key_versions(&root(), request, &mut [0; 2000]).map(drop), refused);
        let request = ListKeyRotations {
            key_id: &id,
            include_key_material: IncludeKeyMaterial::RotationsOnly,
            limit,
            marker: None,
        };
        assert_eq!(vault.list_key_rotations(&root(), request, &mut [0; 2000]).map(drop), refused);
    }
}

#[test]
fn rotations_are_those_that_were_completed_and_all_material_has_the_first_too() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let only = IncludeKeyMaterial::RotationsOnly;
    assert_eq!(rotations(&vault, key, only, 100), Ok(vec![]));
    rotate(&vault, key).unwrap();
    create_version(&vault, key).unwrap();
    for limit in [1, 100] {
        let listed = rotations(&vault, key, only, limit).unwrap();
        let told: Vec<_> = listed.iter().map(|(number, _, state, kind)| (*number, *state, *kind)).collect();
        assert_eq!(told, [(2, "NON_CURRENT", Some("ON_DEMAND")), (3, "CURRENT", Some("ON_DEMAND"))]);
        let all = rotations(&vault, key, IncludeKeyMaterial::AllKeyMaterial, limit).unwrap();
        assert_eq!((all.len(), &all[1..]), (3, &listed[..]));
        assert_eq!((all[0].2, all[0].3), ("NON_CURRENT", None));
    }
    // As in AWS KMS, all material is for symmetric keys.
    let mac_key = create_mac_key(&vault, KeySpec::Hmac256);
    create_version(&vault, mac_key).unwrap();
    assert_eq!(rotations(&vault, mac_key, only, 100), Ok(vec![]));
    let all = rotations(&vault, mac_key, IncludeKeyMaterial::AllKeyMaterial, 100);
    assert_eq!(all, Err(Error::UnsupportedOperation));
}

#[test]
fn a_marker_is_good_for_its_own_listing_only() {
    let world = World::new(1);
    let vault = create(&world);
    let (key, other) = (create_key(&vault).to_string(), create_key(&vault).to_string());
    for id in [&key, &other] {
        for _ in 0..3 {
            rotate(&vault, KeyId::parse(id).unwrap()).unwrap();
        }
    }
    let list = |id: &str, marker: Option<&VersionMarker>| {
        let request = ListKeyVersions { key_id: id, limit: 1, marker };
        vault.list_key_versions(&root(), request, &mut [0; 2000]).map(|listed| listed.next_marker)
    };
    let list_rotations = |include_key_material, marker: Option<&VersionMarker>| {
        let request = ListKeyRotations { key_id: &key, include_key_material, limit: 1, marker };
        vault.list_key_rotations(&root(), request, &mut [0; 2000]).map(|listed| listed.next_marker)
    };
    let marker = list(&key, None).unwrap().unwrap();
    assert!(list(&key, Some(&marker)).is_ok());
    let refused = Err(Error::InvalidMarker);
    assert_eq!(list(&other, Some(&marker)), refused);
    let (only, all) = (IncludeKeyMaterial::RotationsOnly, IncludeKeyMaterial::AllKeyMaterial);
    assert_eq!(list_rotations(all, Some(&marker)), refused);
    let of_rotations = list_rotations(only, None).unwrap().unwrap();
    assert!(list_rotations(only, Some(&of_rotations)).is_ok());
    assert_eq!(list_rotations(all, Some(&of_rotations)), refused);
    assert_eq!(list(&key, Some(&of_rotations)), refused);
    for position in 0..20 {
        for bit in 0..8 {
            let mut forged = marker;
            forged.0[position] ^= 1 << bit;
            assert_eq!(list(&key, Some(&forged)), refused, "byte {position} bit {bit}");
        }
    }
}
