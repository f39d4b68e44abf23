//! What is done with the secrets.

use std::hint::black_box;

use strongroom_core::import::{Wrapping, WrappingAlgorithm, WrappingKeySpec};
use strongroom_core::key::{KeyOrigin, KeySpec, KeyUsage, MacAlgorithm};
use strongroom_core::limits::MATERIAL_LEN_MAX;
use strongroom_core::operation::{
    CreateKey, Decrypt, Encrypt, GenerateDataKey, GenerateMac, GetParametersForImport, ImportKeyMaterial,
    KeptSlot, ReEncrypt, Rekey, RotateKeyOnDemand, VerifyMac,
};
use strongroom_core::policy::Caller;
use strongroom_core::{
    Error, NewSlot, NewVault, Realm, Secret, SlotKind, SlotParameters, Vault, ciphertext_len,
};

use crate::hidden::{draw, show, shown};
use crate::platform::HidingPlatform;

const CONTEXT: [(&str, &str); 1] = [("purpose", "watched")];
const LEN: usize = 64;

/// The whole life of a vault with hidden keys: every operation that touches material, what it refuses included.
pub fn tell() {
    let platform = Box::new(HidingPlatform::new());
    let vault = Vault::new(&*platform);
    let mut right = |_: &SlotParameters, secret: &mut Secret<32>| unlock(secret, 7);
    let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
    vault.create(&new, &mut right).unwrap();
    let root = Caller::new("arn:aws:iam::000000000000:root").unwrap();
    let make = |request| vault.create_key(&root, request).unwrap().key_id.to_string();
    let keys = [KeyOrigin::AwsKms, KeyOrigin::External]
        .map(|origin| make(CreateKey { origin, ..CreateKey::default() }));
    let (key_spec, key_usage) = (KeySpec::Hmac384, KeyUsage::GenerateVerifyMac);
    let macs = make(CreateKey { key_spec, key_usage, ..CreateKey::default() });
    import(&vault, &root, &keys[1]);

    let mut plaintext = [0x5a; LEN];
    plaintext[..32].fill(0xa5);
    draw(&mut plaintext);
    let request = Encrypt { encryption_context: &CONTEXT, ..Encrypt::new(&keys[0], &plaintext) };
    let mut sealed = [0; ciphertext_len(LEN)];
    vault.encrypt(&root, request, &mut sealed).unwrap();
    vault.rotate_key_on_demand(&root, RotateKeyOnDemand { key_id: &keys[0] }).unwrap();
    let (mut data_key, mut sealed_key) = ([0; 32], [0; ciphertext_len(32)]);
    vault
        .generate_data_key(&root, GenerateDataKey::aes_256(&keys[1]), &mut data_key, &mut sealed_key)
        .unwrap();
    let mut moved = [0; ciphertext_len(LEN)];
    let request = ReEncrypt { source_encryption_context: &CONTEXT, ..ReEncrypt::new(&sealed, &keys[1]) };
    vault.re_encrypt(&root, request, &mut moved).unwrap();

    let mut mac = [0; 64];
    let request = GenerateMac::new(&macs, MacAlgorithm::HmacSha384, &plaintext);
    let made = vault.generate_mac(&root, request, &mut mac).unwrap().mac.len();
    show(&mut mac[..made]);
    let verify = |mac: &[u8]| {
        vault.verify_mac(&root, VerifyMac::new(&macs, MacAlgorithm::HmacSha384, &plaintext, mac))
    };
    verify(&mac[..made]).unwrap();
    mac[20] ^= 1;
    assert!(verify(&mac[..made]).is_err(), "an altered MAC");

    let keep = KeptSlot { slot_id: 0, kind: SlotKind::KeyFile };
    vault.rekey(&root, Rekey { keep: &[keep] }, &mut right).unwrap();
    vault.close().unwrap();
    assert!(vault.mount(&mut |_, secret| unlock(secret, 8)).is_err(), "another secret");
    vault.mount(&mut right).unwrap();
    let mut opened = [0; LEN];
    let request = Decrypt { encryption_context: &CONTEXT, ..Decrypt::new(&sealed) };
    vault.decrypt(&root, request, &mut opened).unwrap();
    assert!(shown(opened.iter().zip(&plaintext).fold(0, |all, (one, other)| all | (one ^ other)) == 0));
    vault.decrypt(&root, Decrypt::new(&moved), &mut opened).unwrap();
    assert!(vault.decrypt(&root, Decrypt::new(&sealed), &mut opened).is_err(), "another context");
    for place in [40, 100, sealed.len() - 1] {
        let mut altered = sealed;
        altered[place] ^= 1;
        let request = Decrypt { encryption_context: &CONTEXT, ..Decrypt::new(&altered) };
        assert!(vault.decrypt(&root, request, &mut opened).is_err(), "altered at {place}");
    }
    vault.verify().unwrap();
    vault.close().unwrap();
}

/// Imports hidden material.
fn import(vault: &Vault<&HidingPlatform>, root: &Caller<'_>, key_id: &str) {
    let (mut room, mut public) = ([0; 32], [0; 44]);
    let request = GetParametersForImport {
        key_id,
        wrapping_algorithm: WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm,
        wrapping_key_spec: WrappingKeySpec::X25519,
    };
    let made = vault.get_parameters_for_import(root, request, &Unwrapped, &mut room, &mut public).unwrap();
    let mut material = [3; 32];
    draw(&mut material);
    let request = ImportKeyMaterial::lasting(key_id, made.import_token.as_bytes(), &material);
    vault.import_key_material(root, request, &Unwrapped).unwrap();
}

/// Wraps nothing: what is watched is what becomes of the material. The private half is as good as any.
struct Unwrapped;

impl Wrapping for Unwrapped {
    fn make(
        &self,
        _: WrappingAlgorithm,
        _: WrappingKeySpec,
        keep: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        public: &mut [u8],
    ) -> Result<usize, Error> {
        let mut private = [9; 32];
        draw(&mut private);
        keep(&private)?;
        public.fill(9);
        Ok(public.len())
    }

    fn unwrap(
        &self,
        _: WrappingAlgorithm,
        _: &[u8],
        _: &[u8],
        wrapped: &[u8],
        out: &mut Secret<MATERIAL_LEN_MAX>,
    ) -> Result<usize, Error> {
        out.fill_with(|out| out[..wrapped.len()].copy_from_slice(wrapped));
        Ok(wrapped.len())
    }
}

/// What a key file stretches to, or another one.
fn unlock(secret: &mut Secret<32>, fill: u8) -> Result<bool, Error> {
    secret.fill_with(|bytes| {
        bytes.fill(fill);
        draw(bytes);
    });
    Ok(true)
}

/// A leak that must be found: a comparison that stops at the first difference.
pub fn leak_by_branch() {
    let mut secret = [7; 32];
    draw(&mut secret);
    let is_equal = black_box(&secret).iter().zip(black_box(&[7; 32])).all(|(one, other)| one == other);
    println!("equal: {}", shown(is_equal));
}

/// Another one: a table looked up by a secret.
pub fn leak_by_address() {
    let mut secret = [7; 32];
    draw(&mut secret);
    let table: [u8; 256] = std::array::from_fn(|at| at as u8);
    let mut found = black_box(table)[usize::from(black_box(&secret)[3])];
    show(std::slice::from_mut(&mut found));
    println!("found: {found}");
}
