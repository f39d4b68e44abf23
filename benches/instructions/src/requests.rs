//! What is counted: each request by its name.

use std::hint::black_box;

use strongroom_core::key::{KeySpec, KeyUsage, MacAlgorithm};
use strongroom_core::operation::{CreateKey, Decrypt, DescribeKey, Encrypt, GenerateDataKey, GenerateMac};
use strongroom_core::{Error, ciphertext_len};

use crate::decision;
use crate::world::{World, unlock};

/// Makes a request so many times.
type Request = fn(&World, usize);

/// All of them, by the names that `benches/instructions.txt` has.
pub const REQUESTS: [(&str, Request); 12] = [
    ("Encrypt 32 B", encrypt::<32>),
    ("Encrypt 4096 B", encrypt::<4096>),
    ("Decrypt 32 B", decrypt::<32>),
    ("Decrypt 4096 B", decrypt::<4096>),
    ("GenerateDataKey", generate_data_key),
    ("GenerateMac 32 B", generate_mac),
    ("DescribeKey, cold", describe_cold),
    ("Encrypt 32 B, cold", encrypt_cold),
    ("Encrypt 32 B, denied", encrypt_denied),
    ("decision, 20 statements", decision::decide),
    ("CreateKey", create_key),
    ("close and mount", mount),
];

fn encrypt<const LEN: usize>(world: &World, times: usize) {
    let mut sealed = vec![0; ciphertext_len(LEN)];
    for _ in 0..times {
        let request = Encrypt::new(&world.keys[0], &[5; LEN]);
        black_box(world.vault.encrypt(&world.root, request, black_box(&mut sealed)).unwrap());
    }
}

fn decrypt<const LEN: usize>(world: &World, times: usize) {
    let mut sealed = vec![0; ciphertext_len(LEN)];
    world.vault.encrypt(&world.root, Encrypt::new(&world.keys[0], &[5; LEN]), &mut sealed).unwrap();
    let mut opened = [0; LEN];
    for _ in 0..times {
        let request = Decrypt::new(black_box(&sealed));
        black_box(world.vault.decrypt(&world.root, request, black_box(&mut opened)).unwrap());
    }
    assert_eq!(opened, [5; LEN]);
}

fn generate_data_key(world: &World, times: usize) {
    let (mut key, mut sealed) = ([0; 32], [0; ciphertext_len(32)]);
    for _ in 0..times {
        let request = GenerateDataKey::aes_256(&world.keys[0]);
        black_box(world.vault.generate_data_key(&world.root, request, &mut key, &mut sealed).unwrap());
    }
}

fn generate_mac(world: &World, times: usize) {
    let (key_spec, key_usage) = (KeySpec::Hmac256, KeyUsage::GenerateVerifyMac);
    let request = CreateKey { key_spec, key_usage, ..CreateKey::default() };
    let id = world.vault.create_key(&world.root, request).unwrap().key_id.to_string();
    let mut mac = [0; 32];
    for _ in 0..times {
        let request = GenerateMac::new(&id, MacAlgorithm::HmacSha256, &[5; 32]);
        black_box(world.vault.generate_mac(&world.root, request, black_box(&mut mac)).unwrap());
    }
}

/// Each of the key that was asked for least recently, which the cache has given up.
fn describe_cold(world: &World, times: usize) {
    let mut description = [0; 256];
    for id in world.keys.iter().cycle().take(times) {
        let request = DescribeKey::new(id);
        black_box(world.vault.describe_key(&world.root, request, &mut description).unwrap());
    }
}

/// With such a key too, and the commit that reserves uses: those it had left were given back with its place in the cache.
fn encrypt_cold(world: &World, times: usize) {
    let mut sealed = [0; ciphertext_len(32)];
    for id in world.keys.iter().cycle().take(times) {
        let request = Encrypt::new(id, &[5; 32]);
        black_box(world.vault.encrypt(&world.root, request, black_box(&mut sealed)).unwrap());
    }
}

fn encrypt_denied(world: &World, times: usize) {
    let mut sealed = [0; ciphertext_len(32)];
    for _ in 0..times {
        let request = Encrypt::new(&world.keys[0], &[5; 32]);
        let denied = world.vault.encrypt(&world.stranger, request, black_box(&mut sealed));
        assert!(matches!(denied, Err(Error::AccessDenied(_))), "{denied:?}");
    }
}

/// With its commit.
fn create_key(world: &World, times: usize) {
    for _ in 0..times {
        black_box(world.vault.create_key(&world.root, CreateKey::default()).unwrap());
    }
}

/// Opening a vault from its slot, after closing it.
fn mount(world: &World, times: usize) {
    for _ in 0..times {
        world.vault.close().unwrap();
        world.vault.mount(&mut unlock).unwrap();
    }
}
