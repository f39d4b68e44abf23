//! Nothing secret in what is logged, stored or printed.

use strongroom_core::Secret;
use strongroom_core::operation::{Decrypt, Encrypt, GenerateDataKey, ReEncrypt};

use crate::operations::{Operation, Room, room_for};
use crate::world::{SECRET, World, decrypt, root, rotate, secret_of};

const PLANTED: &[u8] = b"PLANTED plaintext that must not be seen again";

/// Whether `text` shows some of the bytes: as they are, as a debug list, or in hexadecimal.
fn shows(text: &[u8], secret: &[u8]) -> bool {
    let piece = &secret[..12];
    let list = format!("{piece:?}");
    let hexadecimal: String = piece.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = list.trim_matches(['[', ']']).as_bytes();
    let spaced = format!("{piece:#?}");
    [piece, list, hexadecimal.as_bytes(), spaced.as_bytes()]
        .iter()
        .any(|needle| text.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle)))
}

#[test]
fn no_event_and_no_stored_blob_holds_a_plaintext_a_data_key_or_a_ciphertext() {
    let world = World::new(1);
    let room = Room::new(&world);
    let caller = root();
    let mut secrets: Vec<Vec<u8>> = vec![PLANTED.to_vec(), vec![SECRET; 32]];
    let (mut sealed, mut plain) = (room_for(PLANTED.len()), [0; 1000]);
    let request = Encrypt::new(&room.id, PLANTED);
    let sealed = room.vault.encrypt(&caller, request, &mut sealed).unwrap().ciphertext.to_vec();
    secrets.push(sealed[92..].to_vec());
    assert_eq!(room.vault.decrypt(&caller, Decrypt::new(&sealed), &mut plain).unwrap().plaintext, PLANTED);
    let mut altered = sealed.clone();
    altered[100] ^= 1;
    assert!(room.vault.decrypt(&caller, Decrypt::new(&altered), &mut plain).is_err());
    let mut out = room_for(PLANTED.len());
    room.vault.re_encrypt(&caller, ReEncrypt::new(&sealed, &room.other), &mut out).unwrap();
    let request = GenerateDataKey::aes_256(&room.id);
    let made = room.vault.generate_data_key(&caller, request, &mut plain, &mut out).unwrap();
    secrets.push(made.plaintext.to_vec());
    for operation in Operation::ALL {
        room.try_one(operation, room.ask(&caller)).unwrap();
        crate::world::enable(&room.vault, room.key).unwrap();
    }
    room.vault.close().unwrap();

    let events = world.log.events();
    assert!(events.len() > 20);
    for secret in &secrets {
        for event in &events {
            assert!(!shows(event, secret), "an event holds {secret:?}");
        }
        for image in world.storage.history() {
            for (address, blob) in &image.blobs {
                assert!(!shows(blob, secret), "{address:?} holds {secret:?}");
            }
        }
    }
}

#[test]
fn no_debug_output_shows_a_secret() {
    let world = World::new(1);
    let room = Room::new(&world);
    let caller = root();
    let (mut sealed, mut plain) = (room_for(PLANTED.len()), [0; 1000]);
    let request = Encrypt::new(&room.id, PLANTED);
    let mut texts = vec![format!("{request:?}"), format!("{request:#?}")];
    let encrypted = room.vault.encrypt(&caller, request, &mut sealed).unwrap();
    let ciphertext = encrypted.ciphertext.to_vec();
    let decrypted = room.vault.decrypt(&caller, Decrypt::new(&ciphertext), &mut plain).unwrap();
    assert_eq!(decrypted.plaintext, PLANTED);
    texts.extend([format!("{decrypted:?}"), format!("{decrypted:#?}")]);
    let (mut sealed, mut plain) = (room_for(32), [0; 32]);
    let request = GenerateDataKey::aes_256(&room.id);
    let made = room.vault.generate_data_key(&caller, request, &mut plain, &mut sealed).unwrap();
    texts.extend([format!("{made:?}"), format!("{made:#?}")]);
    let data_key = made.plaintext.to_vec();
    let mut secret = Secret::<32>::zeroed();
    secret.fill_with(|bytes| bytes.copy_from_slice(&PLANTED[..32]));
    texts.extend([format!("{secret:?}"), format!("{:?}", room.vault), format!("{world:?}")]);
    texts.extend([format!("{:?}", world.cache), format!("{:#?}", world.state)]);
    let keys = world.cache.catch(|| drop(decrypt(&room.vault, &ciphertext)));
    texts.extend(keys.iter().map(|(_, _, key)| format!("{key:?}")));
    for text in &texts {
        assert!(!shows(text.as_bytes(), PLANTED), "{text}");
        assert!(!shows(text.as_bytes(), &data_key), "{text}");
        assert!(!shows(text.as_bytes(), &[SECRET; 32]), "{text}");
    }
}

#[test]
fn errors_say_the_same_whatever_the_plaintext_was() {
    let messages: Vec<String> = [PLANTED, &[0; 45]]
        .into_iter()
        .map(|plaintext| {
            let world = World::new(1);
            let room = Room::new(&world);
            let mut ciphertext = crate::world::encrypt(&room.vault, room.key, plaintext).unwrap();
            ciphertext[100] ^= 1;
            rotate(&room.vault, room.key).unwrap();
            let error = decrypt(&room.vault, &ciphertext).unwrap_err();
            format!("{error} {error:?}")
        })
        .collect();
    assert_eq!(messages[0], messages[1]);
    let world = World::new(1);
    let room = Room::new(&world);
    room.vault.lock().unwrap();
    let error = room.vault.mount(&mut secret_of(9)).unwrap_err();
    assert!(!shows(format!("{error} {error:?}").as_bytes(), &[9; 32]));
}
