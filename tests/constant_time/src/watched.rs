//! The primitives, with what they give away shown, and what they keep hidden.

use strongroom_core::Secret;
use strongroom_core::crypto::{AuthenticationFailed, MacKey, Primitives, RustCrypto};
use strongroom_core::key::MacAlgorithm;

use crate::hidden::{remember, show, show_all_but_secrets, shown};

/// RustCrypto, watched.
#[derive(Clone, Copy, Debug)]
pub struct Watched;

/// What begins a MAC that is a key: of SR-1 an opened key and a message's, the next keys of the audit log, a session's secret.
/// All others are addresses, commitments, check values and tags, which lie in the open.
const KEYS: [&[u8]; 5] = [b"\x01SRk1", b"\x01SRv1", b"next", b"log", b"SRss"];

impl Primitives for Watched {
    type MacKey = MacKey;

    fn sha256<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
        RustCrypto::sha256(parts)
    }
    fn mac_key(key: &[u8; 32]) -> MacKey {
        RustCrypto::mac_key(key)
    }
    fn mac(key: &MacKey, parts: &[&[u8]], out: &mut [u8; 32]) {
        RustCrypto::mac(key, parts, out);
        let front: Vec<u8> = parts.concat().into_iter().take(5).collect();
        if !KEYS.iter().any(|label| front.starts_with(label)) {
            show(out);
        }
    }
    fn hkdf_extract(salt: &[u8], input: &[u8], out: &mut Secret<32>) {
        RustCrypto::hkdf_extract(salt, input, out);
        if salt.starts_with(b"SRhc") {
            // The check value of material for MACs.
            out.fill_with(|check_value| show(check_value));
        } else {
            // Of imported material this is what is stored.
            out.expose(remember);
        }
    }
    fn hkdf(salt: &[u8], input: &[u8], info: &[u8], out: &mut Secret<32>) {
        RustCrypto::hkdf(salt, input, info, out);
    }
    fn aead_seal(
        key: &[u8; 32],
        nonce: &[u8; 12],
        data: &mut [u8],
    ) -> Result<[u8; 16], AuthenticationFailed> {
        let mut tag = RustCrypto::aead_seal(key, nonce, data)?;
        show(data);
        show(&mut tag);
        Ok(tag)
    }
    fn aead_open(
        key: &[u8; 32],
        nonce: &[u8; 12],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), AuthenticationFailed> {
        let opened = RustCrypto::aead_open(key, nonce, data, tag);
        show_all_but_secrets(data);
        if shown(opened.is_ok()) { Ok(()) } else { Err(AuthenticationFailed) }
    }
    fn message_mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8], out: &mut Secret<64>) {
        RustCrypto::message_mac(algorithm, key, message, out);
    }
    fn equal(left: &[u8], right: &[u8]) -> bool {
        shown(RustCrypto::equal(left, right))
    }
}
