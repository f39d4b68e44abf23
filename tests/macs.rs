//! GenerateMac and VerifyMac: what they make, what they refuse, and the form that names its version.

mod forms;
mod rules;

use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::key::{KeyId, KeySpec, KeyUsage, MacAlgorithm};
use strongroom_core::operation::{
    CreateKey, GenerateMac, GenerateVersionedMac, GeneratedMac, VerifiedMac, VerifyMac, VerifyVersionedMac,
};
use strongroom_core::{Error, Secret, Vault};

use crate::world::{World, create, root};

/// What MACs are made of in these tests.
pub const MESSAGE: &[u8] = b"transfer 100 to alice";
/// The specs of keys that make MACs, with their algorithms.
pub const SPECS: [(KeySpec, MacAlgorithm); 4] = [
    (KeySpec::Hmac224, MacAlgorithm::HmacSha224),
    (KeySpec::Hmac256, MacAlgorithm::HmacSha256),
    (KeySpec::Hmac384, MacAlgorithm::HmacSha384),
    (KeySpec::Hmac512, MacAlgorithm::HmacSha512),
];

pub fn create_mac_key(vault: &Vault<&World>, key_spec: KeySpec) -> KeyId {
    let key_usage = KeyUsage::GenerateVerifyMac;
    vault.create_key(&root(), CreateKey { key_spec, key_usage, ..CreateKey::default() }).unwrap().key_id
}

/// A vault with a key for MACs.
pub struct Mint<'w> {
    pub vault: Vault<&'w World>,
    pub key: KeyId,
    pub id: String,
    pub algorithm: MacAlgorithm,
}

impl<'w> Mint<'w> {
    pub fn new(world: &'w World, spec: KeySpec) -> Self {
        let vault = create(world);
        let key = create_mac_key(&vault, spec);
        Mint { vault, key, id: key.to_string(), algorithm: spec.mac_algorithm().unwrap() }
    }

    pub fn mac(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = [0; 64];
        let request = GenerateMac::new(&self.id, self.algorithm, message);
        self.vault.generate_mac(&root(), request, &mut out).map(|made: GeneratedMac<'_>| made.mac.to_vec())
    }

    pub fn verify(&self, message: &[u8], mac: &[u8]) -> Result<u32, Error> {
        let request = VerifyMac::new(&self.id, self.algorithm, message, mac);
        self.vault.verify_mac(&root(), request).map(|verified: VerifiedMac| verified.version)
    }

    pub fn versioned_mac(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = [0; 96];
        let request = GenerateVersionedMac(GenerateMac::new(&self.id, self.algorithm, message));
        self.vault.generate_versioned_mac(&root(), request, &mut out).map(|made| made.mac.to_vec())
    }

    pub fn verify_versioned(&self, message: &[u8], mac: &[u8]) -> Result<u32, Error> {
        let request = VerifyVersionedMac(VerifyMac::new(&self.id, self.algorithm, message, mac));
        self.vault.verify_versioned_mac(&root(), request).map(|verified| verified.version)
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_primitive_gives_the_macs_of_rfc_4231() {
    let (mut key, mut message, mut cases) = (Vec::new(), Vec::new(), 0);
    for line in include_str!("macs/rfc4231.txt").lines() {
        let Some((name, value)) = line.split_once(" = ") else { continue };
        let algorithm = match name {
            "key" => {
                key = bytes(value);
                continue;
            }
            "message" => {
                message = bytes(value);
                continue;
            }
            "sha224" => MacAlgorithm::HmacSha224,
            "sha256" => MacAlgorithm::HmacSha256,
            "sha384" => MacAlgorithm::HmacSha384,
            "sha512" => MacAlgorithm::HmacSha512,
            _ => continue,
        };
        let mut mac = Secret::zeroed();
        RustCrypto::message_mac(algorithm, &key, &message, &mut mac);
        mac.expose(|mac| assert_eq!(mac[..algorithm.mac_len()], bytes(value), "{name}"));
        mac.expose(|mac| assert!(mac[algorithm.mac_len()..].iter().all(|byte| *byte == 0)));
        cases += 1;
    }
    assert_eq!(cases, 28);
}

#[test]
fn every_spec_makes_macs_of_its_own_length_and_verifies_them() {
    let world = World::new(1);
    let vault = create(&world);
    for (spec, algorithm) in SPECS {
        assert_eq!(spec.mac_algorithm(), Some(algorithm));
        let key = create_mac_key(&vault, spec);
        let id = key.to_string();
        let mut out = [0xaa; 64];
        let made = vault.generate_mac(&root(), GenerateMac::new(&id, algorithm, MESSAGE), &mut out).unwrap();
        assert_eq!((made.key_id, made.version, made.mac_algorithm), (key, 1, algorithm));
        assert_eq!(made.mac.len(), spec.material_len());
        let (mac, material) = (made.mac.to_vec(), made.key_material_id);
        let verified = vault.verify_mac(&root(), VerifyMac::new(&id, algorithm, MESSAGE, &mac)).unwrap();
        assert_eq!((verified.key_id, verified.version, verified.key_material_id), (key, 1, material));
        // The same again, and another for another key.
        let mut again = [0; 64];
        let request = GenerateMac::new(&id, algorithm, MESSAGE);
        assert_eq!(vault.generate_mac(&root(), request, &mut again).unwrap().mac, mac);
        let other = create_mac_key(&vault, spec).to_string();
        let request = VerifyMac::new(&other, algorithm, MESSAGE, &mac);
        assert_eq!(vault.verify_mac(&root(), request).map(drop), Err(Error::InvalidMac));
    }
}

#[test]
fn an_altered_mac_or_message_is_refused() {
    let world = World::new(1);
    world.log.batch();
    let mint = Mint::new(&world, KeySpec::Hmac384);
    let mac = mint.mac(MESSAGE).unwrap();
    assert_eq!(mint.verify(MESSAGE, &mac), Ok(1));
    for position in 0..mac.len() {
        for bit in 0..8 {
            let mut altered = mac.clone();
            altered[position] ^= 1 << bit;
            assert_eq!(mint.verify(MESSAGE, &altered), Err(Error::InvalidMac), "byte {position} bit {bit}");
        }
    }
    for len in 1..mac.len() {
        assert_eq!(mint.verify(MESSAGE, &mac[..len]), Err(Error::InvalidMac), "cut to {len} bytes");
    }
    assert_eq!(mint.verify(MESSAGE, &[&mac[..], &[0]].concat()), Err(Error::InvalidMac));
    assert_eq!(mint.verify(b"transfer 900 to alice", &mac), Err(Error::InvalidMac));
    assert_eq!(mint.verify(&MESSAGE[1..], &mac), Err(Error::InvalidMac));
    assert_eq!(Error::InvalidMac.code(), "KMSInvalidMacException");
}
