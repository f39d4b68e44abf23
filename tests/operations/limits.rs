//! Every limit, from both sides.

use strongroom_core::Error;
use strongroom_core::error::Parameter;
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    CreateKey, Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom, ListKeys,
    ReEncrypt,
};

use super::{Operation, Room, room_for};
use crate::world::{World, caller, decrypt, encrypt, list, root};

fn refused(parameter: Parameter) -> Result<(), Error> {
    Err(Error::Validation(parameter))
}

#[test]
fn plaintexts_have_1_to_4096_bytes() {
    let world = World::new(1);
    let room = Room::new(&world);
    for len in [1, 2, 4095, 4096] {
        let plaintext = vec![0x5a; len];
        let ciphertext = encrypt(&room.vault, room.key, &plaintext).unwrap();
        assert_eq!(ciphertext.len(), len + 108);
        assert_eq!(decrypt(&room.vault, &ciphertext).unwrap(), plaintext);
        let mut out = room_for(len);
        room.vault.re_encrypt(&root(), ReEncrypt::new(&ciphertext, &room.other), &mut out).unwrap();
    }
    for len in [0, 4097, 10_000] {
        let plaintext = vec![0x5a; len];
        assert_eq!(encrypt(&room.vault, room.key, &plaintext).map(drop), refused(Parameter::Plaintext));
    }
}

#[test]
fn ciphertexts_have_1_to_6144_bytes() {
    let world = World::new(1);
    let room = Room::new(&world);
    for (len, code) in [
        (0, "ValidationException"),
        (1, "InvalidCiphertextException"),
        (6144, "InvalidCiphertextException"),
        (6145, "ValidationException"),
    ] {
        let mut bytes = vec![0; len];
        assert_eq!(decrypt(&room.vault, &bytes).unwrap_err().code(), code, "{len}");
        let mut out = room_for(6200);
        let request = ReEncrypt::new(&bytes, &room.other);
        assert_eq!(room.vault.re_encrypt(&root(), request, &mut out).unwrap_err().code(), code);
        // With a header of ours in front.
        for (to, from) in bytes.iter_mut().zip(&room.ciphertext) {
            *to = *from;
        }
        let mut out = [0; 7000];
        let request = Decrypt { key_id: Some(&room.id), ..Decrypt::new(&bytes) };
        assert_eq!(room.vault.decrypt(&root(), request, &mut out).unwrap_err().code(), code, "{len}");
        assert_eq!(
            room.vault.re_encrypt(&root(), ReEncrypt::new(&bytes, &room.other), &mut out).unwrap_err().code(),
            code
        );
    }
}

#[test]
fn encryption_contexts_have_up_to_64_pairs_and_8192_bytes_and_no_name_twice() {
    let world = World::new(1);
    let room = Room::new(&world);
    let names: Vec<String> = (0..65).map(|n| format!("name {n}")).collect();
    let pairs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let long = "v".repeat(8192);
    // Two bytes of count, four of lengths, and one of name.
    let (fits, too_long) = (long.get(..8192 - 7).unwrap(), long.get(..8192 - 6).unwrap());
    let caller = root();
    let cases: [(&[(&str, &str)], bool); 7] = [
        (&pairs[..64], true),
        (&pairs, false),
        (&[("k", fits)], true),
        (&[("k", too_long)], false),
        (&[("k", "1"), ("k", "2")], false),
        (&[("k", "1"), ("a", ""), ("k", "1")], false),
        (&[("", "")], true),
    ];
    for (context, is_fine) in cases {
        for operation in Operation::ALL.into_iter().filter(|operation| operation.has_dry_run()) {
            let answer = room.try_one(operation, super::Ask { context, ..room.ask(&caller) });
            if !is_fine {
                assert_eq!(answer, refused(Parameter::EncryptionContext), "{operation:?}");
            } else if matches!(operation, Operation::Decrypt | Operation::ReEncrypt) {
                assert_eq!(answer.unwrap_err().code(), "InvalidCiphertextException", "made without context");
            } else {
                assert_eq!(answer, Ok(()), "{operation:?}");
            }
        }
        // The destination's context of a ReEncrypt is another parameter.
        let mut out = room_for(100);
        let request = ReEncrypt {
            destination_encryption_context: context,
            ..ReEncrypt::new(&room.ciphertext, &room.other)
        };
        let answer = room.vault.re_encrypt(&root(), request, &mut out).map(drop);
        assert_eq!(answer, if is_fine { Ok(()) } else { refused(Parameter::EncryptionContext) });
    }
}

#[test]
fn random_bytes_and_data_keys_have_1_to_1024_bytes() {
    let world = World::new(1);
    let room = Room::new(&world);
    for (number_of_bytes, is_fine) in
        [(0, false), (1, true), (1024, true), (1025, false), (usize::MAX, false)]
    {
        let expected = if is_fine { Ok(()) } else { refused(Parameter::NumberOfBytes) };
        let (mut plain, mut sealed) = ([0; 2000], [0; 2000]);
        let random = room.vault.generate_random(&root(), GenerateRandom { number_of_bytes }, &mut plain);
        assert_eq!(random.map(drop), expected);
        let request = GenerateDataKey { number_of_bytes, ..GenerateDataKey::aes_256(&room.id) };
        let made = room.vault.generate_data_key(&root(), request, &mut plain, &mut sealed);
        assert_eq!(made.map(drop), expected);
        let request = GenerateDataKeyWithoutPlaintext(request);
        let made = room.vault.generate_data_key_without_plaintext(&root(), request, &mut sealed);
        assert_eq!(made.map(drop), expected);
    }
}

