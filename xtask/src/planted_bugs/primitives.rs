//! The primitives, and what imports are wrapped with, against vectors of others.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a message opens whose tag does not match",
        file: "core/src/crypto/primitives.rs",
        find: "data.into(), tag.into())\n                .map_err(|_| AuthenticationFailed)",
        replace: "data.into(), tag.into())\n                .or(Ok(()))",
        check: "test -p strongroom-tests wycheproof::aes_256_gcm",
    },
    PlantedBug {
        name: "a MAC is made with the wrong hash function",
        file: "core/src/crypto/primitives.rs",
        find: "hmac::<Sha384>(key, message, out)",
        replace: "hmac::<Sha512>(key, message, out)",
        check: "test -p strongroom-tests wycheproof::hmac",
    },
    PlantedBug {
        name: "keys are derived without their salt",
        file: "core/src/crypto/primitives.rs",
        find: "hkdf::Hkdf::<Sha256>::new(Some(salt), input)",
        replace: "hkdf::Hkdf::<Sha256>::new(Some(salt).filter(|_| false), input)",
        check: "test -p strongroom-tests wycheproof::hkdf",
    },
    PlantedBug {
        name: "RSA-OAEP with another hash function",
        file: "std-shim/src/cryptography/import_wrapping.rs",
        find: "Oaep::<Sha256>::new()",
        replace: "Oaep::<rsa::sha2::Sha384>::new()",
        check: "test -p strongroom-std wycheproof::rsa",
    },
    PlantedBug {
        name: "material wrapped with AES is as long as its wrapping",
        file: "std-shim/src/cryptography/import_wrapping.rs",
        find: "cipher.unwrap_key(sealed, out).map(<[u8]>::len)",
        replace: "cipher.unwrap_key(sealed, out).map(|out| out.len().next_multiple_of(8))",
        check: "test -p strongroom-std wycheproof::aes",
    },
    PlantedBug {
        name: "a comparison stops at the first difference",
        file: "core/src/crypto/primitives.rs",
        find: "bool::from(subtle::ConstantTimeEq::ct_eq(left, right))",
        replace: "left.iter().zip(right).all(|(one, other)| one == other) && left.len() == right.len()",
        check: "run --quiet --release --package xtask -- constant-time",
    },
    PlantedBug {
        name: "a MAC is compared as bytes are",
        file: "core/src/operation/macs/verify_mac.rs",
        find: "P::Primitives::equal(expected, mac)",
        replace: "*expected == *mac",
        check: "run --quiet --release --package xtask -- constant-time",
    },
    PlantedBug {
        name: "measurements are believed that do not find the planted leak",
        file: "xtask/src/dudect.rs",
        find: "one.is_planted() && one.is_leak()",
        replace: "one.is_planted()",
        check: "test -p xtask dudect::",
    },
    PlantedBug {
        name: "a leak is seen in one direction only",
        file: "xtask/src/dudect.rs",
        find: "self.t.abs() > LEAK\n",
        replace: "self.t > LEAK\n",
        check: "test -p xtask dudect::",
    },
];
