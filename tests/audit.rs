//! The audit log: every request is one event, nothing secret is in it, and what happened is in it exactly once.

mod ahead;
mod chain;
mod denials;
mod model;
mod pending;
mod secrecy;
mod verification;

use strongroom_core::Error;
use strongroom_core::audit::{Action, PolicyKind, RecordedEvent, context_pairs};
use strongroom_core::error::Parameter;
use strongroom_core::operation::{
    Decrypt, Encrypt, GenerateDataKey, ReEncrypt, RecordRefusal, StartAuditLog,
};
use strongroom_core::policy::Caller;

use crate::operations::{ALICE, Ask, Operation, Room, room_for};
use crate::world::{FOREIGNER, ROOT, STRANGER, World, caller, enable, root, rotate};

fn action(operation: Operation) -> Action {
    match operation {
        Operation::Encrypt => Action::Encrypt,
        Operation::Decrypt => Action::Decrypt,
        Operation::ReEncrypt => Action::ReEncrypt,
        Operation::GenerateDataKey => Action::GenerateDataKey,
        Operation::GenerateDataKeyWithoutPlaintext => Action::GenerateDataKeyWithoutPlaintext,
        Operation::GenerateRandom => Action::GenerateRandom,
        Operation::CreateKey => Action::CreateKey,
        Operation::DescribeKey => Action::DescribeKey,
        Operation::ListKeys => Action::ListKeys,
        Operation::EnableKey => Action::EnableKey,
        Operation::DisableKey => Action::DisableKey,
        Operation::RotateKeyOnDemand => Action::RotateKeyOnDemand,
    }
}

/// Performs one request and compares the one event it left with what happened.
fn check_one(room: &Room<'_>, operation: Operation, ask: Ask<'_>, principal: &str) {
    // Denials before this one are no longer known: it is not counted.
    room.vault.flush_audit().unwrap();
    let before = room.world.log.events().len();
    let answer = room.try_one(operation, ask);
    let events = room.world.log.events();
    assert_eq!(events.len(), before + 1, "{operation:?} {answer:?}");
    let event = RecordedEvent::read(&events[before]).unwrap();
    assert_eq!((event.action, event.principal), (action(operation), principal));
    assert_eq!(event.error_code, answer.as_ref().err().map(|error| error.code()), "{operation:?}");
    assert_eq!(event.dry_run, ask.dry_run && operation.has_dry_run());
    assert_ne!(event.request_id, [0; 16]);
    if answer.is_ok() && !operation.is_keyless() {
        assert_eq!(event.key.unwrap().key_id, room.key);
        let decider = event.decider.unwrap();
        assert_eq!((decider.policy, decider.statement), (PolicyKind::Key, 0));
    }
}

#[test]
fn every_request_is_one_event_whatever_becomes_of_it() {
    let world = World::new(1);
    let room = Room::new(&world);
    let callers: Vec<Caller<'_>> = [ROOT, ALICE, STRANGER, FOREIGNER, "s3.amazonaws.com"].map(caller).into();
    let mut altered = room.ciphertext.clone();
    altered[100] ^= 1;
    let long = "k".repeat(3000);
    let mut requests = 0;
    for (caller, name) in callers.iter().zip([ROOT, ALICE, STRANGER, FOREIGNER, "s3.amazonaws.com"]) {
        for operation in Operation::ALL {
            let well_formed = room.ask(caller);
            for ask in [
                well_formed,
                Ask { dry_run: true, ..well_formed },
                Ask { key: &room.other, ..well_formed },
                Ask { key: "alias/nothing", ..well_formed },
                Ask { key: "", ..well_formed },
                Ask { key: &long, ..well_formed },
                Ask { ciphertext: &altered, ..well_formed },
                Ask { ciphertext: b"", ..well_formed },
                Ask { context: &[("a", ""), ("a", "")], ..well_formed },
            ] {
                // Where another key is named the event names that.
                if ask.key != room.id && room.try_one(operation, ask).is_ok() {
                    continue;
                }
                check_one(&room, operation, ask, name);
                requests += 1;
            }
            enable(&room.vault, room.key).unwrap();
        }
    }
    println!("{requests} requests, as many events");
}

