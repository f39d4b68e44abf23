//! A copy of the child's vault, opened with primitives that write down every key which they are given.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use strongroom_core::crypto::{AuthenticationFailed, MacKey, Primitives, RustCrypto};
use strongroom_core::key::MacAlgorithm;
use strongroom_core::operation::{Decrypt, VerifyMac, VerifyVersionedMac};
use strongroom_core::{Secret, SlotKind, SlotParameters, Vault};
use strongroom_std::{Caller, OsEntropy, SealedFile, Settings, SystemClock};

use super::secrets::{Kind, Secrets, given};
use crate::world::OnFile;

/// Keys for MACs, keys for the cipher, and what else is secret. Only one test uses it.
static SEEN: Mutex<Seen> =
    Mutex::new(Seen { mac_keys: Vec::new(), cipher_keys: Vec::new(), others: Vec::new() });

struct Seen {
    mac_keys: Vec<[u8; 32]>,
    cipher_keys: Vec<[u8; 32]>,
    others: Vec<Vec<u8>>,
}

/// RustCrypto with an ear.
#[derive(Clone, Copy, Debug)]
struct Overheard;

fn note(write: impl FnOnce(&mut Seen)) {
    write(&mut SEEN.lock().unwrap_or_else(PoisonError::into_inner));
}

impl Primitives for Overheard {
    type MacKey = MacKey;

    fn sha256<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
        RustCrypto::sha256(parts)
    }
    fn mac_key(key: &[u8; 32]) -> MacKey {
        note(|seen| seen.mac_keys.push(*key));
        RustCrypto::mac_key(key)
    }
    fn mac(key: &MacKey, parts: &[&[u8]], out: &mut [u8; 32]) {
        RustCrypto::mac(key, parts, out);
    }
    fn hkdf_extract(salt: &[u8], input: &[u8], out: &mut Secret<32>) {
        RustCrypto::hkdf_extract(salt, input, out);
        note(|seen| seen.others.push(input.to_vec()));
        note(|seen| out.expose(|out| seen.others.push(out.to_vec())));
    }
    fn hkdf(salt: &[u8], input: &[u8], info: &[u8], out: &mut Secret<32>) {
        // Its extract is a key for MACs too.
        let mut extracted = Secret::zeroed();
        RustCrypto::hkdf_extract(salt, input, &mut extracted);
        note(|seen| extracted.expose(|key| seen.mac_keys.push(*key)));
        RustCrypto::hkdf(salt, input, info, out);
        note(|seen| seen.others.push(input.to_vec()));
        note(|seen| out.expose(|out| seen.others.push(out.to_vec())));
    }
    fn aead_seal(
        key: &[u8; 32],
        nonce: &[u8; 12],
        data: &mut [u8],
    ) -> Result<[u8; 16], AuthenticationFailed> {
        note(|seen| seen.cipher_keys.push(*key));
        RustCrypto::aead_seal(key, nonce, data)
    }
    fn aead_open(
        key: &[u8; 32],
        nonce: &[u8; 12],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), AuthenticationFailed> {
        note(|seen| seen.cipher_keys.push(*key));
        RustCrypto::aead_open(key, nonce, data, tag)
    }
    fn message_mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8], out: &mut Secret<64>) {
        if let Ok(key) = key.try_into() {
            note(|seen| seen.mac_keys.push(key));
        }
        RustCrypto::message_mac(algorithm, key, message, out);
    }
    fn equal(left: &[u8], right: &[u8]) -> bool {
        RustCrypto::equal(left, right)
    }
}

/// Opens a copy of the child's file, opens everything that the child has made, and keeps what was heard meanwhile.
pub fn learn(folder: &Path, secrets: &mut Secrets) {
    let copy = folder.join("copy.vault");
    std::fs::copy(folder.join("test.vault"), &copy).unwrap();
    let file = SealedFile::open(&copy, &Settings::default()).unwrap();
    let vault = Vault::new(OnFile::<Overheard, _, _>::new(file, OsEntropy, SystemClock::new()));
    vault
        .mount(&mut |slot: &SlotParameters, out: &mut Secret<32>| {
            let stretched = stretch(slot);
            secrets.add("stretched unlock secret", Kind::Unlock, &stretched);
            out.fill_with(|out| *out = stretched);
            // On to the next one, so that all of them are known.
            Ok(slot.kind == SlotKind::KeyFile)
        })
        .unwrap();
    let root = Caller::new("arn:aws:iam::000000000000:root").unwrap();
    let mut out = [0; 4096];
    for number in 0..200 {
        if let Ok(sealed) = std::fs::read(folder.join(format!("ciphertext {number}"))) {
            let opened = vault.decrypt(&root, Decrypt::new(&sealed), &mut out).unwrap();
            secrets.add("plaintext or data key", Kind::Message, opened.plaintext);
        }
        if let Ok(mac) = std::fs::read(folder.join(format!("mac {number}"))) {
            let (key_id, mac) = mac.split_at(36);
            let plaintext = given(&format!("plaintext {number}"), 64);
            let key_id = std::str::from_utf8(key_id).unwrap();
            let request = VerifyMac::new(key_id, MacAlgorithm::HmacSha256, &plaintext, mac);
            vault.verify_versioned_mac(&root, VerifyVersionedMac(request)).unwrap();
        }
    }
    note(|seen| {
        for key in seen.cipher_keys.drain(..) {
            secrets.add_cipher_key("message key", Kind::Message, &key);
        }
        for key in seen.mac_keys.drain(..) {
            // That of the self-test is in every copy of RFC 4231.
            if !key.starts_with(b"Jefe\0\0") {
                secrets.add_mac_key("key for MACs", Kind::Key, &key);
            }
        }
        for other in seen.others.drain(..) {
            secrets.add("derived or root key", Kind::Key, &other);
        }
    });
}

/// What a slot is opened with.
fn stretch(slot: &SlotParameters) -> [u8; 32] {
    match slot.kind {
        SlotKind::Passphrase { memory_kib, passes, lanes } => {
            let parameters = argon2::Params::new(memory_kib, passes, lanes, Some(32)).unwrap();
            let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters);
            let mut out = [0; 32];
            argon2.hash_password_into(&given("passphrase", 48), &slot.salt, &mut out).unwrap();
            out
        }
        _ => RustCrypto::sha256(std::iter::once(&given("key file", 64)[..])),
    }
}
