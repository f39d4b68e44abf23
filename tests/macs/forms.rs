//! The MAC that names its version.

use strongroom_core::key::{KeyId, KeySpec};
use strongroom_core::{Ciphertext, Error, VersionedMac, versioned_mac_len};

use super::{MESSAGE, Mint, SPECS};
use crate::world::{World, encrypt};

#[test]
fn a_versioned_mac_names_its_key_and_version_and_ends_with_the_plain_mac() {
    for (spec, algorithm) in SPECS {
        let world = World::new(1);
        let mint = Mint::new(&world, spec);
        let versioned = mint.versioned_mac(MESSAGE).unwrap();
        assert_eq!(versioned.len(), versioned_mac_len(algorithm));
        let parsed = VersionedMac::parse(&versioned).unwrap();
        assert_eq!((parsed.key_id, parsed.version, parsed.algorithm), (mint.key, 1, algorithm));
        assert_eq!(parsed.mac, mint.mac(MESSAGE).unwrap());
        assert_eq!(mint.verify_versioned(MESSAGE, &versioned), Ok(1));
        assert_eq!(mint.verify(MESSAGE, parsed.mac), Ok(1));
        // Each form is what its own operation verifies.
        assert_eq!(mint.verify(MESSAGE, &versioned), Err(Error::InvalidMac));
        assert_eq!(mint.verify_versioned(MESSAGE, parsed.mac), Err(Error::InvalidMac));
    }
}

#[test]
fn a_versioned_mac_altered_anywhere_is_refused() {
    let world = World::new(1);
    world.log.batch();
    let mint = Mint::new(&world, KeySpec::Hmac224);
    let versioned = mint.versioned_mac(MESSAGE).unwrap();
    for position in 0..versioned.len() {
        for bit in 0..8 {
            let mut altered = versioned.clone();
            altered[position] ^= 1 << bit;
            let refused = Err(Error::InvalidMac);
            assert_eq!(mint.verify_versioned(MESSAGE, &altered), refused, "byte {position} bit {bit}");
        }
    }
    for len in 1..versioned.len() {
        assert_eq!(mint.verify_versioned(MESSAGE, &versioned[..len]), Err(Error::InvalidMac));
    }
    let longer = [&versioned[..], &[0]].concat();
    assert_eq!(mint.verify_versioned(MESSAGE, &longer), Err(Error::InvalidMac));
    assert_eq!(mint.verify_versioned(b"other", &versioned), Err(Error::InvalidMac));
}

#[test]
fn no_ciphertext_is_a_versioned_mac_and_no_versioned_mac_a_ciphertext() {
    let world = World::new(1);
    let mint = Mint::new(&world, KeySpec::Hmac512);
    let versioned = mint.versioned_mac(MESSAGE).unwrap();
    let key: KeyId = crate::world::create_key(&mint.vault);
    let ciphertext = encrypt(&mint.vault, key, MESSAGE).unwrap();
    assert!(Ciphertext::parse(&[&versioned[..], &[0; 100]].concat()).is_err());
    for len in 0..=ciphertext.len() {
        assert!(VersionedMac::parse(&ciphertext[..len]).is_err());
    }
}
