//! What is looked for.

use std::collections::HashMap;

use sha2::block_api::compress256;
use strongroom_std::import::WrappingAlgorithm;

use super::child::WAYS;

/// Shortest piece of a secret that counts.
pub const PIECE: usize = 16;

/// What a secret is, and so where it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Left on purpose.
    Planted,
    /// Keys that an open vault holds, and their midstates.
    Key,
    /// Keys that another has taken the place of.
    Retired,
    /// Keys of one message, their cipher schedules, plaintexts: gone when the operation is over.
    Message,
    /// Passphrase, key file, recovery shares, and what a slot is opened with: gone when the vault is open.
    Unlock,
}

impl Kind {
    pub const ALL: &[Kind] = &[Kind::Planted, Kind::Key, Kind::Retired, Kind::Message, Kind::Unlock];
}

/// Secrets by the first eight bytes of each of their pieces.
#[derive(Default)]
pub struct Secrets {
    names: Vec<(String, Kind)>,
    known: HashMap<Vec<u8>, usize>,
    pieces: HashMap<[u8; PIECE], usize>,
    /// Whether a piece begins with these two bytes: most places are passed by with one look.
    begins: Vec<bool>,
}

impl Secrets {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn add(&mut self, name: &str, kind: Kind, bytes: &[u8]) {
        if self.known.contains_key(bytes) {
            return;
        }
        self.known.insert(bytes.to_vec(), self.names.len());
        self.begins.resize(1 << 16, false);
        for piece in bytes.windows(PIECE) {
            let piece: [u8; PIECE] = piece.try_into().unwrap();
            // Text and zeros are no secrets by themselves.
            if piece.iter().filter(|byte| **byte == piece[0]).count() > PIECE / 2 {
                continue;
            }
            self.begins[usize::from(u16::from_le_bytes([piece[0], piece[1]]))] = true;
            self.pieces.insert(piece, self.names.len());
        }
        self.names.push((name.to_owned(), kind));
    }

    /// A key for MACs, and the states of SHA-256 after each of its pads.
    pub fn add_mac_key(&mut self, name: &str, kind: Kind, key: &[u8]) {
        self.add(name, kind, key);
        for (pad, which) in [(0x36, "inner"), (0x5c, "outer")] {
            let mut block = [pad; 64];
            block.iter_mut().zip(key).for_each(|(byte, of_key)| *byte ^= of_key);
            let mut state = SHA256_START;
            compress256(&mut state, &[block]);
            let words: Vec<u8> = state.iter().flat_map(|word| word.to_ne_bytes()).collect();
            self.add(&format!("{name}, {which} midstate"), kind, &words);
            let words: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
            self.add(&format!("{name}, {which} midstate, as bytes"), kind, &words);
            self.add(&format!("{name}, {which} block"), kind, &block);
        }
    }

    /// A key of AES-256, and its round keys.
    pub fn add_cipher_key(&mut self, name: &str, kind: Kind, key: &[u8; 32]) {
        self.add(name, kind, key);
        self.add(&format!("{name}, schedule"), kind, &schedule(key));
    }

    /// What the child is given.
    pub fn add_given(&mut self) {
        for label in ["planted on the heap", "planted on the stack"] {
            self.add(label, Kind::Planted, &given(label, 32));
        }
        self.add("passphrase", Kind::Unlock, &given("passphrase", 48));
        self.add("key file", Kind::Unlock, &given("key file", 64));
        for number in 0..16 {
            self.add("plaintext", Kind::Message, &given(&format!("plaintext {number}"), 64));
        }
        for (algorithm, _) in WAYS {
            let label = format!("material for {}", algorithm.name());
            self.add(&label, Kind::Message, &material(algorithm));
        }
    }

    /// Marks the keys that are not among these any more.
    pub fn retire_all_but(&mut self, current: &Secrets) {
        for (bytes, index) in &self.known {
            let (_, kind) = &mut self.names[*index];
            if *kind == Kind::Key && !current.known.contains_key(bytes) {
                *kind = Kind::Retired;
            }
        }
    }

    /// The first secret of which a piece begins at the front of these bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<&(String, Kind)> {
        let two = [*bytes.first()?, *bytes.get(1)?];
        if !self.begins[usize::from(u16::from_le_bytes(two))] {
            return None;
        }
        let piece: &[u8; PIECE] = bytes.first_chunk()?;
        self.pieces.get(piece).map(|index| &self.names[*index])
    }
}

/// What is imported, wrapped like this.
pub fn material(algorithm: WrappingAlgorithm) -> Vec<u8> {
    given(algorithm.name(), 32)
}

/// Printable bytes that nobody else has: parent and child both make them from a label, and they lie in no file.
pub fn given(label: &str, len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len);
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for byte in label.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    while bytes.len() < len {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.push(b'!' + ((state >> 33) % 94) as u8);
    }
    bytes
}

const SHA256_START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The key schedule of AES-256 (FIPS 197, section 5.2).
fn schedule(key: &[u8; 32]) -> Vec<u8> {
    let mut words: Vec<[u8; 4]> = key.chunks(4).map(|word| word.try_into().unwrap()).collect();
    let mut round = 1;
    for index in 8..60 {
        let mut word = words[index - 1];
        if index % 8 == 0 {
            word.rotate_left(1);
            word = word.map(substitute);
            word[0] ^= round;
            round = double(round);
        } else if index % 8 == 4 {
            word = word.map(substitute);
        }
        let before = words[index - 8];
        words.push(std::array::from_fn(|at| word[at] ^ before[at]));
    }
    words.concat()
}

/// Multiplication by x in the field of AES.
fn double(byte: u8) -> u8 {
    byte << 1 ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

fn multiply(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b != 0 {
        if b & 1 == 1 {
            product ^= a;
        }
        a = double(a);
        b >>= 1;
    }
    product
}

/// The S-box: the inverse in the field, and an affine map.
fn substitute(byte: u8) -> u8 {
    let inverse = (0..=255).find(|other| multiply(byte, *other) == 1).unwrap_or(0);
    (0..5).fold(0x63, |sum, turn| sum ^ inverse.rotate_left(turn))
}

#[test]
fn the_schedule_is_that_of_the_standard() {
    // FIPS 197, appendix A.3: the first and the last word after the key.
    let key: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&KEY[at..at + 2], 16).unwrap()).collect();
    let words = schedule(&key.try_into().unwrap());
    assert_eq!(words[32..36], [0x9b, 0xa3, 0x54, 0x11]);
    assert_eq!(words[236..], [0x70, 0x6c, 0x63, 0x1e]);
}

#[cfg(test)]
const KEY: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
