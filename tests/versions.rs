//! Versions of keys: made, listed, revoked and restored, by people and by time.

mod listing;
mod schedule;

use strongroom_core::error::{Parameter, Reason, StateConflict};
use strongroom_core::key::{KeyFacts, KeyId, KeySpec};
use strongroom_core::operation::{CreateKeyVersion, RestoreKeyVersion, RevokeKeyVersion};
use strongroom_core::policy::Action;
use strongroom_core::{Error, Vault};

use crate::macs::{MESSAGE, Mint, create_mac_key};
use crate::world::{World, caller, create, create_key, decrypt, describe, disable, encrypt, mount, root};

pub fn create_version(vault: &Vault<&World>, key: KeyId) -> Result<KeyFacts, Error> {
    vault.create_key_version(&root(), CreateKeyVersion { key_id: &key.to_string() })
}

pub fn revoke(vault: &Vault<&World>, key: KeyId, version: u32) -> Result<KeyFacts, Error> {
    vault.revoke_key_version(&root(), RevokeKeyVersion { key_id: &key.to_string(), version })
}

pub fn restore(vault: &Vault<&World>, key: KeyId, version: u32) -> Result<KeyFacts, Error> {
    vault.restore_key_version(&root(), RestoreKeyVersion { key_id: &key.to_string(), version })
}

#[test]
fn a_new_version_is_current_and_what_older_ones_made_still_opens() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let mut made = vec![encrypt(&vault, key, b"1").unwrap()];
    for version in 2..=40 {
        let facts = create_version(&vault, key).unwrap();
        assert_eq!((facts.current_version, facts.newest_version), (version, version));
        assert_eq!(facts.on_demand_rotations, 0, "it is not counted as one");
        made.push(encrypt(&vault, key, version.to_string().as_bytes()).unwrap());
        world.log.last(|event| assert_eq!(event.key.map(|key| key.version), Some(version)));
    }
    vault.close().unwrap();
    let vault = mount(&world).unwrap();
    for (index, sealed) in made.iter().enumerate() {
        assert_eq!(decrypt(&vault, sealed).unwrap(), (index + 1).to_string().as_bytes());
    }
    disable(&vault, key).unwrap();
    assert_eq!(create_version(&vault, key), Err(Error::Disabled));
    assert_eq!(describe(&vault, key).unwrap().newest_version, 40);
}

#[test]
fn a_revoked_version_opens_nothing_until_it_is_restored() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let old = encrypt(&vault, key, b"old").unwrap();
    create_version(&vault, key).unwrap();
    let new = encrypt(&vault, key, b"new").unwrap();
    for again in 0..2 {
        revoke(&vault, key, 1).unwrap();
        world.log.last(|event| {
            assert_eq!((event.action, event.error_code), (Action::RevokeKeyVersion, None));
            assert_eq!(event.key.map(|key| (key.key_id, key.version)), Some((key, 1)));
        });
        assert_eq!(decrypt(&vault, &old), Err(Error::InvalidCiphertext(Reason::RevokedVersion)));
        assert_eq!(decrypt(&vault, &new).unwrap(), b"new");
        world.cool();
        assert_eq!(decrypt(&vault, &old), Err(Error::InvalidCiphertext(Reason::RevokedVersion)));
        if again == 0 {
            // Twice is once.
            revoke(&vault, key, 1).unwrap();
        }
        restore(&vault, key, 1).unwrap();
        assert_eq!(decrypt(&vault, &old).unwrap(), b"old");
    }
    // Also of a key that is not in use.
    disable(&vault, key).unwrap();
    revoke(&vault, key, 1).unwrap();
}

#[test]
fn the_current_version_is_not_revoked_and_missing_ones_are_not_either() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    create_version(&vault, key).unwrap();
    assert_eq!(revoke(&vault, key, 2), Err(Error::InvalidState(StateConflict::Version)));
    for version in [0, 3, u32::MAX] {
        let none = Err(Error::Validation(Parameter::Version));
        assert_eq!(revoke(&vault, key, version), none);
        assert_eq!(restore(&vault, key, version), none);
    }
    let sealed = encrypt(&vault, key, b"x").unwrap();
    assert_eq!(decrypt(&vault, &sealed).unwrap(), b"x");
    // Once there is another, it can be.
    create_version(&vault, key).unwrap();
    revoke(&vault, key, 2).unwrap();
    assert!(decrypt(&vault, &sealed).is_err());
}

#[test]
fn nobody_without_permission_changes_versions() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    create_version(&vault, key).unwrap();
    let id = key.to_string();
    let stranger = caller(crate::world::STRANGER);
    let before = describe(&vault, key).unwrap();
    let denied = |answer: Result<KeyFacts, Error>| {
        assert!(matches!(answer, Err(Error::AccessDenied(_))), "{answer:?}");
    };
    denied(vault.create_key_version(&stranger, CreateKeyVersion { key_id: &id }));
    denied(vault.revoke_key_version(&stranger, RevokeKeyVersion { key_id: &id, version: 1 }));
    denied(vault.restore_key_version(&stranger, RestoreKeyVersion { key_id: &id, version: 1 }));
    assert_eq!(describe(&vault, key).unwrap(), before);
}

#[test]
fn verify_mac_tries_the_current_version_and_the_seven_newest_usable_ones() {
    let world = World::new(1);
    let mint = Mint::new(&world, KeySpec::Hmac256);
    let mut macs = vec![(mint.mac(MESSAGE).unwrap(), mint.versioned_mac(MESSAGE).unwrap())];
    for _ in 2..=10 {
        create_version(&mint.vault, mint.key).unwrap();
        macs.push((mint.mac(MESSAGE).unwrap(), mint.versioned_mac(MESSAGE).unwrap()));
    }
    let plain = |version: usize| mint.verify(MESSAGE, &macs[version - 1].0);
    let versioned = |version: usize| mint.verify_versioned(MESSAGE, &macs[version - 1].1);
    for version in 1..=10u32 {
        let index = version as usize;
        let expected = if version >= 3 { Ok(version) } else { Err(Error::InvalidMac) };
        assert_eq!(plain(index), expected, "version {version}");
        // A MAC that names its version verifies however old it is.
        assert_eq!(versioned(index), Ok(version));
    }
    // Revoked ones make room for older ones.
    revoke(&mint.vault, mint.key, 9).unwrap();
    assert_eq!((plain(9), versioned(9)), (Err(Error::InvalidMac), Err(Error::InvalidMac)));
    assert_eq!((plain(2), plain(1)), (Ok(2), Err(Error::InvalidMac)));
    revoke(&mint.vault, mint.key, 4).unwrap();
    assert_eq!((plain(4), plain(1)), (Err(Error::InvalidMac), Ok(1)));
    restore(&mint.vault, mint.key, 9).unwrap();
    assert_eq!((plain(9), versioned(9), plain(1)), (Ok(9), Ok(9), Err(Error::InvalidMac)));
    world.log.last(|event| assert_eq!(event.error_code, Some("KMSInvalidMacException")));
    // A MAC of version 9 under a header of version 8 is none.
    let mut other = macs[8].1.clone();
    other[20..32].copy_from_slice(&macs[7].1[20..32]);
    assert_eq!(mint.verify_versioned(MESSAGE, &other), Err(Error::InvalidMac));
}

#[test]
fn every_spec_gets_new_versions() {
    let world = World::new(1);
    let vault = create(&world);
    for (spec, _) in crate::macs::SPECS {
        let key = create_mac_key(&vault, spec);
        assert_eq!(create_version(&vault, key).unwrap().current_version, 2);
    }
}
