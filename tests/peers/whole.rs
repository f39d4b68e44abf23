//! A whole vault that is sealed to another one, and becomes a third.

use strongroom_core::audit::RecordedEvent;
use strongroom_core::backup::BundleSummary;
use strongroom_core::error::Reason;
use strongroom_core::limits::{BUNDLE_SEGMENT_LEN_MAX, OFFER_LIFE_MS};
use strongroom_core::operation::BackupToPeer;
use strongroom_core::policy::{Action, Caller};
use strongroom_core::{Error, Vault};
use strongroom_std::PeerExchange;

use super::sites::{NOW, Site, Sites, destroy_first, worlds};
use super::{allowing, identity};
use crate::backup::{ONE_SLOT, source};
use crate::hex::hex;
use crate::world::{
    CommitFate, FOREIGNER, SECRET, STRANGER, World, caller, create_key, decrypt, encrypt, mount, root,
    rotate, secret_of,
};

pub fn backup_as(
    site: &Site<'_>,
    caller: &Caller<'_>,
    peer: &str,
    offer: &[u8],
) -> Result<(Vec<u8>, BundleSummary), Error> {
    let mut bundle = Vec::new();
    let sink = &mut |bytes: &[u8]| {
        bundle.extend_from_slice(bytes);
        Ok(())
    };
    let made = site.vault.backup_to_peer(caller, BackupToPeer { peer, offer }, &PeerExchange, sink);
    if made.is_err() {
        assert!(bundle.is_empty(), "what is refused leaves nothing behind");
    }
    made.map(|summary| (bundle, summary))
}

/// Everything that `a` has, for an offer that `b` makes now.
pub fn bundle(sites: &Sites<'_>) -> (Vec<u8>, BundleSummary) {
    backup_as(&sites.a, &root(), "b", &sites.b.offer("a").unwrap()).unwrap()
}

pub fn drill(site: &Site<'_>, bundle: &[u8]) -> Result<BundleSummary, Error> {
    drill_as(site, &root(), bundle)
}

fn drill_as(site: &Site<'_>, caller: &Caller<'_>, bundle: &[u8]) -> Result<BundleSummary, Error> {
    let mut buffer = vec![0xaa; BUNDLE_SEGMENT_LEN_MAX];
    let drilled = site.vault.drill_from_peer(caller, &mut source(bundle), &PeerExchange, &mut buffer);
    assert!(buffer.iter().all(|byte| *byte == 0), "what was read does not stay behind");
    drilled
}

pub fn restore<'w>(
    site: &Site<'_>,
    bundle: &[u8],
    world: &'w World,
) -> Result<(Vault<&'w World>, BundleSummary), Error> {
    restore_as(site, &root(), bundle, world)
}

fn restore_as<'w>(
    site: &Site<'_>,
    caller: &Caller<'_>,
    bundle: &[u8],
    world: &'w World,
) -> Result<(Vault<&'w World>, BundleSummary), Error> {
    restore_from(site, caller, &mut source(bundle), world)
}

fn restore_from<'w>(
    site: &Site<'_>,
    caller: &Caller<'_>,
    source: &mut dyn FnMut(&mut [u8]) -> Result<usize, Error>,
    world: &'w World,
) -> Result<(Vault<&'w World>, BundleSummary), Error> {
    world.clock.set_wall_ms(Some(NOW));
    let (new, unlock) = (Vault::new(world), &mut secret_of(SECRET));
    let restored = site.vault.restore_from_peer(caller, source, &PeerExchange, &new, ONE_SLOT, unlock);
    if restored.is_err() {
        assert!(mount(world).is_err(), "what is refused makes no vault");
    }
    restored.map(|summary| (new, summary))
}

/// Action, subject and detail of each event.
fn events(world: &World) -> Vec<(Action, String, u64)> {
    let events = world.log.events();
    let read = events.iter().map(|event| RecordedEvent::read(event).unwrap());
    read.map(|event| (event.action, event.subject.to_owned(), event.detail)).collect()
}

/// How many bundles were opened.
pub fn opened(world: &World) -> usize {
    let is_opened = |event: &Vec<u8>| {
        let event = RecordedEvent::read(event).unwrap();
        event.action == Action::Restore && event.error_code.is_none()
    };
    world.log.events().iter().filter(|event| is_opened(event)).count()
}

