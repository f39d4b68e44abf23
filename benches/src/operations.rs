//! Encrypt, Decrypt and GenerateDataKey through the whole trip, against SR-1 alone and against a naive form.

use std::hint::black_box;

use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::platform::Entropy;
use strongroom_core::{Ciphertext, Secret};
use strongroom_std::operation::{CreateKey, Decrypt, Encrypt, GenerateDataKey};
use strongroom_std::{Caller, NewVault, OsEntropy, Stretching, UnlockSecret, Vault};

use crate::floor::Floor;
use crate::measure::{in_turns, throughput};

/// What one would write first: two system calls for randomness, HKDF from the key for every message, AES-GCM.
fn naive(key: &[u8; 32], body: &mut [u8]) -> [u8; 16] {
    let (mut salt, mut nonce) = ([0; 16], [0; 12]);
    getrandom::fill(&mut salt).unwrap();
    getrandom::fill(&mut nonce).unwrap();
    let mut message_key = Secret::zeroed();
    RustCrypto::hkdf(&salt, key, b"message", &mut message_key);
    message_key.expose(|key| RustCrypto::aead_seal(key, &nonce, body)).unwrap()
}

pub fn run() {
    let folder = tempfile::tempdir().unwrap();
    let secret = UnlockSecret::passphrase("benchmark").with_stretching(Stretching::Minimum);
    let vault = Vault::create(&folder.path().join("bench.vault"), &NewVault::default(), &secret).unwrap();
    let root = Caller::new("arn:aws:iam::000000000000:root").unwrap();
    let id = vault.create_key(&root, CreateKey::default()).unwrap().key_id.to_string();
    let floor = Floor::new();

    println!(
        "Median nanoseconds a call, all in one run; policy, batched audit and allocation included, cache warm.\n"
    );
    println!(
        "{:<28}{:>9}{:>9}{:>9}{:>12}{:>12}",
        "", "floor", "naive", "vault", "vault÷floor", "vault÷naive"
    );
    for len in [32, 256, 4096] {
        let plain = vec![5; len];
        let mut buffer = [0u8; 4096];
        let mut other = [0u8; 4096];
        let times = in_turns([
            &mut || {
                buffer[..len].copy_from_slice(&plain);
                black_box(floor.seal(&mut buffer[..len]));
            },
            &mut || {
                other[..len].copy_from_slice(&plain);
                black_box(naive(&[3; 32], &mut other[..len]));
            },
            &mut || {
                black_box(vault.encrypt(&root, Encrypt::new(&id, &plain)).unwrap());
            },
        ]);
        row(&format!("Encrypt {len} B"), times);
    }
    for len in [32, 256, 4096] {
        let plain = vec![5; len];
        let sealed = vault.encrypt(&root, Encrypt::new(&id, &plain)).unwrap().ciphertext;
        assert!(Ciphertext::parse(&sealed).is_ok());
        let mut body = plain.clone();
        let (head, tag) = floor.seal(&mut body);
        let mut buffer = [0u8; 4096];
        let [floor_ns, vault_ns] = in_turns([
            &mut || {
                buffer[..len].copy_from_slice(&body);
                floor.open(&head, &mut buffer[..len], &tag);
                black_box(&buffer);
            },
            &mut || {
                black_box(vault.decrypt(&root, Decrypt::new(&sealed)).unwrap());
            },
        ]);
        row(&format!("Decrypt {len} B"), [floor_ns, f64::NAN, vault_ns]);
    }
    for len in [32, 256, 1024] {
        let mut buffer = [0u8; 1024];
        let [floor_ns, vault_ns] = in_turns([
            &mut || {
                OsEntropy.fill(&mut buffer[..len]).unwrap();
                black_box(floor.seal(&mut buffer[..len]));
            },
            &mut || {
                let request = GenerateDataKey { number_of_bytes: len, ..GenerateDataKey::aes_256(&id) };
                black_box(vault.generate_data_key(&root, request).unwrap());
            },
        ]);
        row(&format!("GenerateDataKey {len} B"), [floor_ns, f64::NAN, vault_ns]);
    }

    println!(
        "\nTwo threads over one (calls a second together; what the machine allows is the floor's own figure):\n"
    );
    println!("{:<28}{:>12}{:>12}{:>8}", "Encrypt 32 B", "1 thread", "2 threads", "×");
    let scale = |name: &str, work: &(dyn Fn() + Sync)| {
        let (one, two) = (throughput(1, work), throughput(2, work));
        println!("{name:<28}{one:>12.0}{two:>12.0}{:>8.2}", two / one);
        two / one
    };
    let floor_scale = scale("  floor", &|| {
        let mut body = [5; 32];
        black_box(floor.seal(&mut body));
    });
    let vault_scale = scale("  vault", &|| {
        black_box(vault.encrypt(&root, Encrypt::new(&id, &[5; 32])).unwrap());
    });
    println!("{:<28}{:>32.2}", "  vault÷floor", vault_scale / floor_scale);
}

fn row(name: &str, [floor, naive, vault]: [f64; 3]) {
    let shown =
        |value: f64, digits: usize| if value.is_nan() { "-".to_owned() } else { format!("{value:.digits$}") };
    println!(
        "{name:<28}{:>9}{:>9}{:>9}{:>12}{:>12}",
        shown(floor, 0),
        shown(naive, 0),
        shown(vault, 0),
        shown(vault / floor, 2),
        shown(vault / naive, 2)
    );
}