#[test]
fn descriptions_have_up_to_8192_bytes_and_what_this_platform_cannot_hold_is_a_capacity() {
    let world = World::new(1);
    let room = Room::new(&world);
    let text = "d".repeat(8193);
    let create = |len: usize| {
        let request = CreateKey { description: &text[..len], ..CreateKey::default() };
        room.vault.create_key(&root(), request).map(drop)
    };
    assert_eq!(create(0), Ok(()));
    assert_eq!(create(1500), Ok(()));
    assert_eq!(create(8193), refused(Parameter::Description));
    // Within the limit, but this world keeps records of two kilobytes; no buffer of the caller's would help.
    for len in (1700..2100).chain([8192]) {
        let before = world.storage.image();
        match create(len) {
            Ok(()) => assert!(len < 1900),
            Err(error) => {
                assert_eq!((error, world.storage.image()), (Error::Capacity, before), "{len}");
            }
        }
    }
    assert!(create(1500).is_ok(), "the session goes on");
    for key in list(&room.vault, 100).unwrap() {
        assert!(encrypt(&room.vault, key, b"usable").is_ok());
    }
}

#[test]
fn pages_have_1_to_1000_keys() {
    let world = World::new(1);
    let room = Room::new(&world);
    let mut page = vec![KeyId::from_bytes([0; 16]); 1001];
    for (limit, expected) in [
        (0, refused(Parameter::Limit)),
        (1, Ok(())),
        (1000, Ok(())),
        (1001, refused(Parameter::Limit)),
        (usize::MAX, refused(Parameter::Limit)),
    ] {
        let listed = room.vault.list_keys(&root(), ListKeys { limit, marker: None }, &mut page);
        assert_eq!(listed.map(drop), expected, "{limit}");
    }
    let listed = room.vault.list_keys(&root(), ListKeys { limit: 2, marker: None }, &mut page).unwrap();
    assert_eq!(
        (listed.keys.len(), listed.next_marker),
        (2, None),
        "a page that is just full may be the last"
    );
}

#[test]
fn key_identifiers_have_1_to_2048_bytes() {
    let world = World::new(1);
    let room = Room::new(&world);
    let text = "k".repeat(2049);
    let caller = root();
    for operation in Operation::on_keys() {
        let ask = |len| super::Ask { key: &text[..len], ..room.ask(&caller) };
        for (len, expected) in [
            (0, refused(Parameter::KeyId)),
            (1, Err(Error::NotFound)),
            (2048, Err(Error::NotFound)),
            (2049, refused(Parameter::KeyId)),
        ] {
            assert_eq!(room.try_one(operation, ask(len)), expected, "{operation:?} {len}");
        }
    }
}

#[test]
fn callers_have_up_to_512_bytes_and_the_longest_is_recorded_whole() {
    let world = World::new(1);
    let room = Room::new(&world);
    let longest = format!("arn:aws:iam::000000000000:user/{}", "n".repeat(512 - 31));
    let caller = caller(&longest);
    for operation in Operation::ALL {
        let denied = room.try_one(operation, room.ask(&caller));
        assert_eq!(denied.unwrap_err().code(), "AccessDeniedException", "{operation:?}");
        world.log.last(|event| assert_eq!(event.principal, longest));
    }
    assert_eq!(
        strongroom_core::policy::Caller::new(&format!("{longest}n")).err(),
        Some(Error::InvalidCaller)
    );
}

#[test]
fn a_policy_has_up_to_32768_bytes() {
    let world = World::new(1);
    let room = Room::new(&world);
    let policy = vec![0; 32_769];
    let request = CreateKey { policy: Some(&policy), ..CreateKey::default() };
    assert_eq!(room.vault.create_key(&root(), request).map(drop), Err(Error::LimitExceeded));
    let request = CreateKey { policy: Some(&policy[..32_768]), ..CreateKey::default() };
    assert_eq!(room.vault.create_key(&root(), request).map(drop), Err(Error::MalformedPolicyDocument));
}

#[test]
fn encrypting_takes_exactly_the_room_that_ciphertext_len_says() {
    let world = World::new(1);
    let room = Room::new(&world);
    let needed = strongroom_core::ciphertext_len(5);
    let mut exact = vec![0; needed];
    assert!(room.vault.encrypt(&root(), Encrypt::new(&room.id, b"12345"), &mut exact).is_ok());
    let mut short = vec![0; needed - 1];
    let answer = room.vault.encrypt(&root(), Encrypt::new(&room.id, b"12345"), &mut short).map(drop);
    assert_eq!(answer, Err(Error::BufferTooSmall { needed }));
}
