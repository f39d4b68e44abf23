//! The private halves of offers: one bundle, one day, and then nowhere.

use strongroom_core::error::Reason;
use strongroom_core::limits::{OFFER_LIFE_MS, OFFERS_MAX};
use strongroom_core::operation::PutQuotas;
use strongroom_core::policy::{Action, Caller};
use strongroom_core::quota::Quotas;
use strongroom_core::{Error, Vault};

use super::sites::{Site, Sites, worlds};
use super::{allowing, identity, pin};
use crate::world::{CommitFate, FOREIGNER, STRANGER, World, caller, create, create_key, mount, root, rotate};

const GONE: Error = Error::Exchange(Reason::NoSuchOffer);

fn records(vault: &Vault<&World>) -> u64 {
    let found = vault.verify().unwrap();
    assert_eq!((found.damaged, found.damaged_copies), (0, 0));
    found.records
}

#[test]
fn an_offer_is_a_record_that_goes_with_its_first_use_whatever_comes_of_it() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let Sites { a, b } = &sites;
    let key = create_key(&a.vault);
    let before = records(&b.vault);
    let bundle = sites.bundle(key);
    assert_eq!(records(&b.vault), before + 1);
    b.receive(&bundle).unwrap();
    assert_eq!(records(&b.vault), before + 3, "key, version and lineage; the offer is gone");

    // Used in vain: the key was rotated here meanwhile.
    let bundle = sites.bundle(key);
    rotate(&b.vault, key).unwrap();
    let before = records(&b.vault);
    assert_eq!(b.receive(&bundle), Err(Error::Exchange(Reason::OlderBundle)));
    assert_eq!(records(&b.vault), before - 1);
    b.world.log.last(|event| {
        assert_eq!((event.action, event.subject), (Action::ReceiveKey, "a"));
        assert_eq!(event.reason, Some(Reason::OlderBundle));
        assert_eq!(event.key.map(|touched| touched.key_id), Some(key));
    });
    assert_eq!(b.receive(&bundle), Err(GONE));
}

#[test]
fn an_offer_lasts_a_day_and_a_tick_takes_it_out() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let b = &sites.b;
    let before = records(&b.vault);
    let (late, in_time) = (sites.bundle(key), sites.bundle(key));
    b.world.clock.advance_ms(OFFER_LIFE_MS - 1);
    assert_eq!(b.vault.tick(100).unwrap().settled, 0);
    b.receive(&in_time).unwrap();
    b.world.clock.advance_ms(1);
    assert_eq!(b.receive(&late), Err(GONE));
    assert_eq!(records(&b.vault), before + 4, "it is still there, and of no use");
    assert_eq!(b.vault.tick(100).unwrap().settled, 1);
    assert_eq!(records(&b.vault), before + 3);
}

#[test]
fn without_a_clock_an_offer_ends_too() {
    let worlds = worlds();
    // One that never had one: the timers of others go on by what they have observed.
    let sites = Sites::between(Site::new(&worlds[0]), Site::at(&worlds[1], None));
    let key = create_key(&sites.a.vault);
    let b = &sites.b;
    let bundle = sites.bundle(key);
    b.world.clock.advance_ms(OFFER_LIFE_MS);
    assert_eq!(b.receive(&bundle), Err(GONE));
    assert_eq!(b.vault.tick(100).unwrap().settled, 1);
}

#[test]
fn one_more_than_there_are_places_takes_that_of_the_first() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let before = records(&sites.b.vault);
    let mut bundles = Vec::new();
    for _ in 0..=OFFERS_MAX {
        bundles.push(sites.bundle(key));
        sites.b.world.clock.advance_ms(1000);
    }
    assert_eq!(records(&sites.b.vault), before + 4);
    assert_eq!(sites.b.receive(&bundles[0]), Err(GONE));
    for bundle in &bundles[1..] {
        assert!(sites.b.receive(bundle).is_ok());
    }
}

