//! Who is told what: keys that do not exist, keys that are not the caller's, callers of other accounts.

use strongroom_core::Error;
use strongroom_core::error::Reason;
use strongroom_core::operation::{Decrypt, ReEncrypt};

use super::{ALICE, Ask, Operation, PLAINTEXT, Room, room_for};
use crate::world::{FOREIGNER, ROOT, STRANGER, World, caller, encrypt, root};

const NOBODYS: &str = "0123abcd-4567-4e89-8abc-def012345678";

/// Texts that name no key of this vault.
fn elsewhere(id: &str) -> Vec<String> {
    vec![
        NOBODYS.into(),
        format!("arn:aws:kms:us-east-1:000000000000:key/{NOBODYS}"),
        format!("arn:aws:kms:us-east-2:000000000000:key/{id}"),
        format!("arn:aws:kms:us-east-1:111122223333:key/{id}"),
        format!("arn:aws-cn:kms:us-east-1:000000000000:key/{id}"),
        format!("arn:aws:s3:us-east-1:000000000000:key/{id}"),
        format!("arn:aws:kms:us-east-1:000000000000:alias/{id}"),
        format!("arn:aws:kms:us-east-1:000000000000:{id}"),
        format!("key/{id}"),
        format!("{id} "),
        id.replace('-', ""),
        id.to_uppercase(),
        "alias/nothing".into(),
        "\0".into(),
        "🔑".into(),
    ]
}

#[test]
fn an_unknown_key_is_not_found_for_root_and_a_plain_denial_for_a_stranger() {
    let world = World::new(1);
    let room = Room::new(&world);
    for (principal, expected) in [
        (ROOT, Error::NotFound),
        (STRANGER, Error::AccessDenied(Reason::Withheld)),
        (ALICE, Error::AccessDenied(Reason::Withheld)),
        (FOREIGNER, Error::AccessDenied(Reason::Withheld)),
        ("s3.amazonaws.com", Error::AccessDenied(Reason::Withheld)),
    ] {
        let caller = caller(principal);
        for text in elsewhere(&room.id) {
            for operation in Operation::on_keys() {
                let ask = Ask { key: &text, ..room.ask(&caller) };
                let answer = room.try_one(operation, ask);
                // A ReEncrypt by somebody who may not use the source is refused for that.
                assert_eq!(answer, Err(expected), "{principal} {operation:?} {text}");
            }
        }
    }
}

#[test]
fn a_stranger_cannot_tell_a_key_that_exists_from_one_that_does_not() {
    let world = World::new(1);
    let room = Room::new(&world);
    for principal in [STRANGER, FOREIGNER, "s3.amazonaws.com"] {
        let caller = caller(principal);
        for operation in Operation::on_keys() {
            let mut answers = [room.id.as_str(), NOBODYS].map(|key| {
                let mut out = super::Out::new();
                (room.perform(operation, Ask { key, ..room.ask(&caller) }, &mut out), out)
            });
            let [exists, does_not] = &mut answers;
            assert_eq!(exists, does_not, "{principal} {operation:?}");
            assert_eq!(exists.0, Err(Error::AccessDenied(Reason::Withheld)));
        }
    }
}

#[test]
fn a_ciphertext_that_names_an_unknown_key_is_denied_to_everyone() {
    let world = World::new(1);
    let room = Room::new(&world);
    let mut forged = room.ciphertext.clone();
    forged[4..20].fill(9);
    for (principal, reason) in
        [(ROOT, Reason::NoSuchKey), (ALICE, Reason::Withheld), (FOREIGNER, Reason::Withheld)]
    {
        let caller = caller(principal);
        let (mut out, mut sealed) = (room_for(100), room_for(100));
        let denied = Err(Error::AccessDenied(reason));
        assert_eq!(room.vault.decrypt(&caller, Decrypt::new(&forged), &mut out).map(drop), denied);
        let request = ReEncrypt::new(&forged, &room.id);
        assert_eq!(room.vault.re_encrypt(&caller, request, &mut sealed).map(drop), denied);
        world.log.last(|event| assert_eq!(event.reason, Some(Reason::NoSuchKey)));
    }
}

