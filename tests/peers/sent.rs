//! Keys that go from one vault to another, and again.

use strongroom_core::key::{KeyId, KeySpec, KeyUsage, MacAlgorithm};
use strongroom_core::operation::{
    CreateKey, CreateKeyVersion, GenerateMac, GetKeyPolicy, RevokeKeyVersion, VerifyMac,
};
use strongroom_core::policy::Action;
use strongroom_core::{Error, Vault};

use super::sites::{Sites, worlds};
use crate::world::{World, create_key, decrypt, describe, disable, encrypt, mount, root, rotate};

#[test]
fn what_one_vault_has_encrypted_the_other_decrypts() {
    let worlds = worlds();
    let Sites { a, b } = &Sites::new(&worlds);
    let key = create_key(&a.vault);
    let sealed = encrypt(&a.vault, key, b"between vaults").unwrap();
    assert!(decrypt(&b.vault, &sealed).is_err(), "not before");

    let offer = b.offer("a").unwrap();
    let bundle = a.export(key, "b", &offer).unwrap();
    let before = b.world.storage.revision();
    let facts = b.receive(&bundle).unwrap();
    assert_eq!(b.world.storage.revision(), before + 1, "all of it in one commit");
    assert_eq!(facts, describe(&a.vault, key).unwrap(), "the same key");
    assert_eq!(decrypt(&b.vault, &sealed).unwrap(), b"between vaults");
    let back = encrypt(&b.vault, key, b"and back").unwrap();
    assert_eq!(decrypt(&a.vault, &back).unwrap(), b"and back");

    b.world.cut_power();
    let vault = mount(b.world).unwrap();
    assert_eq!(decrypt(&vault, &sealed).unwrap(), b"between vaults");
    assert!(vault.verify().is_ok_and(|found| found.damaged == 0 && found.damaged_copies == 0));
}

#[test]
fn both_logs_say_what_went_where() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let offer = sites.b.offer("a").unwrap();
    sites.b.world.log.last(|event| {
        assert_eq!((event.action, event.subject), (Action::CreateReceiveOffer, "a"));
    });
    let bundle = sites.a.export(key, "b", &offer).unwrap();
    let revision = sites.a.world.log.last(|event| {
        assert_eq!((event.action, event.subject, event.error_code), (Action::ExportKey, "b", None));
        assert_eq!(event.key.map(|key| (key.key_id, key.version)), Some((key, 1)));
        event.detail
    });
    assert_eq!(revision, sites.a.world.storage.revision());
    sites.b.receive(&bundle).unwrap();
    sites.b.world.log.last(|event| {
        assert_eq!((event.action, event.subject, event.error_code), (Action::ReceiveKey, "a", None));
        assert_eq!(event.key.map(|key| (key.key_id, key.version)), Some((key, 1)));
        assert_eq!(event.detail, revision);
    });
}

#[test]
fn a_key_goes_with_all_its_versions_and_again_once_it_has_more() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let Sites { a, b } = &sites;
    let key = create_key(&a.vault);
    let mut sealed = vec![encrypt(&a.vault, key, b"1").unwrap()];
    for plaintext in [b"2", b"3"] {
        rotate(&a.vault, key).unwrap();
        sealed.push(encrypt(&a.vault, key, plaintext).unwrap());
    }
    assert_eq!(sites.send(key).unwrap().current_version, 3);
    for (number, sealed) in (b'1'..).zip(&sealed) {
        assert_eq!(decrypt(&b.vault, sealed).unwrap(), [number]);
    }
    rotate(&a.vault, key).unwrap();
    let newest = encrypt(&a.vault, key, b"4").unwrap();
    assert!(decrypt(&b.vault, &newest).is_err());
    assert_eq!(sites.send(key).unwrap().newest_version, 4);
    assert_eq!(decrypt(&b.vault, &newest).unwrap(), b"4");
    assert_eq!(decrypt(&b.vault, &sealed[0]).unwrap(), b"1");
    // As it is, once more: nothing changes.
    assert_eq!(sites.send(key).unwrap().newest_version, 4);
}

#[test]
fn as_many_versions_as_a_bundle_takes_arrive_and_one_more_does_not_leave() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let first = encrypt(&sites.a.vault, key, b"first").unwrap();
    for _ in 1..strongroom_core::limits::BUNDLE_VERSIONS_MAX {
        add_version(&sites.a.vault, key);
    }
    let last = encrypt(&sites.a.vault, key, b"last").unwrap();
    let facts = sites.send(key).unwrap();
    assert_eq!(facts.current_version, 64);
    assert_eq!(decrypt(&sites.b.vault, &first).unwrap(), b"first");
    assert_eq!(decrypt(&sites.b.vault, &last).unwrap(), b"last");
    let found = sites.b.vault.verify().unwrap();
    assert_eq!((found.damaged, found.damaged_copies), (0, 0));

    add_version(&sites.a.vault, key);
    let offer = sites.b.offer("a").unwrap();
    assert_eq!(sites.a.export(key, "b", &offer), Err(Error::LimitExceeded));
}

fn add_version(vault: &Vault<&World>, key: KeyId) {
    vault.create_key_version(&root(), CreateKeyVersion { key_id: &key.to_string() }).unwrap();
}

#[test]
fn keys_for_macs_go_too() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let spec = KeySpec::Hmac512;
    let request =
        CreateKey { key_spec: spec, key_usage: KeyUsage::GenerateVerifyMac, ..CreateKey::default() };
    let key = sites.a.vault.create_key(&root(), request).unwrap().key_id;
    let (id, algorithm) = (key.to_string(), MacAlgorithm::HmacSha512);
    let mut room = [0; 64];
    let request = GenerateMac::new(&id, algorithm, b"message");
    let mac = sites.a.vault.generate_mac(&root(), request, &mut room).unwrap().mac.to_vec();
    sites.send(key).unwrap();
    let request = VerifyMac::new(&id, algorithm, b"message", &mac);
    assert!(sites.b.vault.verify_mac(&root(), request).is_ok());
}

#[test]
fn what_the_target_says_of_a_key_stays_and_what_the_source_says_stays_behind() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let Sites { a, b } = &sites;
    let request = CreateKey { description: "of a", ..CreateKey::default() };
    let key = a.vault.create_key(&root(), request).unwrap().key_id;
    let id = key.to_string();
    let old = encrypt(&a.vault, key, b"old").unwrap();
    rotate(&a.vault, key).unwrap();
    sites.send(key).unwrap();
    let mut policies = [[0; 400]; 2];
    let own = create_key(&b.vault).to_string();
    let policy = |id: &str, buffer: &mut [u8; 400]| {
        b.vault.get_key_policy(&root(), GetKeyPolicy::new(id), buffer).unwrap().len()
    };
    let [received, drawn] = &mut policies;
    let lens = (policy(&id, received), policy(&own, drawn));
    assert_eq!((lens.0, received), (lens.1, drawn), "the default policy");

    disable(&b.vault, key).unwrap();
    let revoke = RevokeKeyVersion { key_id: &id, version: 1 };
    b.vault.revoke_key_version(&root(), revoke).unwrap();
    rotate(&a.vault, key).unwrap();
    let facts = sites.send(key).unwrap();
    assert_eq!(facts.current_version, 3);
    assert_eq!(facts.state, describe(&b.vault, key).unwrap().state);
    assert_eq!(decrypt(&b.vault, &old), Err(Error::Disabled));
    crate::world::enable(&b.vault, key).unwrap();
    assert!(decrypt(&b.vault, &old).is_err(), "revoked here, whatever it is there");
}
