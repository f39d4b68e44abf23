//! The process that is looked into. It is careful with its own copies of secrets, so that what is found is the vault's.

use std::hint::black_box;
use std::io::{Read, Write};
use std::path::Path;

use strongroom_std::import::{WrappingAlgorithm, WrappingKeySpec};
use strongroom_std::key::{KeyOrigin, KeySpec, KeyUsage, MacAlgorithm};
use strongroom_std::operation::{
    CreateKey, CreateKeyVersion, Decrypt, Encrypt, GenerateDataKey, GenerateMac, GenerateVersionedMac,
    GetParametersForImport, ImportKeyMaterial,
};
use strongroom_std::{Caller, NewVault, Settings, Stretching, UnlockSecret, Vault, make_recovery_shares};
use zeroize::{Zeroize, Zeroizing};

use super::secrets::given;

/// Names a folder to work in. Only a process that has it is the child.
pub const FOLDER: &str = "STRONGROOM_OBSERVED_FOLDER";

/// How material is wrapped that the child imports.
pub const WAYS: [(WrappingAlgorithm, WrappingKeySpec); 3] = [
    (WrappingAlgorithm::HpkeX25519Sha256Aes256Gcm, WrappingKeySpec::X25519),
    (WrappingAlgorithm::RsaesOaepSha256, WrappingKeySpec::Rsa2048),
    (WrappingAlgorithm::RsaAesKeyWrapSha256, WrappingKeySpec::Rsa2048),
];

/// Does nothing, unless it runs in the child.
#[test]
fn is_observed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    std::io::stdin().read_exact(&mut [0]).unwrap();
    leave_on_purpose();
    stop("wiped");

    let path = folder.join("test.vault");
    let mut settings = Settings::default();
    settings.file_cache_bytes = 1 << 20;
    settings.opened_keys_max = 64;
    let vault = Vault::create_with(&path, &NewVault::default(), &passphrase(), &settings).unwrap();
    vault.add_slot(&root(), &key_file()).unwrap();
    let symmetric = make_key(&vault, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt);
    let macs = make_key(&vault, KeySpec::Hmac256, KeyUsage::GenerateVerifyMac);
    work(&vault, folder, &symmetric, &macs, 0);
    vault.create_key_version(&root(), CreateKeyVersion { key_id: &symmetric }).unwrap();
    work(&vault, folder, &symmetric, &macs, 1);
    stop("used");

    import(&vault, folder, &macs);
    stop("imported");
    share(&vault, folder);
    stop("shared");
    vault.rekey(&root(), &[(0, &passphrase()), (1, &key_file()), (2, &from_shares(folder))]).unwrap();
    work(&vault, folder, &symmetric, &macs, 2);
    stop("rekeyed");

    let clone = vault.clone();
    vault.close().unwrap();
    stop("locked");
    drop(clone);
    stop("dropped");

    let vault = Vault::open_with(&path, &passphrase(), &settings).unwrap();
    work(&vault, folder, &symmetric, &macs, 3);
    stop("opened by passphrase");
    let clone = vault.clone();
    vault.close().unwrap();
    stop("locked again");
    drop(clone);

    let vault = Vault::open_with(&path, &from_shares(folder), &settings).unwrap();
    work(&vault, folder, &symmetric, &macs, 4);
    stop("opened by shares");
    vault.close().unwrap();
    stop("locked a third time");

    let vault = Vault::open_with(&path, &key_file(), &settings).unwrap();
    // In other threads too: their stacks are kept for later ones.
    std::thread::scope(|scope| {
        for number in 5..8 {
            let (vault, symmetric, macs) = (&vault, &symmetric, &macs);
            scope.spawn(move || work(vault, folder, symmetric, macs, number));
        }
    });
    stop("opened by key file");
    drop(vault);
    stop("dropped again");
}

fn root() -> Caller<'static> {
    Caller::new("arn:aws:iam::000000000000:root").unwrap()
}

fn make_key(vault: &Vault, key_spec: KeySpec, key_usage: KeyUsage) -> String {
    let request = CreateKey { key_spec, key_usage, ..CreateKey::default() };
    vault.create_key(&root(), request).unwrap().key_id.to_string()
}

fn passphrase() -> UnlockSecret {
    let text = Zeroizing::new(given("passphrase", 48));
    UnlockSecret::passphrase(std::str::from_utf8(&text).unwrap()).with_stretching(Stretching::Minimum)
}

fn key_file() -> UnlockSecret {
    UnlockSecret::key_file(&Zeroizing::new(given("key file", 64))).unwrap()
}

