//! The primitives of this device. With the feature `shares` each call is counted, and how long it takes: for figures alone.

#[cfg(not(feature = "shares"))]
mod plain {
    pub use strongroom_core::crypto::RustCrypto as Crypto;
    use strongroom_core::device::{PRIMITIVES, Spent};

    /// Nothing is counted.
    pub fn take_spent() -> [Spent; PRIMITIVES.len()] {
        [Spent::default(); PRIMITIVES.len()]
    }
}

#[cfg(feature = "shares")]
mod counted {
    use core::cell::Cell;

    use strongroom_core::Secret;
    use strongroom_core::crypto::{AuthenticationFailed, MacKey, Primitives, RustCrypto};
    use strongroom_core::device::{PRIMITIVES, Spent};
    use strongroom_core::key::MacAlgorithm;

    use crate::board::{Alone, ticks};

    static SPENT: Alone<[Cell<Spent>; PRIMITIVES.len()]> =
        Alone::new([const { Cell::new(Spent { calls: 0, ticks: 0 }) }; PRIMITIVES.len()]);

    /// What was spent in each primitive since this was asked last.
    pub fn take_spent() -> [Spent; PRIMITIVES.len()] {
        SPENT.each_ref().map(Cell::take)
    }

    /// Calls a primitive, and counts it at its place in `PRIMITIVES`.
    fn counted<R>(place: usize, call: impl FnOnce() -> R) -> R {
        let start = ticks();
        let result = call();
        let taken = ticks().saturating_sub(start);
        if let Some(cell) = SPENT.get(place) {
            let Spent { calls, ticks } = cell.get();
            cell.set(Spent { calls: calls.saturating_add(1), ticks: ticks.saturating_add(taken) });
        }
        result
    }

    /// [`RustCrypto`], counted.
    #[derive(Clone, Copy, Debug)]
    pub struct Crypto;

    impl Primitives for Crypto {
        type MacKey = MacKey;

        fn sha256<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
            counted(0, || RustCrypto::sha256(parts))
        }
        fn mac_key(key: &[u8; 32]) -> MacKey {
            counted(1, || RustCrypto::mac_key(key))
        }
        fn mac(key: &MacKey, parts: &[&[u8]], out: &mut [u8; 32]) {
            counted(2, || RustCrypto::mac(key, parts, out));
        }
        fn hkdf_extract(salt: &[u8], input: &[u8], out: &mut Secret<32>) {
            counted(3, || RustCrypto::hkdf_extract(salt, input, out));
        }
        fn hkdf(salt: &[u8], input: &[u8], info: &[u8], out: &mut Secret<32>) {
            counted(3, || RustCrypto::hkdf(salt, input, info, out));
        }
        fn aead_seal(
            key: &[u8; 32],
            nonce: &[u8; 12],
            data: &mut [u8],
        ) -> Result<[u8; 16], AuthenticationFailed> {
            counted(4, || RustCrypto::aead_seal(key, nonce, data))
        }
        fn aead_open(
            key: &[u8; 32],
            nonce: &[u8; 12],
            data: &mut [u8],
            tag: &[u8; 16],
        ) -> Result<(), AuthenticationFailed> {
            counted(5, || RustCrypto::aead_open(key, nonce, data, tag))
        }
        fn message_mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8], out: &mut Secret<64>) {
            counted(2, || RustCrypto::message_mac(algorithm, key, message, out));
        }
        fn equal(left: &[u8], right: &[u8]) -> bool {
            RustCrypto::equal(left, right)
        }
    }
}

#[cfg(feature = "shares")]
pub use counted::{Crypto, take_spent};
#[cfg(not(feature = "shares"))]
pub use plain::{Crypto, take_spent};
