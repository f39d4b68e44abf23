//! What a target refuses, and what a source does.

use strongroom_core::crypto::sr1::SealingKey;
use strongroom_core::crypto::{Purpose, RustCrypto};
use strongroom_core::error::{Reason, StateConflict};
use strongroom_core::key::KeyOrigin;
use strongroom_core::operation::{CreateKey, RemovePeer, ScheduleKeyVersionDestruction};
use strongroom_core::{Error, Secret};

use super::forge::Liar;
use super::sites::{Site, Sites, destroy_first, worlds};
use crate::backup::{backup, restore};
use crate::world::{World, create_key, decrypt, describe, disable, encrypt, root, rotate, schedule_deletion};

/// How long the header of a key with one version is.
const HEADER: usize = 196 + 20;

fn refused(reason: Reason) -> Error {
    Error::Exchange(reason)
}

#[test]
fn nothing_comes_from_or_goes_to_a_vault_that_is_not_pinned() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let Sites { a, b } = &sites;
    let key = create_key(&a.vault);
    let (offer, bundle) = (b.offer("a").unwrap(), sites.bundle(key));
    b.vault.remove_peer(&root(), RemovePeer { name: "a" }).unwrap();
    assert_eq!(b.receive(&bundle), Err(refused(Reason::NotPinned)));
    assert_eq!(b.offer("a"), Err(refused(Reason::NotPinned)));
    a.vault.remove_peer(&root(), RemovePeer { name: "b" }).unwrap();
    assert_eq!(a.export(key, "b", &offer), Err(refused(Reason::NotPinned)));
    // Nothing was used up: pinned again, the same bundle is good.
    b.pin("a", a);
    assert_eq!(b.receive(&bundle).map(|facts| facts.key_id), Ok(key));
}

#[test]
fn an_offer_is_for_one_source_and_of_the_peer_that_is_named() {
    let worlds = worlds();
    let Sites { a, b } = &Sites::new(&worlds);
    let third = World::new(3);
    let c = Site::new(&third);
    c.pin("b", b);
    b.pin("c", &c);
    a.pin("c", &c);
    let key = create_key(&a.vault);
    let for_c = b.offer("c").unwrap();
    assert_eq!(a.export(key, "b", &for_c), Err(refused(Reason::OtherVault)));
    let for_a = b.offer("a").unwrap();
    assert_eq!(a.export(key, "c", &for_a), Err(refused(Reason::NotPinned)), "it is not c's");
    // Whoever has an offer for another cannot answer it, even if it is pinned too.
    let of_c = create_key(&c.vault);
    let bundle = c.export(of_c, "b", &b.offer("c").unwrap()).unwrap();
    let liar = Liar::of(&c, "b");
    let mut header = bundle[..HEADER].to_vec();
    header[104..120].copy_from_slice(&for_a[88..104]);
    let stolen = liar.seal(&header, &[1; 32], &for_a);
    assert_eq!(b.receive(&stolen), Err(refused(Reason::NoSuchOffer)));
}

#[test]
fn no_byte_of_an_offer_can_be_another() {
    let worlds = worlds();
    let Sites { a, b } = &Sites::new(&worlds);
    let key = create_key(&a.vault);
    let offer = b.offer("a").unwrap();
    for at in (0..140).chain((140..offer.len()).step_by(37)) {
        let mut altered = offer.clone();
        altered[at] ^= 1;
        let reason = a.export(key, "b", &altered).unwrap_err().reason();
        assert!(matches!(reason, Reason::NotABundle | Reason::OtherSignature), "{at} {reason:?}");
    }
    for len in [0, 4, 1383] {
        assert_eq!(a.export(key, "b", &offer[..len]), Err(refused(Reason::NotABundle)), "{len}");
    }
    assert!(a.export(key, "b", &offer).is_ok());
}

#[test]
fn no_byte_of_a_bundle_can_be_another_and_whoever_alters_one_uses_nothing_up() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let bundle = sites.bundle(key);
    let revision = sites.b.world.storage.revision();
    for at in (0..HEADER).chain((HEADER..bundle.len()).step_by(23)) {
        let mut altered = bundle.clone();
        altered[at] ^= 1;
        let reason = sites.b.receive(&altered).unwrap_err().reason();
        assert!(matches!(reason, Reason::NotABundle | Reason::OtherSignature), "{at} {reason:?}");
    }
    let longer = [&bundle[..], &[0]].concat();
    for wrong in [&[][..], &bundle[..100], &bundle[..bundle.len() - 1], &longer] {
        assert_eq!(sites.b.receive(wrong), Err(refused(Reason::NotABundle)), "{}", wrong.len());
    }
    assert_eq!(sites.b.world.storage.revision(), revision, "nothing was committed");
    assert!(sites.b.receive(&bundle).is_ok());
}

