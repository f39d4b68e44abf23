//! Crafted ciphertexts: parsing is total, and nothing but the original opens.
//!
//! Input: mode, options, then the ciphertext itself or changes to a real one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_core::crypto::RustCrypto;
use strongroom_core::operation::{Decrypt, ReEncrypt};
use strongroom_core::policy::Caller;
use strongroom_core::{Ciphertext, Vault};
use strongroom_fuzz::image::{CONTEXT, Image, PLAINTEXT};
use strongroom_fuzz::input::Input;
use strongroom_fuzz::leak;
use strongroom_fuzz::world::{ROOT, World, no_bug};

thread_local! {
    static WORLD: (Vault<World<RustCrypto>>, Image) = Image::make().expect("the seed vault can be made");
}

fuzz_target!(|data: &[u8]| WORLD.with(|(vault, image)| one(vault, image, Input(data))));

fn one(vault: &Vault<World<RustCrypto>>, image: &Image, mut input: Input<'_>) {
    let (mode, options) = (input.byte(), input.byte());
    let in_context = mode & 2 != 0;
    let original = if in_context { &image.in_context } else { &image.plain };
    let ciphertext = if mode & 1 == 0 { input.0.to_vec() } else { altered(original, &mut input) };

    let parsed = Ciphertext::parse(&ciphertext);
    let root = Caller::new(ROOT).expect("the root user is a principal");
    let request = Decrypt {
        key_id: match options & 3 {
            0 => None,
            1 => Some(image.keys[0].as_str()),
            2 => Some(image.keys[1].as_str()),
            _ => Some("alias/other"),
        },
        encryption_context: if options & 4 != 0 { CONTEXT } else { &[] },
        dry_run: options & 8 != 0,
        ..Decrypt::new(&ciphertext)
    };
    let mut buffer = [0; 6144];
    match vault.decrypt(&root, request, &mut buffer) {
        Ok(opened) => {
            assert_eq!(opened.plaintext, PLAINTEXT, "a wrong plaintext");
            let is_original = [&image.plain, &image.in_context].contains(&&ciphertext);
            assert!(is_original && parsed.is_ok() && !request.dry_run, "an altered ciphertext opens");
            assert_eq!(ciphertext == image.in_context, options & 4 != 0, "it opens in another context");
        }
        Err(error) => drop(no_bug(error)),
    }
    if options & 16 != 0 {
        let request = ReEncrypt::new(&ciphertext, &image.keys[0]);
        if let Ok(moved) = vault.re_encrypt(&root, request, &mut buffer).map_err(no_bug) {
            leak::none_in(moved.ciphertext);
            leak::none_in_text(&format!("{moved:?}"));
        }
    }
}

fn altered(original: &[u8], input: &mut Input<'_>) -> Vec<u8> {
    let mut ciphertext = original.to_vec();
    while !input.is_empty() {
        let (what, place) = (input.byte(), input.number() % original.len());
        match what % 4 {
            0 | 1 => {
                let xor = input.byte();
                ciphertext.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= xor);
            }
            2 => ciphertext.truncate(place),
            _ => ciphertext.extend(input.bytes(place % 32)),
        }
    }
    ciphertext
}