#[test]
fn naming_another_key_than_the_one_that_made_the_ciphertext_is_incorrect() {
    let world = World::new(1);
    let room = Room::new(&world);
    let caller = root();
    let mut out = room_for(100);
    let request = Decrypt { key_id: Some(&room.other), ..Decrypt::new(&room.ciphertext) };
    assert_eq!(room.vault.decrypt(&caller, request, &mut out).map(drop), Err(Error::IncorrectKey));
    let request =
        ReEncrypt { source_key_id: Some(&room.other), ..ReEncrypt::new(&room.ciphertext, &room.id) };
    assert_eq!(room.vault.re_encrypt(&caller, request, &mut out).map(drop), Err(Error::IncorrectKey));
    // Whoever may not use the key he names is not told.
    let alice = crate::world::caller(ALICE);
    let request = Decrypt { key_id: Some(&room.other), ..Decrypt::new(&room.ciphertext) };
    let denied = Err(Error::AccessDenied(Reason::Withheld));
    assert_eq!(room.vault.decrypt(&alice, request, &mut out).map(drop), denied);
}

#[test]
fn a_user_whom_the_key_policy_names_uses_that_key_and_no_other() {
    let world = World::new(1);
    let room = Room::new(&world);
    let alice = caller(ALICE);
    for operation in Operation::on_keys() {
        assert_eq!(room.try_one(operation, room.ask(&alice)), Ok(()), "{operation:?}");
        crate::world::enable(&room.vault, room.key).unwrap();
        let denied = room.try_one(operation, Ask { key: &room.other, ..room.ask(&alice) });
        assert_eq!(denied, Err(Error::AccessDenied(Reason::Withheld)), "{operation:?}");
    }
    for operation in Operation::ALL.into_iter().filter(|operation| operation.is_keyless()) {
        let denied = room.try_one(operation, room.ask(&alice));
        assert_eq!(denied, Err(Error::AccessDenied(Reason::Withheld)), "{operation:?}");
    }
}

#[test]
fn re_encrypting_needs_permission_on_both_keys() {
    let world = World::new(1);
    let room = Room::new(&world);
    let others =
        encrypt(&room.vault, strongroom_core::key::KeyId::parse(&room.other).unwrap(), PLAINTEXT).unwrap();
    let alice = caller(ALICE);
    let mut out = room_for(100);
    let denied = Err(Error::AccessDenied(Reason::Withheld));
    for (ciphertext, destination, expected) in [
        (&room.ciphertext, &room.id, Ok(())),
        (&room.ciphertext, &room.other, denied),
        (&others, &room.id, denied),
        (&others, &room.other, denied),
    ] {
        let request = ReEncrypt::new(ciphertext, destination);
        assert_eq!(room.vault.re_encrypt(&alice, request, &mut out).map(drop), expected);
    }
}

#[test]
fn nobody_but_the_vaults_own_root_is_told_a_reason_and_the_log_has_it() {
    let world = World::new(1);
    let room = Room::new(&world);
    for (principal, reason) in [
        (STRANGER, Reason::NoIdentityPolicyAllows),
        (FOREIGNER, Reason::NoStatementAllows),
        ("s3.amazonaws.com", Reason::NoStatementAllows),
    ] {
        let caller = caller(principal);
        let denied = room.try_one(Operation::Encrypt, room.ask(&caller));
        assert_eq!(denied, Err(Error::AccessDenied(Reason::Withheld)));
        world.log.last(|event| {
            assert_eq!((event.reason, event.principal), (Some(reason), principal));
        });
    }
    let caller = caller(FOREIGNER);
    room.try_one(Operation::DisableKey, room.ask(&caller)).unwrap_err();
    world.log.last(|event| assert_eq!(event.reason, Some(Reason::OtherAccount)));
}