#[test]
fn it_becomes_another_vault_with_the_same_keys_and_what_was_destroyed_stays_destroyed() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let Sites { a, b } = &sites;
    let key = create_key(&a.vault);
    let destroyed = encrypt(&a.vault, key, b"destroyed").unwrap();
    rotate(&a.vault, key).unwrap();
    let kept = encrypt(&a.vault, key, b"kept").unwrap();
    destroy_first(a, key);
    let (bundle, made) = bundle(&sites);
    assert_eq!((made.keys, made.versions, made.opened, made.without_material), (1, 2, 1, 1));
    assert_eq!(made.vault_id, a.identity.vault_id);
    assert_eq!(drill(b, &bundle), Ok(made), "the offer stays");

    let world = World::new(3);
    let (restored, found) = restore(b, &bundle, &world).unwrap();
    assert_eq!(found, made);
    assert_eq!(decrypt(&restored, &kept).unwrap(), b"kept");
    let gone = Err(Error::InvalidCiphertext(Reason::DestroyedVersion));
    assert_eq!(decrypt(&restored, &destroyed), gone);
    let found = restored.verify().unwrap();
    assert_eq!((found.damaged, found.damaged_copies), (0, 0));
    assert!(b.vault.holds_key(&key) == Ok(false), "nothing of it goes into the vault that opened it");

    let other = identity(&restored);
    for old in [&a.identity, &b.identity] {
        assert_ne!(other.vault_id, old.vault_id);
        assert_ne!(other.public_key, old.public_key);
    }
    restored.close().unwrap();
    assert_eq!(decrypt(&mount(&world).unwrap(), &kept).unwrap(), b"kept");
}

#[test]
fn all_three_logs_say_what_went_where() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    create_key(&sites.a.vault);
    let (bundle, made) = bundle(&sites);
    let id = hex(&made.bundle_id);
    assert_eq!(events(sites.a.world).last(), Some(&(Action::Backup, format!("{id} b"), 0)));
    drill(&sites.b, &bundle).unwrap();
    let opened = (Action::Restore, format!("{id} a"), 0);
    assert_eq!(events(sites.b.world).last(), Some(&opened));
    let world = World::new(3);
    restore(&sites.b, &bundle, &world).unwrap();
    let used = (Action::Restore, format!("{id} a"), made.revision);
    assert!(events(sites.b.world).ends_with(&[opened.clone(), opened, used]));
    let first = (Action::Restore, hex(&made.vault_id), made.revision);
    assert_eq!(events(&world).first(), Some(&first));
}

#[test]
fn a_bundle_becomes_one_vault_and_no_other_even_while_it_is_read() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    create_key(&sites.a.vault);
    let (bundle, _) = bundle(&sites);
    let (first, second, third) = (World::new(3), World::new(4), World::new(5));
    // Opened before the other one, and at its end behind it.
    let (mut left, mut other) = (source(&bundle), None);
    let mut read = 0;
    let slow = &mut |buffer: &mut [u8]| {
        let got = left(buffer)?;
        read += got;
        if read > super::whole_refused::HEADER + 100 && other.is_none() {
            other = Some(restore(&sites.b, &bundle, &second).map(drop));
        }
        Ok(got)
    };
    let gone = Err(Error::Exchange(Reason::NoSuchOffer));
    assert_eq!(restore_from(&sites.b, &root(), slow, &first).map(drop), gone);
    assert_eq!(other, Some(Ok(())));
    assert_eq!(restore(&sites.b, &bundle, &third).map(drop), gone);
    assert_eq!(drill(&sites.b, &bundle).map(drop), gone);
    sites.b.world.log.last(|event| {
        assert_eq!((event.action, event.reason), (Action::Restore, Some(Reason::NoSuchOffer)));
    });
}

#[test]
fn a_bundle_lasts_as_long_as_its_offer() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    create_key(&sites.a.vault);
    let (bundle, _) = bundle(&sites);
    sites.b.world.clock.advance_ms(OFFER_LIFE_MS - 1);
    assert!(drill(&sites.b, &bundle).is_ok());
    // It ends while the bundle is read.
    let (mut left, world) = (source(&bundle), World::new(3));
    let slow = &mut |buffer: &mut [u8]| {
        let got = left(buffer)?;
        if got == 0 {
            sites.b.world.clock.advance_ms(1);
        }
        Ok(got)
    };
    let gone = Err(Error::Exchange(Reason::NoSuchOffer));
    assert_eq!(restore_from(&sites.b, &root(), slow, &world).map(drop), gone);
    assert_eq!(restore(&sites.b, &bundle, &World::new(4)).map(drop), gone);
}

