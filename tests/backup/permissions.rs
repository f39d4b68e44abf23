//! Who may make a bundle, what the log has of it, and that nothing leaves without both.

use strongroom_core::audit::RecordedEvent;
use strongroom_core::error::{BundleFault, Parameter, StorageError};
use strongroom_core::key::KeySpec;
use strongroom_core::operation::{Backup, CreateKey};
use strongroom_core::policy::{Action, Language, PolicyBuilder, PolicyKind, Statement};
use strongroom_core::{Error, NewSlot, SlotKind};

use super::{BUNDLE_SECRET, ONE_SLOT, backup, backup_as, drill_with, drilled, fault};
use crate::imports::external;
use crate::world::{
    FOREIGNER, STRANGER, World, caller, create, create_key, describe, encrypt, import, mount, root, secret_of,
};

fn identity(resource: &str) -> Vec<u8> {
    let mut buffer = vec![0; 400];
    let mut builder =
        PolicyBuilder::new(&mut buffer, PolicyKind::Identity, Language::Version2012, "").unwrap();
    let resources = [resource];
    let statement = Statement { resources: &resources, ..Statement::allow(&[], &["kms:Backup"]) };
    builder.statement(&statement).unwrap();
    builder.finish().to_vec()
}

#[test]
fn only_root_and_whom_an_identity_policy_lets_makes_a_bundle() {
    let world = World::new(1);
    let vault = create(&world);
    create_key(&vault);
    for stranger in [STRANGER, FOREIGNER] {
        let refused = backup_as(&vault, &caller(stranger));
        assert!(matches!(refused, Err(Error::AccessDenied(_))), "{stranger}");
        world.log.last(|event| {
            assert_eq!((event.action, event.principal), (Action::Backup, stranger));
            assert_eq!(event.error_code, Some("AccessDeniedException"));
        });
    }
    for (resource, is_allowed) in [
        ("arn:aws:kms:us-east-1:000000000000:vault/*", true),
        ("arn:aws:kms:us-east-1:000000000000:vault/00000000-0000-0000-0000-000000000000", false),
        ("arn:aws:kms:us-east-1:000000000000:key/*", false),
    ] {
        let policy = identity(resource);
        let policies: [&[u8]; 1] = [&policy];
        let keeper = caller(STRANGER).with_identity_policies(&policies).unwrap();
        assert_eq!(backup_as(&vault, &keeper).is_ok(), is_allowed, "{resource}");
    }
}

#[test]
fn the_event_is_durable_before_the_first_byte_leaves() {
    let world = World::new(1);
    let vault = create(&world);
    create_key(&vault);
    world.log.batch();
    let (mut seen, mut bytes_left) = (Vec::new(), 0);
    let sink = &mut |bytes: &[u8]| {
        if bytes_left == 0 {
            // As it would be found after a power cut: what the manifest has pending, a mount appends.
            let image = world.storage.image();
            let other = World::new(9).with_image(&image);
            other.log.put_back(world.log.entries());
            let reopened = mount(&other).unwrap();
            reopened.close().unwrap();
            let events = other.log.events();
            seen.extend(events.iter().map(|event| RecordedEvent::read(event).unwrap().action));
        }
        bytes_left += bytes.len();
        Ok(())
    };
    vault.backup(&root(), Backup { secrets: ONE_SLOT }, &mut secret_of(BUNDLE_SECRET), sink).unwrap();
    assert!(seen.contains(&Action::Backup));
    assert!(bytes_left > 0);
}

#[test]
fn nothing_leaves_where_the_event_cannot_be_kept() {
    let world = World::new(1);
    let vault = create(&world);
    create_key(&vault);
    world.storage.decide(&[crate::world::CommitFate::Fails]);
    let mut left = 0;
    let sink = &mut |bytes: &[u8]| {
        left += bytes.len();
        Ok(())
    };
    let request = Backup { secrets: ONE_SLOT };
    let refused = vault.backup(&root(), request, &mut secret_of(BUNDLE_SECRET), sink);
    assert_eq!(refused, Err(Error::Storage(StorageError::Medium)));
    assert_eq!(left, 0);
}

