//! Which material a key takes, and what it can do with it.

use strongroom_core::crypto::sr1::SealingKey;
use strongroom_core::crypto::{Primitives, Purpose, RustCrypto};
use strongroom_core::error::{Parameter, StateConflict};
use strongroom_core::key::{KeySpec, KeyState, MacAlgorithm};
use strongroom_core::operation::{GenerateMac, ImportType};
use strongroom_core::policy::Action;
use strongroom_core::{Error, Secret};

use super::{Dock, FIRST, SECOND};
use crate::world::{World, disable, enable, root, rotate};

const PENDING_IMPORT: Error = Error::InvalidState(StateConflict::PendingImport);

#[test]
fn the_first_import_makes_a_key_usable() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    assert_eq!(dock.encrypt(), Err(PENDING_IMPORT));
    assert_eq!(rotate(&dock.vault, dock.key), Err(PENDING_IMPORT));
    let imported = dock.import(&FIRST).unwrap();
    world.log.last(|event| {
        assert_eq!((event.action, event.error_code), (Action::ImportKeyMaterial, None));
        assert_eq!(event.key.map(|key| (key.key_id, key.version)), Some((dock.key, 1)));
    });
    assert_eq!((imported.version, imported.facts.state), (1, KeyState::Enabled));
    assert_eq!(dock.facts(), imported.facts);
    assert!(dock.opens(&dock.encrypt().unwrap()));
    world.cut_power();
    let vault = crate::world::mount(&world).unwrap();
    assert!(crate::world::encrypt(&vault, dock.key, b"text").is_ok());
}

#[test]
fn the_same_bytes_in_two_keys_have_nothing_in_common() {
    let world = World::new(1);
    let dock = Dock::filled(&world);
    let ciphertext = dock.encrypt().unwrap();
    let elsewhere = World::new(2);
    let other = Dock::filled(&elsewhere);
    let other_ciphertext = other.encrypt().unwrap();
    assert_ne!(ciphertext[24..32], other_ciphertext[24..32], "the check values differ");
    assert!(!other.opens(&ciphertext));
}

#[test]
fn what_seals_is_extracted_from_what_was_imported() {
    let world = World::new(1);
    let dock = Dock::filled(&world);
    let ciphertext = dock.encrypt().unwrap();
    let salt = [b"SRim\x01", &dock.key.as_bytes()[..]].concat();
    let mut extracted = Secret::zeroed();
    RustCrypto::hkdf_extract(&salt, &FIRST, &mut extracted);
    let owner = dock.key.as_bytes();
    let (_, kcv) = SealingKey::<RustCrypto>::open(&extracted, Purpose::Ciphertext, owner, 1);
    assert_eq!(ciphertext[24..32], kcv);
}

#[test]
fn an_imported_hmac_key_makes_the_macs_that_others_make() {
    let world = World::new(1);
    let dock = Dock::of(&world, KeySpec::Hmac256);
    let material: Vec<u8> = (0..128).collect();
    assert_eq!(dock.import(&material).unwrap().key_material_id, None);
    let mut out = [0; 64];
    let request = GenerateMac::new(&dock.id, MacAlgorithm::HmacSha256, b"message");
    let mac = dock.vault.generate_mac(&root(), request, &mut out).unwrap().mac.to_vec();
    let mut expected = Secret::zeroed();
    // HKDF's extraction is the HMAC of its input under its salt.
    RustCrypto::hkdf_extract(&material, b"message", &mut expected);
    expected.expose(|expected| assert_eq!(mac, expected));
}

#[test]
fn material_of_a_wrong_length_is_refused() {
    for (spec, least, most) in [
        (KeySpec::SymmetricDefault, 32, 32),
        (KeySpec::Hmac224, 28, 128),
        (KeySpec::Hmac256, 32, 128),
        (KeySpec::Hmac384, 48, 128),
        (KeySpec::Hmac512, 64, 128),
    ] {
        for len in [1, least - 1, most + 1] {
            let world = World::new(1);
            let dock = Dock::of(&world, spec);
            let refused = dock.import(&vec![7; len]).unwrap_err();
            assert_eq!(refused, Error::IncorrectKeyMaterial, "{spec:?} {len}");
            assert_eq!((dock.facts().state, dock.facts().current_version), (KeyState::PendingImport, 0));
        }
        for len in [least, most] {
            let world = World::new(1);
            assert!(Dock::of(&world, spec).import(&vec![7; len]).is_ok(), "{spec:?} {len}");
        }
    }
}