#[test]
fn only_whom_both_vaults_let_make_bundles_takes_part() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    create_key(&sites.a.vault);
    let offer = sites.b.offer("a").unwrap();
    let (bundle, _) = backup_as(&sites.a, &root(), "b", &offer).unwrap();
    for principal in [STRANGER, FOREIGNER] {
        let who = caller(principal);
        let is_denied = |result: Result<(), Error>| matches!(result, Err(Error::AccessDenied(_)));
        assert!(is_denied(backup_as(&sites.a, &who, "b", &offer).map(drop)), "{principal}");
        assert!(is_denied(drill_as(&sites.b, &who, &bundle).map(drop)), "{principal}");
        let world = World::new(3);
        assert!(is_denied(restore_as(&sites.b, &who, &bundle, &world).map(drop)), "{principal}");
        sites.b.world.log.last(|event| {
            assert_eq!((event.action, event.principal), (Action::Restore, principal));
        });
        assert!(world.storage.image().blobs.is_empty());
    }
    for (action, is_allowed) in [("kms:Backup", true), ("kms:ReceiveKey", false), ("kms:ExportKey", false)] {
        let policy = allowing(&[action], "arn:aws:kms:us-east-1:000000000000:vault/*");
        let policies: [&[u8]; 1] = [&policy];
        let keeper = caller(STRANGER).with_identity_policies(&policies).unwrap();
        assert_eq!(backup_as(&sites.a, &keeper, "b", &offer).is_ok(), is_allowed, "{action}");
        assert_eq!(drill_as(&sites.b, &keeper, &bundle).is_ok(), is_allowed, "{action}");
    }
}

#[test]
fn nothing_is_opened_or_leaves_where_the_event_cannot_be_kept() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    create_key(&sites.a.vault);
    let (bundle, _) = bundle(&sites);
    let offer = sites.b.offer("a").unwrap();
    sites.b.world.storage.decide(&[CommitFate::Fails]);
    let mut read = 0;
    let mut left = source(&bundle);
    let counting = &mut |buffer: &mut [u8]| {
        let got = left(buffer)?;
        read += got;
        Ok(got)
    };
    let world = World::new(3);
    let refused = restore_from(&sites.b, &root(), counting, &world);
    assert!(matches!(refused.map(drop), Err(Error::Storage(_))));
    assert_eq!(read, super::whole_refused::HEADER, "nothing behind the header was looked at");
    sites.a.world.storage.decide(&[CommitFate::Fails]);
    let refused = backup_as(&sites.a, &root(), "b", &offer).map(drop);
    assert!(matches!(refused, Err(Error::Storage(_))));
}

#[test]
fn a_cut_before_the_offer_is_used_up_leaves_it_and_one_behind_leaves_no_second_vault() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let sealed = encrypt(&sites.a.vault, key, b"kept").unwrap();
    let (bundle, made) = bundle(&sites);
    // The empty tree, each record, the slots.
    let commits = usize::try_from(made.records).unwrap() + 2;
    for at in 0..commits - 1 {
        let world = World::new(3);
        world.storage.decide_after(at, &[CommitFate::Fails]);
        assert!(matches!(restore(&sites.b, &bundle, &world).map(drop), Err(Error::Storage(_))), "{at}");
        assert_eq!(drill(&sites.b, &bundle), Ok(made), "{at}");
    }
    let world = World::new(3);
    world.storage.decide_after(commits - 1, &[CommitFate::LandsAndFails]);
    let half = Vault::new(&world);
    let (from, unlock) = (&mut source(&bundle), &mut secret_of(SECRET));
    let cut = sites.b.vault.restore_from_peer(&root(), from, &PeerExchange, &half, ONE_SLOT, unlock);
    assert!(matches!(cut, Err(Error::Storage(_))));
    world.cut_power();
    assert_eq!(decrypt(&mount(&world).unwrap(), &sealed).unwrap(), b"kept", "it was made");
    let again = restore(&sites.b, &bundle, &World::new(4)).map(drop);
    assert_eq!(again, Err(Error::Exchange(Reason::NoSuchOffer)));
}
