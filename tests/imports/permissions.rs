//! Who may import, under which conditions, and what others learn.

use strongroom_core::Error;
use strongroom_core::error::Parameter;
use strongroom_core::import::{WrappingAlgorithm, WrappingKeySpec};
use strongroom_core::operation::{CreateKey, GetParametersForImport, ImportKeyMaterial, PutKeyPolicy};
use strongroom_core::policy::{Condition, Operator, PolicyKind, PrincipalEntry, Statement};

use super::{DAY, Dock, FIRST, NOW};
use crate::grants::compiled;
use crate::world::{ROOT, STRANGER, World, caller, root};

#[test]
fn without_permission_nothing_is_made_and_nothing_unwrapped() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let denied = |error: Error| matches!(error, Error::AccessDenied(_));
    assert!(denied(dock.parameters_as(&caller(STRANGER), &dock.id).err().unwrap()));
    assert_eq!(dock.wrapping.made.get(), 0);
    let parameters = dock.parameters();
    let wrapped = parameters.wrap(&FIRST);
    let request = ImportKeyMaterial::lasting(&dock.id, parameters.token.as_bytes(), &wrapped);
    let refused = dock.vault.import_key_material(&caller(STRANGER), request, &dock.wrapping);
    assert!(denied(refused.unwrap_err()));
    assert_eq!(dock.wrapping.used.get(), 0);
    assert!(dock.vault.import_key_material(&root(), request, &dock.wrapping).is_ok());
}

#[test]
fn keys_that_the_vault_drew_take_no_imports() {
    let world = World::new(1);
    let mut dock = Dock::new(&world);
    let parameters = dock.parameters();
    dock.key = dock.vault.create_key(&root(), CreateKey::default()).unwrap().key_id;
    dock.id = dock.key.to_string();
    assert_eq!(dock.parameters_as(&root(), &dock.id).err(), Some(Error::UnsupportedOperation));
    let answer = dock.hand_in(parameters.token.as_bytes(), &parameters.wrap(&FIRST));
    assert_eq!(answer, Err(Error::UnsupportedOperation));
    assert_eq!(dock.delete(None), Err(Error::UnsupportedOperation));
}

#[test]
fn algorithm_and_kind_of_wrapping_key_go_together() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    for wrapping_algorithm in WrappingAlgorithm::ALL {
        for wrapping_key_spec in WrappingKeySpec::ALL {
            let request = GetParametersForImport { key_id: &dock.id, wrapping_algorithm, wrapping_key_spec };
            let mut public = [0; 550];
            let answer = dock.vault.get_parameters_for_import(
                &root(),
                request,
                &dock.wrapping,
                &mut [0; 2432],
                &mut public,
            );
            let is_hpke = |name: &str| name.contains("25519");
            let goes = is_hpke(wrapping_algorithm.name()) == is_hpke(wrapping_key_spec.name());
            let refused = Some(Error::Validation(Parameter::WrappingAlgorithm));
            assert_eq!(answer.err(), refused.filter(|_| !goes));
        }
    }
}

#[test]
fn policies_see_how_material_is_wrapped_and_when_it_expires() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let is = |operator, key, value: &'static [&'static str]| Condition::new(operator, key, value);
    let admin = [PrincipalEntry::Arn(ROOT)];
    let everyone = [PrincipalEntry::Everyone];
    let allow_when = |condition: Condition<'_>| {
        let conditions = [condition];
        let actions = &["kms:GetParametersForImport", "kms:ImportKeyMaterial"];
        let policy = compiled(
            PolicyKind::Key,
            &[
                Statement::allow(&admin, &["kms:*"]),
                Statement { conditions: &conditions, ..Statement::allow(&everyone, actions) },
            ],
        );
        dock.vault.put_key_policy(&root(), PutKeyPolicy::new(&dock.id, &policy)).unwrap();
    };
    let stranger = caller(STRANGER);
    for (condition, expected) in [
        (is(Operator::StringEquals, "kms:WrappingAlgorithm", &["HPKE_X25519_SHA_256_AES_256_GCM"]), true),
        (is(Operator::StringEquals, "kms:WrappingAlgorithm", &["RSAES_OAEP_SHA_256"]), false),
        (is(Operator::StringEquals, "kms:WrappingKeySpec", &["X25519"]), true),
        (is(Operator::StringEquals, "kms:WrappingKeySpec", &["RSA_4096"]), false),
        (is(Operator::Null, "kms:ExpirationModel", &["true"]), true),
        (is(Operator::Null, "kms:ValidTo", &["true"]), true),
    ] {
        allow_when(condition);
        assert_eq!(dock.parameters_as(&stranger, &dock.id).is_ok(), expected, "{condition:?}");
    }
    // NOW is the 1st of March 2026; the material is to expire on the 11th.
    for (condition, lasting, expiring) in [
        (is(Operator::StringEquals, "kms:ExpirationModel", &["KEY_MATERIAL_EXPIRES"]), false, true),
        (is(Operator::StringEquals, "kms:ExpirationModel", &["KEY_MATERIAL_DOES_NOT_EXPIRE"]), true, false),
        (is(Operator::DateLessThan, "kms:ValidTo", &["2026-03-12T00:00:00Z"]), false, true),
        (is(Operator::DateLessThan, "kms:ValidTo", &["2026-03-10T00:00:00Z"]), false, false),
        (is(Operator::Null, "kms:WrappingAlgorithm", &["true"]), true, true),
    ] {
        allow_when(condition);
        let import = |expires: bool| {
            let parameters = dock.parameters();
            let wrapped = parameters.wrap(&FIRST);
            let mut request = ImportKeyMaterial::lasting(&dock.id, parameters.token.as_bytes(), &wrapped);
            if expires {
                request.expiration_model =
                    Some(strongroom_core::operation::ExpirationModel::KeyMaterialExpires);
                request.valid_to_ms = Some(NOW + 10 * DAY);
            }
            dock.vault.import_key_material(&stranger, request, &dock.wrapping).is_ok()
        };
        assert_eq!((import(false), import(true)), (lasting, expiring), "{condition:?}");
    }
}

#[test]
fn neither_material_nor_wrapping_keys_leave_the_vault() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let material: [u8; 32] = *b"0123456789abcdef0123456789ABCDEF";
    let parameters = dock.parameters();
    let private = parameters.wrap(&[]);
    dock.hand_in(parameters.token.as_bytes(), &parameters.wrap(&material)).unwrap();
    let shows = |bytes: &[u8], secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
    for secret in [&material[..], &private, parameters.token.as_bytes()] {
        for event in world.log.events() {
            assert!(!shows(&event, secret), "an event shows a secret or a token");
        }
        for image in world.storage.history() {
            assert!(image.blobs.values().all(|blob| !shows(blob, secret)), "storage shows a secret");
        }
    }
}
