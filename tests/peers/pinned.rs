//! Which vaults a vault knows.

use strongroom_core::error::Parameter;
use strongroom_core::limits::{PEERS_LEN_MAX, PEERS_MAX};
use strongroom_core::operation::{ListPeers, PinPeer, RemovePeer};
use strongroom_core::peer::Fingerprint;
use strongroom_core::policy::{Action, Caller};
use strongroom_core::{Error, Vault};

use super::{allowing, pin};
use crate::world::{FOREIGNER, STRANGER, World, caller, create, mount, root};

const NOW: u64 = 1_772_323_200_000;

fn print(byte: u8) -> Fingerprint {
    Fingerprint::parse(&format!("{byte:02x}").repeat(32)).unwrap()
}

fn list(vault: &Vault<&World>) -> Vec<(String, Fingerprint, Option<u64>)> {
    let mut buffer = [0; PEERS_LEN_MAX];
    let listed = vault.list_peers(&root(), ListPeers, &mut buffer).unwrap();
    listed.iter().map(|peer| (peer.name.to_owned(), peer.fingerprint, peer.pinned_ms)).collect()
}

fn remove(vault: &Vault<&World>, name: &str) -> Result<(), Error> {
    vault.remove_peer(&root(), RemovePeer { name })
}

#[test]
fn peers_are_pinned_listed_and_removed_across_sessions() {
    let world = World::new(1);
    world.clock.set_wall_ms(Some(NOW));
    let vault = create(&world);
    assert_eq!(list(&vault), []);
    pin(&vault, "berlin", print(1)).unwrap();
    pin(&vault, "tokyo", print(2)).unwrap();
    world.log.last(|event| assert_eq!((event.action, event.subject), (Action::PinPeer, "tokyo")));
    world.cut_power();
    let vault = mount(&world).unwrap();
    let both = [("berlin".to_owned(), print(1), Some(NOW)), ("tokyo".to_owned(), print(2), Some(NOW))];
    assert_eq!(list(&vault), both);
    remove(&vault, "berlin").unwrap();
    world.log.last(|event| assert_eq!((event.action, event.subject), (Action::RemovePeer, "berlin")));
    assert_eq!(list(&vault), both[1..]);
    assert_eq!(remove(&vault, "berlin"), Err(Error::NotFound));
    pin(&vault, "berlin", print(1)).unwrap();
    assert_eq!(list(&vault).len(), 2);
}

#[test]
fn no_name_and_no_fingerprint_is_pinned_twice() {
    let world = World::new(1);
    let vault = create(&world);
    pin(&vault, "berlin", print(1)).unwrap();
    assert_eq!(pin(&vault, "berlin", print(2)), Err(Error::AlreadyExists));
    assert_eq!(pin(&vault, "tokyo", print(1)), Err(Error::AlreadyExists));
    assert_eq!(list(&vault), [("berlin".to_owned(), print(1), None)]);
}

#[test]
fn there_are_no_more_than_the_limit_and_names_are_names() {
    let world = World::new(1);
    let vault = create(&world);
    for number in 0..PEERS_MAX {
        pin(&vault, &"x".repeat(number + 64 - PEERS_MAX + 1), print(number as u8)).unwrap();
    }
    assert_eq!(pin(&vault, "more", print(0xff)), Err(Error::LimitExceeded));
    assert_eq!(list(&vault).len(), PEERS_MAX);
    let small = vault.list_peers(&root(), ListPeers, &mut [0; 100]).err();
    assert!(matches!(small, Some(Error::BufferTooSmall { needed }) if needed <= PEERS_LEN_MAX));
    for name in ["", "a b", "ä", "x/y", &"x".repeat(65)] {
        assert_eq!(pin(&vault, name, print(0xff)), Err(Error::Validation(Parameter::PeerName)), "{name}");
        assert_eq!(remove(&vault, name), Err(Error::Validation(Parameter::PeerName)), "{name}");
    }
}

#[test]
fn only_whom_the_vault_lets_touches_peers() {
    let world = World::new(1);
    let vault = create(&world);
    pin(&vault, "berlin", print(1)).unwrap();
    let before = list(&vault);
    let all = |caller: &Caller<'_>| {
        [
            vault.pin_peer(caller, PinPeer { name: "tokyo", fingerprint: print(2) }),
            vault.list_peers(caller, ListPeers, &mut [0; PEERS_LEN_MAX]).map(drop),
            vault.remove_peer(caller, RemovePeer { name: "tokyo" }),
        ]
    };
    for principal in [STRANGER, FOREIGNER] {
        for refused in all(&caller(principal)) {
            assert!(matches!(refused, Err(Error::AccessDenied(_))), "{principal} {refused:?}");
        }
    }
    assert_eq!(list(&vault), before);
    for (resource, is_allowed) in [
        ("arn:aws:kms:us-east-1:000000000000:vault/*", true),
        ("arn:aws:kms:us-east-1:000000000000:vault/00000000-0000-0000-0000-000000000000", false),
        ("arn:aws:kms:us-east-1:000000000000:key/*", false),
    ] {
        let policy = allowing(&["kms:PinPeer", "kms:ListPeers", "kms:RemovePeer"], resource);
        let policies: [&[u8]; 1] = [&policy];
        let keeper = caller(STRANGER).with_identity_policies(&policies).unwrap();
        for done in all(&keeper) {
            assert_eq!(done.is_ok(), is_allowed, "{resource} {done:?}");
        }
    }
}
