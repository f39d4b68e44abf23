//! Imported material: of the token and the wrapped bytes that belong together, nothing can be changed. What is not wrapped by
//! HPKE does not unwrap. Without seals, whatever arrives is imported or refused, and nothing panics.
//!
//! Input: a mode (1 without seals, 2 changes to what belongs together, 4 the changes are to the token, 8 HPKE unwraps, 16 for a
//! MAC key, 32 with options), then the changes, or `u8 length ‖ token` and the wrapped bytes.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use strongroom_core::crypto::{HpkeWrapping, Primitives, RustCrypto};
use strongroom_core::import::Wrapping;
use strongroom_core::key::{KeyId, KeyOrigin, KeySpec, KeyUsage};
use strongroom_core::operation::{
    CreateKey, DeleteImportedKeyMaterial, DescribeKey, Encrypt, ExpirationModel, ImportKeyMaterial,
    ImportType,
};
use strongroom_core::ram::SeededEntropy;
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault};
use strongroom_fuzz::changed::changed;
use strongroom_fuzz::input::Input;
use strongroom_fuzz::storage::{Blobs, HostileStorage};
use strongroom_fuzz::transparent::Transparent;
use strongroom_fuzz::world::{World, no_bug, root, unlock};
use strongroom_fuzz::wrapping::{FIRST_PRIVATE, PlainWrapping, import_token};

/// What is imported.
const MATERIAL: [u8; 32] = [5; 32];
/// A vault with two keys that wait for their material, and a token for each.
struct Made {
    blobs: Blobs,
    keys: [KeyId; 2],
    tokens: [Vec<u8>; 2],
}

static SEALED: OnceLock<Made> = OnceLock::new();
static OPEN: OnceLock<Made> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mode = input.byte();
    if mode & 1 == 0 {
        one::<RustCrypto>(SEALED.get_or_init(|| make::<RustCrypto>().expect("a vault")), mode, input);
    } else {
        one::<Transparent>(OPEN.get_or_init(|| make::<Transparent>().expect("a vault")), mode, input);
    }
});

fn make<C: Primitives>() -> Result<Made, Error> {
    let vault = Vault::new(World::<C>::new(1, HostileStorage::default()));
    let slots = [NewSlot { kind: SlotKind::KeyFile }];
    vault.create(&NewVault { realm: Realm::default(), slots: &slots }, &mut unlock)?;
    let key = |key_spec, key_usage| {
        let request = CreateKey { origin: KeyOrigin::External, key_spec, key_usage, ..CreateKey::default() };
        vault.create_key(&root(), request).map(|facts| facts.key_id)
    };
    let keys = [
        key(KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt)?,
        key(KeySpec::Hmac256, KeyUsage::GenerateVerifyMac)?,
    ];
    let tokens = [import_token(&vault, keys[0])?, import_token(&vault, keys[1])?];
    vault.close()?;
    Ok(Made { blobs: vault.platform().storage.image(), keys, tokens })
}

fn one<C: Primitives>(made: &Made, mode: u8, mut input: Input<'_>) {
    let (is_sealed, is_mac, has_options) = (mode & 1 == 0, mode & 16 != 0, mode & 32 != 0);
    let which = usize::from(is_mac);
    let (key, genuine) = (&made.keys[which].to_string(), &made.tokens[which]);
    let whole = [FIRST_PRIVATE, MATERIAL].concat();
    let options = if has_options { input.byte() } else { 0 };
    let (token, wrapped) = match mode & 6 {
        2 => (genuine.clone(), changed(&whole, &mut input)),
        6 => (changed(genuine, &mut input), whole),
        _ => {
            let len = usize::from(input.byte());
            (input.bytes(len).to_vec(), input.0.to_vec())
        }
    };
    let vault = Vault::new(World::<C>::new(2, HostileStorage::new(made.blobs.clone(), Vec::new())));
    vault.mount(&mut unlock).expect("it was closed in order");
    let id = [3; 32];
    let mut request = ImportKeyMaterial::lasting(key, &token, &wrapped);
    if options & 1 != 0 {
        request.expiration_model = Some(ExpirationModel::KeyMaterialExpires);
        request.valid_to_ms = Some(u64::from(options) << 16);
    }
    request.import_type = (options & 2 != 0).then_some(ImportType::NewKeyMaterial);
    request.key_material_description = (options & 4 != 0).then_some("of the fuzz targets");
    request.key_material_id = (options & 8 != 0).then_some(&id);
    let entropy = SeededEntropy::new(9);
    let (hpke, plain) = (HpkeWrapping(&entropy), PlainWrapping::default());
    let is_hpke = mode & 8 != 0;
    let wrapping: &dyn Wrapping = if is_hpke { &hpke } else { &plain };
    let imported = vault.import_key_material(&root(), request, wrapping).map_err(no_bug);
    if is_hpke {
        assert!(imported.is_err(), "what nobody has wrapped is imported");
    } else if is_sealed {
        // A key for encryption has exactly 32 bytes; one for MACs from its least length on.
        let fits = wrapped.strip_prefix(&FIRST_PRIVATE).is_some_and(|material| match is_mac {
            false => material.len() == 32,
            true => (32..=128).contains(&material.len()),
        });
        assert!(imported.is_err() || token == *genuine && fits, "something else is imported");
        assert!(imported.is_ok() || token != *genuine || !fits || has_options, "material is refused");
    }
    let (mut buffer, is_imported) = ([0; 4096], imported.is_ok());
    let again = vault.import_key_material(&root(), request, wrapping).map_err(no_bug);
    assert!(!is_sealed || !is_imported || again.is_err(), "a wrapping key is used twice");
    let encrypted = vault.encrypt(&root(), Encrypt::new(key, b"x"), &mut buffer).map_err(no_bug);
    assert!(!is_sealed || encrypted.is_ok() == (is_imported && !is_mac), "a key without material encrypts");
    let _ = vault.describe_key(&root(), DescribeKey::new(key), &mut buffer).map_err(no_bug);
    let request = DeleteImportedKeyMaterial { key_id: key, key_material_id: None };
    let _ = vault.delete_imported_key_material(&root(), request).map_err(no_bug);
    let _ = vault.verify().map_err(no_bug);
}
