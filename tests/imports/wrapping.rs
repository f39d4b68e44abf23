//! Wrapping as others do it: Python's `cryptography` wraps, the vault in a file unwraps.

use std::process::Command;

use strongroom_std::import::{WrappingAlgorithm, WrappingKeySpec};
use strongroom_std::key::{KeyOrigin, KeySpec, KeyState};
use strongroom_std::operation::{CreateKey, Decrypt, Encrypt, GetParametersForImport, ImportKeyMaterial};
use strongroom_std::{Error, Vault};

use crate::file::{new_vault, root, secret};
use crate::hex::{hex, unhex};
use crate::python::{decoder, python, run};

const HPKE: (WrappingAlgorithm, WrappingKeySpec) =
    (WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm, WrappingKeySpec::X25519);

struct Wrapped {
    token: Vec<u8>,
    material: Vec<u8>,
}

/// Asks the vault for parameters, and Python to wrap with them.
fn wrap(
    vault: &Vault,
    key_id: &str,
    (wrapping_algorithm, wrapping_key_spec): (WrappingAlgorithm, WrappingKeySpec),
    material: &[u8],
) -> Option<Wrapped> {
    let python = python()?;
    let request = GetParametersForImport { key_id, wrapping_algorithm, wrapping_key_spec };
    let made = vault.get_parameters_for_import(&root(), request).unwrap();
    assert_eq!(made.public_key.len(), wrapping_key_spec.public_key_len());
    let mut command = Command::new(&python);
    command.arg("-B").arg(decoder().join("wrap_import.py"));
    command.args([
        wrapping_algorithm.name(),
        &hex(&made.public_key),
        &hex(&made.import_token),
        &hex(material),
    ]);
    let wrapped = run(&mut command).unwrap();
    Some(Wrapped { token: made.import_token, material: unhex(wrapped.trim()) })
}

fn create(vault: &Vault, key_spec: KeySpec) -> String {
    let key_usage = key_spec.usage();
    let request = CreateKey { key_spec, key_usage, origin: KeyOrigin::External, ..CreateKey::default() };
    vault.create_key(&root(), request).unwrap().key_id.to_string()
}

#[test]
fn what_python_wraps_can_be_imported() {
    let (_folder, path, mut vault) = new_vault();
    for way in [
        HPKE,
        (WrappingAlgorithm::RsaesOaepSha256, WrappingKeySpec::Rsa2048),
        (WrappingAlgorithm::RsaesOaepSha256, WrappingKeySpec::Rsa3072),
        (WrappingAlgorithm::RsaAesKeyWrapSha256, WrappingKeySpec::Rsa2048),
        (WrappingAlgorithm::RsaAesKeyWrapSha256, WrappingKeySpec::Rsa4096),
    ] {
        let id = create(&vault, KeySpec::SymmetricDefault);
        let Some(wrapped) = wrap(&vault, &id, way, &[0x5a; 32]) else { return };
        // The private key is in the vault: a restart does not matter.
        vault.close().unwrap();
        vault = Vault::open(&path, &secret("right")).unwrap();
        let request = ImportKeyMaterial::lasting(&id, &wrapped.token, &wrapped.material);
        let imported = vault.import_key_material(&root(), request).unwrap();
        assert_eq!(imported.facts.state, KeyState::Enabled, "{way:?}");
        let sealed = vault.encrypt(&root(), Encrypt::new(&id, b"text")).unwrap();
        let opened = vault.decrypt(&root(), Decrypt::new(&sealed.ciphertext)).unwrap();
        assert_eq!(opened.plaintext.as_bytes(), b"text");
        assert_eq!(vault.import_key_material(&root(), request), Err(Error::InvalidImportToken));
    }
}

#[test]
fn altered_wrappings_do_not_unwrap() {
    let (_folder, _, vault) = new_vault();
    let id = create(&vault, KeySpec::SymmetricDefault);
    for (way, places) in [
        (HPKE, &[0, 31, 32, 63, 64, 79][..]),
        ((WrappingAlgorithm::RsaesOaepSha256, WrappingKeySpec::Rsa2048), &[1, 255]),
        ((WrappingAlgorithm::RsaAesKeyWrapSha256, WrappingKeySpec::Rsa2048), &[255, 256, 295]),
    ] {
        for place in places {
            let Some(mut wrapped) = wrap(&vault, &id, way, &[0x5a; 32]) else { return };
            wrapped.material[*place] ^= 1;
            let request = ImportKeyMaterial::lasting(&id, &wrapped.token, &wrapped.material);
            let refused = vault.import_key_material(&root(), request).unwrap_err();
            assert_eq!(refused.code(), "InvalidCiphertextException", "{way:?} {place}");
        }
        let Some(mut wrapped) = wrap(&vault, &id, way, &[0x5a; 32]) else { return };
        wrapped.material.pop();
        let request = ImportKeyMaterial::lasting(&id, &wrapped.token, &wrapped.material);
        let refused = vault.import_key_material(&root(), request).unwrap_err();
        assert_eq!(refused.code(), "InvalidCiphertextException", "{way:?} cut");
    }
}

#[test]
fn hpke_binds_the_token() {
    let (_folder, _, vault) = new_vault();
    let id = create(&vault, KeySpec::SymmetricDefault);
    let Some(one) = wrap(&vault, &id, HPKE, &[0x5a; 32]) else { return };
    let Some(other) = wrap(&vault, &id, HPKE, &[0x5a; 32]) else { return };
    let request = ImportKeyMaterial::lasting(&id, &one.token, &other.material);
    let refused = vault.import_key_material(&root(), request).unwrap_err();
    assert_eq!(refused.code(), "InvalidCiphertextException");
}

#[test]
fn an_hmac_key_of_1024_bits_comes_through() {
    let (_folder, _, vault) = new_vault();
    let id = create(&vault, KeySpec::Hmac512);
    let way = (WrappingAlgorithm::RsaesOaepSha256, WrappingKeySpec::Rsa2048);
    let Some(wrapped) = wrap(&vault, &id, way, &[0x5a; 128]) else { return };
    let request = ImportKeyMaterial::lasting(&id, &wrapped.token, &wrapped.material);
    assert_eq!(vault.import_key_material(&root(), request).unwrap().facts.state, KeyState::Enabled);
}
