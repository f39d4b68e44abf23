//! The formulas of `docs/format.md`, written a second time on the bare primitives, so that vectors and forged vaults do
//! not come from the code they check.

use strongroom_core::Secret;
use strongroom_core::crypto::{Primitives, RustCrypto};

pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    RustCrypto::sha256(parts.iter().copied())
}

pub fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    RustCrypto::mac(&RustCrypto::mac_key(key), parts, &mut out);
    out
}

pub fn extract(salt: &[u8], input: &[u8]) -> [u8; 32] {
    let mut out = Secret::zeroed();
    RustCrypto::hkdf_extract(salt, input, &mut out);
    out.expose(|bytes| *bytes)
}

/// HKDF with 32 bytes of output: extract, and the first block of expand.
pub fn hkdf(salt: &[u8], input: &[u8], info: &[u8]) -> [u8; 32] {
    hmac(&extract(salt, input), &[info, &[1]])
}

/// Bytes that look random and follow from a name.
pub fn drawn<const N: usize>(name: &str) -> [u8; N] {
    let mut out = [0; N];
    for (counter, block) in (0u32..).zip(out.chunks_mut(32)) {
        block.copy_from_slice(&sha256(&[name.as_bytes(), &counter.to_be_bytes()])[..block.len()]);
    }
    out
}

pub fn cat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub fn string(bytes: &[u8]) -> Vec<u8> {
    cat(&[&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes])
}

pub fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(64), 0);
    bytes
}

pub fn flip(bytes: impl AsRef<[u8]>, at: usize) -> Vec<u8> {
    set(bytes.as_ref(), at, bytes.as_ref()[at] ^ 1)
}

pub fn set(bytes: impl AsRef<[u8]>, at: usize, value: u8) -> Vec<u8> {
    let mut bytes = bytes.as_ref().to_vec();
    bytes[at] = value;
    bytes
}

/// One sealed message with everything on the way to it.
pub struct Sealed {
    pub m: Vec<u8>,
    pub k_prime: [u8; 32],
    pub kcv: [u8; 8],
    pub a_hash: [u8; 32],
    pub s: [u8; 16],
    pub n: [u8; 12],
    pub x: Vec<u8>,
    pub e: [u8; 32],
    pub c: [u8; 32],
    pub blob: Vec<u8>,
}

/// Section 2. `S` and `N` follow from `name`.
pub fn seal(
    name: &str,
    key: &[u8; 32],
    purpose: u8,
    owner: &[u8; 16],
    version: u32,
    a: &[u8],
    plaintext: &[u8],
) -> Sealed {
    let m = cat(&[b"SRk1", &[1, purpose], owner, &version.to_be_bytes()]);
    let k_prime = hmac(key, &[&[1], &m]);
    let kcv = hmac(key, &[&[2], &m])[..8].try_into().unwrap();
    let (s, n): ([u8; 16], [u8; 12]) = (drawn(&format!("S {name}")), drawn(&format!("N {name}")));
    let a_hash = sha256(&[a]);
    let x = cat(&[b"SRv1", &[1, purpose], &s, &a_hash]);
    let (e, c) = (hmac(&k_prime, &[&[1], &x]), hmac(&k_prime, &[&[2], &x]));
    let mut body = plaintext.to_vec();
    let tag = RustCrypto::aead_seal(&e, &n, &mut body).unwrap();
    let blob = cat(&[&s, &n, &c, &body, &tag]);
    Sealed { m, k_prime, kcv, a_hash, s, n, x, e, c, blob }
}