#[test]
fn what_is_imported_again_must_be_what_was_there() {
    for spec in [KeySpec::SymmetricDefault, KeySpec::Hmac256] {
        let world = World::new(1);
        let dock = Dock::of(&world, spec);
        dock.import(&FIRST).unwrap();
        let before = dock.facts();
        assert_eq!(dock.import(&SECOND), Err(Error::IncorrectKeyMaterial));
        world.log.last(|event| assert_eq!(event.error_code, Some("IncorrectKeyMaterialException")));
        assert_eq!(dock.facts(), before);
        assert_eq!(dock.import(&FIRST).unwrap().facts, before);
    }
}

#[test]
fn new_material_waits_for_its_rotation() {
    let world = World::new(1);
    let dock = Dock::filled(&world);
    let none = Error::InvalidState(StateConflict::NoMaterialPendingRotation);
    assert_eq!(rotate(&dock.vault, dock.key), Err(none));
    let old = dock.encrypt().unwrap();
    assert_eq!(dock.import_new(&FIRST), Err(Error::IncorrectKeyMaterial), "it has that already");
    let imported = dock.import_new(&SECOND).unwrap();
    assert_eq!((imported.version, imported.facts.current_version), (2, 1));
    assert_eq!(imported.facts.state, KeyState::Enabled);
    let before = dock.encrypt().unwrap();
    assert_eq!(before[20..24], [0, 0, 0, 1], "the first still encrypts");

    // Only one can wait, and the token is good for later.
    let parameters = dock.parameters();
    let wrapped = parameters.wrap(&[0x33; 32]);
    let request = strongroom_core::operation::ImportKeyMaterial {
        import_type: Some(ImportType::NewKeyMaterial),
        ..strongroom_core::operation::ImportKeyMaterial::lasting(
            &dock.id,
            parameters.token.as_bytes(),
            &wrapped,
        )
    };
    let waiting = Error::InvalidState(StateConflict::MaterialPendingRotation);
    assert_eq!(dock.vault.import_key_material(&root(), request, &dock.wrapping), Err(waiting));

    let facts = rotate(&dock.vault, dock.key).unwrap();
    assert_eq!((facts.current_version, facts.newest_version, facts.on_demand_rotations), (2, 2, 1));
    let new = dock.encrypt().unwrap();
    assert_eq!(new[20..24], [0, 0, 0, 2]);
    assert!([&old, &before, &new].into_iter().all(|ciphertext| dock.opens(ciphertext)));
    assert_eq!(rotate(&dock.vault, dock.key), Err(none));
    assert_eq!(dock.import_new(&FIRST), Err(Error::IncorrectKeyMaterial), "nor any earlier one");
    assert_eq!(dock.vault.import_key_material(&root(), request, &dock.wrapping).unwrap().version, 3);
}

#[test]
fn without_any_one_of_its_materials_a_key_does_nothing() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let first = dock.import(&FIRST).unwrap().key_material_id.unwrap();
    let old = dock.encrypt().unwrap();
    dock.import_new(&SECOND).unwrap();
    rotate(&dock.vault, dock.key).unwrap();
    let new = dock.encrypt().unwrap();

    assert_eq!(dock.delete(Some(&first)).unwrap().key_material_id, Some(first));
    world.log.last(|event| assert_eq!(event.key.map(|key| key.version), Some(1)));
    let facts = dock.facts();
    assert_eq!((facts.state, facts.missing_materials), (KeyState::PendingImport, 1));
    assert_eq!(dock.encrypt(), Err(PENDING_IMPORT));
    assert!(!dock.opens(&old) && !dock.opens(&new));
    // Once more is no error, and changes nothing.
    dock.delete(Some(&first)).unwrap();
    dock.delete(None).unwrap();
    assert_eq!(dock.facts().missing_materials, 2);
    assert_eq!(dock.delete(Some(&[0; 32])), Err(Error::NotFound));

    assert_eq!(dock.import(&[9; 32]), Err(Error::IncorrectKeyMaterial));
    assert_eq!(dock.import(&FIRST).unwrap().facts.state, KeyState::PendingImport);
    assert_eq!(dock.import(&SECOND).unwrap().facts.state, KeyState::Enabled);
    assert!(dock.opens(&old) && dock.opens(&new));
    assert_eq!(dock.encrypt().unwrap()[20..24], [0, 0, 0, 2]);
}