/// The header binds each of its fields to what is sealed: not even the source's own signature lets one be exchanged.
#[test]
fn no_field_of_a_bundle_can_be_another_under_a_good_signature() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let liar = Liar::of(&sites.a, "b");
    let key = create_key(&sites.a.vault);
    let fields: &[(&str, usize, &[Reason])] = &[
        ("label", 0, &[Reason::NotABundle]),
        ("format", 4, &[Reason::NotABundle]),
        ("suite", 5, &[Reason::NotABundle]),
        ("purpose", 6, &[Reason::NotABundle]),
        ("reserved", 7, &[Reason::NotABundle]),
        ("source id", 8, &[Reason::NotPinned]),
        ("source key", 24, &[Reason::OtherSignature]),
        ("target id", 56, &[Reason::OtherVault]),
        ("target fingerprint", 72, &[Reason::OtherVault]),
        ("nonce", 104, &[Reason::NoSuchOffer]),
        ("key id", 120, &[Reason::ContextOrHeaderDiffers]),
        ("spec", 136, &[Reason::NotABundle]),
        ("usage", 137, &[Reason::NotABundle]),
        ("flags", 138, &[Reason::NotABundle]),
        ("more flags", 139, &[Reason::NotABundle]),
        ("lineage", 140, &[Reason::ContextOrHeaderDiffers]),
        ("revision", 179, &[Reason::ContextOrHeaderDiffers]),
        ("created", 187, &[Reason::ContextOrHeaderDiffers]),
        ("current version", 191, &[Reason::NotABundle]),
        ("newest version", 195, &[Reason::NotABundle]),
        ("state", 196, &[Reason::NotABundle]),
        ("cause", 197, &[Reason::NotABundle, Reason::ContextOrHeaderDiffers]),
        ("length of material", 199, &[Reason::NotABundle]),
        ("kcv", 200, &[Reason::ContextOrHeaderDiffers]),
        ("current since", 215, &[Reason::ContextOrHeaderDiffers]),
        ("encapsulated key of ML-KEM", 216, &[Reason::ContextOrHeaderDiffers]),
        ("encapsulated key of X25519", 216 + 1088, &[Reason::ContextOrHeaderDiffers]),
        ("salt", 216 + 1120, &[Reason::ContextOrHeaderDiffers]),
        ("nonce of the seal", 216 + 1120 + 16, &[Reason::BodyAltered]),
        ("commitment", 216 + 1120 + 28, &[Reason::ContextOrHeaderDiffers]),
        ("material", 216 + 1120 + 60, &[Reason::BodyAltered]),
        ("tag", 216 + 1120 + 60 + 32, &[Reason::BodyAltered]),
    ];
    for (name, at, expected) in fields {
        let mut altered = sites.bundle(key);
        altered[*at] ^= 1;
        liar.sign(&mut altered);
        let reason = sites.b.receive(&altered).unwrap_err().reason();
        assert!(expected.contains(&reason), "{name}: {reason:?}");
        let told = sites.b.world.log.last(|event| event.reason);
        assert_eq!(told, Some(reason), "{name}");
    }
    assert_eq!(describe(&sites.b.vault, key), Err(Error::NotFound));
}

#[test]
fn a_bundle_is_taken_once() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let bundle = sites.bundle(key);
    sites.b.receive(&bundle).unwrap();
    assert_eq!(sites.b.receive(&bundle), Err(refused(Reason::NoSuchOffer)));
}

#[test]
fn a_key_that_went_on_does_not_go_back() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let early = sites.bundle(key);
    // Not a version more, and yet a later state of the source.
    disable(&sites.a.vault, key).unwrap();
    sites.send(key).unwrap();
    assert_eq!(sites.b.receive(&early), Err(refused(Reason::OlderBundle)));
    // Made for the same revision as the last one that was taken.
    assert!(sites.send(key).is_ok());
}

#[test]
fn a_key_that_was_rotated_here_takes_no_other_versions() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    sites.send(key).unwrap();
    rotate(&sites.b.vault, key).unwrap();
    let sealed = encrypt(&sites.b.vault, key, b"here").unwrap();
    assert_eq!(sites.send(key), Err(refused(Reason::OlderBundle)));
    rotate(&sites.a.vault, key).unwrap();
    assert_eq!(sites.send(key), Err(refused(Reason::OtherMaterial)));
    rotate(&sites.a.vault, key).unwrap();
    assert_eq!(sites.send(key), Err(refused(Reason::OtherMaterial)));
    assert_eq!(decrypt(&sites.b.vault, &sealed).unwrap(), b"here");
}