#[test]
fn a_commit_that_fails_leaves_the_offer_and_one_that_landed_does_not() {
    for (fate, is_there) in [(CommitFate::Fails, false), (CommitFate::LandsAndFails, true)] {
        let worlds = worlds();
        let sites = Sites::new(&worlds);
        let key = create_key(&sites.a.vault);
        let bundle = sites.bundle(key);
        let b = &sites.b;
        b.world.storage.decide(&[fate]);
        assert!(matches!(b.receive(&bundle), Err(Error::Storage(_))), "{fate:?}");
        b.world.cut_power();
        let vault = mount(b.world).unwrap();
        assert_eq!(vault.holds_key(&key), Ok(is_there), "{fate:?}");
        let b = Site { world: b.world, vault, identity: b.identity };
        let again = b.receive(&bundle).map(|facts| facts.key_id);
        assert_eq!(again, if is_there { Err(GONE) } else { Ok(key) }, "{fate:?}");
    }
}

#[test]
fn a_vault_with_no_identity_or_no_such_peer_makes_no_offer() {
    let worlds = worlds();
    let vault = create(&worlds[0]);
    let other = identity(&create(&worlds[1]));
    pin(&vault, "b", other.fingerprint).unwrap();
    let mut offer = [0; strongroom_core::peer::OFFER_LEN];
    let mut ask = |peer| {
        let request = strongroom_core::operation::CreateReceiveOffer { peer };
        let made = vault.create_receive_offer(&root(), request, &strongroom_std::PeerExchange, &mut offer);
        made.map(drop)
    };
    assert_eq!(ask("b"), Err(Error::Exchange(Reason::NoIdentity)));
    assert_eq!(ask("c"), Err(Error::Exchange(Reason::NotPinned)));
    identity(&vault);
    assert_eq!(ask("b"), Ok(()));
}

#[test]
fn a_full_vault_refuses_a_new_key_and_keeps_the_offer() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let b = &sites.b;
    create_key(&b.vault);
    let put = |keys| {
        let quotas = Quotas { keys, ..Quotas::default() };
        b.vault.put_quotas(&root(), PutQuotas { quotas }).unwrap();
    };
    put(Some(1));
    let bundle = sites.bundle(key);
    assert_eq!(b.receive(&bundle), Err(Error::LimitExceeded));
    put(Some(2));
    assert!(b.receive(&bundle).is_ok());
    assert_eq!(crate::world::list(&b.vault, 10).unwrap().len(), 2);
    let counted = b.vault.create_key(&root(), strongroom_core::operation::CreateKey::default());
    assert_eq!(counted.map(drop), Err(Error::LimitExceeded), "it counts");
}

#[test]
fn only_whom_the_vault_or_the_key_lets_exchanges() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let Sites { a, b } = &sites;
    let key = create_key(&a.vault);
    let (offer, bundle) = (b.offer("a").unwrap(), sites.bundle(key));
    let is_denied = |result: Result<(), Error>| matches!(result, Err(Error::AccessDenied(_)));
    for principal in [STRANGER, FOREIGNER] {
        let who = caller(principal);
        assert!(is_denied(b.offer_as(&who, "a").map(drop)), "{principal}");
        assert!(is_denied(a.export_as(&who, key, "b", &offer).map(drop)), "{principal}");
        assert!(is_denied(b.receive_as(&who, &bundle).map(drop)), "{principal}");
    }
    let on = |resource: &str, who: &dyn Fn(&Caller<'_>)| {
        let actions = ["kms:CreateReceiveOffer", "kms:ExportKey", "kms:ReceiveKey"];
        let policy = allowing(&actions, resource);
        let policies: [&[u8]; 1] = [&policy];
        who(&caller(STRANGER).with_identity_policies(&policies).unwrap());
    };
    on("arn:aws:kms:us-east-1:000000000000:key/*", &|who| {
        assert!(is_denied(b.offer_as(who, "a").map(drop)));
        assert!(is_denied(b.receive_as(who, &bundle).map(drop)));
        assert!(a.export_as(who, key, "b", &offer).is_ok());
    });
    on("arn:aws:kms:us-east-1:000000000000:vault/*", &|who| {
        assert!(b.offer_as(who, "a").is_ok());
        assert!(is_denied(a.export_as(who, key, "b", &offer).map(drop)));
        assert!(b.receive_as(who, &bundle).is_ok());
    });
}