#[test]
fn a_sink_that_fails_ends_the_bundle_and_the_vault_goes_on() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let whole = backup(&vault).0.len();
    for room in [0, 1, 200, whole / 2, whole - 1] {
        let mut bundle = Vec::new();
        let full = Error::Storage(StorageError::Full);
        let sink = &mut |bytes: &[u8]| {
            if bundle.len() + bytes.len() > room {
                return Err(full);
            }
            bundle.extend_from_slice(bytes);
            Ok(())
        };
        let request = Backup { secrets: ONE_SLOT };
        let refused = vault.backup(&root(), request, &mut secret_of(BUNDLE_SECRET), sink);
        assert_eq!(refused, Err(full));
        assert!(matches!(drilled(&bundle), Err(Error::Bundle(_))));
        assert!(encrypt(&vault, key, b"on").is_ok());
    }
}

#[test]
fn each_secret_opens_the_bundle_and_their_number_and_kinds_are_checked() {
    let world = World::new(1);
    let vault = create(&world);
    create_key(&vault);
    let mut bundle = Vec::new();
    let sink = &mut |bytes: &[u8]| {
        bundle.extend_from_slice(bytes);
        Ok(())
    };
    let slot = NewSlot { kind: SlotKind::KeyFile };
    let shares = NewSlot { kind: SlotKind::RecoveryShares };
    let mut next = 10;
    let unlock = &mut |_: &strongroom_core::SlotParameters, out: &mut strongroom_core::Secret<32>| {
        out.fill_with(|bytes| bytes.fill(next));
        next += 1;
        Ok(true)
    };
    vault.backup(&root(), Backup { secrets: &[slot, shares, slot] }, unlock, sink).unwrap();
    for (secret, opens) in [(9, false), (10, true), (11, true), (12, true), (13, false)] {
        assert_eq!(drill_with(&bundle, secret).is_ok(), opens, "{secret}");
    }
    let costly = NewSlot { kind: SlotKind::Passphrase { memory_kib: u32::MAX, passes: 1, lanes: 1 } };
    for (secrets, expected) in [
        (&[][..], Error::Validation(Parameter::Slots)),
        (&[slot; 9], Error::Validation(Parameter::Slots)),
        (&[costly], Error::SlotParameters),
    ] {
        let none = &mut |_: &[u8]| panic!("nothing leaves");
        let refused = vault.backup(&root(), Backup { secrets }, &mut secret_of(1), none);
        assert_eq!(refused, Err(expected));
    }
}

#[test]
fn a_damaged_vault_gives_no_bundle() {
    let world = World::new(1);
    let vault = create(&world);
    create_key(&vault);
    let records: Vec<_> =
        world.storage.image().blobs.keys().copied().filter(|address| address.0[23] == 48).collect();
    let image = world.storage.image();
    for record in records {
        world.storage.alter(|blobs| {
            let mut blob = blobs[&record].to_vec();
            blob[70] ^= 1;
            blobs.insert(record, blob.into());
        });
        assert!(matches!(backup_as(&vault, &root()), Err(Error::Damaged(_))));
        let now = world.storage.image();
        let intact = image.blobs[&record].clone();
        assert_eq!(now.blobs.len(), image.blobs.len());
        world.storage.alter(|blobs| drop(blobs.insert(record, intact)));
    }
    assert!(backup_as(&vault, &root()).is_ok());
}

#[test]
fn nothing_of_what_the_vault_keeps_stands_in_a_bundle_in_the_clear() {
    let world = World::new(1);
    let vault = create(&world);
    // Material for MACs is stored as it came.
    let material: [u8; 32] = core::array::from_fn(|at| u8::try_from(at).unwrap() ^ 0x9c);
    let key = external(&vault, KeySpec::Hmac256);
    import(&vault, key, &material).unwrap();
    let request = CreateKey { description: "plans of the new plant", ..CreateKey::default() };
    let other = vault.create_key(&root(), request).unwrap().key_id;
    assert!(describe(&vault, other).is_ok());
    let (bundle, summary) = backup(&vault);
    assert_eq!(summary.opened, 2);
    let holds = |wanted: &[u8]| bundle.windows(wanted.len()).any(|window| window == wanted);
    for part in material.chunks(8) {
        assert!(!holds(part));
    }
    assert!(!holds(b"new plant") && !holds(b"us-east-1") && !holds(key.as_bytes()));
    assert!(holds(&summary.bundle_id) && holds(&summary.vault_id));
    assert_eq!(drilled(&bundle[..bundle.len() - 1]), Err(fault(BundleFault::Truncated)));
}