#[test]
fn a_key_of_another_lineage_is_not_touched() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let Sites { a, b } = &sites;
    let key = create_key(&a.vault);
    sites.send(key).unwrap();
    // A restored backup of the source has the same key, and its rotations are others.
    let third = World::new(3);
    third.clock.set_wall_ms(Some(super::sites::NOW));
    let (vault, _) = restore(&third, &backup(&a.vault).0).unwrap();
    let identity = super::identity(&vault);
    let c = Site { world: &third, vault, identity };
    c.pin("b", b);
    b.pin("c", &c);
    let bundle = c.export(key, "b", &b.offer("c").unwrap()).unwrap();
    assert_eq!(b.receive(&bundle), Err(refused(Reason::OtherLineage)));
    // And what was drawn by the target is nobody else's.
    let own = create_key(&c.vault);
    a.pin("c", &c);
    c.pin("a", a);
    let bundle = a.export(key, "c", &c.offer("a").unwrap()).unwrap();
    assert_eq!(c.receive(&bundle), Err(refused(Reason::OtherLineage)));
    assert_ne!(own, key);
}

#[test]
fn a_version_that_was_destroyed_here_does_not_come_back() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    rotate(&sites.a.vault, key).unwrap();
    let old = encrypt(&sites.a.vault, key, b"old").unwrap();
    sites.send(key).unwrap();
    destroy_first(&sites.b, key);
    rotate(&sites.a.vault, key).unwrap();
    assert_eq!(sites.send(key), Err(refused(Reason::DestroyedVersion)));
    assert_eq!(describe(&sites.b.vault, key).unwrap().newest_version, 2);
    // Once the source has destroyed it too, the rest comes.
    destroy_first(&sites.a, key);
    assert_eq!(sites.send(key).unwrap().newest_version, 3);
    assert_eq!(decrypt(&sites.b.vault, &old).unwrap(), b"old");
}

#[test]
fn a_destroyed_version_arrives_as_one() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let gone = encrypt(&sites.a.vault, key, b"gone").unwrap();
    rotate(&sites.a.vault, key).unwrap();
    destroy_first(&sites.a, key);
    sites.send(key).unwrap();
    let opened = decrypt(&sites.b.vault, &gone);
    assert_eq!(opened, Err(Error::InvalidCiphertext(Reason::DestroyedVersion)));
}

#[test]
fn a_source_that_lies_is_found_out() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let Sites { a, b } = &sites;
    let liar = Liar::of(a, "b");
    let key = create_key(&a.vault);
    let forged = |change: &dyn Fn(&mut Vec<u8>), materials: &[u8]| {
        let offer = b.offer("a").unwrap();
        let mut header = a.export(key, "b", &offer).unwrap()[..HEADER].to_vec();
        change(&mut header);
        b.receive(&liar.seal(&header, materials, &offer))
    };
    // The check values are not those of the material.
    assert_eq!(forged(&|_| (), &[1; 32]), Err(refused(Reason::OtherMaterial)));
    // The key is said to be somebody else's, who could then not go on with it.
    let mut material = Secret::zeroed();
    material.fill_with(|material| material.fill(1));
    let (_, kcv) = SealingKey::<RustCrypto>::open(&material, Purpose::Ciphertext, key.as_bytes(), 1);
    let fitting = |header: &mut Vec<u8>| header[200..208].copy_from_slice(&kcv);
    let other = &|header: &mut Vec<u8>| {
        fitting(header);
        header[140] ^= 1;
    };
    assert_eq!(forged(other, &[1; 32]), Err(refused(Reason::OtherLineage)));
    assert_eq!(describe(&b.vault, key), Err(Error::NotFound));
    // A key of its own it may give as it likes.
    assert_eq!(forged(&fitting, &[1; 32]).map(|facts| facts.key_id), Ok(key));
}

#[test]
fn a_source_keeps_what_is_not_its_own_to_give() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let Sites { a, b } = &sites;
    let key = create_key(&a.vault);
    sites.send(key).unwrap();
    let offer = a.offer("b").unwrap();
    assert_eq!(b.export(key, "a", &offer), Err(Error::UnsupportedOperation), "it was received");
    let request = CreateKey { origin: KeyOrigin::External, ..CreateKey::default() };
    let imported = b.vault.create_key(&root(), request).unwrap().key_id;
    assert_eq!(b.export(imported, "a", &offer), Err(Error::UnsupportedOperation));

    let own = create_key(&b.vault);
    rotate(&b.vault, own).unwrap();
    let key_id = &own.to_string();
    let request = ScheduleKeyVersionDestruction { key_id, version: 1, pending_window_in_days: 7 };
    b.vault.schedule_key_version_destruction(&root(), request).unwrap();
    assert_eq!(b.export(own, "a", &offer), Err(Error::InvalidState(StateConflict::Version)));
    schedule_deletion(&b.vault, own, 7).unwrap();
    assert_eq!(b.export(own, "a", &offer), Err(Error::InvalidState(StateConflict::PendingDeletion)));
}

#[test]
fn a_key_on_its_way_out_takes_nothing() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    sites.send(key).unwrap();
    schedule_deletion(&sites.b.vault, key, 7).unwrap();
    rotate(&sites.a.vault, key).unwrap();
    assert_eq!(sites.send(key), Err(Error::InvalidState(StateConflict::PendingDeletion)));
    assert_eq!(describe(&sites.b.vault, key).unwrap().newest_version, 1);
}