/// Imports what is wrapped outside of this process, in every way, and uses it.
fn import(vault: &Vault, folder: &Path, macs: &str) {
    let keys = WAYS.map(|(wrapping_algorithm, wrapping_key_spec)| {
        let request = CreateKey { origin: KeyOrigin::External, ..CreateKey::default() };
        let key_id = vault.create_key(&root(), request).unwrap().key_id.to_string();
        let request = GetParametersForImport { key_id: &key_id, wrapping_algorithm, wrapping_key_spec };
        let made = vault.get_parameters_for_import(&root(), request).unwrap();
        std::fs::write(folder.join(format!("public {}", wrapping_algorithm.name())), made.public_key)
            .unwrap();
        std::fs::write(folder.join(format!("token {}", wrapping_algorithm.name())), &made.import_token)
            .unwrap();
        (key_id, made.import_token)
    });
    stop("waits for material");
    for (number, ((algorithm, _), (key_id, token))) in (10..).zip(WAYS.iter().zip(&keys)) {
        let Ok(wrapped) = std::fs::read(folder.join(format!("wrapped {}", algorithm.name()))) else {
            continue;
        };
        let request = ImportKeyMaterial::lasting(key_id, token, &wrapped);
        vault.import_key_material(&root(), request).unwrap();
        work(vault, folder, key_id, macs, number);
    }
}

/// A slot for recovery shares, which lie in files.
fn share(vault: &Vault, folder: &Path) {
    let (secret, shares) = make_recovery_shares(2, 3).unwrap();
    vault.add_slot(&root(), &secret).unwrap();
    for share in &shares {
        std::fs::write(folder.join(format!("share {}", share.number())), share.words()).unwrap();
    }
}

fn from_shares(folder: &Path) -> UnlockSecret {
    let read = |number: u8| {
        let mut file = std::fs::File::open(folder.join(format!("share {number}"))).unwrap();
        // Its length beforehand: a buffer that grows leaves copies behind.
        let mut words = Zeroizing::new(vec![0; file.metadata().unwrap().len() as usize]);
        file.read_exact(&mut words).unwrap();
        words
    };
    let (one, other) = (read(1), read(3));
    let [one, other] = [&one, &other].map(|words| std::str::from_utf8(words).unwrap());
    UnlockSecret::recovery_shares(&[one, other]).unwrap()
}

/// Uses both keys on a plaintext of its own, and leaves what came of it in the folder.
fn work(vault: &Vault, folder: &Path, symmetric: &str, macs: &str, number: u32) {
    let plaintext = Zeroizing::new(given(&format!("plaintext {number}"), 64));
    let sealed = vault.encrypt(&root(), Encrypt::new(symmetric, &plaintext)).unwrap();
    let opened = vault.decrypt(&root(), Decrypt::new(&sealed.ciphertext)).unwrap();
    assert!(opened.plaintext.as_bytes() == plaintext.as_slice());
    std::fs::write(folder.join(format!("ciphertext {number}")), &sealed.ciphertext).unwrap();
    let request = GenerateDataKey { key_id: symmetric, number_of_bytes: 64, ..DATA_KEY };
    let data_key = vault.generate_data_key(&root(), request).unwrap();
    std::fs::write(folder.join(format!("ciphertext {}", 100 + number)), &data_key.ciphertext).unwrap();
    let request = GenerateMac::new(macs, MacAlgorithm::HmacSha256, &plaintext);
    let mac = vault.generate_versioned_mac(&root(), GenerateVersionedMac(request)).unwrap();
    std::fs::write(folder.join(format!("mac {number}")), [macs.as_bytes(), &mac.mac].concat()).unwrap();
}

const DATA_KEY: GenerateDataKey<'static> = GenerateDataKey {
    key_id: "",
    encryption_context: &[],
    number_of_bytes: 32,
    grant_tokens: &[],
    dry_run: false,
};

/// The leak that must be found: one secret on the heap and one on the stack.
fn leave_on_purpose() {
    let mut heap = given("planted on the heap", 32);
    let mut from = given("planted on the stack", 32);
    let mut stack = [0; 32];
    stack.copy_from_slice(&from);
    from.zeroize();
    stop(if black_box(&stack)[0] == 0 { "" } else { "left on purpose" });
    heap.zeroize();
    stack.zeroize();
}

/// Says where it is, and waits until it may go on.
fn stop(name: &str) {
    std::io::stdout().write_all(format!("@{name}\n").as_bytes()).unwrap();
    std::io::stdin().read_exact(&mut [0]).unwrap();
}