#[test]
fn an_event_tells_time_keys_versions_and_context() {
    let world = World::new(1);
    world.clock.set_wall_ms(Some(1_700_000_000_000));
    let room = Room::new(&world);
    rotate(&room.vault, room.key).unwrap();
    let mut out = room_for(100);
    let context = [("b", "2"), ("a", "1")];
    let request =
        ReEncrypt { destination_encryption_context: &context, ..ReEncrypt::new(&room.ciphertext, &room.id) };
    room.vault.re_encrypt(&root(), request, &mut out).unwrap();
    world.log.last(|event| {
        assert_eq!(event.time_ms, Some(1_700_000_000_000));
        let (key, source) = (event.key.unwrap(), event.source_key.unwrap());
        assert_eq!((key.key_id, key.version), (room.key, 2));
        assert_eq!((source.key_id, source.version), (room.key, 1));
        let pairs: Vec<_> = context_pairs(event.context).map(Result::unwrap).collect();
        assert_eq!(pairs, [("a", "1"), ("b", "2")]);
    });
    world.clock.set_wall_ms(None);
    room.vault.decrypt(&root(), Decrypt::new(&room.ciphertext), &mut out).unwrap();
    world.log.last(|event| {
        assert_eq!((event.time_ms, event.key.unwrap().version), (None, 1));
        assert_eq!(event.revision, world.storage.image().revision);
    });
    let mut plain = [0; 32];
    room.vault.generate_data_key(&root(), GenerateDataKey::aes_256(&room.id), &mut plain, &mut out).unwrap();
    world.log.last(|event| assert_eq!(event.key.unwrap().version, 2));
}

#[test]
fn no_two_requests_share_an_id() {
    let world = World::new(1);
    let room = Room::new(&world);
    let caller = root();
    for operation in Operation::ALL {
        room.try_one(operation, room.ask(&caller)).unwrap();
        enable(&room.vault, room.key).unwrap();
    }
    let ids: Vec<[u8; 16]> =
        world.log.events().iter().map(|event| RecordedEvent::read(event).unwrap().request_id).collect();
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
}

#[test]
fn a_request_that_was_named_has_that_id_and_a_log_never_has_one_that_somebody_chose() {
    let world = World::new(1);
    let room = Room::new(&world);
    let named = root().for_request([7; 16]);
    let mut out = room_for(5);
    room.vault.encrypt(&named, Encrypt::new(&room.id, b"hello"), &mut out).unwrap();
    assert_eq!(world.log.last(|event| (event.request_id, event.error_code)), ([7; 16], None));
    let named = caller(STRANGER).for_request([8; 16]);
    room.vault.encrypt(&named, Encrypt::new(&room.id, b"hello"), &mut out).unwrap_err();
    let denied = world.log.last(|event| (event.request_id, event.error_code));
    assert_eq!(denied, ([8; 16], Some("AccessDeniedException")));
    room.vault.start_audit_log(&root().for_request([9; 16]), StartAuditLog).unwrap();
    room.vault.flush_audit().unwrap();
    let events = world.log.events();
    let started = events.iter().map(|event| RecordedEvent::read(event).unwrap());
    let started = started.filter(|event| event.action == Action::StartAuditLog);
    let ids: Vec<[u8; 16]> = started.map(|event| event.request_id).collect();
    assert_eq!((ids.len(), ids.contains(&[9; 16])), (1, false));
}

#[test]
fn what_whoever_embeds_the_vault_refuses_leaves_an_event_and_many_alike_leave_two() {
    let world = World::new(1);
    let room = Room::new(&world);
    for (number, error) in [(1, Error::Validation(Parameter::Request)), (2, Error::UnsupportedOperation)] {
        room.vault.flush_audit().unwrap();
        let before = world.log.events().len();
        let refusal = RecordRefusal { action: Action::Sign, error };
        for _ in 0..1000 {
            let told = room.vault.record_refusal(&caller(STRANGER).for_request([number; 16]), refusal);
            assert_eq!(told, error);
        }
        room.vault.flush_audit().unwrap();
        let events = world.log.events();
        assert_eq!(events.len(), before + 2, "{error:?}");
        let first = RecordedEvent::read(&events[before]).unwrap();
        assert_eq!((first.action, first.principal, first.key), (Action::Sign, STRANGER, None));
        assert_eq!((first.error_code, first.request_id), (Some(error.code()), [number; 16]));
        let repeats = RecordedEvent::read(&events[before + 1]).unwrap().repeats.unwrap();
        assert_eq!((repeats.first, repeats.count), ([number; 16], 999));
    }
}