#[test]
fn material_that_waits_can_be_deleted_without_harm() {
    let world = World::new(1);
    let dock = Dock::filled(&world);
    let before = dock.facts();
    let waiting = dock.import_new(&SECOND).unwrap().key_material_id.unwrap();
    dock.delete(Some(&waiting)).unwrap();
    assert_eq!(dock.facts(), before);
    assert_eq!(dock.delete(Some(&waiting)), Err(Error::NotFound));
    assert_eq!(dock.import_new(&[0x33; 32]).unwrap().version, 2);
}

#[test]
fn deleting_what_was_never_imported_succeeds() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    assert_eq!(dock.delete(None).unwrap().key_material_id, None);
    assert_eq!(dock.facts().missing_materials, 0);
}

#[test]
fn a_disabled_key_stays_disabled() {
    let world = World::new(1);
    let dock = Dock::filled(&world);
    disable(&dock.vault, dock.key).unwrap();
    dock.delete(None).unwrap();
    assert_eq!(dock.facts().state, KeyState::Disabled);
    // Enabled, it would have nothing to work with.
    assert_eq!(enable(&dock.vault, dock.key).unwrap().state, KeyState::PendingImport);
    assert_eq!(dock.import(&FIRST).unwrap().facts.state, KeyState::Enabled);
    disable(&dock.vault, dock.key).unwrap();
    dock.delete(None).unwrap();
    assert_eq!(dock.import(&FIRST).unwrap().facts.state, KeyState::Disabled);
    assert_eq!(enable(&dock.vault, dock.key).unwrap().state, KeyState::Enabled);
}

#[test]
fn an_import_says_which_material_it_is() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let existing = Some(ImportType::ExistingKeyMaterial);
    let none_yet = dock.import_with(&FIRST, |request| request.import_type = existing);
    assert_eq!(none_yet, Err(Error::IncorrectKeyMaterial));
    let refused = Err(Error::Validation(Parameter::ImportType));
    let named =
        |id: &'static [u8; 32]| dock.import_with(&FIRST, |request| request.key_material_id = Some(id));
    assert_eq!(named(&[0; 32]), refused, "new material has no id yet");
    let id = dock.import(&FIRST).unwrap().key_material_id.unwrap();
    assert_eq!(named(&[0; 32]), Err(Error::IncorrectKeyMaterial));
    let id: &'static [u8; 32] = Box::leak(Box::new(id));
    assert_eq!(named(id).unwrap().key_material_id, Some(*id));
}

#[test]
fn hmac_keys_have_one_material_without_a_name() {
    let world = World::new(1);
    let dock = Dock::of(&world, KeySpec::Hmac256);
    let import_type = Some(ImportType::NewKeyMaterial);
    let refused = dock.import_with(&FIRST, |request| request.import_type = import_type);
    assert_eq!(refused, Err(Error::Validation(Parameter::ImportType)));
    let refused = dock.import_with(&FIRST, |request| request.key_material_description = Some("a"));
    assert_eq!(refused, Err(Error::Validation(Parameter::KeyMaterialDescription)));
}

#[test]
fn a_description_keeps_to_its_alphabet() {
    let world = World::new(1);
    let dock = Dock::filled(&world);
    let long = "a".repeat(256);
    let too_long = "a".repeat(257);
    for (text, is_fine) in [
        ("", true),
        ("HSM 1: key/2.a_b-c\t\n", true),
        (&long, true),
        (&too_long, false),
        ("é", false),
        ("a,b", false),
    ] {
        let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
        let answer = dock.import_with(&FIRST, |request| request.key_material_description = Some(text));
        assert_eq!(answer.is_ok(), is_fine, "{text}: {answer:?}");
    }
}
