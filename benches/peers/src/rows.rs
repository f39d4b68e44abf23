//! The rows: sealing, opening and HMAC-SHA-256, of 32 bytes and of 4 KiB.

use std::hint::black_box;

use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::key::{KeySpec, KeyUsage, MacAlgorithm};
use strongroom_std::operation::{CreateKey, Decrypt, Encrypt, GenerateMac};
use strongroom_std::{Caller, NewVault, Stretching, UnlockSecret, Vault};

use crate::floor::Floor;
use crate::libraries::{lc, ring};
use crate::measure::in_turns;
use crate::softhsm;

const LENGTHS: [usize; 2] = [32, 4096];

/// Everybody.
struct Peers {
    floor: Floor,
    vault: Vault,
    root: Caller<'static>,
    id: String,
    mac_id: String,
    lc: lc::Peer,
    ring: ring::Peer,
    softhsm: Option<softhsm::Peer>,
}

/// Measures and prints.
pub fn run() {
    let folder = tempfile::tempdir().unwrap();
    let secret = UnlockSecret::passphrase("benchmark").with_stretching(Stretching::Minimum);
    let vault = Vault::create(&folder.path().join("peers.vault"), &NewVault::default(), &secret).unwrap();
    let root = Caller::new("arn:aws:iam::000000000000:root").unwrap();
    let make = |key_spec, key_usage| {
        let request = CreateKey { key_spec, key_usage, ..CreateKey::default() };
        vault.create_key(&root, request).unwrap().key_id.to_string()
    };
    let id = make(KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt);
    let mac_id = make(KeySpec::Hmac256, KeyUsage::GenerateVerifyMac);
    let peers = Peers {
        floor: Floor::new(),
        id,
        mac_id,
        lc: lc::Peer::new(),
        ring: ring::Peer::new(),
        softhsm: softhsm::Peer::new(),
        vault,
        root,
    };
    println!(
        "Beside peers, median nanoseconds a call, all in one run. Libraries use one key for all messages.\n"
    );
    println!(
        "{:<22}{:>8}{:>8}{:>11}{:>8}{:>9}{:>14}{:>10}{:>11}{:>13}",
        "",
        "floor",
        "vault",
        "aws-lc-rs",
        "ring",
        "SoftHSM",
        "÷aws-lc-rs",
        "÷ring",
        "÷SoftHSM",
        "vault÷floor"
    );
    for len in LENGTHS {
        row(&format!("Encrypt {len} B"), peers.seal(len));
    }
    for len in LENGTHS {
        row(&format!("Decrypt {len} B"), peers.open(len));
    }
    for len in LENGTHS {
        row(&format!("HMAC-SHA-256 {len} B"), peers.mac(len));
    }
    if peers.softhsm.is_none() {
        println!("\nSKIPPED: SoftHSM is not here (Debian: apt-get install softhsm2)");
    }
}

/// Floor, vault, aws-lc-rs, ring, SoftHSM.
type Times = [f64; 5];

fn row(name: &str, [floor, vault, lc, ring, softhsm]: Times) {
    let shown =
        |value: f64, digits: usize| if value.is_nan() { "-".to_owned() } else { format!("{value:.digits$}") };
    println!(
        "{name:<22}{floor:>8.0}{vault:>8.0}{lc:>11.0}{ring:>8.0}{:>9}{:>14.2}{:>10.2}{:>11}{:>13.2}",
        shown(softhsm, 0),
        vault / lc,
        vault / ring,
        shown(vault / softhsm, 2),
        vault / floor
    );
}

/// What SoftHSM takes is nothing where it is not.
fn or_nothing([floor, vault, lc, ring, softhsm]: Times, is_there: bool) -> Times {
    [floor, vault, lc, ring, if is_there { softhsm } else { f64::NAN }]
}

impl Peers {
    fn seal(&self, len: usize) -> Times {
        let plain = vec![5; len];
        let mut buffers = [[0u8; 4096]; 3];
        let [of_floor, of_lc, of_ring] = &mut buffers;
        let times = in_turns([
            &mut || {
                of_floor[..len].copy_from_slice(&plain);
                black_box(self.floor.seal(&mut of_floor[..len]));
            },
            &mut || drop(black_box(self.vault.encrypt(&self.root, Encrypt::new(&self.id, &plain)).unwrap())),
            &mut || {
                of_lc[..len].copy_from_slice(&plain);
                black_box(self.lc.seal(&mut of_lc[..len]));
            },
            &mut || {
                of_ring[..len].copy_from_slice(&plain);
                black_box(self.ring.seal(&mut of_ring[..len]));
            },
            &mut || drop(black_box(self.softhsm.as_ref().map(|peer| peer.seal(&plain)))),
        ]);
        or_nothing(times, self.softhsm.is_some())
    }

    fn open(&self, len: usize) -> Times {
        let plain = vec![5; len];
        let sealed = self.vault.encrypt(&self.root, Encrypt::new(&self.id, &plain)).unwrap().ciphertext;
        let mut of_floor = plain.clone();
        let (head, tag) = self.floor.seal(&mut of_floor);
        let of_library =
            |(nonce, tag): ([u8; 12], [u8; 16]), body: Vec<u8>| (nonce, [body, tag.to_vec()].concat());
        let mut body = plain.clone();
        let of_lc = of_library(self.lc.seal(&mut body), body);
        let mut body = plain.clone();
        let of_ring = of_library(self.ring.seal(&mut body), body);
        let of_softhsm = self.softhsm.as_ref().map(|peer| (peer, peer.seal(&plain)));
        let mut buffers = [[0u8; 4096 + 16]; 3];
        let [for_floor, for_lc, for_ring] = &mut buffers;
        let times = in_turns([
            &mut || {
                for_floor[..len].copy_from_slice(&of_floor);
                self.floor.open(&head, &mut for_floor[..len], &tag);
                black_box(&for_floor);
            },
            &mut || drop(black_box(self.vault.decrypt(&self.root, Decrypt::new(&sealed)).unwrap())),
            &mut || {
                for_lc[..len + 16].copy_from_slice(&of_lc.1);
                self.lc.open(of_lc.0, &mut for_lc[..len + 16]);
                black_box(&for_lc);
            },
            &mut || {
                for_ring[..len + 16].copy_from_slice(&of_ring.1);
                self.ring.open(of_ring.0, &mut for_ring[..len + 16]);
                black_box(&for_ring);
            },
            &mut || {
                drop(black_box(of_softhsm.as_ref().map(|(peer, (nonce, sealed))| peer.open(*nonce, sealed))))
            },
        ]);
        or_nothing(times, self.softhsm.is_some())
    }

    fn mac(&self, len: usize) -> Times {
        let message = vec![5; len];
        let key = RustCrypto::mac_key(&[4; 32]);
        let mut out = [0; 32];
        let request = GenerateMac {
            key_id: &self.mac_id,
            message: &message,
            mac_algorithm: MacAlgorithm::HmacSha256,
            grant_tokens: &[],
            dry_run: false,
        };
        let times = in_turns([
            &mut || {
                RustCrypto::mac(&key, &[&message], &mut out);
                black_box(&out);
            },
            &mut || drop(black_box(self.vault.generate_mac(&self.root, request).unwrap())),
            &mut || {
                black_box(self.lc.mac(&message));
            },
            &mut || {
                black_box(self.ring.mac(&message));
            },
            &mut || drop(black_box(self.softhsm.as_ref().map(|peer| peer.mac(&message)))),
        ]);
        or_nothing(times, self.softhsm.is_some())
    }
}
